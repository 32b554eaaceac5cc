"""Do people in the picture have the size that the pose gives them? A pose that lies about height or zoom is caught.

The cap and the map trust the pose. People are the scale that every crowd brings along: found surely, but far larger
than anybody can be there, they show that the picture is finer than the pose says; far smaller, that it is coarser. Only
how many of the last seconds' finds were too large or too small is kept, never a box, and a few finds say nothing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.plausible import spans

TOO_LARGE: Final = "people_too_large_for_pose"
TOO_SMALL: Final = "people_too_small_for_pose"

SURE_SCORE: Final = 0.3
"""Only finds so sure are judged; below, the network takes anything for a person of the size that it is shown."""
LARGE_M: Final = (2.1, 0.8)
"""Taller than this seen from the side, longer seen from straight above, the middle one of several people is not: a few
have their arms out, and may be longer (`LARGEST_M`)."""
SMALL_FACTOR: Final = 0.85
"""Too small is below this part of the least size of a person: people who sit on the ground stay above it."""
EDGE_PX: Final = 2.0
MEMORY_NS: Final = 5_000_000_000
CLEAN_NS: Final = 10_000_000_000
"""A contradiction must be gone for so long before it is forgiven."""
LEAST_LARGE: Final = 5
LEAST_SMALL: Final = 12
"""Fewer finds say nothing: somebody on a wall, a statue, a child."""
LEAST_RUNS: Final = 2
LARGE_SHARE: Final = 0.5
"""Half of all: the median is too large. True poses gave at most 0.08, doubled heights and zooms at least 0.6."""
SMALL_SHARE: Final = 0.7
"""True poses gave at most 0.14 (crowds that show little more than heads included)."""
MOST_RUNS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Of one run of the person detector: how many finds were judged, and how many contradict the pose."""

    utc_ns: int
    judged: int
    too_large: int
    too_small: int


def sizes_of(found: Boxes, frame: CappedFrame) -> Sizes | None:
    """Return how the sure finds compare with the pose; None without a pose.

    Args:
        found: All that the detector found, before any test of size, in the frame's pixels.
        frame: Where it was found. A box that the picture's edge may cut can be too large, never too small.
    """
    sure = found.kept(found.scores >= SURE_SCORE)
    span = spans(sure, frame)
    if span is None:
        return None
    xyxy = sure.xyxy
    cut = (xyxy[:, :2] < EDGE_PX).any(axis=1) | (
        xyxy[:, 2:] > np.array([frame.width_px - EDGE_PX, frame.height_px - EDGE_PX])
    ).any(axis=1)
    level = np.sqrt(1 - span.steepness**2)
    large = span.seen_m > LARGE_M[0] * level + LARGE_M[1] * span.steepness
    whole = ~cut & np.isfinite(span.seen_m)
    small = whole & (span.seen_m < SMALL_FACTOR * span.least_m)
    return Sizes(
        utc_ns=frame.utc_ns,
        judged=int(np.count_nonzero(whole | large)),
        too_large=int(np.count_nonzero(large)),
        too_small=int(np.count_nonzero(small)),
    )


class SizeLog:
    """What the runs of the detector have to say; written by the threads that look, read by the one that publishes.

    Bounded; policy: the oldest is dropped.
    """

    def __init__(self) -> None:
        self._sizes: deque[Sizes] = deque(maxlen=MOST_RUNS)

    def note(self, sizes: Sizes | None) -> None:
        """Take a run's sizes; one without a pose says nothing."""
        if sizes is not None:
            self._sizes.append(sizes)

    def around(self, utc_ns: int) -> list[Sizes]:
        """Return the sizes of the last seconds up to an instant: later ones wait, so that time alone decides."""
        return [sizes for sizes in list(self._sizes) if utc_ns - MEMORY_NS < sizes.utc_ns <= utc_ns]


class _Contradiction:
    """Holds from the moment the evidence is enough until it has been gone for `CLEAN_NS`."""

    def __init__(self) -> None:
        self._last_utc_ns: int | None = None

    def holds(self, utc_ns: int, *, now: bool) -> bool:
        if now:
            self._last_utc_ns = utc_ns
        elif self._last_utc_ns is not None and abs(utc_ns - self._last_utc_ns) >= CLEAN_NS:
            self._last_utc_ns = None
        return self._last_utc_ns is not None


class CrossCheck:
    """Weighs the sizes of the last seconds against the pose; asked with rising times by one thread."""

    def __init__(self, log: SizeLog) -> None:
        """Read the sizes from a log."""
        self._log = log
        self._large, self._small = _Contradiction(), _Contradiction()

    def of_picture(self, utc_ns: int) -> str:
        """Return why no picture of an instant may pass, empty for no reason: the scene is finer than the pose says."""
        sizes = self._log.around(utc_ns)
        return TOO_LARGE if self._large.holds(utc_ns, now=are_too_large(sizes)) else ""

    def of_count(self, utc_ns: int) -> str:
        """Return why no count of an instant may pass: the scale is wrong, upwards or downwards."""
        sizes = self._log.around(utc_ns)
        if self._large.holds(utc_ns, now=are_too_large(sizes)):
            return TOO_LARGE
        return TOO_SMALL if self._small.holds(utc_ns, now=are_too_small(sizes)) else ""


def are_too_large(sizes: list[Sizes]) -> bool:
    """Say whether people are larger than the pose allows: the median of enough finds in more than one run."""
    judged, large = sum(each.judged for each in sizes), sum(each.too_large for each in sizes)
    runs = sum(each.too_large > 0 for each in sizes)
    return large >= LEAST_LARGE and runs >= LEAST_RUNS and large >= LARGE_SHARE * judged


def are_too_small(sizes: list[Sizes]) -> bool:
    """Say whether people are smaller than the pose allows: most of many finds in more than one run."""
    judged, small = sum(each.judged for each in sizes), sum(each.too_small for each in sizes)
    runs = sum(each.too_small > 0 for each in sizes)
    return small >= LEAST_SMALL and runs >= LEAST_RUNS and small >= SMALL_SHARE * judged
