"""Added looks: those of the guests, kept apart from the looks of the shipped detectors, and when live ones are made.

No frame waits for an added look, and none stands in for a look that is missing: whether a frame may pass is decided by
the shipped detectors alone. So guests run in a thread of their own, within a share of the machine of their own, as
often as that affords.
"""

from __future__ import annotations

from concurrent.futures import Executor, Future
from typing import Final

from vision.capped import CappedFrame
from vision.eyes import Eyes
from vision.masks import LOOK_AHEAD_NS, OLDEST_LOOK_NS, Look, Looks
from vision.pace import Pace, costed

OLDEST_NS: Final = 1_000_000_000
"""A frame further from an added look gets no mask of it: a walker may be anywhere by then."""
SHARE: Final = 0.15
"""Most of a camera's cores that guests may take; looks have 0.25, counts 0.1."""
INTERVALS_NS: Final = (200_000_000, 10_000_000_000)
"""Shortest and longest time between two added looks of a live camera."""


class AddedLooks:
    """The added looks of the last moments."""

    def __init__(self, *, ahead_ns: int = LOOK_AHEAD_NS) -> None:
        """Take how far behind a frame a look may lie."""
        self._looks = Looks(memory_ns=OLDEST_NS)
        self._ahead_ns: Final = ahead_ns

    def add(self, look: Look) -> None:
        """Take a look; looks come in the order of their frames."""
        self._looks.add(look)

    def for_frame(self, utc_ns: int) -> list[Look]:
        """Return the added looks that mask a frame, oldest first."""
        looks = self._looks.for_frame(utc_ns, ahead_ns=self._ahead_ns)
        return [look for look in looks if abs(look.utc_ns - utc_ns) <= OLDEST_NS]


def added_look(eyes: Eyes, executor: Executor, frame: CappedFrame) -> Look:
    """Return the added look of a file's frame; a guest that breaks off is dropped, and the others look again.

    Args:
        eyes: with their guests.
        executor: of the thread in which they look.
        frame: what they look at.
    """
    while eyes.guests.broke(run := executor.submit(eyes.added, frame)):
        pass
    return run.result()


class LiveAdded:
    """Lets the guests look at a live camera's newest frame as often as their share affords; time is an argument."""

    def __init__(self, eyes: Eyes, executor: Executor, *, core_share: float) -> None:
        """Take the eyes with their guests, a thread for these alone, and the camera's share of cores."""
        self._eyes, self._executor = eyes, executor
        self._pace = Pace(share=SHARE, core_share=core_share, intervals_ns=INTERVALS_NS)
        self._looks = AddedLooks(ahead_ns=OLDEST_LOOK_NS)
        self._run: Future[tuple[Look, int]] | None = None
        self._looked_utc_ns = 0
        self._open_utc_ns: int | None = None
        """Since when frames come that may be shown."""

    def forget(self) -> None:
        """Forget all: the clock of the source was set."""
        self._looks, self._run = AddedLooks(ahead_ns=OLDEST_LOOK_NS), None
        self._looked_utc_ns, self._open_utc_ns = 0, None

    def turn(self, newest: CappedFrame) -> None:
        """Take in the look that is done, and start the next one if it is due."""
        if self._run is not None and self._run.done():
            run, self._run = self._run, None
            if not self._eyes.guests.broke(run):
                look, cpu_ns = run.result()
                self._pace.ran(cpu_ns)
                self._looks.add(look)
        if newest.refusal_closes:
            self._open_utc_ns = None
            return
        self._open_utc_ns = self._open_utc_ns or newest.utc_ns
        due = newest.utc_ns - self._looked_utc_ns >= self._pace.interval_ns
        if self._run is None and due:
            self._looked_utc_ns = newest.utc_ns
            self._run = self._executor.submit(costed, self._eyes.added, newest)

    def for_frame(self, utc_ns: int) -> list[Look]:
        """Return the added looks that mask a frame; without any for a second the guests are late, as health says."""
        looks = self._looks.for_frame(utc_ns)
        long_open = self._open_utc_ns is not None and utc_ns - self._open_utc_ns > OLDEST_NS
        self._eyes.guests.late = long_open and not looks
        return looks
