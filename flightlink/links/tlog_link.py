"""`TlogLink`: a telemetry log as a link: each frame comes in when the station's clock reaches its time of arrival."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from flightlink.errors import LinkError, TelemetryError
from flightlink.links.address import LinkAddress
from flightlink.links.hub import Hub, Peer
from flightlink.mavlink.framing import Frame
from flightlink.mavlink.tlog import TlogReader

_TICK_S: Final = 0.02
_MOST_AT_ONCE: Final = 500
"""Then others of the loop have their turn."""
ENDED: Final = "the recording is at its end"


def log_files(path: Path) -> list[Path]:
    """Return the logs of a path: the file itself, or those of a folder by name, as a recording in parts has them.

    Raises:
        LinkError: there is none.
    """
    files = sorted(path.glob("*.tlog")) if path.is_dir() else [path]
    if not files:
        raise LinkError(f"link tlog://{path}: the folder holds no .tlog file; check the path")
    return files


def frames_of(path: Path) -> Iterator[tuple[int, Frame]]:
    """Return time of arrival (UTC, microseconds) and frame of all good messages of a file or folder, in order.

    One file at a time is in memory. Iterating raises TelemetryError where a later file of a folder is no log.

    Raises:
        LinkError: the first file cannot be read, or is no telemetry log.
    """
    first, *rest = log_files(path)
    try:
        return _frames_of(TlogReader(first), rest)
    except TelemetryError as cause:
        raise LinkError(f"link tlog://{cause}") from cause


def _frames_of(reader: TlogReader, rest: list[Path]) -> Iterator[tuple[int, Frame]]:
    yield from reader.frames()
    for file in rest:
        reader = TlogReader(file)
        yield from reader.frames()


def first_utc_ns(path: Path) -> int:
    """Return the time of arrival of the first message.

    Raises:
        LinkError: there is none.
    """
    first = next(frames_of(path), None)
    if first is None:
        raise LinkError(f"link tlog://{path}: holds no whole message; check the file")
    return first[0] * 1000


class TlogLink:
    """One recording, played once. It has nobody to send to."""

    def __init__(self, address: LinkAddress, hub: Hub, now_ns: Callable[[], int]) -> None:
        self.address = address
        self.port = 0
        self._hub = hub
        self._now_ns = now_ns
        self._peer = Peer(name=address.text, send=_nobody_listens, speaks_first=False, link=address.text)
        self._frames: Iterator[tuple[int, Frame]] = iter(())
        self._next: tuple[int, Frame] | None = None
        self._has_ended = False
        self._fault = ""

    @property
    def peers(self) -> list[Peer]:
        """The recording itself."""
        return [self._peer]

    @property
    def error(self) -> str:
        """Says that the recording is at its end, or why it cannot be read on; else empty."""
        return self._fault or (ENDED if self._has_ended else "")

    async def open(self) -> None:
        """Read the recording.

        Raises:
            LinkError: it cannot be read, or is no telemetry log; one line.
        """
        self._frames = frames_of(Path(self.address.device))

    async def close(self) -> None:
        """Forget it."""
        self._frames = iter(())

    async def run(self) -> None:
        """Let each frame come in when its time has come; one that is stamped before another comes at once."""
        while not self._has_ended:
            for _ in range(_MOST_AT_ONCE):
                if not self._played_next(self._now_ns()):
                    break
            await asyncio.sleep(_TICK_S)

    def _played_next(self, now_ns: int) -> bool:
        """Let the next frame come in if it is due, and say whether it was."""
        if self._next is None:
            self._next = self._read()
        if self._next is None:
            self._has_ended = True
            return False
        utc_us, frame = self._next
        if now_ns < utc_us * 1000:
            return False
        self._next = None
        self._hub.receive(self._peer, frame.raw, utc_us * 1000, is_datagram=True)
        return True

    def _read(self) -> tuple[int, Frame] | None:
        """Return the next message; a file that is none ends the recording, and the link says so."""
        try:
            return next(self._frames, None)
        except TelemetryError as cause:
            self._fault = str(cause)
            return None


def _nobody_listens(_: bytes) -> None:
    """Drop what would be said to a vehicle: a recording does not hear."""
