"""The delay line: frames wait for the look after them, so that a mask is there before the person it hides."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, wait
from typing import Any, Final

from vision.added import AddedLooks, added_look
from vision.capped import CappedFrame
from vision.engine import DetectorError
from vision.eyes import Eyes, Sight
from vision.masks import LOOK_AHEAD_NS, Looks
from vision.ready import Looking, Ready, Seen

__all__ = ["COUNT_INTERVAL_NS", "MOST_WAITING", "Looking", "Ready", "Seen", "count_stride", "failed", "file_order",
           "live_count_stride", "stride_for"]  # fmt: skip

LOOK_INTERVAL_S: Final = 0.2
"""How often a file is looked at; a look between two frames reaches both."""
COUNT_INTERVAL_NS: Final = 500_000_000
LIVE_COUNT_CHOICE_S: Final = 0.25
LOOKS_UNDER_WAY: Final = 2
MOST_WAITING: Final = 64
"""Frames that may wait; policy: the oldest goes out with the looks that are there, closed if there are none."""


def stride_for(fps: float) -> int:
    """Return how many frames of a file lie between two looks: `LOOK_INTERVAL_S`, within look-ahead and queue."""
    waits_for = LOOKS_UNDER_WAY + 1
    return max(1, min(round(LOOK_INTERVAL_S * fps), int(LOOK_AHEAD_NS / 1e9 * fps) + 1, MOST_WAITING // waits_for))


def count_stride(fps: float) -> int:
    """Return how many frames of a file lie between two counts: whole looks, `COUNT_INTERVAL_NS` or a little more."""
    stride = stride_for(fps)
    return stride * max(1, math.ceil(COUNT_INTERVAL_NS / 1e9 * fps / stride))


def live_count_stride(fps: float) -> int:
    """Return how many frames of a live source lie between two that a count may look at."""
    return max(1, round(fps * LIVE_COUNT_CHOICE_S))


def file_order(
    frames: Iterator[CappedFrame],
    eyes: Looking,
    executor: Executor,
    *,
    stride: int,
    added: Eyes | None = None,
) -> Iterator[Ready | Seen]:
    """Yield every frame of a file in order, each with the looks around it; a frame comes after the look behind it.

    A look that fails leaves a gap, which the gate closes; a frame that is stamped before an earlier one is closed: its
    masks and its pose cannot be told. People are counted in every look, or about once in
    `COUNT_INTERVAL_NS` where that takes a run of its own. Where there are guests, those of `added` look as well.
    """
    order = _FileOrder(eyes, executor, stride, added)
    for frame in frames:
        yield from order.take(frame)
    yield from order.rest()


class _FileOrder:
    def __init__(self, eyes: Looking, executor: Executor, stride: int, added: Eyes | None) -> None:
        self._eyes, self._executor, self._stride, self._added = eyes, executor, stride, added
        self._looks, self._added_looks = Looks(), AddedLooks()
        self._waiting: deque[tuple[CappedFrame, str]] = deque()
        self._newest_utc_ns: int | None = None
        self._under_way: deque[tuple[CappedFrame, Future[Sight]]] = deque()
        self._counted_utc_ns: int | None = None

    def take(self, frame: CappedFrame) -> Iterator[Ready | Seen]:
        late = "frames_out_of_order" if frame.utc_ns < (self._newest_utc_ns or frame.utc_ns) else ""
        self._waiting.append((frame, late))
        self._newest_utc_ns = max(frame.utc_ns, self._newest_utc_ns or frame.utc_ns)
        if frame.index % self._stride == 0 and not frame.refusal_closes and not late:
            self._under_way.append((frame, self._executor.submit(self._run_for(frame), frame)))
        while len(self._under_way) > LOOKS_UNDER_WAY:
            yield from self._finished()
        while len(self._waiting) > MOST_WAITING:
            yield self._ready()

    def rest(self) -> Iterator[Ready | Seen]:
        while self._under_way:
            yield from self._finished()
        while self._waiting:
            yield self._ready()

    def _run_for(self, frame: CappedFrame) -> Callable[[CappedFrame], Sight]:
        if self._counted_utc_ns is not None and frame.utc_ns - self._counted_utc_ns < COUNT_INTERVAL_NS:
            return self._eyes.look
        self._counted_utc_ns = frame.utc_ns
        return self._eyes.look_and_count

    def _finished(self) -> Iterator[Ready | Seen]:
        frame, run = self._under_way.popleft()
        wait([run])
        # what lies before this look's reach goes first: adding a look forgets those long before it
        yield from self._ready_before(frame.utc_ns - LOOK_AHEAD_NS)
        if self._added is not None:
            self._added_looks.add(added_look(self._added, self._executor, frame))
        if failed(run):
            return
        sight = run.result()
        self._looks.add(sight.look)
        if sight.people is not None:
            yield Seen(frame, sight.people)
        yield from self._ready_before(frame.utc_ns)

    def _ready_before(self, utc_ns: int) -> Iterator[Ready]:
        while self._waiting and self._waiting[0][0].utc_ns < utc_ns:
            yield self._ready()

    def _ready(self) -> Ready:
        frame, late = self._waiting.popleft()
        looks = [] if late else self._looks.for_frame(frame.utc_ns)
        return Ready(frame, looks, late, tuple(self._added_looks.for_frame(frame.utc_ns)))


def failed(run: Future[Any]) -> bool:
    """Say whether a run ended in a detector's error; any other error is raised."""
    error = run.exception()
    if error is not None and not isinstance(error, DetectorError):
        raise error
    return error is not None
