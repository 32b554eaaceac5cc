"""How far a long run is, told on standard error."""

from __future__ import annotations

import sys
import time
from typing import Final, TextIO

from vision.wire import Message, Opened, WorkerHealth


class Progress:
    """Tells on standard error how far a recording is, every two seconds."""

    INTERVAL_S: Final = 2.0

    def __init__(self, what: str, stream: TextIO | None = None) -> None:
        self._what = what
        self._stream = stream or sys.stderr
        self._frames: int | None = None
        self._told_s = time.monotonic()

    def take(self, message: Message) -> None:
        """Note what was opened, and tell the worker's health."""
        match message:
            case Opened():
                self._frames = message.frames
            case WorkerHealth() if time.monotonic() - self._told_s >= self.INTERVAL_S:
                self._told_s = time.monotonic()
                self._stream.write(f"{self._what}: {self._share(message.frames_in)}{message.fps:.1f} fps\n")

    def _share(self, frames_in: int) -> str:
        return f"{frames_in / self._frames:.0%}, " if self._frames else f"{frames_in} frames, "
