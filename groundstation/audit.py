"""What people do at the station, written down for good: lines of JSON, appended, never changed.

Each deed has two: that it was `begun`, before anything changes, and that it is `done`, or `failed`. So no deed is
without a line, and none is called done that was not; one that stays `begun` was cut off, by a loss of power or a full
disk.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from groundstation.errors import NotKeptError
from groundstation.exercise import is_exercise_folder
from groundstation.instants import text_from_utc_ns
from groundstation.logs import event

AUDIT_FILE: Final = "audit.jsonl"
_LOG: Final = logging.getLogger(__name__)

Plain = str | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does what is written down: stands in each line that is written while they act."""

    who: str | None
    role: str | None
    address: str | None
    """Of the machine they ask from."""

    def fields(self) -> dict[str, Plain]:
        """Return what of it is known, as it stands in a line."""
        told = {"who": self.who, "role": self.role, "from": self.address}
        return {name: value for name, value in told.items() if value is not None}


_ACTING: Final[ContextVar[Actor | None]] = ContextVar("acting", default=None)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Let everything that is written down in this block, and in the tasks and threads it starts, name who did it."""
    token = _ACTING.set(actor)
    try:
        yield
    finally:
        _ACTING.reset(token)


class Audit(Protocol):
    """Where deeds are written down; what is not written down was not done."""

    def record(self, what: str, *, utc_ns: int, **values: Plain) -> None:
        """Write a deed down.

        Raises:
            NotKeptError: it cannot be written; then it must not be done.
        """
        ...


def done_and_told(audit: Audit, what: str, *, utc_ns: int, deed: Mapping[str, Plain], do: Callable[[], None]) -> None:
    """Write down that a deed begins, do it, and write down how that went.

    Args:
        audit: told of both.
        what: name of the deed.
        utc_ns: when.
        deed: what belongs to it.
        do: does it, or raises NotKeptError and leaves all as it was.

    Raises:
        NotKeptError: it is not done, for it could not be written down or kept.
    """
    audit.record(what, utc_ns=utc_ns, step="begun", **deed)
    try:
        do()
    except NotKeptError:
        _tell(audit, what, utc_ns, "failed", deed)
        raise
    _tell(audit, what, utc_ns, "done", deed)


def _tell(audit: Audit, what: str, utc_ns: int, step: str, deed: Mapping[str, Plain]) -> None:
    """Write down how a deed went; where that fails it stays `begun`, for it cannot be taken back."""
    try:
        audit.record(what, utc_ns=utc_ns, step=step, **deed)
    except NotKeptError as error:
        event(_LOG, "audit_incomplete", level=logging.ERROR, deed=what, step=step, why=error)


class AuditFile:
    """An append-only file of JSON lines: `utc`, `what`, who did it (`who`, `role`, `from`), and what it was.

    In an exercise each line says so.

    Args:
        path: made with its folder when there is something to write.

    Raises:
        BadInputError: its folder's mark of an exercise is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark: dict[str, Plain] = {"exercise": 1} if is_exercise_folder(path.parent) else {}

    def record(self, what: str, *, utc_ns: int, **values: Plain) -> None:
        """Append a deed; it is on the disk when this returns.

        Raises:
            NotKeptError: it cannot be written.
        """
        actor = _ACTING.get()
        by = {} if actor is None else actor.fields()
        deed = {"utc": text_from_utc_ns(utc_ns), "what": what, **by, **values, **self._mark}
        line = json.dumps(deed, allow_nan=False)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(self._path, "ab+", opener=_for_its_owner) as sink:
                # a loss of power may have left half a line: it stays, and spoils no other
                sink.write((_mended(sink.tell(), self._path) + line + "\n").encode())
                sink.flush()
                os.fsync(sink.fileno())
        except OSError as error:
            raise NotKeptError(
                f"{self._path}: cannot be written ({error.strerror}); make room or mend rights"
            ) from error


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _mended(size_bytes: int, path: Path) -> str:
    """Return what ends the last line, if anything must."""
    if size_bytes == 0:
        return ""
    with path.open("rb") as source:
        source.seek(-1, os.SEEK_END)
        return "" if source.read(1) == b"\n" else "\n"
