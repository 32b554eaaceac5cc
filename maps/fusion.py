"""All cameras and all times become one estimate per leaf. A pure state machine: time comes in as an argument.

A leaf's state is people per leaf seen whole (25 m2), so that views of different parts compare. Looks are taken one by
one into a Kalman filter on a random walk. For looks of the same instant that is their mean weighted by inverse
variance; they are never summed. A look at part of a leaf is scaled up to the whole and weighs less.

People are counts, so both the noise of a look and the coming and going grow with the number of people there. The
filter therefore keeps its variance per person: then the gain does not depend on the figure itself. Weighing a look by
its own stated variance would trust a 0 (which states almost none) more than a 1, and lose a third of all people where
the crowd is thin.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from maps.cells import CellCount, CellCounts, CellId, FusedCell
from maps.errors import CountingError

NS_PER_S: Final = 1_000_000_000
STALE_AFTER_S: Final = 30.0
"""A leaf that no camera saw for so long leaves the map."""
TOGETHER_S: Final = 1.0
"""Cameras that saw a leaf within this time of its newest look count as seeing it now."""
REPEAT_S: Final = 1.0
"""Two looks of one camera closer than this miss the same people: together they weigh as one."""
PROCESS_VARIANCE_PER_S: Final = 0.5
"""Of a leaf's people, per person and second: people come and go one by one, and a walker crosses 5 m in about 4 s."""
LEAST_NOISE: Final = 0.05
"""Variance per person of the best look."""
PEAK_S: Final = 1.5
"""Time constant with which a camera's peaks are followed."""
CLEARLY_SIGMAS: Final = 3.0
"""By so much a lower bound must exceed what another camera tells to be weighed against it."""
UNKNOWN_NOISE: Final = 0.25
"""Variance per person of a camera that has not found anyone yet: that of a recall of 0.8."""
LEAST_PEOPLE: Final = 0.1
"""A leaf's variance is stated as if at least this many people were there: an empty leaf is not empty for certain."""
MOST_LEAVES: Final = 200_000
"""Kept at once; beyond, the leaves seen longest ago are dropped."""


@dataclass(slots=True)
class _Look:
    """The last look of one camera at one leaf."""

    utc_ns: int
    share: float
    ce90_m: float
    saturated: bool
    found: int
    peak_per_m2: float
    """Over about `PEAK_S`."""


@dataclass(slots=True)
class _Leaf:
    """The running estimate of one leaf, scaled to the leaf seen whole."""

    people: float
    noise: float
    """Variance per person."""
    utc_ns: int
    looks: dict[str, _Look] = field(default_factory=dict)


