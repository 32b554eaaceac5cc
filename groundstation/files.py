"""Files that the station reads and writes: closed local ones in, whole ones out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from groundstation.errors import BadInputError

OWNER_ONLY: Final = 0o600


def closed_local_file(path: Path, *, what: str) -> Path:
    """Return the absolute path of a regular local file.

    Raises:
        BadInputError: it is missing, empty, out of reach, an address, a folder, a device or a pipe.
    """
    if "://" in str(path) or ":/" in str(path):
        raise BadInputError(f"{path}: {what} is an address; give a closed local file, or use `run` for live sources")
    try:
        if not path.exists():
            raise BadInputError(f"{path}: {what} is not there; check the name of the file")
        if not path.is_file():
            raise BadInputError(
                f"{path}: {what} is no regular file; give a closed local file, no folder, device or pipe"
            )
        if path.stat().st_size == 0:
            raise BadInputError(f"{path}: {what} is empty; copy it again from where it was recorded")
    except OSError as error:
        raise BadInputError(f"{path}: {what} cannot be reached ({error.strerror}); check name and rights") from error
    return path.resolve()


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Write a file that appears under its name only when the block ends well; on any error nothing is left.

    Raises:
        BadInputError: the folder cannot be written to.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as sink:
            yield sink
        part.replace(path)
    except OSError as error:
        raise BadInputError(f"{path}: cannot be written ({error.strerror}); choose another place") from error
    finally:
        with suppress(OSError):  # where nothing can be written nothing is left, and the cause has been told
            part.unlink(missing_ok=True)


def write_json(path: Path, document: object) -> None:
    """Write a JSON document as a whole file."""
    with whole_file(path) as sink:
        sink.write(json.dumps(document, allow_nan=False, indent=1).encode() + b"\n")


def write_durably(path: Path, text: str) -> None:
    """Write a file so that a loss of power leaves the old one or the new one, never half of either; makes its folder.

    Raises:
        BadInputError: the folder cannot be made or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(f"{path}: cannot be written ({error.strerror}); choose another place") from error
    with whole_file(path) as sink:
        sink.write(text.encode())
        sink.flush()
        os.fsync(sink.fileno())
    sync_folder(path.parent)


def write_privately(path: Path, text: str) -> None:
    """Do as `write_durably`, with a file that was never readable for others (mode 0600).

    Raises:
        BadInputError: it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as sink:
            sink.write(text.encode())
            sink.flush()
            os.fsync(sink.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise BadInputError(f"{path}: cannot be written ({error.strerror}); make room or mend rights") from error


def sync_folder(folder: Path) -> None:
    """Make sure that what was named or removed in a folder stays so over a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
