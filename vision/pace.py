"""How often a live camera may look and count within its share of the machine. Pure but for the thread's own CPU clock.

The share falls first on the count, then on the looks; a look's longest interval keeps every frame within reach of one.
Where frames are left out all the same, the count gives way further before more of them are.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

Value = TypeVar("Value")

LOOK_SHARE: Final = 0.25
"""Most of a camera's cores that looks may take; the rest decodes, publishes, and is not always ours."""
COUNT_SHARE: Final = 0.1
LOOK_INTERVALS_NS: Final = (80_000_000, 320_000_000)
"""Shortest and longest time between two looks."""
COUNT_INTERVALS_NS: Final = (1_000_000_000, 4_000_000_000)
STRAINED_COUNT_NS: Final = 2_000_000_000
"""Between two counts where frames are left out; a dear count's own interval may be longer."""
LEFT_OUT: Final = 0.02
"""Share of the frames: with more left out the machine is strained."""
LEFT_OUT_OVER_S: Final = 2.0
STRAINED_IN_S: Final = 4.0
RESTED_IN_S: Final = 30.0
"""Slow, for a count that comes back would strain the machine anew."""
SMOOTHING: Final = 0.3
"""Weight of the newest run in the cost of a run."""


def costed(run: Callable[..., Value], *arguments: object) -> tuple[Value, int]:
    """Return what a run gives and the CPU time in ns that it took of this thread."""
    before_ns = time.thread_time_ns()
    value = run(*arguments)
    return value, time.thread_time_ns() - before_ns


class Pace:
    """The interval between runs of one kind, from what they have cost so far.

    Args:
        share: most of the camera's cores that these runs may take.
        core_share: the camera's part of the machine.
        intervals_ns: shortest and longest.
    """

    def __init__(self, *, share: float, core_share: float, intervals_ns: tuple[int, int]) -> None:
        self._affords: Final = share * core_share
        self._intervals_ns: Final = intervals_ns
        self._cost_ns: float | None = None

    @property
    def interval_ns(self) -> int:
        """Time from the start of one run to that of the next."""
        shortest, longest = self._intervals_ns
        wanted = (self._cost_ns or 0.0) / self._affords
        return round(min(max(shortest, wanted), longest))

    def strained_ns(self, strain: float, longest_ns: int) -> int:
        """Return the interval at a strain of 0 to 1: from its own up to `longest_ns`, or its own if that is longer."""
        return round(self.interval_ns + strain * max(0, longest_ns - self.interval_ns))

    def ran(self, cpu_ns: int) -> None:
        """Note what a run cost."""
        before = cpu_ns if self._cost_ns is None else self._cost_ns
        self._cost_ns = before + SMOOTHING * (cpu_ns - before)


class Strain:
    """How much the machine is strained, 0 to 1: grows within seconds while frames are left out, falls slowly after."""

    def __init__(self) -> None:
        self.level = 0.0
        self._share = 0.0
        self._last_utc_ns: int | None = None

    def took(self, utc_ns: int, *, left_out: int) -> None:
        """Note a frame and how many before it were left out.

        Args:
            utc_ns: of the frame; after a pause or a step of the clock one second counts.
            left_out: frames between this one and the last that was taken, 0 or more.
        """
        last_ns, self._last_utc_ns = self._last_utc_ns, utc_ns
        passed_s = 0.0 if last_ns is None else min(max(0.0, (utc_ns - last_ns) / 1e9), 1.0)
        self._share += min(1.0, passed_s / LEFT_OUT_OVER_S) * (left_out / (left_out + 1) - self._share)
        change = passed_s / STRAINED_IN_S if self._share > LEFT_OUT else -passed_s / RESTED_IN_S
        self.level = min(max(0.0, self.level + change), 1.0)


def paces(core_share: float) -> tuple[Pace, Pace]:
    """Return the pace of looks and that of counts of a camera with so many cores."""
    return (
        Pace(share=LOOK_SHARE, core_share=core_share, intervals_ns=LOOK_INTERVALS_NS),
        Pace(share=COUNT_SHARE, core_share=core_share, intervals_ns=COUNT_INTERVALS_NS),
    )
