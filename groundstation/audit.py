"""What people do at the station, written down for good: one line of JSON a deed, appended, never changed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final, Protocol

from groundstation.errors import NotKeptError
from groundstation.instants import text_from_utc_ns

AUDIT_FILE: Final = "audit.jsonl"

Plain = str | int | float | None


class Audit(Protocol):
    """Where deeds are written down; what is not written down was not done."""

    def record(self, what: str, *, utc_ns: int, **values: Plain) -> None:
        """Write a deed down.

        Raises:
            NotKeptError: it cannot be written; then it must not be done.
        """
        ...


class AuditFile:
    """An append-only file of JSON lines: `utc`, `what`, and what belongs to the deed.

    Args:
        path: made with its folder when there is something to write.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def record(self, what: str, *, utc_ns: int, **values: Plain) -> None:
        """Append a deed; it is on the disk when this returns.

        Raises:
            NotKeptError: it cannot be written.
        """
        line = json.dumps({"utc": text_from_utc_ns(utc_ns), "what": what, **values}, allow_nan=False)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab+") as sink:
                # a loss of power may have left half a line: it stays, and spoils no other
                sink.write((_mended(sink.tell(), self._path) + line + "\n").encode())
                sink.flush()
                os.fsync(sink.fileno())
        except OSError as error:
            raise NotKeptError(
                f"{self._path}: cannot be written ({error.strerror}); make room or mend rights"
            ) from error


def _mended(size_bytes: int, path: Path) -> str:
    """Return what ends the last line, if anything must."""
    if size_bytes == 0:
        return ""
    with path.open("rb") as source:
        source.seek(-1, os.SEEK_END)
        return "" if source.read(1) == b"\n" else "\n"
