"""Flow of all cameras and times as one estimate per 10 m cell. A pure state machine: time comes in as an argument.

A Kalman filter on a random walk of the mean velocity, as `maps.fusion` for people. Two looks of one camera within a
second see the same steps and weigh as one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from maps.cells import CellCounts, CellFlow, CellId

NS_PER_S: Final = 1_000_000_000
STALE_AFTER_S: Final = 5.0
"""Older than this a flow is none: a crowd turns within seconds."""
TURNS_PER_S: Final = 0.02
"""Variance that a second adds, (m/s)^2: a crowd changes its pace by a third of a metre per second in five seconds."""
REPEAT_S: Final = 1.0
MOST_CELLS: Final = 50_000
"""Kept at once; beyond, the cells seen longest ago are dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FusedFlow:
    """How the people of one cell walk; inside the station only, before gate 2."""

    cell: CellId
    people: int
    """Most of whom it was measured in one newest frame."""
    east_m_s: float
    north_m_s: float
    variance: float
    """Along either axis, (m/s)^2."""
    seen_utc_ns: int


@dataclass(slots=True)
class _State:
    east_m_s: float
    north_m_s: float
    variance: float
    utc_ns: int
    people: int
    looked_utc_ns: dict[str, int] = field(default_factory=dict)


class FlowMap:
    """The fused flow of one mission; one owner feeds and reads it."""

    def __init__(self, *, most: int = MOST_CELLS) -> None:
        self._most = most
        self._cells: dict[CellId, _State] = {}

    def __len__(self) -> int:
        """Return the number of cells kept."""
        return len(self._cells)

    def take(self, counts: CellCounts) -> None:
        """Take in the flows of one frame; one older than what is known of a cell changes nothing there."""
        for flow in counts.flows:
            self._take(counts.source, counts.utc_ns, flow)
        excess = len(self._cells) - self._most
        if excess > 0:
            for cell in sorted(self._cells, key=lambda cell: self._cells[cell].utc_ns)[:excess]:
                del self._cells[cell]

    def flows_at(self, utc_ns: int) -> tuple[FusedFlow, ...]:
        """Return every cell's flow seen within the stale limit of an instant, and forget the others."""
        stale_ns = STALE_AFTER_S * NS_PER_S
        for cell in [cell for cell, state in self._cells.items() if abs(utc_ns - state.utc_ns) > stale_ns]:
            del self._cells[cell]
        return tuple(
            FusedFlow(
                cell=cell,
                people=state.people,
                east_m_s=state.east_m_s,
                north_m_s=state.north_m_s,
                variance=state.variance + _drift(max(utc_ns - state.utc_ns, 0)),
                seen_utc_ns=state.utc_ns,
            )
            for cell, state in sorted(self._cells.items())
        )

    def _take(self, source: str, utc_ns: int, flow: CellFlow) -> None:
        state = self._cells.get(flow.cell)
        if state is None or abs(utc_ns - state.utc_ns) > STALE_AFTER_S * NS_PER_S:
            state = _State(flow.east_m_s, flow.north_m_s, flow.variance, utc_ns, flow.people)
            self._cells[flow.cell] = state
        elif utc_ns < state.utc_ns:
            return
        else:
            _weigh_in(state, utc_ns, flow, _repeat_factor(state.looked_utc_ns.get(source), utc_ns))
        state.looked_utc_ns[source] = utc_ns


def _weigh_in(state: _State, utc_ns: int, flow: CellFlow, repeat: float) -> None:
    state.people = flow.people if utc_ns > state.utc_ns else max(state.people, flow.people)
    state.variance += _drift(utc_ns - state.utc_ns)
    state.utc_ns = utc_ns
    gain = state.variance / (state.variance + flow.variance * repeat)
    state.east_m_s += gain * (flow.east_m_s - state.east_m_s)
    state.north_m_s += gain * (flow.north_m_s - state.north_m_s)
    state.variance *= 1 - gain


def _repeat_factor(last_utc_ns: int | None, utc_ns: int) -> float:
    if last_utc_ns is None:
        return 1.0
    return max(1.0, REPEAT_S / max((utc_ns - last_utc_ns) / NS_PER_S, 0.01))


def _drift(elapsed_ns: int) -> float:
    return TURNS_PER_S * elapsed_ns / NS_PER_S
