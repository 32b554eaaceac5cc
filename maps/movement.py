"""Two of the four crowd-level events, told from flow: compression, and crowd movement. Pure state.

They are asked of 10 m cells that gate 2 lists (`Disclosure.crowded`), where a crowd stands (`CROWD_FROM_PER_M2`) whose
flow was measured of `MIN_PEOPLE` or more: as of over-density, a crowd is told whatever the map keeps together around
it, and a few people never are.

*Compression*: people come together from opposite sides. By continuity, density grows at the rate at which the flow
around a cell converges; the event holds where it would make the place critical within a minute.

*Crowd movement*: a surge, where a dense crowd is faster by far than crowds of that density walk (Weidmann 1993,
`walking_m_s`), or a reversal, where a crowd turns against the way that it had.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from maps.cells import FLOW_SIZE_M, CellId, CellState, DensityMap
from maps.events import LEAST_SHARE, MIN_PEOPLE, NS_PER_S
from maps.flowmap import FusedFlow
from maps.levels import STANDARD_THRESHOLDS, Thresholds
from maps.persistence import Persistence

PERSISTS_S: Final = 3.0
ENDS_S: Final = 10.0
SIGMAS: Final = 2.0
"""By so many standard errors a rate or a speed must be beyond its limit."""
CRITICAL_WITHIN_S: Final = 60.0
LEAST_RATE_PER_S: Final = 0.01
"""Slower convergence is no compression, however dense the place is already."""
FREE_M_S, JAM_PER_M2, SLOWING_PER_M2 = 1.34, 5.4, 1.913
"""Weidmann's fundamental diagram: free speed, density without motion, and how soon speed falls."""
FASTER_M_S: Final = 0.5
CROWD_FROM_PER_M2: Final = 1.0
"""Below, people run and turn freely, and fewer than a hundred stand on the cell."""
TURN_M_S: Final = 0.4
TURN_COSINE: Final = -0.5
"""A way turned by 120 degrees or more."""
USUAL_S: Final = 15.0
"""Time constant of the way that a crowd had."""


class Movement(StrEnum):
    """What a crowd does."""

    COMPRESSION = "compression"
    SURGE = "surge"
    REVERSAL = "reversal"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdMovement:
    """One place where a crowd moves as it should not."""

    kind: Movement
    cell: CellId
    density_per_m2: float
    lower_bound: bool
    """Of the density: more people are there."""
    since_utc_ns: int


@dataclass(slots=True)
class _Usual:
    """The way that a crowd had, an exponential mean."""

    east_m_s: float
    north_m_s: float
    utc_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    density_per_m2: float
    lower_bound: bool


class MovementWatch:
    """Maps and flows come in, in order of time; the events that hold are told."""

    def __init__(self, thresholds: Thresholds = STANDARD_THRESHOLDS) -> None:
        self._thresholds = thresholds
        self._holding: Persistence[tuple[Movement, CellId]] = Persistence(
            persists_ns=round(PERSISTS_S * NS_PER_S), ends_ns=round(ENDS_S * NS_PER_S)
        )
        self._usual: dict[CellId, _Usual] = {}
        self._places: dict[CellId, _Place] = {}

    def take(self, crowded: DensityMap, flows: Iterable[FusedFlow]) -> tuple[CrowdMovement, ...]:
        """Return the events that hold now, longest first.

        Args:
            crowded: `Disclosure.crowded` of this instant.
            flows: fused, at the same instant.
        """
        known = {flow.cell: flow for flow in flows if flow.people >= MIN_PEOPLE}
        now = {cell: place for cell, place in _places(crowded).items() if cell in known}
        found = [(kind, cell) for cell, place in now.items() for kind in self._kinds(cell, place, known)]
        self._remember(known, crowded.utc_ns)
        since_ns = self._holding.take(crowded.utc_ns, found)
        self._places = {cell: place for cell, place in (self._places | now).items() if self._asked(cell)}
        events = [_event(kind, cell, self._places[cell], begun_ns) for (kind, cell), begun_ns in since_ns.items()]
        return tuple(sorted(events, key=lambda event: (event.since_utc_ns, event.kind, event.cell)))

    def _asked(self, cell: CellId) -> bool:
        return any((kind, cell) in self._holding for kind in Movement)

    def _kinds(self, cell: CellId, place: _Place, flows: Mapping[CellId, FusedFlow]) -> list[Movement]:
        flow, usual = flows[cell], self._usual.get(cell)
        tests = {
            Movement.COMPRESSION: place.density_per_m2 >= self._thresholds.watch_per_m2
            and is_compressed(place.density_per_m2, convergence(cell, flows), self._thresholds.critical_per_m2),
            Movement.SURGE: is_surge(place.density_per_m2, flow),
            Movement.REVERSAL: usual is not None
            and place.density_per_m2 >= CROWD_FROM_PER_M2
            and _is_reversal(flow, usual),
        }
        return [kind for kind, holds in tests.items() if holds]

    def _remember(self, flows: Mapping[CellId, FusedFlow], utc_ns: int) -> None:
        """Let the usual way follow slowly; a cell without a flow is forgotten."""
        self._usual = {cell: _followed(self._usual.get(cell), flow, utc_ns) for cell, flow in flows.items()}


