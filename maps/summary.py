"""A whole recording as one map: what each cell held at its busiest moment and on average. Pure state machine.

Only what a camera sees at the instant is taken, never what the live map still remembers, so that people who walk from
one place to another are not counted at both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import shapely

from maps.cells import CELL_SIZES_M, LEAF_SIZE_M, CellId, DensityMap, FusedCell
from maps.common_error import with_common
from maps.disclosure import published_recording
from maps.tallies import CellTally

NS_PER_S: Final = 1_000_000_000
SEEN_NOW_S: Final = 1.0
"""A leaf whose last look is older than this is not seen at the instant."""


@dataclass(slots=True)
class _Sum:
    """Of one cell at one instant."""

    people: float = 0.0
    variance: float = 0.0
    area_m2: float = 0.0


@dataclass(slots=True)
class _Past:
    """Of one cell over all instants."""

    instants: int = 0
    people_sum: float = 0.0
    peak: _Sum = field(default_factory=_Sum)
    ce90_m: float = 0.0
    sources: set[str] = field(default_factory=set)
    saturated: bool = False


class Recording:
    """Accumulates the fused leaves of a recorded flight; its size follows the ground seen, not the time."""

    def __init__(self, epsg: int, *, starts_utc_ns: int = 0) -> None:
        """Begin empty; `starts_utc_ns` dates the map for as long as no instant has come."""
        self._epsg = epsg
        self._cells: dict[CellId, _Past] = {}
        self._leaf_shares: dict[CellId, float] = {}
        self._instants = 0
        self._people_sum = 0.0
        self._variance_sum = 0.0
        self._first_utc_ns: int | None = None
        self._last_utc_ns = starts_utc_ns

    def take(self, leaves: Iterable[FusedCell], utc_ns: int) -> None:
        """Take in the fused leaves at one instant; instants come in order and evenly spaced, such as each frame."""
        seen = [leaf for leaf in leaves if abs(utc_ns - leaf.seen_utc_ns) <= SEEN_NOW_S * NS_PER_S]
        self._first_utc_ns = utc_ns if self._first_utc_ns is None else self._first_utc_ns
        self._last_utc_ns = utc_ns
        if not seen:
            return
        self._instants += 1
        self._people_sum += sum(leaf.people for leaf in seen)
        self._variance_sum += sum(leaf.variance for leaf in seen)
        for cell, now in self._sums(seen).items():
            past = self._cells[cell]
            past.instants += 1
            past.people_sum += now.people
            if now.people >= past.peak.people:
                past.peak = now

    @property
    def people_mean(self) -> float:
        """Mean over the instants at which anything was seen, of all people seen at once; before gate 2."""
        return self._people_sum / self._instants if self._instants else 0.0

    @property
    def covers_s(self) -> float:
        """Time from the first to the last instant."""
        return (self._last_utc_ns - (self._first_utc_ns or 0)) / NS_PER_S if self._instants else 0.0

    def published(self, mission_area: shapely.Polygon | None = None) -> DensityMap:
        """Return the recording's map, through gate 2.

        The error of the mean is that of a single instant: a camera that misses someone misses them for a while, so
        more instants are not taken to say more.
        """
        instants = max(self._instants, 1)
        return published_recording(
            {cell: self._tally(cell, past) for cell, past in self._cells.items()},
            self._last_utc_ns,
            self._epsg,
            people_mean=self.people_mean,
            people_sigma=math.sqrt(with_common(self._variance_sum / instants, self.people_mean)),
            covers_s=self.covers_s,
            mission_area=mission_area,
        )

    def _sums(self, seen: list[FusedCell]) -> dict[CellId, _Sum]:
        """Return what each cell of all sizes holds now, and note what does not depend on the instant."""
        sums: dict[CellId, _Sum] = {}
        for leaf in seen:
            self._leaf_shares[leaf.cell] = max(self._leaf_shares.get(leaf.cell, 0.0), leaf.observed_share)
            cell = leaf.cell
            for _ in CELL_SIZES_M:
                self._note(cell, leaf)
                now = sums.setdefault(cell, _Sum())
                now.people += leaf.people
                now.variance += leaf.variance
                now.area_m2 += leaf.observed_share * LEAF_SIZE_M**2
                cell = cell.parent
        return sums

    def _note(self, cell: CellId, leaf: FusedCell) -> None:
        past = self._cells.setdefault(cell, _Past())
        past.ce90_m = max(past.ce90_m, leaf.ce90_m)
        past.sources.update(leaf.sources)
        past.saturated |= leaf.saturated

    def _tally(self, cell: CellId, past: _Past) -> CellTally:
        return CellTally(
            people=past.peak.people,
            variance=past.peak.variance,
            area_m2=past.peak.area_m2,
            seen_m2=sum(self._leaf_shares.get(leaf, 0.0) for leaf in _leaves_of(cell)) * LEAF_SIZE_M**2,
            ce90_m=past.ce90_m,
            age_s=None,
            sources=frozenset(past.sources),
            saturated=past.saturated,
            people_mean=past.people_sum / past.instants,
        )


def _leaves_of(cell: CellId) -> Iterable[CellId]:
    if cell.size_m == LEAF_SIZE_M:
        return (cell,)
    return (leaf for child in cell.children for leaf in _leaves_of(child))