class FusedMap:
    """The fused leaves of one mission; one owner feeds and reads it."""

    def __init__(
        self,
        *,
        process_variance_per_s: float = PROCESS_VARIANCE_PER_S,
        stale_after_s: float = STALE_AFTER_S,
        most: int = MOST_LEAVES,
    ) -> None:
        self._process_variance_per_s = process_variance_per_s
        self._stale_after_ns = int(stale_after_s * NS_PER_S)
        self._most = most
        self._epsg: int | None = None
        self._leaves: dict[CellId, _Leaf] = {}
        self._noises: dict[str, float] = {}

    def __len__(self) -> int:
        """Return the number of leaves kept."""
        return len(self._leaves)

    def take(self, counts: CellCounts) -> None:
        """Take in one frame's counts. Counts may come out of order; those past the stale limit change nothing.

        Raises:
            CountingError: the counts are in another CRS than those before.
        """
        if self._epsg is None:
            self._epsg = counts.epsg
        if counts.epsg != self._epsg:
            raise CountingError(f"{counts.source} counts in EPSG:{counts.epsg}, the map is in EPSG:{self._epsg}")
        noise = _noise_per_person(counts.cells, self._noises.get(counts.source, UNKNOWN_NOISE))
        self._noises[counts.source] = noise
        for count in counts.cells:
            if count.observed_share > 0:
                self._take_look(counts.source, counts.utc_ns, count, noise)
        self._drop_oldest()

    def cells_at(self, utc_ns: int) -> tuple[FusedCell, ...]:
        """Return every leaf seen within the stale limit of an instant, and forget the others.

        A leaf of the far future was seen before the clock was set back: kept, it would look fresh and take no counts.
        """
        gone = [cell for cell, leaf in self._leaves.items() if abs(utc_ns - leaf.utc_ns) > self._stale_after_ns]
        for cell in gone:
            del self._leaves[cell]
        return tuple(self._fused(cell, leaf, utc_ns) for cell, leaf in self._leaves.items())

    def _take_look(self, source: str, utc_ns: int, count: CellCount, camera_noise: float) -> None:
        share = count.observed_share
        people, noise = count.people / share, (camera_noise + 1 - share) / share
        leaf = self._leaves.get(count.cell)
        if leaf is None or utc_ns - leaf.utc_ns > self._stale_after_ns:
            leaf = self._leaves[count.cell] = _Leaf(people=people, noise=noise, utc_ns=utc_ns)
        elif leaf.utc_ns - utc_ns > self._stale_after_ns:
            return
        else:
            noise *= _repeat_factor(leaf.looks.get(source), utc_ns)
            told_better = count.saturated and _told_better(leaf, source, utc_ns)
            self._correct(leaf, utc_ns, people, noise, is_mere_bound=told_better)
        last = leaf.looks.get(source)
        if last is None or last.utc_ns <= utc_ns:
            peak = _followed_peak(last, utc_ns, count.peak_per_m2)
            leaf.looks[source] = _Look(utc_ns, share, count.ce90_m, count.saturated, count.found, peak)

    def _correct(self, leaf: _Leaf, utc_ns: int, people: float, noise: float, *, is_mere_bound: bool) -> None:
        """Step the filter: predict to the newer of the two instants, then weigh the look in.

        A lower bound says nothing against what another camera can tell, unless it is clearly above: bounds err too, and
        of a noisy row whose lower half is left out the mean is too high. Where nobody tells better it is the best
        there is: bounds that were only ever followed upwards would keep the largest, and a crowd that leaves would stay
        on the map.
        """
        drift = self._drift(abs(utc_ns - leaf.utc_ns))
        if utc_ns >= leaf.utc_ns:
            leaf.noise += drift
            leaf.utc_ns = utc_ns
        else:
            noise += drift
        if is_mere_bound and people <= leaf.people + CLEARLY_SIGMAS * math.sqrt((leaf.noise + noise) * people):
            return
        gain = leaf.noise / (leaf.noise + noise)
        leaf.people += gain * (people - leaf.people)
        leaf.noise *= 1 - gain

    def _drift(self, elapsed_ns: int) -> float:
        """Return how much variance per person a leaf gains while nobody looks."""
        return self._process_variance_per_s * elapsed_ns / NS_PER_S

    def _drop_oldest(self) -> None:
        excess = len(self._leaves) - self._most
        if excess > 0:
            for cell in sorted(self._leaves, key=lambda cell: self._leaves[cell].utc_ns)[:excess]:
                del self._leaves[cell]

    def _fused(self, cell: CellId, leaf: _Leaf, utc_ns: int) -> FusedCell:
        together = dict(_looks_together(leaf))
        looks = together.values()
        share = max([look.share for look in looks])
        noise = leaf.noise + self._drift(max(utc_ns - leaf.utc_ns, 0))
        return FusedCell(
            cell=cell,
            people=leaf.people * share,
            variance=noise * max(leaf.people, LEAST_PEOPLE) * share * share,
            observed_share=share,
            ce90_m=max([look.ce90_m for look in looks]),
            seen_utc_ns=leaf.utc_ns,
            sources=tuple(sorted(together)),
            saturated=all(look.saturated for look in looks),
            found=max([look.found for look in looks]),
            peak_per_m2=max([look.peak_per_m2 for look in looks]),
        )


def _noise_per_person(cells: tuple[CellCount, ...], before: float) -> float:
    """Return a camera's variance per person, from the leaves of one frame in which it found people."""
    with_people = [cell for cell in cells if cell.people > 0]
    if not with_people:
        return before
    return max(sum(cell.variance for cell in with_people) / sum(cell.people for cell in with_people), LEAST_NOISE)


def _repeat_factor(last: _Look | None, utc_ns: int) -> float:
    """Return by how much a camera's look weighs less because its last one was close in time."""
    if last is None:
        return 1.0
    apart_s = max(abs(utc_ns - last.utc_ns) / NS_PER_S, 0.01)
    return max(1.0, REPEAT_S / apart_s)


def _told_better(leaf: _Leaf, source: str, utc_ns: int) -> bool:
    """Say whether another camera sees the leaf now, and not as a lower bound."""
    return any(
        other != source and not look.saturated and abs(utc_ns - look.utc_ns) <= TOGETHER_S * NS_PER_S
        for other, look in leaf.looks.items()
    )


def _followed_peak(last: _Look | None, utc_ns: int, peak_per_m2: float) -> float:
    """Return a camera's peak with the new one weighed in: one frame that finds too many decides nothing."""
    if last is None or utc_ns - last.utc_ns > STALE_AFTER_S * NS_PER_S:
        return peak_per_m2
    share = -math.expm1(-(utc_ns - last.utc_ns) / NS_PER_S / PEAK_S)
    return last.peak_per_m2 + share * (peak_per_m2 - last.peak_per_m2)


def _looks_together(leaf: _Leaf) -> Iterator[tuple[str, _Look]]:
    """Return the cameras that see the leaf now, as of its newest look."""
    for source, look in leaf.looks.items():
        if leaf.utc_ns - look.utc_ns <= TOGETHER_S * NS_PER_S:
            yield source, look
