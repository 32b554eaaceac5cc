"""Compression and crowd movement: told once they hold, of enough people, by rates that follow from continuity."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.cells import CellId, CellState, DensityMap, MapMaker, PublishedCell
from maps.events import NS_PER_S
from maps.flowmap import FusedFlow
from maps.movement import (
    CRITICAL_WITHIN_S,
    ENDS_S,
    JAM_PER_M2,
    PERSISTS_S,
    CrowdMovement,
    Movement,
    MovementWatch,
    convergence,
    is_compressed,
    is_surge,
    walking_m_s,
)

CELL = CellId(10, 50, 80)
WEST, EAST = CellId(10, 49, 80), CellId(10, 51, 80)
SOUTH, NORTH = CellId(10, 50, 79), CellId(10, 50, 81)


def flow(cell: CellId = CELL, east: float = 0.0, north: float = 0.0, variance: float = 0.0025) -> FusedFlow:
    return FusedFlow(cell=cell, people=20, east_m_s=east, north_m_s=north, variance=variance, seen_utc_ns=0)


def crowded(
    t_s: float, density: float, *, state: CellState = CellState.OBSERVED, share: float = 1.0, cell: CellId = CELL
) -> DensityMap:
    people = density * cell.size_m**2 * share
    one = PublishedCell(
        cell=cell, state=state, people=people, people_sigma=1.0, density_per_m2=density, observed_share=share,
        age_s=0.0, ce90_m=1.0, made_by=MapMaker.GATE,
    )  # fmt: skip
    return DensityMap(
        utc_ns=round(t_s * NS_PER_S), epsg=2154, cells=(one,), people=people, people_sigma=1.0, observed_share=1.0,
        made_by=MapMaker.GATE,
    )  # fmt: skip


def converging(speed: float, variance: float = 0.0025) -> list[FusedFlow]:
    return [flow(), flow(WEST, east=speed, variance=variance), flow(EAST, east=-speed, variance=variance)]


def told(
    watch: MovementWatch, density: float, flows: list[FusedFlow], seconds: range
) -> list[tuple[CrowdMovement, ...]]:
    return [watch.take(crowded(t_s, density), flows) for t_s in seconds]


def test_two_streams_that_meet_in_a_dense_place_compress_it() -> None:
    events = told(MovementWatch(), 2.5, converging(0.5), range(6))
    assert [bool(one) for one in events] == [False] * int(PERSISTS_S) + [True] * (6 - int(PERSISTS_S))
    (event,) = events[-1]
    assert (event.kind, event.cell, event.density_per_m2, event.since_utc_ns) == (Movement.COMPRESSION, CELL, 2.5, 0)


@pytest.mark.parametrize(
    ("density", "flows"),
    [
        (1.5, converging(0.5)),  # not dense
        (2.5, converging(-0.5)),  # they part
        (2.5, converging(0.1)),  # too slow to become critical within a minute
        (2.5, converging(0.5, variance=0.3)),  # not sure
        (2.5, [flow(), flow(WEST, east=0.5)]),  # nothing is known of the other side
        (2.5, [flow(WEST, east=0.5), flow(EAST, east=-0.5)]),  # nor of the place itself
    ],
)
def test_what_is_no_compression_is_not_told(density: float, flows: list[FusedFlow]) -> None:
    assert not any(told(MovementWatch(), density, flows, range(8)))


def test_convergence_is_the_divergence_of_the_flow_around() -> None:
    flows = [flow(WEST, east=0.6), flow(EAST, east=0.2), flow(SOUTH, north=0.3), flow(NORTH, north=-0.3)]
    rate = convergence(CELL, {one.cell: one for one in flows})
    assert rate is not None
    assert rate.per_s == pytest.approx((0.4 + 0.6) / 20)
    assert rate.sigma_per_s == pytest.approx(math.sqrt(4 * 0.0025) / 20)
    assert convergence(CELL, {}) is None


@given(st.floats(0.01, 1.0), st.floats(2.0, 8.0))
def test_a_place_is_compressed_exactly_when_it_would_be_critical_within_a_minute(speed: float, density: float) -> None:
    rate = convergence(CELL, {one.cell: one for one in converging(speed, variance=1e-12)})
    assert rate is not None
    grown = density * math.exp(rate.per_s * CRITICAL_WITHIN_S)
    if rate.per_s >= 0.01 and abs(grown - 5.0) > 1e-6:
        assert is_compressed(density, rate, 5.0) == (grown > 5.0 or density >= 5.0)


def test_crowds_walk_as_weidmann_measured() -> None:
    assert walking_m_s(0.01) == pytest.approx(1.34, abs=0.01)
    assert walking_m_s(1.0) == pytest.approx(1.06, abs=0.01)
    assert walking_m_s(2.0) == pytest.approx(0.61, abs=0.01)
    assert walking_m_s(JAM_PER_M2) == 0.0
    assert walking_m_s(9.0) == 0.0


@pytest.mark.parametrize(
    ("density", "speed", "surges"),
    [(0.5, 4.0, False), (1.0, 1.4, False), (1.0, 1.8, True), (3.0, 0.5, False), (3.0, 1.0, True)],
)
def test_a_surge_is_faster_than_crowds_so_dense_walk(density: float, speed: float, surges: bool) -> None:
    assert is_surge(density, flow(east=speed)) is surges
    assert not is_surge(density, flow(east=speed, variance=1.0))
    events = told(MovementWatch(), density, [flow(north=-speed)], range(5))
    assert [event.kind for event in events[-1]] == [Movement.SURGE] * surges


def test_a_crowd_that_turns_about_is_told_and_one_that_bends_is_not() -> None:
    turns, bends = MovementWatch(), MovementWatch()
    for watch in (turns, bends):
        assert not any(told(watch, 1.2, [flow(east=0.9)], range(20)))
    assert [event.kind for event in told(turns, 1.2, [flow(east=-0.9)], range(20, 24))[-1]] == [Movement.REVERSAL]
    assert not any(told(bends, 1.2, [flow(north=0.9)], range(20, 26)))


def test_a_few_who_turn_about_are_nobodys_business() -> None:
    thin, unmeasured = MovementWatch(), MovementWatch()
    few = FusedFlow(cell=CELL, people=9, east_m_s=0.9, north_m_s=0.0, variance=0.0025, seen_utc_ns=0)
    for seconds, way in ((range(20), 0.9), (range(20, 26), -0.9)):
        assert not any(told(thin, 0.9, [flow(east=way)], seconds))
        assert not any(told(unmeasured, 3.0, [replace(few, east_m_s=way)], seconds))


def test_slow_shuffling_to_and_fro_is_no_reversal() -> None:
    watch = MovementWatch()
    events = [watch.take(crowded(t_s, 2.0), [flow(east=0.3 * (-1) ** (t_s // 10))]) for t_s in range(60)]
    assert not any(events)


def test_a_clock_set_back_begins_the_usual_way_anew() -> None:
    watch = MovementWatch()
    told(watch, 1.2, [flow(east=0.9)], range(100, 110))
    assert not any(told(watch, 1.2, [flow(east=-0.9)], range(8)))


def test_an_event_ends_a_while_after_it_stopped_and_keeps_its_place_meanwhile() -> None:
    watch = MovementWatch()
    told(watch, 2.5, converging(0.5), range(5))
    quiet = [bool(watch.take(crowded(5 + t_s, 2.5), [])) for t_s in range(15)]
    assert quiet == [True] * int(ENDS_S) + [False] * (15 - int(ENDS_S))


@pytest.mark.parametrize(
    "density_map",
    [
        crowded(0, 2.5, state=CellState.STALE),
        crowded(0, 2.5, share=0.4),
        crowded(0, 2.5, cell=CellId(5, 100, 160)),
        crowded(0, 0.09),
    ],
)
def test_ground_that_is_old_hardly_seen_or_nearly_empty_raises_nothing(density_map: DensityMap) -> None:
    watch = MovementWatch()
    for t_s in range(6):
        later = DensityMap(
            utc_ns=t_s * NS_PER_S, epsg=2154, cells=density_map.cells, people=0, people_sigma=0, observed_share=1,
            made_by=MapMaker.GATE,
        )  # fmt: skip
        assert not watch.take(later, [*converging(0.5), flow(east=3.0)])


def test_a_bound_is_told_as_one() -> None:
    watch = MovementWatch()
    events = [watch.take(crowded(t_s, 3.0, state=CellState.SATURATED), converging(0.5)) for t_s in range(5)]
    assert events[-1][0].lower_bound
