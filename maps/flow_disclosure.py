"""GATE 2, flow: what of the fused flow may be told beside a published map. The only maker of `PublishedFlow`.

A flow is told of published ground only, with `MIN_PEOPLE` or more people on it of whom as many were measured, and never
finer than 10 m or than the map itself: where the map tells one figure for 20 m, its parts' flows become one as well.
Where any part of its ground is suppressed there is none. That there is one tells that somewhere in its cell, in 10 m, k
people or more could be measured, and not where.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from maps.cells import CellId, CellState, DensityMap, MapMaker, PublishedCell, PublishedFlow
from maps.events import MIN_PEOPLE
from maps.flowmap import FusedFlow

TOLD: Final = frozenset({CellState.OBSERVED, CellState.SATURATED})
SLOWEST_M_S: Final = 0.1
"""Slower has no direction."""
SPEED_STEP_M_S: Final = 0.1
BEARING_STEP_DEG: Final = 15.0
SIGMA_STEP_M_S: Final = 0.1
"""Told in coarse steps, and the error upwards: an officer reads no finer, and a few people's coming shows less."""


@dataclass(slots=True)
class _Sum:
    weight: float = 0.0
    east: float = 0.0
    north: float = 0.0
    variance: float = 0.0

    def add(self, flow: FusedFlow) -> None:
        self.weight += flow.people
        self.east += flow.people * flow.east_m_s
        self.north += flow.people * flow.north_m_s
        self.variance += flow.people**2 * flow.variance


def flows_published(flows: Iterable[FusedFlow], density_map: DensityMap) -> tuple[PublishedFlow, ...]:
    """Return the flows that may be told beside a map, sorted by cell.

    Args:
        flows: fused, of 10 m cells.
        density_map: as published at the same instant.
    """
    listed = {cell.cell: cell for cell in density_map.cells}
    sums: dict[CellId, _Sum] = {}
    for flow in flows:
        cell = _told_as(flow.cell, listed)
        if cell is not None:
            sums.setdefault(cell, _Sum()).add(flow)
    return tuple(_published(cell, total) for cell, total in sorted(sums.items()) if total.weight >= MIN_PEOPLE)


def _told_as(cell: CellId, listed: Mapping[CellId, PublishedCell]) -> CellId | None:
    """Return the cell of which a 10 m cell's flow is told: itself, the larger one that the map tells; None for none."""
    for whole in (cell, cell.parent):
        if whole in listed:
            return whole if _enough([listed[whole]]) else None
    parts = [listed[part] for part in cell.children if part in listed]
    return cell if len(parts) == len(cell.children) and _enough(parts) else None


def _enough(parts: list[PublishedCell]) -> bool:
    told = all(part.state in TOLD and part.people is not None for part in parts)
    return told and sum(part.people or 0.0 for part in parts) >= MIN_PEOPLE


def _published(cell: CellId, total: _Sum) -> PublishedFlow:
    east, north = total.east / total.weight, total.north / total.weight
    speed = math.hypot(east, north)
    steps = math.degrees(math.atan2(east, north)) / BEARING_STEP_DEG
    return PublishedFlow(
        cell=cell,
        speed_m_s=round(round(speed / SPEED_STEP_M_S) * SPEED_STEP_M_S, 1),
        bearing_deg=None if speed < SLOWEST_M_S else round(steps) * BEARING_STEP_DEG % 360,
        sigma_m_s=_upwards(math.sqrt(total.variance) / total.weight),
        made_by=MapMaker.GATE,
    )


def _upwards(sigma_m_s: float) -> float:
    return round(math.ceil(sigma_m_s / SIGMA_STEP_M_S - 1e-9) * SIGMA_STEP_M_S, 1)
