"""The delay line: frames wait for the look after them, so that a mask is there before the person it hides."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, wait
from typing import Any, Final

from vision.added import AddedLooks, LiveAdded, added_look
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.engine import DetectorError
from vision.eyes import Eyes, Sight
from vision.masks import LOOK_AHEAD_NS, OLDEST_LOOK_NS, Looks
from vision.pace import costed, paces
from vision.ready import Looking, Ready, Seen

__all__ = [
    "COUNT_INTERVAL_NS", "LIVE_MEMORY_NS", "LONGEST_WAIT_NS", "LOOKS_REMEMBERED", "MEMORY_SLACK_NS", "MOST_WAITING",
    "LiveOrder", "Looking", "Ready", "Seen", "count_stride", "file_order", "live_count_stride", "live_memory_ns",
    "stride_for",
]  # fmt: skip

LOOK_INTERVAL_S: Final = 0.2
"""How often a file is looked at; a look between two frames reaches both."""
COUNT_INTERVAL_NS: Final = 500_000_000
LIVE_MEMORY_NS: Final = 700_000_000
"""Two of the longest intervals between looks, and a little; where looks came more often, less is remembered."""
LOOKS_REMEMBERED: Final = 2
"""Before the newest: a detector that blinks once must not show anybody, however slow it is."""
MEMORY_SLACK_NS: Final = 60_000_000
LONGEST_WAIT_NS: Final = 800_000_000
"""Then a frame goes out with the looks that are there; the gate closes it if they are too old.

