"""Flow through time and over cameras: inverse variance, no old news, bounded."""

from __future__ import annotations

import pytest

from maps.cells import CellCounts, CellFlow, CellId
from maps.flowmap import NS_PER_S, STALE_AFTER_S, FlowMap

CELL = CellId(10, 4, 7)


def looked(
    utc_s: float, east: float, *, source: str = "a", variance: float = 0.01, people: int = 8, cell: CellId = CELL
) -> CellCounts:
    flow = CellFlow(cell=cell, people=people, east_m_s=east, north_m_s=-east, variance=variance)
    return CellCounts(source=source, utc_ns=round(utc_s * NS_PER_S), epsg=2154, cells=(), flows=(flow,))


def east_after(*looks: CellCounts, at_s: float) -> float:
    flows = FlowMap()
    for look in looks:
        flows.take(look)
    (fused,) = flows.flows_at(round(at_s * NS_PER_S))
    assert fused.north_m_s == pytest.approx(-fused.east_m_s)
    return fused.east_m_s


def test_two_cameras_weigh_by_how_sure_they_are() -> None:
    both = east_after(looked(1, 1.0, variance=0.01), looked(1, 2.0, source="b", variance=0.03), at_s=1)
    assert both == pytest.approx((1.0 * 3 + 2.0) / 4)


def test_one_camera_that_looks_often_weighs_no_more() -> None:
    often = east_after(looked(0, 1.0), *(looked(1 + step / 10, 2.0) for step in range(10)), at_s=2)
    seldom = east_after(looked(0, 1.0), looked(1, 2.0), looked(1.9, 2.0), at_s=2)
    assert often == pytest.approx(seldom, abs=0.1)


def test_a_crowd_that_turns_is_followed_within_seconds() -> None:
    looks = [looked(step, 1.0) for step in range(5)] + [looked(5 + step, -1.0) for step in range(4)]
    assert east_after(*looks, at_s=8) < -0.9


def test_news_older_than_what_is_known_change_nothing_and_stale_flow_is_none() -> None:
    assert east_after(looked(3, 1.0), looked(2, -5.0), at_s=3) == 1.0
    flows = FlowMap()
    flows.take(looked(0, 1.0))
    assert len(flows.flows_at(round(STALE_AFTER_S * NS_PER_S))) == 1
    assert flows.flows_at(round((STALE_AFTER_S + 0.1) * NS_PER_S)) == ()
    assert len(flows) == 0


def test_after_a_gap_or_a_clock_set_back_it_begins_anew() -> None:
    assert east_after(looked(0, 1.0), looked(20, -1.0), at_s=20) == -1.0
    assert east_after(looked(100, 1.0), looked(20, -1.0), at_s=20) == -1.0


def test_it_grows_less_sure_while_nobody_looks() -> None:
    flows = FlowMap()
    flows.take(looked(0, 1.0))
    now, later = (flows.flows_at(s * NS_PER_S)[0].variance for s in (0, 3))
    assert now == 0.01
    assert later == pytest.approx(0.07)


def test_only_so_many_cells_are_kept_the_newest() -> None:
    flows = FlowMap(most=2)
    for number in range(4):
        flows.take(looked(number, 1.0, cell=CellId(10, number, 0)))
    assert [fused.cell.east_index for fused in flows.flows_at(3 * NS_PER_S)] == [2, 3]
