"""The signed static folder: the pages, the documents behind them, the sum of each file and a signature of the sums.

Its sums are those of `sha256sum --check` and its signature that of `openssl pkeyutl -rawin`, so that nobody needs this
program to check it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import static
from groundstation.errors import BadInputError
from groundstation.files import sync_folder
from groundstation.public.documents import About, Register, Release, read
from groundstation.public.exchange import exchange
from groundstation.public.keys import PUBLIC_KEY_FILE, fingerprint_of
from groundstation.public.page import Links, page
from groundstation.public.signing import Signer

MANIFEST: Final = "SHA256SUMS"
SIGNATURE: Final = "SHA256SUMS.sig"
STYLE: Final = "public.css"
ICON: Final = "icon.svg"
PAGES: Final = {"fr": "index.html", "en": "en.html"}
LINKS: Final = Links(
    style=STYLE, script=None, icon=ICON, of_language=PAGES, density="density.json", register="register.json",
    manifest=MANIFEST,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a station tells the public at an instant, as its addresses answer."""

    about: dict[str, Any]
    register: dict[str, Any]
    density: dict[str, Any] | None
    """None before the first public map."""


def files_of(told: Told, signer: Signer, *, where: str) -> dict[str, bytes]:
    """Return the content of each file of the folder, by name.

    Raises:
        BadInputError: the station told something that cannot be read.
    """
    pem = signer.public_pem
    about = read(About, told.about, where=where).model_copy(update={"key_fingerprint": fingerprint_of(pem)})
    register = read(Register, told.register, where=where)
    release = None if told.density is None else read(Release, told.density, where=where)
    styles = Path(static.__path__[0])
    files = {
        name: page(about, register, release, language=language, links=LINKS).encode()
        for language, name in PAGES.items()
    }
    files |= {name: (styles / name).read_bytes() for name in (STYLE, ICON)}
    documents = {"about": about.model_dump(mode="json"), "register": register.model_dump(mode="json")}
    files |= {f"{name}.json": _json(document) for name, document in documents.items()}
    files |= {"density.json": _json(told.density), PUBLIC_KEY_FILE: pem}
    return _signed(files, signer)


def _json(document: object) -> bytes:
    return json.dumps(document, allow_nan=False, indent=1).encode() + b"\n"


def _signed(files: Mapping[str, bytes], signer: Signer) -> dict[str, bytes]:
    lines = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())]
    manifest = "".join(lines).encode()
    return {**files, MANIFEST: manifest, SIGNATURE: signer.sign(manifest)}


def write_folder(out: Path, files: Mapping[str, bytes]) -> None:
    """Write the folder so that a crash leaves the old one or the new one, never a mixture or none.

    Raises:
        BadInputError: something else is there, or the place cannot be written.
    """
    out = out.absolute()
    part = out.with_name(f".{out.name}.part")
    _refuse_foreign(out)
    try:
        shutil.rmtree(part, ignore_errors=True)  # of a run that was killed, or the folder before the last
        part.mkdir(parents=True)
        for name, data in files.items():
            _write(part / name, data)
        sync_folder(part)
        if out.exists() and any(out.iterdir()):
            exchange(part, out)
        else:
            part.rename(out)
        sync_folder(out.parent)
        shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise BadInputError(f"{out}: cannot be written ({error.strerror}); choose another place") from error


def _refuse_foreign(out: Path) -> None:
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise BadInputError(f"{out}: is no folder; choose another place")
    if out.is_dir() and any(out.iterdir()) and not (out / MANIFEST).is_file():
        raise BadInputError(f"{out}: holds other files, which would be lost; give a folder of an export, or a new one")


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as sink:
        sink.write(data)
        sink.flush()
        os.fsync(sink.fileno())
