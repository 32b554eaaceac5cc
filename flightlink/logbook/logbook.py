"""`Logbook`: takes frames from the hub and lets a thread write them, so that a slow disk never holds up a link."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

from flightlink.logbook.kept import may_be_kept
from flightlink.logbook.shelf import LogbookLimits
from flightlink.logbook.writer import LogWriter, Opener, new_file
from flightlink.mavlink.framing import Frame

WRITE_EVERY_S: Final = 0.5
"""A crash loses what came since, and what was being written: less than a second."""
TRY_AGAIN_NS: Final = 5_000_000_000
MOST_WAITING_BYTES: Final = 1_000_000
"""Policy of the queue: when the disk does not keep up, the newest frames are left out and counted."""
_STAMP_BYTES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class LogbookStatus:
    """What health shows of the logbook."""

    file: str
    """The one that is written to, empty before the first frame."""
    files: int
    total_bytes: int
    frames: int
    """Written since the start."""
    frames_lost: int
    """Not written: the disk took none, or was too slow."""
    error: str
    """Why nothing is written, empty when all is well."""


def record_of(frame: Frame, received_utc_ns: int) -> bytes:
    """Return a frame as a telemetry log holds it: microseconds of arrival, UTC, 8 bytes big-endian, then the frame."""
    return (received_utc_ns // 1000).to_bytes(_STAMP_BYTES, "big") + frame.raw


class Logbook:
    """Everything the vehicles say, on the disk. Subscribe `take` to the hub, and let a TaskGroup own `run()`.

    One file holds all vehicles, in the order in which the station heard them.

    Args:
        folder: where; made when it is not there.
        limits: how long and how much is kept.
        now_ns: the station's clock, UTC nanoseconds.
        changed: told each time the error changes.
        opened: opens a new file.
    """

    def __init__(
        self,
        folder: Path,
        limits: LogbookLimits,
        *,
        now_ns: Callable[[], int],
        changed: Callable[[LogbookStatus], None],
        opened: Opener = new_file,
    ) -> None:
        self._now_ns = now_ns
        self._changed = changed
        self._writer = LogWriter(folder, limits, opened=opened)
        self._one_at_a_time = Lock()
        self._waiting: list[bytes] = []
        self._handed: list[bytes] = []
        """For the thread that writes next; it takes them when it begins, which a stop may forestall."""
        self._waiting_bytes = 0
        self._frames = self._frames_lost = 0
        self._error = ""
        self._try_again_utc_ns = 0
        self._is_closed = False

    def take(self, _peer_name: str, frame: Frame, received_utc_ns: int) -> None:
        """Take a frame of a vehicle; the hub calls this."""
        if not may_be_kept(frame):
            return
        record = record_of(frame, received_utc_ns)
        if self._waiting_bytes + len(record) > MOST_WAITING_BYTES:
            self._frames_lost += 1
            return
        self._waiting.append(record)
        self._waiting_bytes += len(record)

    async def run(self) -> None:
        """Write until cancelled, then write the rest and close."""
        try:
            while True:
                await self._write_in_thread()
                await asyncio.sleep(WRITE_EVERY_S)
        finally:
            self.close()

    def close(self) -> None:
        """Write what waits, and close the file."""
        with self._one_at_a_time:
            records = [*self._handed, *self._waiting]
            self._handed, self._waiting, self._waiting_bytes = [], [], 0
            self._written(records)
            self._is_closed = True
            self._writer.close()

    async def _write_in_thread(self) -> None:
        self._handed, self._waiting, self._waiting_bytes = self._waiting, [], 0
        before = self._error
        await asyncio.to_thread(self._write_handed)
        if self._error != before:
            self._changed(self.status())

    def _write_handed(self) -> None:
        with self._one_at_a_time:
            if self._is_closed:  # a thread that was late: nobody would close the file again
                return
            records, self._handed = self._handed, []
            self._written(records)

    def _written(self, records: list[bytes]) -> None:
        """Write, or note why not; after a failure the disk is left alone for some seconds."""
        now_ns = self._now_ns()
        if 0 < self._try_again_utc_ns - now_ns <= TRY_AGAIN_NS:
            self._frames_lost += len(records)
            return
        try:
            self._writer.write(b"".join(records), now_ns)
            self._frames += len(records)
            self._error, self._try_again_utc_ns = "", 0
        except OSError as cause:
            self._frames_lost += len(records)
            self._error = cause.strerror or str(cause)
            self._try_again_utc_ns = now_ns + TRY_AGAIN_NS

    def status(self) -> LogbookStatus:
        """Return what health shows."""
        return LogbookStatus(
            file=self._writer.open_name,
            files=self._writer.files,
            total_bytes=self._writer.total_bytes,
            frames=self._frames,
            frames_lost=self._frames_lost,
            error=self._error,
        )