@dataclass(frozen=True, slots=True)
class Rate:
    """Share per second by which a flow makes a place denser."""

    per_s: float
    sigma_per_s: float


def convergence(cell: CellId, flows: Mapping[CellId, FusedFlow]) -> Rate | None:
    """Return at which rate flow converges on a cell, from the neighbours on opposite sides; None without any pair.

    By continuity d(ln density)/dt = -div v where density is even around; an axis without both neighbours counts 0.
    """
    size, east, north = cell
    rate, variance, pairs = 0.0, 0.0, 0
    for axis in ("east", "north"):
        step = (1, 0) if axis == "east" else (0, 1)
        ahead = flows.get(CellId(size, east + step[0], north + step[1]))
        behind = flows.get(CellId(size, east - step[0], north - step[1]))
        if ahead is None or behind is None:
            continue
        pairs += 1
        towards = (behind.east_m_s - ahead.east_m_s) if axis == "east" else (behind.north_m_s - ahead.north_m_s)
        rate += towards / (2 * size)
        variance += (ahead.variance + behind.variance) / (2 * size) ** 2
    return Rate(rate, math.sqrt(variance)) if pairs else None


def is_compressed(density_per_m2: float, rate: Rate | None, critical_per_m2: float) -> bool:
    """Say whether a place surely becomes critical within `CRITICAL_WITHIN_S` at its rate."""
    if rate is None or rate.per_s - SIGMAS * rate.sigma_per_s <= 0 or rate.per_s < LEAST_RATE_PER_S:
        return False
    return math.log(max(critical_per_m2 / density_per_m2, 1.0)) <= rate.per_s * CRITICAL_WITHIN_S


def walking_m_s(density_per_m2: float) -> float:
    """Return how fast crowds of a density walk on the level (Weidmann 1993, table 5); 0 from the jam density on."""
    if density_per_m2 >= JAM_PER_M2:
        return 0.0
    return FREE_M_S * (1 - math.exp(-SLOWING_PER_M2 * (1 / density_per_m2 - 1 / JAM_PER_M2)))


def is_surge(density_per_m2: float, flow: FusedFlow) -> bool:
    """Say whether a crowd surely moves faster by `FASTER_M_S` than crowds so dense walk."""
    speed_m_s = math.hypot(flow.east_m_s, flow.north_m_s)
    surely_m_s = speed_m_s - SIGMAS * math.sqrt(flow.variance)
    return density_per_m2 >= CROWD_FROM_PER_M2 and surely_m_s >= walking_m_s(density_per_m2) + FASTER_M_S


def _is_reversal(flow: FusedFlow, usual: _Usual) -> bool:
    now_m_s, then_m_s = math.hypot(flow.east_m_s, flow.north_m_s), math.hypot(usual.east_m_s, usual.north_m_s)
    if min(now_m_s - SIGMAS * math.sqrt(flow.variance), then_m_s) < TURN_M_S:
        return False
    along = flow.east_m_s * usual.east_m_s + flow.north_m_s * usual.north_m_s
    return along <= TURN_COSINE * now_m_s * then_m_s


def _followed(usual: _Usual | None, flow: FusedFlow, utc_ns: int) -> _Usual:
    if usual is None or utc_ns < usual.utc_ns:
        return _Usual(flow.east_m_s, flow.north_m_s, utc_ns)
    share = -math.expm1(-(utc_ns - usual.utc_ns) / NS_PER_S / USUAL_S)
    return _Usual(
        usual.east_m_s + share * (flow.east_m_s - usual.east_m_s),
        usual.north_m_s + share * (flow.north_m_s - usual.north_m_s),
        utc_ns,
    )


def _places(crowded: DensityMap) -> dict[CellId, _Place]:
    """Return the 10 m cells that may raise an event."""
    return {
        cell.cell: _Place(density_per_m2=cell.density_per_m2, lower_bound=cell.state is CellState.SATURATED)
        for cell in crowded.cells
        if cell.cell.size_m == FLOW_SIZE_M
        and cell.observed_share >= LEAST_SHARE
        and (cell.people or 0) >= MIN_PEOPLE
        and cell.density_per_m2
        and cell.state in {CellState.OBSERVED, CellState.SATURATED}
    }


def _event(kind: Movement, cell: CellId, place: _Place, since_ns: int) -> CrowdMovement:
    return CrowdMovement(
        kind=kind, cell=cell, density_per_m2=place.density_per_m2, lower_bound=place.lower_bound, since_utc_ns=since_ns
    )
