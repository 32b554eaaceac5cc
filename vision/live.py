"""A live worker's turn: a frame in, what is ready out, and fill as soon as nothing comes. Time is an argument."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from vision.capped import CappedFrame
from vision.delay import MOST_WAITING, Ready, Seen
from vision.errors import SourceLostError
from vision.gate import Released
from vision.live_order import LiveOrder
from vision.room import SPOKEN_EVERY_NS, Room

FILL_AFTER_NS: Final = 600_000_000
"""No picture came for so long: viewers see fill and not the last one. A live source sends at least two a second."""
FILL_EVERY_NS: Final = 100_000_000
"""A player shows a picture while pictures come."""
LOST_AFTER_NS: Final = 4_000_000_000
"""No picture came for so long: the source is lost, and a new worker opens it anew.

Longer than a pause with the time in which the clock then settles: a new worker would cost more than waiting.
"""
FRAMES_STOPPED: Final = "frames_stopped"


class LiveTurns:
    """Publishes what a live source gives: in time, late, or as fill."""

    def __init__(self, room: Room, order: LiveOrder, *, now_ns: int) -> None:
        """Begin at `now_ns` of a clock that never jumps; a recording that has a pause is not lost by it."""
        self._may_be_lost = room.order.replay is None
        self._room = room
        self._order = order
        self._came_ns = now_ns
        self._filled_ns = self._spoke_ns = 0
        self._released: Released | None = None
        self._size_px: tuple[int, int] | None = None

    def turn(self, frame: CappedFrame | None, now_ns: int, *, comes: bool = False) -> None:
        """Take a frame, or None where none has come, and send what is due: one picture, or all before a closed one.

        Args:
            frame: the next of the source.
            now_ns: by the clock of the beginning.
            comes: frames have come that are not taken yet, for older ones go first: the source has not stopped.

        Raises:
            SourceLostError: no frame has come for `LOST_AFTER_NS`, or the picture's size has changed.
        """
        if frame is not None:
            self._check_size(frame)
            self._came_ns = now_ns
            for ready in self._order.take(frame, now_ns):
                self._publish(ready, now_ns)
        elif comes:
            self._came_ns = now_ns
        elif self._may_be_lost and now_ns - self._came_ns > LOST_AFTER_NS:
            raise SourceLostError(f"{self._room.order.source}: no picture for {LOST_AFTER_NS / 1e9:.0f} s")
        closes = frame is not None and bool(frame.refusal_closes)
        most = MOST_WAITING if closes or self._has_stopped(now_ns) else 1
        for item, came_in_ns in self._order.due(now_ns, most=most):
            if isinstance(item, Seen):
                self._room.count(item)
            else:
                self._publish(item, came_in_ns, late=FRAMES_STOPPED if self._has_stopped(now_ns) else "")
        if self._has_stopped(now_ns):
            self._fill(now_ns)
        self._speak(now_ns)

    def _check_size(self, frame: CappedFrame) -> None:
        """Let a new worker open a stream that comes in another size: cap, encoder and seal were made for this one."""
        size_px = (frame.source_width_px, frame.source_height_px)
        self._size_px = self._size_px or size_px
        if size_px != self._size_px:
            before, now = (f"{width_px} x {height_px}" for width_px, height_px in (self._size_px, size_px))
            raise SourceLostError(f"{self._room.order.source}: the picture changed from {before} to {now} px")

    def _has_stopped(self, now_ns: int) -> bool:
        return now_ns - self._came_ns >= FILL_AFTER_NS

    def _publish(self, ready: Ready, came_in_ns: int, *, late: str = "") -> None:
        self._released = self._room.publish(replace(ready, late=ready.late or late), came_in_ns=came_in_ns)

    def _fill(self, now_ns: int) -> None:
        if self._released is not None and now_ns - self._filled_ns >= FILL_EVERY_NS:
            self._filled_ns = now_ns
            self._released = self._room.fill(FRAMES_STOPPED, utc_ns=self._released.utc_ns + FILL_EVERY_NS)

    def _speak(self, now_ns: int) -> None:
        if now_ns - self._spoke_ns < SPOKEN_EVERY_NS:
            return
        self._spoke_ns = now_ns
        self._room.speak()
        if self._released is not None:
            self._room.snapshot(self._released)
