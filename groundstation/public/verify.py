"""Checks a signed folder offline: the key is the expected one, the sums are signed by it, each file has its sum."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from groundstation.errors import BadInputError
from groundstation.public.folder import MANIFEST, SIGNATURE
from groundstation.public.keys import PUBLIC_KEY_FILE, fingerprint_of
from groundstation.public.signing import is_signed

_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")
_LINE: Final = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9._-]*)")


def expected_fingerprint(key: str) -> str:
    """Return the fingerprint that a user named: itself, with or without blanks and colons, or a file of the public key.

    Raises:
        BadInputError: it is neither.
    """
    text = re.sub(r"[\s:]", "", key).lower()
    if _FINGERPRINT.fullmatch(text):
        return text
    try:
        return fingerprint_of(Path(key).read_bytes())
    except (OSError, ValueError) as error:
        raise BadInputError(f"--key {key}: is neither a fingerprint of 64 digits nor a file of a public key") from error


def faults(folder: Path, fingerprint: str) -> list[str]:
    """Return what is wrong with a folder, one line each with the file's name; nothing when all is as it was signed.

    Raises:
        BadInputError: it is no folder, or a part of what must be in it cannot be read.
    """
    pem, manifest, signature = (_part(folder, name) for name in (PUBLIC_KEY_FILE, MANIFEST, SIGNATURE))
    found = fingerprint_of(pem)
    if found != fingerprint:
        return [f"{PUBLIC_KEY_FILE}: is another key ({found}); whoever made this folder is not who you expect"]
    if not is_signed(manifest, signature, pem):
        return [f"{MANIFEST}: is not as it was signed; nothing in the folder can be trusted"]
    return list(_changed(folder, _sums(manifest)))


def _part(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise BadInputError(
            f"{folder / name}: cannot be read ({error.strerror}); is it a folder of `public export`?"
        ) from error


def _sums(manifest: bytes) -> dict[str, str]:
    """Return the sum of each file, by name; a line of another form names no file and so vouches for none."""
    lines = (_LINE.fullmatch(line) for line in manifest.decode(errors="replace").splitlines())
    return {line.group(2): line.group(1) for line in lines if line is not None}


def _changed(folder: Path, sums: dict[str, str]) -> Iterator[str]:
    for name, expected in sums.items():
        path = folder / name
        if path.is_symlink() or not path.is_file():
            yield f"{name}: is missing"
        elif hashlib.sha256(_part(folder, name)).hexdigest() != expected:
            yield f"{name}: was changed after it was signed"
    for path in sorted(folder.iterdir()):
        if path.name not in {*sums, MANIFEST, SIGNATURE}:
            yield f"{path.name}: was added; nobody signed it"
