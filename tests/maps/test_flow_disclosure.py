"""Gate 2, flow: nothing of ground that the map does not tell, nothing finer than the map, no few people's way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maps.cells import CellId, CellState, DensityMap, MapMaker, PublishedCell, PublishedFlow
from maps.flow_disclosure import flows_published
from maps.flowmap import FusedFlow
from maps.geojson import flow_list

TEN = CellId(10, 65_000, 686_000)
TWENTY = TEN.parent


def cell(which: CellId, people: float | None, state: CellState = CellState.OBSERVED) -> PublishedCell:
    density = None if people is None else people / which.size_m**2
    return PublishedCell(
        cell=which, state=state, people=people, people_sigma=None, density_per_m2=density, observed_share=1.0,
        age_s=0.0, ce90_m=1.0, made_by=MapMaker.GATE,
    )  # fmt: skip


def map_of(*cells: PublishedCell) -> DensityMap:
    return DensityMap(
        utc_ns=0, epsg=2154, cells=cells, people=0, people_sigma=0, observed_share=1, made_by=MapMaker.GATE
    )


def flow(which: CellId = TEN, east: float = 1.0, north: float = 0.0, people: int = 12) -> FusedFlow:
    return FusedFlow(cell=which, people=people, east_m_s=east, north_m_s=north, variance=0.01, seen_utc_ns=0)


def test_a_cell_with_ten_people_tells_how_they_walk() -> None:
    (told,) = flows_published([flow(east=0.83, north=0.83)], map_of(cell(TEN, 10.0)))
    assert (told.cell, told.speed_m_s, told.bearing_deg, told.sigma_m_s) == (TEN, 1.2, 45.0, 0.1)


@pytest.mark.parametrize(
    "listed",
    [
        [],
        [cell(TEN, 9.0)],
        [cell(TEN, None, CellState.SUPPRESSED)],
        [cell(TEN, 40.0, CellState.STALE)],
        [cell(TWENTY, None, CellState.SUPPRESSED)],
        [cell(part, 20.0) for part in TEN.children[:3]],
        [*(cell(part, 20.0) for part in TEN.children[:3]), cell(TEN.children[3], None, CellState.SUPPRESSED)],
        [*(cell(part, 20.0) for part in TEN.children[:3]), cell(TEN.children[3], None, CellState.UNOBSERVED)],
        [cell(part, 5.0 if part == TEN.children[0] else 0.0) for part in TEN.children],
    ],
)
def test_ground_that_the_map_does_not_tell_has_no_flow(listed: list[PublishedCell]) -> None:
    assert flows_published([flow()], map_of(*listed)) == ()


def test_a_flow_of_fewer_than_ten_measured_people_is_not_told() -> None:
    crowd = map_of(cell(TWENTY, 60.0))
    assert flows_published([flow(people=9)], crowd) == ()
    assert len(flows_published([flow(people=5), flow(TWENTY.children[3], people=5)], crowd)) == 1


def test_where_the_map_tells_parts_of_5_m_the_flow_is_that_of_their_10_m() -> None:
    parts = [cell(part, 5.0 if number < 2 else 0.0) for number, part in enumerate(TEN.children)]
    assert [told.cell for told in flows_published([flow()], map_of(*parts))] == [TEN]


def test_where_the_map_tells_20_m_its_parts_flow_as_one_by_their_people() -> None:
    beside = TWENTY.children[3]
    flows = [flow(east=1.0, people=6), flow(beside, east=-1.0, people=18)]
    (told,) = flows_published(flows, map_of(cell(TWENTY, 25.0, CellState.SATURATED)))
    assert (told.cell, told.speed_m_s, told.bearing_deg) == (TWENTY, 0.5, 270.0)
    assert told.sigma_m_s == 0.1  # 0.079, upwards


def test_a_standing_crowd_has_a_speed_and_no_way() -> None:
    (told,) = flows_published([flow(east=0.03, north=-0.02)], map_of(cell(TEN, 50.0)))
    assert (told.speed_m_s, told.bearing_deg) == (0.0, None)


@pytest.mark.parametrize(("east", "north", "bearing"), [(-0.001, 1.0, 0.0), (0.0, -1.0, 180.0), (-1.0, 0.05, 270.0)])
def test_a_bearing_is_clockwise_from_north_and_below_360(east: float, north: float, bearing: float) -> None:
    (told,) = flows_published([flow(east=east, north=north)], map_of(cell(TEN, 50.0)))
    assert told.bearing_deg == bearing


def test_nobody_else_makes_or_changes_a_flow() -> None:
    (told,) = flows_published([flow()], map_of(cell(TEN, 50.0)))
    with pytest.raises(TypeError):
        PublishedFlow(cell=TEN, speed_m_s=1.0, bearing_deg=None, sigma_m_s=0.1, made_by="me")  # type: ignore[arg-type]
    with pytest.raises((TypeError, ValueError)):
        replace(told, speed_m_s=9.0)  # type: ignore[call-arg]


def test_the_list_for_browsers_names_the_middle_of_the_cell() -> None:
    (told,) = flow_list(flows_published([flow()], map_of(cell(TEN, 50.0))), 2154)
    assert told["cell"] == "10/65000/686000"
    assert told["lon_lat"] == pytest.approx([2.34, 48.83], abs=0.05)
    assert flow_list([], 2154) == []
