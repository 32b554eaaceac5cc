"""Capped frames on their way from the thread that decodes to the thread that publishes."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from vision.capped import CappedFrame

CAPPED_AHEAD: Final = 4
"""Capped frames of a file that may wait for the detectors; policy: the reader waits."""


def ahead(frames: Iterator[CappedFrame]) -> Iterator[CappedFrame]:
    """Decode and cap in a thread of its own, a few frames ahead; its error comes out here."""
    waiting: queue.Queue[CappedFrame | BaseException | None] = queue.Queue(CAPPED_AHEAD)

    def read() -> None:
        try:
            for frame in frames:
                waiting.put(frame)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits, which raises it
            waiting.put(error)
        waiting.put(None)

    threading.Thread(target=read, name="decode-and-cap", daemon=True).start()
    while (item := waiting.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item


NEWEST_KEPT: Final = 3
"""Capped frames of a live source that may wait, for they come in bursts; policy: the newest win."""


class NewestFrame:
    """A place for the newest capped frames, taken in their order; policy: the oldest is left out."""

    def __init__(self) -> None:
        self._slot: queue.SimpleQueue[CappedFrame] = queue.SimpleQueue()
        self._error: BaseException | None = None

    @property
    def waiting(self) -> int:
        """Frames that nobody has taken yet."""
        return self._slot.qsize()

    def fill_from(self, frames: Iterator[CappedFrame]) -> None:
        """Leave each frame, in place of the oldest that nobody took, in a thread of its own, until the source ends."""
        threading.Thread(target=self._read, args=(frames,), name="decode-and-cap", daemon=True).start()

    def take(self, timeout_s: float) -> CappedFrame | None:
        """Return the next frame, or None; raises the error that ended the source."""
        try:
            return self._slot.get(timeout=timeout_s)
        except queue.Empty:
            if self._error is not None:
                raise self._error from None
            return None

    def _read(self, frames: Iterator[CappedFrame]) -> None:
        try:
            for frame in frames:
                self._put(frame)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits, which raises it
            self._error = error

    def _put(self, frame: CappedFrame) -> None:
        with suppress(queue.Empty):  # the taker may be quicker
            while self.waiting >= NEWEST_KEPT:
                self._slot.get_nowait()
        self._slot.put(frame)
