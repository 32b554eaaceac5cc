"""The delay line: frames wait for the look after them, so that a mask is there before the person it hides."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Final

from vision.capped import CappedFrame
from vision.engine import DetectorError
from vision.eyes import Sight
from vision.masks import LOOK_AHEAD_NS, Look, Looks

LOOK_INTERVAL_S: Final = 0.2
"""How often a file is looked at; a look between two frames reaches both."""
LOOKS_UNDER_WAY: Final = 2
MOST_WAITING: Final = 64
"""Frames that may wait; policy: the oldest goes out with the looks that are there, closed if there are none."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A frame that may go to the gate, with all that counts for it."""

    frame: CappedFrame
    looks: list[Look]
    late: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame that was looked at, for the count."""

    frame: CappedFrame
    sight: Sight


def stride_for(fps: float) -> int:
    """Return how many frames of a file lie between two looks: `LOOK_INTERVAL_S`, within look-ahead and queue."""
    waits_for = LOOKS_UNDER_WAY + 1
    return max(1, min(round(LOOK_INTERVAL_S * fps), int(LOOK_AHEAD_NS / 1e9 * fps) + 1, MOST_WAITING // waits_for))


def file_order(
    frames: Iterator[CappedFrame], look: Callable[[CappedFrame], Sight], executor: Executor, *, stride: int
) -> Iterator[Ready | Seen]:
    """Yield every frame of a file in order, each with the looks around it; a frame comes after the look behind it.

    A look that fails leaves a gap, which the gate closes.
    """
    looks = Looks()
    waiting: deque[CappedFrame] = deque()
    under_way: deque[tuple[CappedFrame, Future[Sight]]] = deque()

    def finish_one() -> Iterator[Ready | Seen]:
        frame, future = under_way.popleft()
        try:
            sight = future.result()
        except DetectorError:
            return
        looks.add(sight.look)
        yield Seen(frame, sight)
        while waiting and waiting[0].utc_ns < frame.utc_ns:
            yield Ready(waiting[0], looks.for_frame(waiting.popleft().utc_ns))

    for frame in frames:
        waiting.append(frame)
        if frame.index % stride == 0 and not frame.refusal_closes:
            under_way.append((frame, executor.submit(look, frame)))
        while len(under_way) > LOOKS_UNDER_WAY:
            yield from finish_one()
        while len(waiting) > MOST_WAITING:
            yield Ready(waiting[0], looks.for_frame(waiting.popleft().utc_ns))
    while under_way:
        yield from finish_one()
    while waiting:
        yield Ready(waiting[0], looks.for_frame(waiting.popleft().utc_ns))


class LiveOrder:
    """Frames of a live source: looked at whenever the detector is free, released when a look behind them is done.

    A frame waits no longer than the look-ahead; then it goes out with the looks that are there, and the gate closes
    it if they are too old. Time is an argument.
    """

    def __init__(self, look: Callable[[CappedFrame], Sight], executor: Executor) -> None:
        self._look = look
        self._executor = executor
        self._looks = Looks()
        self._waiting: deque[tuple[CappedFrame, int]] = deque()
        self._under_way: tuple[CappedFrame, Future[Sight]] | None = None
        self._last_utc_ns = 0

    @property
    def waiting(self) -> int:
        """Frames that have not gone out yet."""
        return len(self._waiting)

    def take(self, frame: CappedFrame, now_ns: int) -> Iterator[Ready]:
        """Take a frame; one that is not after the last goes out closed."""
        if frame.utc_ns <= self._last_utc_ns:
            yield Ready(frame, [], "frames_out_of_order")
            return
        self._last_utc_ns = frame.utc_ns
        self._waiting.append((frame, now_ns))
        while len(self._waiting) > MOST_WAITING:
            yield Ready(self._waiting.popleft()[0], [], "detector_late")

    def due(self, now_ns: int) -> Iterator[tuple[Ready | Seen, int]]:
        """Yield what has become ready, each with the time at which its frame came in; starts the next look."""
        if self._under_way is not None and self._under_way[1].done():
            frame, future = self._under_way
            self._under_way = None
            error = future.exception()
            if error is None:
                self._looks.add(future.result().look)
                yield Seen(frame, future.result()), now_ns
            elif not isinstance(error, DetectorError):
                raise error
        self._start_a_look()
        while self._waiting and self._may_go(*self._waiting[0], now_ns):
            frame, came_in_ns = self._waiting.popleft()
            yield Ready(frame, self._looks.for_frame(frame.utc_ns)), came_in_ns

    def _start_a_look(self) -> None:
        if self._under_way is None and self._waiting:
            newest = self._waiting[-1][0]
            if not newest.refusal_closes and newest.utc_ns > self._looks.newest_utc_ns:
                self._under_way = (newest, self._executor.submit(self._look, newest))

    def _may_go(self, frame: CappedFrame, came_in_ns: int, now_ns: int) -> bool:
        if frame.refusal_closes or self._looks.newest_utc_ns > frame.utc_ns:
            return True
        return now_ns - came_in_ns >= LOOK_AHEAD_NS
