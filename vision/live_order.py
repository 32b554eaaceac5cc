"""The delay line of a live source: what waits is bounded in time, and looks and counts in what they take."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from typing import Final

from vision.added import LiveAdded
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.delay import MOST_WAITING, failed
from vision.eyes import Sight
from vision.handover import NewestFrame
from vision.masks import LOOK_AHEAD_NS, OLDEST_LOOK_NS, Looks
from vision.pace import STRAINED_COUNT_NS, Strain, costed, paces
from vision.ready import Looking, Ready, Seen

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
IDLE_S: Final = 0.01
BEHIND_NS: Final = 2 * LOOK_AHEAD_NS
PIECES_APART_NS: Final = 500_000_000


def live_memory_ns(span_ns: int | None) -> int:
    """Return how long a live stream remembers a look.

    Args:
        span_ns: how long ago the last `LOOKS_REMEMBERED` looks began, seen from the newest; None where there are fewer.
    """
    return LIVE_MEMORY_NS if span_ns is None else min(span_ns + MEMORY_SLACK_NS, LIVE_MEMORY_NS)


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
        self._strain, self._index = Strain(), -1
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
        left_out = 0 if self._in_pieces or self._index < 0 else max(0, frame.index - self._index - 1)
        self._strain.took(frame.utc_ns, left_out=left_out)
        self._index = frame.index
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

    def due(self, now_ns: int, *, most: int = MOST_WAITING) -> Iterator[tuple[Ready | Seen, int]]:
        """Yield what has become ready, each with the time at which its frame came in; starts the next runs.

        Args:
            now_ns: by the clock of `take`.
            most: frames that may go; a look lets several go at once, and what comes meanwhile would be left out.
        """
        for seen in self._finished(now_ns):
            yield seen, now_ns
        self._start_runs()
        while most > 0 and self.has_more(now_ns):
            most -= 1
            frame, came_in_ns = self._waiting.popleft()
            yield self._ready(frame), came_in_ns

    def has_more(self, now_ns: int) -> bool:
        """Say whether another frame may go now."""
        return bool(self._waiting) and self._may_go(*self._waiting[0], now_ns)

    def is_behind(self, now_ns: int) -> bool:
        """Say whether a frame that may go has waited for long: such go first, and what comes meanwhile is left out."""
        return self.has_more(now_ns) and now_ns - self._waiting[0][1] > BEHIND_NS

    def _ready(self, frame: CappedFrame) -> Ready:
        looks = self._looks.for_frame(frame.utc_ns, ahead_ns=OLDEST_LOOK_NS)
        begins = self._in_pieces and self._piece_looks < LOOKS_REMEMBERED
        added = () if self._added is None else tuple(self._added.for_frame(frame.utc_ns))
        return Ready(frame, looks, "clock_jumped" if begins else "", added)

    def _finished(self, now_ns: int) -> Iterator[Seen]:
        """Take in the runs that are done; one that failed leaves a gap, which the gate closes."""
        if self._look is not None and self._look[1].done():
            (frame, look), self._look = self._look, None
            if not failed(look):
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
            if not failed(count):
                people, cpu_ns = count.result()
                self._count_pace.ran(cpu_ns)
                yield Seen(frame, people)

    @property
    def _count_interval_ns(self) -> int:
        return self._count_pace.strained_ns(self._strain.level, STRAINED_COUNT_NS)

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
        elif self._count is None and newest.utc_ns - self._counted_utc_ns >= self._count_interval_ns:
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


def next_frame(order: LiveOrder, newest: NewestFrame, now_ns: int) -> CappedFrame | None:
    """Return the frame that the order should take now: none while it is behind, and no waiting while more may go."""
    if order.is_behind(now_ns):
        return None
    return newest.take(0.0 if order.has_more(now_ns) else IDLE_S)
