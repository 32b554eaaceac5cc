"""Over-density, the first of the four crowd-level events: a place stays too dense for some seconds. Pure state.

It reads what gate 2 lists for it (`Disclosure.crowded`) and nothing else: a place is a cell of any size with at least
`MIN_PEOPLE` people, most of it seen; a few people beside it thin nothing out. An event belongs to the 20 m root around
its cells and says which is worst. It begins after the density held for `PERSISTS_S` and ends after it stayed below for
as long.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from maps.cells import CELL_SIZES_M, CellId, CellState, DensityMap, PublishedCell
from maps.levels import STANDARD_THRESHOLDS, Level, Thresholds
from maps.persistence import Persistence

NS_PER_S: Final = 1_000_000_000
MIN_PEOPLE: Final = 10
"""No event is about fewer people."""
LEAST_SHARE: Final = 0.5
"""A cell seen less than this raises no event."""
TOLD_IN_STEPS_OF_PER_M2: Final = 0.5
PERSISTS_S: Final = 5.0
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
        persists_ns = round(persists_s * NS_PER_S)
        self._places: Persistence[CellId] = Persistence(persists_ns=persists_ns, ends_ns=persists_ns)
        self._newest: dict[CellId, OverDensity] = {}

    def take(self, density_map: DensityMap) -> tuple[OverDensity, ...]:
        """Take in a map and return the events that hold now, longest first."""
        now_ns = density_map.utc_ns
        worst = _worst_by_root(density_map, self._thresholds)
        since_ns = self._places.take(now_ns, worst)
        self._newest |= {root: _event_of(root, cell, self._thresholds, now_ns) for root, cell in worst.items()}
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


def _worst_by_root(density_map: DensityMap, thresholds: Thresholds) -> dict[CellId, PublishedCell]:
    worst: dict[CellId, PublishedCell] = {}
    for cell in density_map.cells:
        if _is_too_dense(cell, thresholds):
            root = root_of(cell.cell)
            if root not in worst or (cell.density_per_m2 or 0) > (worst[root].density_per_m2 or 0):
                worst[root] = cell
    return worst


def _is_too_dense(cell: PublishedCell, thresholds: Thresholds) -> bool:
    if cell.state not in {CellState.OBSERVED, CellState.SATURATED} or cell.observed_share < LEAST_SHARE:
        return False
    if cell.people is None or cell.density_per_m2 is None or cell.people < MIN_PEOPLE:
        return False
    return thresholds.level_of(cell.density_per_m2) in WORTH_EVENT


def _event_of(root: CellId, cell: PublishedCell, thresholds: Thresholds, now_ns: int) -> OverDensity:
    density = cell.density_per_m2 or 0.0
    return OverDensity(
        root=root,
        worst=cell.cell,
        density_per_m2=density,
        lower_bound=cell.state is CellState.SATURATED,
        level=thresholds.level_of(density),
        since_utc_ns=now_ns,
    )
