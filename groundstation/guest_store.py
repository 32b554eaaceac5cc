"""The user's own detectors on the disk: one ONNX file and one manifest each, in a folder that no set-up wipes.

The network is written first, under a name that holds its hash, then the manifest in one step: whatever stops between
leaves the detector as it was. What no manifest names any more is cleared away by the next change.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from groundstation.errors import BadInputError
from vision.models.card import FileState, WeightsError, model_cards
from vision.models.guest import MASK_SCORE, MOST_GUESTS, Guest
from vision.models.store import bytes_of_guest, sha256_of

MANIFEST_SUFFIX: Final = ".toml"
NOT_STATED: Final = "not stated"
HEADER: Final = "# Written by `groundstation models add`; `groundstation models remove NAME` takes it away.\n"
GuestName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class Manifest(BaseModel):
    """What is kept of one detector beside its file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: GuestName
    file: str = Field(pattern=r"^[a-z0-9_-]+-[0-9a-f]{12}\.onnx$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size_bytes: int
    licence: str
    source: str
    """Name of the file that the user gave."""
    added_utc: str
    classes: tuple[str, ...]
    """Those that are people."""
    class_ids: tuple[int, ...] = Field(min_length=1)
    classes_in_file: int
    input_px: tuple[int, int]
    mask_score: float = Field(default=MASK_SCORE, gt=0, lt=1)
    measured: dict[str, Any] | None = None
    """Figures of `evaluate people` on the set that the user named, with its name; None where none was."""


def default_folder() -> Path:
    """Return where the user's detectors lie: outside of the environment, which `make` may build anew."""
    base = os.environ.get("XDG_DATA_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "share") / "groundstation" / "models"


def manifests(folder: Path) -> dict[str, Manifest]:
    """Return the detectors of a folder by name; none where there is no folder.

    Raises:
        BadInputError: a manifest is damaged.
    """
    paths = sorted(folder.glob(f"*{MANIFEST_SUFFIX}")) if folder.is_dir() else []
    read = [_manifest(path) for path in paths]
    return {manifest.name: manifest for manifest in read}


def _manifest(path: Path) -> Manifest:
    mend = f"`groundstation models remove {path.stem}`, then add it again"
    try:
        manifest = Manifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"])) or "file"
        raise BadInputError(f"{path}: {where}: {fault['msg']}; {mend}") from error
    except (OSError, ValueError) as error:
        raise BadInputError(f"{path}: is no manifest of a detector ({error}); {mend}") from error
    if manifest.name != path.stem:
        raise BadInputError(f"{path}: is the manifest of {manifest.name}; {mend}")
    return manifest


def guest_of(manifest: Manifest, folder: Path) -> Guest:
    """Return what a sealed process is told of a detector."""
    return Guest(
        name=manifest.name, path=str((folder / manifest.file).resolve()), sha256=manifest.sha256,
        class_ids=manifest.class_ids, mask_score=manifest.mask_score,
    )  # fmt: skip


def guests_named(names: Sequence[str], folder: Path) -> tuple[Guest, ...]:
    """Return the detectors of these names, each with the file that was added.

    Raises:
        BadInputError: there is none of that name, they are too many, or a manifest is damaged.
        WeightsError: a file is missing or another than the one that was added.
    """
    known = manifests(folder) if names else {}
    if len(names) > MOST_GUESTS:
        raise BadInputError(f"{len(names)} detectors of your own are named, at most {MOST_GUESTS} can run; name fewer")
    for name in names:
        if name not in known:
            there = ", ".join(known) or "none"
            raise BadInputError(
                f"{folder}: there is no detector {name!r} (there: {there}); add it with `groundstation models add`"
            )
    guests = tuple(guest_of(known[name], folder) for name in names)
    for guest in guests:
        bytes_of_guest(guest)
    return guests


def state_of_guest(manifest: Manifest, folder: Path) -> FileState:
    """Say whether the file is there as it was added."""
    try:
        bytes_of_guest(guest_of(manifest, folder))
    except WeightsError as error:
        return error.state
    return FileState.IN_PLACE


def file_name(name: str, data: bytes) -> str:
    """Return the name of a detector's file: another network never takes the place of one that is in use."""
    return f"{name}-{sha256_of(data)[:12]}.onnx"


def refuse_taken(name: str, data: bytes, folder: Path) -> None:
    """Refuse a name that cannot be given to this network.

    Raises:
        BadInputError: it is one of the shipped detectors', or another network of the user's has it.
    """
    if name in model_cards():
        raise BadInputError(f"--name {name}: is a detector of the station's own; choose another name")
    there = manifests(folder).get(name)
    if there is not None and there.sha256 != sha256_of(data):
        raise BadInputError(
            f"--name {name}: another network has this name; choose another, or `groundstation models remove {name}`"
        )


def store(manifest: Manifest, data: bytes, folder: Path) -> None:
    """Keep a detector: its file, then its manifest.

    Raises:
        BadInputError: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_whole(folder / manifest.file, data)
        _write_whole(folder / f"{manifest.name}{MANIFEST_SUFFIX}", (HEADER + toml_text(_told(manifest))).encode())
        _clear(manifest.name, folder, keep=manifest.file)
    except OSError as error:
        raise BadInputError(
            f"{folder}: cannot be written ({error.strerror}); make room or name another --folder"
        ) from error


def _told(manifest: Manifest) -> dict[str, Any]:
    return manifest.model_dump(mode="json", exclude_none=True)


def remove(name: str, folder: Path) -> None:
    """Take a detector away: its manifest first, so that it is whole or gone.

    Raises:
        BadInputError: there is none of that name, or it cannot be removed.
    """
    path = folder / f"{name}{MANIFEST_SUFFIX}"
    if "/" in name or not path.is_file():
        there = ", ".join(path.stem for path in sorted(folder.glob(f"*{MANIFEST_SUFFIX}"))) or "none"
        raise BadInputError(f"{folder}: there is no detector {name!r} to remove; there: {there}")
    try:
        path.unlink()
        _clear(name, folder, keep="")
    except OSError as error:
        raise BadInputError(f"{path}: cannot be removed ({error.strerror}); remove it by hand") from error


def _clear(name: str, folder: Path, *, keep: str) -> None:
    """Remove a detector's files that no manifest names: `NAME-` and twelve digits of a hash, whole or half written."""
    for path in folder.glob(f"{name}-????????????.onnx*"):
        if path.name != keep:
            path.unlink()


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file that is on the disk before it appears under its name."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as sink:
        sink.write(data)
        sink.flush()
        os.fsync(sink.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def toml_text(table: Mapping[str, Any], where: str = "") -> str:
    """Return TOML of plain values, lists of plain values, tables, and lists of tables; None is left out."""
    plain = {key: value for key, value in table.items() if not _is_tables(value) and value is not None}
    lines = [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    for key, value in table.items():
        path = f"{where}{_key(key)}"
        if isinstance(value, dict):
            lines += ["", f"[{path}]", toml_text(value, f"{path}.").rstrip("\n")]
        elif _is_tables(value):
            lines += [part for each in value for part in ("", f"[[{path}]]", toml_text(each, f"{path}.").rstrip("\n"))]
    return "\n".join(lines) + "\n"


def _is_tables(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _key(key: str) -> str:
    return key if key.replace("_", "").isalnum() and key.isascii() else _value(key)


def _value(value: object) -> str:
    """Return a value as TOML: its strings, numbers and lists are JSON's, but for DEL, which TOML wants escaped."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False).replace("\x7f", "\\u007f")
