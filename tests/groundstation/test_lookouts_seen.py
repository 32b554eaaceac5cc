"""What the map says of a place that is asked for, and where most of the area is not seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from flightlink.mission import Mission
from groundstation.flight import epsg_of
from groundstation.instants import NS_PER_S
from groundstation.lookouts.seen import NOBODY, cells_at, largest_gap, look_at
from groundstation.outbox import Topic
from maps.crs import MissionCrs
from tests.groundstation.lookouts_here import PLACE, There


@pytest.fixture
def there(mission: Mission, tmp_path: Path) -> There:
    return There(mission, tmp_path)


def test_the_map_says_who_sees_a_place(there: There) -> None:
    cells = cells_at(MissionCrs(epsg_of(there.mission)), (PLACE[0], PLACE[1]))
    assert len(cells) == 3
    assert look_at(None, cells) == NOBODY
    there.look_from("north")
    density = there.outbox.document(Topic.DENSITY)
    assert look_at(density, cells) == (0.0, frozenset({"north"}))
    assert look_at(density, frozenset()) == NOBODY
    there.clock.utc_ns += 8 * NS_PER_S
    old = there.map.document_at(there.clock.utc_ns)
    assert look_at(old, cells) == (8.0, frozenset())
    there.clock.utc_ns += 60 * NS_PER_S
    assert look_at(there.map.document_at(there.clock.utc_ns), cells) == NOBODY
    assert cells_at(MissionCrs(2154), (0.0, -90.0)) == frozenset(), "no place in that CRS"


def test_the_largest_gap_is_where_nobody_looks(there: There) -> None:
    crs = MissionCrs(epsg_of(there.mission))
    area = crs.area_from_geodetic(there.mission.area)
    whole = largest_gap(None, crs=crs, area=area)
    assert whole is not None
    there.look_from("north")
    gap = largest_gap(there.outbox.document(Topic.DENSITY), crs=crs, area=area)
    assert gap is not None
    assert gap.radius_m < whole.radius_m
    assert area.contains(shapely.Point(*plane(crs, gap.lon_lat)))
    assert look_at(there.outbox.document(Topic.DENSITY), cells_at(crs, gap.lon_lat)) == NOBODY


@given(data=st.data(), seen=st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=100))
def test_the_gap_touches_nothing_that_is_seen(data: st.DataObject, seen: set[tuple[int, int]]) -> None:
    crs = MissionCrs(2154)
    area = shapely.box(652_000, 6_862_000, 652_100, 6_862_100)
    cells = [
        {
            "properties": {
                "cell": f"10/{65_200 + x}/{686_200 + y}",
                "state": data.draw(st.sampled_from(["observed", "stale"])),
            }
        }
        for x, y in sorted(seen)
    ]
    gap = largest_gap({"features": cells}, crs=crs, area=area)
    held = {cell["properties"]["cell"] for cell in cells if cell["properties"]["state"] == "observed"}
    if gap is None:
        assert len(held) > 50, "a gap of 5 m about its middle is a whole cell"
        return
    circle = shapely.Point(*plane(crs, gap.lon_lat)).buffer(gap.radius_m - 0.1)
    boxes = [shapely.box(*(10 * part for part in (x, y, x + 1, y + 1))) for x, y in _indices(held)]
    assert not any(circle.intersects(box) for box in boxes)


def plane(crs: MissionCrs, lon_lat: tuple[float, float]) -> tuple[float, float]:
    east_m, north_m = crs.crs_from_geodetic(np.array(lon_lat[:1]), np.array(lon_lat[1:]))
    return float(east_m[0]), float(north_m[0])


def _indices(names: set[str]) -> list[tuple[int, int]]:
    parts = [name.split("/") for name in sorted(names)]
    return [(int(east), int(north)) for _, east, north in parts]
