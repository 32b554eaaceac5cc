"""Telemetry logs (`.tlog`): 8 bytes of big-endian microseconds, then a MAVLink frame, over and over.

A log cut in the middle of a message, or damaged inside, gives all its good messages and says how much was bad.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from flightlink.errors import TelemetryError
from flightlink.mavlink.framing import Frame, frame_at
from flightlink.mavlink.messages import READ, Message, MessageDecoder

_STAMP_BYTES: Final = 8
_EARLIEST_US: Final = 946_684_800_000_000
_LATEST_US: Final = 4_102_444_800_000_000
"""2000 to 2100: a stamp outside is no stamp."""
SEARCH_BYTES: Final = 64 * 1024
"""A file without one good message in its first bytes is no telemetry log."""


class TlogRecord(NamedTuple):
    """One message and when it was recorded."""

    utc_us: int
    message: Message
    frame: Frame


class TlogReader:
    """The messages of one log, in order; may be iterated again and again.

    Args:
        path: the log.
        wanted: message ids that iterating decodes; all others are only checked.

    Raises:
        TelemetryError: the file cannot be read or is no telemetry log.
    """

    def __init__(self, path: Path, wanted: frozenset[int] = READ) -> None:
        self._data = _bytes_of(path)
        self._wanted = wanted
        self.bad_bytes = 0
        """Bytes that belong to no whole message; known after an iteration."""

    @property
    def truncated(self) -> bool:
        """Whether the log ends in the middle of a message or is damaged; known after an iteration."""
        return self.bad_bytes > 0

    def __iter__(self) -> Iterator[TlogRecord]:
        decoder = MessageDecoder()
        for utc_us, frame in self.frames():
            message = decoder.decode(frame.raw) if frame.message_id in self._wanted else None
            if message is not None:
                yield TlogRecord(utc_us, message, frame)

    def frames(self) -> Iterator[tuple[int, Frame]]:
        """Yield stamp (UTC, microseconds) and frame of every message with a good checksum."""
        begin, good_bytes = 0, 0
        while begin < len(self._data):
            record = _record_at(self._data, begin)
            if record is None:
                begin += 1
                continue
            yield record
            record_bytes = _STAMP_BYTES + len(record[1].raw)
            begin, good_bytes = begin + record_bytes, good_bytes + record_bytes
        self.bad_bytes = len(self._data) - good_bytes


def read_tlog(path: Path) -> TlogReader:
    """Return the decoded messages of a log, as an iterable that knows afterwards whether the log was whole.

    Raises:
        TelemetryError: the file cannot be read or is no telemetry log.
    """
    return TlogReader(path)


def looks_like_tlog(beginning: bytes) -> bool:
    """Say whether one good message stands in the first bytes of a file."""
    return any(_record_at(beginning, place) for place in range(len(beginning)))


def _record_at(data: bytes, begin: int) -> tuple[int, Frame] | None:
    stamp_us = int.from_bytes(data[begin : begin + _STAMP_BYTES], "big")
    if not _EARLIEST_US < stamp_us < _LATEST_US or begin + _STAMP_BYTES >= len(data):
        return None
    frame = frame_at(data, begin + _STAMP_BYTES)
    return None if frame is None else (stamp_us, frame)


def _bytes_of(path: Path) -> bytes:
    """Return the whole file, after looking at its beginning: a foreign film is not read to its end."""
    try:
        with path.open("rb") as file:
            beginning = file.read(SEARCH_BYTES)
            if not looks_like_tlog(beginning):
                raise TelemetryError(f"{path}: is no MAVLink telemetry log; expected a .tlog file of a ground station")
            return beginning + file.read()
    except OSError as cause:
        raise TelemetryError(f"{path}: cannot be read ({cause.strerror or cause}); check the path") from cause
