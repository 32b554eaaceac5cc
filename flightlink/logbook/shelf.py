"""The folder of the logbook: names of its files, and which of them have to go. Foreign files are never touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_PREFIX: Final = "groundstation_"
_SUFFIX: Final = "Z.tlog"
_STAMP: Final = "%Y%m%dT%H%M%S.%f"
_NS_PER_US: Final = 1000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogbookLimits:
    """How long and how much is kept."""

    retention_ns: int
    """Nothing older is kept; a file counts as old as its first frame."""
    file_ns: int
    """Time after which a new file begins."""
    file_bytes: int
    """Size after which a new file begins."""
    total_bytes: int
    """Of all files together; the oldest go first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLog:
    """One file of the logbook."""

    path: Path
    starts_utc_ns: int
    size_bytes: int


def name_at(utc_ns: int) -> str:
    """Return the name of a file that begins at an instant: `groundstation_20261122T092323.123456Z.tlog`."""
    begins = datetime.fromtimestamp(utc_ns // 1_000_000_000, UTC).replace(microsecond=utc_ns // _NS_PER_US % 1_000_000)
    return f"{_PREFIX}{begins.strftime(_STAMP)}{_SUFFIX}"


def utc_ns_of(name: str) -> int | None:
    """Return when a file of this name begins, None where the name is not one of ours."""
    if not (name.startswith(_PREFIX) and name.endswith(_SUFFIX)):
        return None
    try:
        begins = datetime.strptime(name[len(_PREFIX) : -len(_SUFFIX)], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    since = begins - _EPOCH
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * _NS_PER_US


def stored_in(folder: Path) -> list[StoredLog]:
    """Return our files, oldest first.

    Raises:
        OSError: the folder cannot be read.
    """
    named = ((path, utc_ns_of(path.name)) for path in folder.iterdir() if path.is_file() and not path.is_symlink())
    stored = [
        StoredLog(path=path, starts_utc_ns=utc_ns, size_bytes=path.stat().st_size)
        for path, utc_ns in named
        if utc_ns is not None
    ]
    return sorted(stored, key=lambda log: log.starts_utc_ns)


def to_delete(
    stored: Sequence[StoredLog], limits: LogbookLimits, *, now_utc_ns: int, needed_bytes: int
) -> list[StoredLog]:
    """Return the files that have to go: those past the retention, then the oldest until there is room.

    Args:
        stored: closed files, oldest first.
        limits: how long and how much is kept.
        now_utc_ns: the station's clock.
        needed_bytes: what the open file holds and is about to take.
    """
    overdue = [log for log in stored if now_utc_ns - log.starts_utc_ns >= limits.retention_ns]
    kept = [log for log in stored if log not in overdue]
    total_bytes = needed_bytes + sum(log.size_bytes for log in kept)
    for log in kept:
        if total_bytes <= limits.total_bytes:
            break
        overdue.append(log)
        total_bytes -= log.size_bytes
    return overdue
