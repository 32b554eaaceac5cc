"""In how long a zone will be full, by how its fill went in the last minutes. A small memory, and pure functions.

A line through the fills of the last `WINDOW_S`: its rate is the median of the rates between all pairs (Theil 1950,
Sen 1968), which a few wrong maps do not move; its height is the median that goes with it. How well the rate is known
follows from how the fills scatter about the line. Nothing is told unless the zone surely fills (by `SIGMAS` standard
errors), was seen almost whole, and was so all the while: a camera that turns to it is no arrival.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from maps.common_error import COMMON_SHARE
from maps.zones import ZoneFill

NS_PER_S: Final = 1_000_000_000
EVERY_S: Final = 5.0
"""One fill is kept for so long: closer ones hold the same errors."""
WINDOW_S: Final = 240.0
LEAST_SPAN_S: Final = 60.0
GAP_S: Final = 30.0
"""After so long without a fill the line begins anew."""
LEAST_SEEN: Final = 0.8
SAME_SHARE: Final = 0.05
"""Fills compare when the share that was seen differs by no more."""
SIGMAS: Final = 2.0
TOGETHER: Final = 8.0
"""So many fills in a row err alike: who is hidden, or missed, stays so for some time."""
LEAST_SCATTER: Final = 1.0
"""People; no fill is known better."""
MOST_S: Final = 3600.0
"""Farther off nothing is told."""
_SCATTER_FROM_MEDIAN: Final = 1.4826
"""Standard deviation of a normal error by its median absolute deviation."""


class Sample(NamedTuple):
    """How full a zone was."""

    utc_ns: int
    people: float
    """As if the ground that was not seen held as many."""
    people_sigma: float
    observed_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UntilFull:
    """When a zone will be full, in seconds from now."""

    earliest_s: float
    """It is as soon only if the fill is higher and the rate larger than thought, by `SIGMAS` standard errors."""
    likely_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How a fill went, up to its newest sample."""

    people: float
    people_sigma: float
    per_s: float
    per_s_sigma: float
    shared_share: float
    """Standard error that all fills share, as a part of them: of counting, and of where in cut cells people stand."""


class FillTrend:
    """The fills of one zone in the last minutes, one every `EVERY_S`; bounded, times come in order."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=math.ceil(WINDOW_S / EVERY_S))

    def take(self, utc_ns: int, fill: ZoneFill) -> None:
        """Take in a fill; a lower bound, and one of a zone that is hardly seen, begin anew."""
        if fill.lower_bound or fill.observed_share < LEAST_SEEN or self._is_apart(utc_ns, fill.observed_share):
            self._samples.clear()
        if fill.lower_bound or fill.observed_share < LEAST_SEEN:
            return
        if not self._samples or utc_ns - self._samples[-1].utc_ns >= EVERY_S * NS_PER_S:
            share = fill.observed_share
            self._samples.append(Sample(utc_ns, fill.people / share, fill.people_sigma / share, share))

    def until_full(self, capacity: int, utc_ns: int) -> UntilFull | None:
        """Return in how long from an instant the zone will be full; None where it does not surely fill.

        Args:
            capacity: people.
            utc_ns: now; without a fill in the last `GAP_S` nothing is known.
        """
        line = line_through(self._samples)
        told = None if line is None else until_full(line, capacity)
        gap_s = (utc_ns - self._samples[-1].utc_ns) / NS_PER_S if self._samples else 0.0
        if told is None or not 0 <= gap_s <= GAP_S:
            return None
        return UntilFull(earliest_s=max(told.earliest_s - gap_s, 0.0), likely_s=max(told.likely_s - gap_s, 0.0))

    def _is_apart(self, utc_ns: int, observed_share: float) -> bool:
        if not self._samples:
            return False
        newest = self._samples[-1]
        gap_s = (utc_ns - newest.utc_ns) / NS_PER_S
        return not 0 <= gap_s <= GAP_S or abs(observed_share - self._samples[0].observed_share) > SAME_SHARE


def line_through(samples: Sequence[Sample]) -> Line | None:
    """Return the line through some samples, in order of time; None where they span less than `LEAST_SPAN_S`."""
    if not samples or samples[-1].utc_ns - samples[0].utc_ns < LEAST_SPAN_S * NS_PER_S:
        return None
    at_s = np.array([(sample.utc_ns - samples[-1].utc_ns) / NS_PER_S for sample in samples])
    people = np.array([sample.people for sample in samples])
    first, second = np.triu_indices(len(samples), k=1)
    per_s = float(np.median((people[second] - people[first]) / (at_s[second] - at_s[first])))
    off = people - per_s * at_s
    level = float(np.median(off))
    scatter = max(_SCATTER_FROM_MEDIAN * float(np.median(np.abs(off - level))), LEAST_SCATTER)
    sigma = scatter * math.sqrt(TOGETHER / len(samples))
    spread_s = float(np.std(at_s))
    return Line(
        people=level,
        people_sigma=math.hypot(sigma, sigma * float(np.mean(at_s)) / spread_s),
        per_s=per_s,
        per_s_sigma=sigma / spread_s,
        shared_share=max(COMMON_SHARE, samples[-1].people_sigma / max(level, 1.0)),
    )


def until_full(line: Line, capacity: int) -> UntilFull | None:
    """Return when a line reaches a capacity; None where it does not surely rise, or later than `MOST_S`."""
    if line.per_s - SIGMAS * line.per_s_sigma <= 0:
        return None
    likely_s = max(capacity - line.people, 0.0) / line.per_s
    most = line.people + SIGMAS * math.hypot(line.people_sigma, line.shared_share * line.people)
    fastest_per_s = line.per_s + SIGMAS * math.hypot(line.per_s_sigma, line.shared_share * line.per_s)
    earliest_s = max(capacity - most, 0.0) / fastest_per_s
    return UntilFull(earliest_s=earliest_s, likely_s=likely_s) if likely_s <= MOST_S else None
