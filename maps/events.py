"""Over-density, the first of the four crowd-level events: a place stays too dense for some seconds. Pure state.

It reads what gate 2 lists for it (`Disclosure.crowded`) and nothing else: a place is a cell of any size with at least
`MIN_PEOPLE` people, most of it seen; a few people beside it thin nothing out. It is as dense as its tightest spot, if
one is known (`maps.peaks`), and too dense already where it soon will be if it grows on (`maps.growth`). An event
belongs to the 20 m root around its cells and says which is worst. It begins after the density held for `PERSISTS_S` and
ends after it stayed below for `ENDS_S`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from maps.cells import CELL_SIZES_M, CellId, CellState, DensityMap, FusedCell, PublishedCell
from maps.growth import Growth
from maps.levels import STANDARD_THRESHOLDS, Level, Thresholds
from maps.persistence import Persistence

NS_PER_S: Final = 1_000_000_000
MIN_PEOPLE: Final = 10
"""No event is about fewer people."""
LEAST_SHARE: Final = 0.5
"""A cell seen less than this raises no event."""
TOLD_IN_STEPS_OF_PER_M2: Final = 0.5
PERSISTS_S: Final = 3.0
ENDS_S: Final = 5.0
PEAK_OFF_SHARE: Final = 0.1
"""A flight's counts are off by about a tenth, as a whole: what may be critical is told as if it was."""
WORTH_EVENT: Final = (Level.ALERT, Level.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverDensity:
    """One place that is too dense."""

    root: CellId
    worst: CellId
    """Densest published cell in it, at the last map in which it was too dense."""
    density_per_m2: float
    lower_bound: bool
    """The cell is saturated: more people are there."""
    level: Level
    since_utc_ns: int
    """When it became too dense; the event is told `PERSISTS_S` later."""


class OverDensityWatch:
    """Maps come in, in order of time; the events that hold are told."""

    def __init__(self, thresholds: Thresholds = STANDARD_THRESHOLDS, *, persists_s: float = PERSISTS_S) -> None:
        self._thresholds = thresholds
        self._places: Persistence[CellId] = Persistence(
            persists_ns=round(persists_s * NS_PER_S), ends_ns=round(ENDS_S * NS_PER_S)
        )
        self._newest: dict[CellId, OverDensity] = {}
        self._growth = Growth()

    def take(self, density_map: DensityMap, peaks: Mapping[CellId, float] | None = None) -> tuple[OverDensity, ...]:
        """Take in a map and return the events that hold now, longest first.

        Args:
            density_map: `Disclosure.crowded`.
            peaks: of every leaf seen well enough, people/m2 (`peaks_of`); one not listed in the map raises nothing.
        """
        now_ns = density_map.utc_ns
        known = peaks or {}
        soon = self._growth.take(now_ns, known)
        tightest = {cell: Tightest(peak, soon[cell]) for cell, peak in known.items() if peak > 0}
        worst = _worst_by_root(density_map, tightest, self._thresholds)
        since_ns = self._places.take(now_ns, worst)
        self._newest |= {root: _event_of(root, place, now_ns) for root, place in worst.items()}
        self._newest = {root: event for root, event in self._newest.items() if root in self._places}
        holding = [replace(self._newest[root], since_utc_ns=begun_ns) for root, begun_ns in since_ns.items()]
        return tuple(sorted(holding, key=lambda event: (event.since_utc_ns, event.root)))


def told_per_m2(density_per_m2: float) -> float:
    """Round a density down to what an alert tells: on 25 m2 a step is 12 people, so that few beside it never show."""
    return math.floor(density_per_m2 / TOLD_IN_STEPS_OF_PER_M2) * TOLD_IN_STEPS_OF_PER_M2


def root_of(cell: CellId) -> CellId:
    """Return the largest cell of the grid that holds a cell."""
    while cell.size_m < CELL_SIZES_M[0]:
        cell = cell.parent
    return cell


def peaks_of(leaves: Iterable[FusedCell]) -> dict[CellId, float]:
    """Return the density of the tightest spot of each leaf that is seen well enough, people/m2; 0 where none is told.

    A leaf of which a turning camera sees more and more would seem to grow.
    """
    return {leaf.cell: leaf.peak_per_m2 for leaf in leaves if leaf.observed_share >= LEAST_SHARE}


@dataclass(frozen=True, slots=True)
class Tightest:
    """The tightest spot of a cell, people/m2."""

    now_per_m2: float = 0.0
    soon_per_m2: float = 0.0
    """If it grows on as lately."""


@dataclass(frozen=True, slots=True)
class _Place:
    cell: CellId
    density_per_m2: float
    level: Level
    lower_bound: bool


def _worst_by_root(
    density_map: DensityMap, tightest: Mapping[CellId, Tightest], thresholds: Thresholds
) -> dict[CellId, _Place]:
    worst: dict[CellId, _Place] = {}
    for cell in density_map.cells:
        place = _place_of(cell, tightest.get(cell.cell, Tightest()), thresholds)
        if place is not None and place.level in WORTH_EVENT:
            root = root_of(cell.cell)
            if root not in worst or place.density_per_m2 > worst[root].density_per_m2:
                worst[root] = place
    return worst


def _place_of(cell: PublishedCell, tightest: Tightest, thresholds: Thresholds) -> _Place | None:
    if cell.state not in {CellState.OBSERVED, CellState.SATURATED} or cell.observed_share < LEAST_SHARE:
        return None
    if cell.people is None or cell.density_per_m2 is None or cell.people < MIN_PEOPLE:
        return None
    density_per_m2 = max(cell.density_per_m2, tightest.now_per_m2)
    level = _level_of(density_per_m2, tightest, thresholds)
    return _Place(cell.cell, density_per_m2, level, cell.state is CellState.SATURATED)


def _level_of(density_per_m2: float, tightest: Tightest, thresholds: Thresholds) -> Level:
    """Return the level of a place: critical where it may be, and an alert where it soon will be too dense."""
    if thresholds.level_of(tightest.now_per_m2 / (1 - PEAK_OFF_SHARE)) is Level.CRITICAL:
        return Level.CRITICAL
    if density_per_m2 < thresholds.alert_per_m2 <= tightest.soon_per_m2:
        return Level.ALERT
    return thresholds.level_of(density_per_m2)


def _event_of(root: CellId, place: _Place, now_ns: int) -> OverDensity:
    return OverDensity(
        root=root,
        worst=place.cell,
        density_per_m2=place.density_per_m2,
        lower_bound=place.lower_bound,
        level=place.level,
        since_utc_ns=now_ns,
    )
