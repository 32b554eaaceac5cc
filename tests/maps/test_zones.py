"""How full a zone is: read off the published map alone, additive, and honest about what was not seen."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from maps.cells import CellId, CellState, FusedCell
from maps.common_error import COMMON_SHARE
from maps.disclosure import published
from maps.zones import FillLevel, ZoneFill, ZoneGround, level_of, map_read
from tests.maps.zones_drawn import AREA, S, cell, drawn_map, fill_of, leaves, map_of, square

ZONE = square(20, 20, 20)
places = st.floats(-10, 90)


@given(fused=leaves(), cuts=st.lists(st.floats(1, 79), min_size=1, max_size=4, unique=True))
def test_disjoint_zones_add_up_and_never_come_to_more_than_the_map(fused: list[FusedCell], cuts: list[float]) -> None:
    shown = drawn_map(fused)
    edges = [-100.0, *sorted(cuts), 200.0]
    strips = [fill_of(shapely.box(west, -100, east, 200), shown) for west, east in pairwise(edges)]
    whole = fill_of(shapely.box(-100, -100, 200, 200), shown)
    assert all(strip.people >= 0 for strip in strips)
    assert math.fsum(strip.people for strip in strips) == pytest.approx(whole.people, rel=1e-9, abs=1e-6)
    assert whole.people == pytest.approx(shown.people, rel=1e-9, abs=1e-6)
    assert all(0 <= strip.observed_share <= 1 for strip in strips)


@given(fused=leaves(), west=places, south=places, size_m=st.floats(0.5, 100))
def test_a_zone_never_holds_more_than_the_map_nor_less_than_nobody(
    fused: list[FusedCell], west: float, south: float, size_m: float
) -> None:
    shown = drawn_map(fused)
    fill = fill_of(square(west, south, size_m), shown)
    assert 0 <= fill.people <= shown.people + 1e-6
    assert fill.people <= fill.people_at_most + 1e-6
    assert fill.people_told is None or fill.people_told == 0 or fill.people_told >= 5


@given(maps=st.lists(leaves(), min_size=2, max_size=4), west=places, south=places)
def test_a_fill_follows_from_one_published_map_whatever_was_read_before(
    maps: list[list[FusedCell]], west: float, south: float
) -> None:
    outline = square(west, south, 25)
    ground = ZoneGround(outline, AREA)
    for shown in [drawn_map(fused) for fused in maps]:
        turned = map_of(*reversed(shown.cells))
        assert ground.fill(map_read(shown)) == fill_of(outline, shown)
        assert fill_of(outline, turned).people == fill_of(outline, shown).people


def leaf(east: int, north: int, people: float) -> FusedCell:
    return FusedCell(
        cell=CellId(5, east, north), people=people, variance=1.0, observed_share=1.0, ce90_m=1.0, seen_utc_ns=20 * S,
        sources=("north",), saturated=False,
    )  # fmt: skip


def test_what_the_map_keeps_together_no_zone_takes_apart() -> None:
    """Four people in a leaf, twelve in another: the map tells 16 on 400 m2, a zone of 25 m2 has its share."""
    few = [leaf(4, 4, 4.0), leaf(7, 7, 12.0), *(leaf(east, 5, 0.0) for east in range(4, 8))]
    other = [leaf(4, 4, 0.0), leaf(7, 7, 16.0), *few[2:]]
    maps = [published(one, 20 * S, 2154, AREA) for one in (few, other)]
    around_the_few = square(20, 20, 5)
    assert maps[0].people == maps[1].people == 16
    assert [fill_of(around_the_few, shown).people for shown in maps] == [pytest.approx(1), pytest.approx(0)]
    assert [fill_of(around_the_few, shown).people_told for shown in maps] == [None, 0]


def test_a_cell_gives_a_zone_its_share_of_ground() -> None:
    shown = map_of(cell(100.0))
    assert fill_of(ZONE, shown).people == pytest.approx(100)
    half = fill_of(square(20, 20, 20, north=30), shown)
    assert half.people == pytest.approx(50)
    assert half.people_sigma == pytest.approx(math.hypot(COMMON_SHARE * 50, 100 * math.sqrt(1 / 6)))
    assert half.people_at_most == 100
    assert fill_of(square(40, 40, 20), shown).people == 0


def test_on_the_edge_of_the_mission_people_stand_inside_it() -> None:
    """Nobody is counted outside the area: a cell of which a quarter lies in it gives all its people to that quarter."""
    area = square(0, 0, 30)
    fill = fill_of(square(20, 20, 20), map_of(cell(40.0, observed_share=0.25)), area)
    assert [fill.people, fill.observed_share] == pytest.approx([40, 0.25])


def test_what_was_not_seen_is_said() -> None:
    shown = map_of(cell(100.0, observed_share=0.5, age_s=3.0), cell(None, at=CellId(20, 2, 1)))
    fill = fill_of(square(20, 20, 40, north=40), shown)
    assert [fill.people, fill.observed_share, fill.age_s] == pytest.approx([100, 0.75, 3.0])
    assert (fill.suppressed_at_most, fill.people_at_most, fill.lower_bound) == (6, 106, False)
    nothing = fill_of(ZONE, map_of())
    assert (nothing.people, nothing.observed_share, nothing.age_s, nothing.people_told) == (0, 0, None, None)


def test_a_saturated_cell_makes_a_lower_bound_and_its_neighbour_does_not() -> None:
    shown = map_of(cell(100.0, state=CellState.SATURATED), cell(50.0, at=CellId(20, 2, 1)))
    assert fill_of(ZONE, shown).lower_bound
    assert not fill_of(square(40, 20, 20), shown).lower_bound


@pytest.mark.parametrize(
    ("people", "share", "lower_bound", "level"),
    [
        (100, 1.0, False, FillLevel.FULL), (100, 0.1, True, FillLevel.FULL), (90, 1.0, False, FillLevel.NEARLY_FULL),
        (89, 0.5, False, FillLevel.BELOW), (0, 1.0, False, FillLevel.BELOW), (89, 0.49, False, FillLevel.UNKNOWN),
        (89, 1.0, True, FillLevel.UNKNOWN), (89.9, 1.0, False, FillLevel.BELOW), (0, 0.0, False, FillLevel.UNKNOWN),
    ],
)  # fmt: skip
def test_a_zone_is_below_its_capacity_only_where_enough_was_seen(
    people: float, share: float, lower_bound: bool, level: FillLevel
) -> None:
    fill = ZoneFill(
        people=people,
        people_sigma=1.0,
        observed_share=share,
        lower_bound=lower_bound,
        people_at_most=people,
        suppressed_at_most=0,
        age_s=0.0,
    )
    assert level_of(fill, 100) is level


def test_a_zone_that_may_be_full_by_its_error_is_not_below() -> None:
    """A zone along a fence: 70 are told of 100 there, because half of its crowd stands in cells that the fence cuts."""
    fill = ZoneFill(
        people=70,
        people_sigma=15,
        observed_share=1,
        lower_bound=False,
        people_at_most=110,
        suppressed_at_most=0,
        age_s=0,
    )
    assert level_of(fill, 100) is FillLevel.UNKNOWN
    assert level_of(fill, 101) is FillLevel.BELOW