The same when no look was done for so long: a detector that hangs must show as fill within a second.
"""
CLOCK_STEP_NS: Final = 1_000_000_000
"""A frame so long before the last one is no latecomer: the clock has been set back, and all begins anew."""
LIVE_COUNT_CHOICE_S: Final = 0.25
PIECES_APART_NS: Final = 500_000_000
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


def live_memory_ns(span_ns: int | None) -> int:
    """Return how long a live stream remembers a look.

    Args:
        span_ns: how long ago the last `LOOKS_REMEMBERED` looks began, seen from the newest; None where there are fewer.
    """
    return LIVE_MEMORY_NS if span_ns is None else min(span_ns + MEMORY_SLACK_NS, LIVE_MEMORY_NS)


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
        if _failed(run):
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


class LiveOrder:
    """Frames of a live source: looked at several times a second, released when a look behind them is done.

    A frame waits no longer than the look-ahead if a look is near enough by then, and never longer than
    `LONGEST_WAIT_NS`: on a busy machine the picture comes late rather than closed. People are counted by a second
    thread where that takes a run of its own, so that a count never delays a mask. Time is an argument.
    """

    def __init__(
        self,
        eyes: Looking,
        lookers: Executor,
        counters: Executor,
        *,
        core_share: float,
        in_pieces: bool = False,
        added: LiveAdded | None = None,
    ) -> None:
        """Take the eyes, an executor of one thread each for looks and counts, and the camera's share of cores.

        A source that comes `in_pieces` leaves out much between them: each begins closed, until a second look is done.
        """
        self._added = added
        self._in_pieces = in_pieces
        self._piece_utc_ns = self._piece_looks = 0
        self._look_pace, self._count_pace = paces(core_share)
        self._eyes = eyes
        self._lookers, self._counters = lookers, counters
        self._looks = Looks(memory_ns=LIVE_MEMORY_NS)
        self._waiting: deque[tuple[CappedFrame, int]] = deque()
        self._look: tuple[CappedFrame, Future[tuple[Sight, int]]] | None = None
        self._count: tuple[CappedFrame, Future[tuple[Boxes, int]]] | None = None
        self._looked_utc_ns = self._counted_utc_ns = self._last_utc_ns = 0
        self._look_done_ns: int | None = None

    @property
    def waiting(self) -> int:
        """Frames that have not gone out yet."""
        return len(self._waiting)

    def take(self, frame: CappedFrame, now_ns: int) -> Iterator[Ready]:
        """Take a frame; one that is not after the last goes out closed."""
        if frame.utc_ns <= self._last_utc_ns - CLOCK_STEP_NS:
            yield from self._begun_anew(frame)
            return
        if frame.utc_ns <= self._last_utc_ns:
            yield Ready(frame, [], "frames_out_of_order")
            return
        if self._look_done_ns is None:
            self._look_done_ns = now_ns
        if self._in_pieces and frame.utc_ns - self._last_utc_ns > PIECES_APART_NS:
            self._piece_utc_ns, self._piece_looks = frame.utc_ns, 0
        self._last_utc_ns = frame.utc_ns
        self._waiting.append((frame, now_ns))
        while len(self._waiting) > MOST_WAITING:
            yield Ready(self._waiting.popleft()[0], [], "detector_late")

    def _begun_anew(self, frame: CappedFrame) -> Iterator[Ready]:
        """Close all that was stamped by the clock of before, and forget its looks and runs."""
        for waiting, _ in self._waiting:
            yield Ready(waiting, [], "clock_jumped")
        yield Ready(frame, [], "clock_jumped")
        self._waiting.clear()
        self._looks = Looks(memory_ns=LIVE_MEMORY_NS)
        self._look = self._count = None
        if self._added is not None:
            self._added.forget()
        self._last_utc_ns = frame.utc_ns
        self._looked_utc_ns = self._counted_utc_ns = 0

    def due(self, now_ns: int) -> Iterator[tuple[Ready | Seen, int]]:
        """Yield what has become ready, each with the time at which its frame came in; starts the next runs."""
        for seen in self._finished(now_ns):
            yield seen, now_ns
        self._start_runs()
        while self._waiting and self._may_go(*self._waiting[0], now_ns):
            frame, came_in_ns = self._waiting.popleft()
            yield self._ready(frame), came_in_ns

    def _ready(self, frame: CappedFrame) -> Ready:
        looks = self._looks.for_frame(frame.utc_ns, ahead_ns=OLDEST_LOOK_NS)
        begins = self._in_pieces and self._piece_looks < LOOKS_REMEMBERED
        added = () if self._added is None else tuple(self._added.for_frame(frame.utc_ns))
        return Ready(frame, looks, "clock_jumped" if begins else "", added)

    def _finished(self, now_ns: int) -> Iterator[Seen]:
        """Take in the runs that are done; one that failed leaves a gap, which the gate closes."""
        if self._look is not None and self._look[1].done():
            (frame, look), self._look = self._look, None
            if not _failed(look):
                sight, cpu_ns = look.result()
                self._look_done_ns = now_ns
                self._look_pace.ran(cpu_ns)
                self._looks.add(sight.look)
                self._piece_looks += sight.look.utc_ns >= self._piece_utc_ns
                self._looks.memory_ns = live_memory_ns(self._looks.span_ns(LOOKS_REMEMBERED))
                if sight.people is not None:
                    self._counted_utc_ns = frame.utc_ns
                    yield Seen(frame, sight.people)
        if self._count is not None and self._count[1].done():
            (frame, count), self._count = self._count, None
            if not _failed(count):
                people, cpu_ns = count.result()
                self._count_pace.ran(cpu_ns)
                yield Seen(frame, people)

    def _start_runs(self) -> None:
        if not self._waiting:
            return
        newest = self._waiting[-1][0]
        if self._added is not None:
            self._added.turn(newest)
        if newest.refusal_closes:
            return
        if self._look is None and newest.utc_ns - self._looked_utc_ns >= self._look_pace.interval_ns:
            self._looked_utc_ns = newest.utc_ns
            self._look = (newest, self._lookers.submit(costed, self._eyes.look, newest))
        elif self._count is None and newest.utc_ns - self._counted_utc_ns >= self._count_pace.interval_ns:
            in_colour = [frame for frame, _ in self._waiting if frame.pixels.ndim == 3]  # a count sees more in colour
            chosen = in_colour[-1] if in_colour else newest
            self._counted_utc_ns = chosen.utc_ns
            self._count = (chosen, self._counters.submit(costed, self._eyes.people, chosen))

    def _may_go(self, frame: CappedFrame, came_in_ns: int, now_ns: int) -> bool:
        # before a frame that is closed nobody waits for a better mask: fill is due
        fill_is_due = frame.refusal_closes or self._waiting[-1][0].refusal_closes
        if fill_is_due or self._looks.newest_utc_ns > frame.utc_ns:
            return True
        waited_ns = now_ns - came_in_ns
        hangs = now_ns - (self._look_done_ns or 0) >= LONGEST_WAIT_NS
        if waited_ns < LOOK_AHEAD_NS and not hangs:
            return False
        return hangs or waited_ns >= LONGEST_WAIT_NS or self._looks.reaches(frame.utc_ns)


def _failed(run: Future[Any]) -> bool:
    """Say whether a run ended in a detector's error; any other error is raised."""
    error = run.exception()
    if error is not None and not isinstance(error, DetectorError):
        raise error
    return error is not None
