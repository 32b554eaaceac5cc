import json
import math
from collections.abc import Callable

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from flightlink.pose import SURVEYED, CameraPose
from maps.cells import DensityMap, FusedCell
from maps.crs import MissionCrs
from maps.disclosure import published
from maps.geojson import feature_collection, footprint_of, footprint_points, utc_text
from maps.georeference import ground_from_image
from maps.levels import Thresholds

MakePose = Callable[..., CameraPose]
MakeLeaf = Callable[..., FusedCell]
NOW_NS = 1_790_000_000 * 10**9
EAST, NORTH = 130_400, 1_372_400
"""Leaf indices of a 20 m cell in Paris, EPSG:2154."""


@pytest.fixture(scope="module")
def density_map(make_leaf: MakeLeaf) -> DensityMap:
    leaves = [make_leaf(EAST + i, NORTH + j, 55.0 if i == j == 0 else 6.25) for i in range(4) for j in range(4)]
    few = make_leaf(EAST + 4, NORTH, 2.0)
    area = shapely.box(EAST * 5, NORTH * 5, EAST * 5 + 60, NORTH * 5 + 20)
    return published([*leaves, few], NOW_NS, 2154, area)


def test_the_contract_s_fields(density_map: DensityMap) -> None:
    collection = json.loads(json.dumps(feature_collection(density_map), allow_nan=False))
    assert collection["type"] == "FeatureCollection"
    assert collection["utc"] == "2026-09-21T14:13:20.000Z"
    assert (collection["epsg"], collection["people"], collection["covers_s"]) == (2154, 55 + 15 * 6, None)
    assert collection["observed_share"] == pytest.approx(17 / 48, abs=1e-4)
    assert (collection["suppressed_at_least"], collection["suppressed_at_most"]) == (1, 4)
    by_cell = {feature["properties"]["cell"]: feature["properties"] for feature in collection["features"]}
    crowded = by_cell[f"5/{EAST}/{NORTH}"]
    assert crowded["state"] == "observed"
    assert (crowded["people"], crowded["density_per_m2"], crowded["level"]) == (55, 2.2, "watch")
    assert {"people_sigma", "observed_share", "age_s", "ce90_m", "size_m", "sources"} < set(crowded)
    few, unseen = by_cell[f"20/{EAST // 4 + 1}/{NORTH // 4}"], by_cell[f"20/{EAST // 4 + 2}/{NORTH // 4}"]
    assert (few["state"], few["people"], few["density_per_m2"], few["level"]) == ("suppressed", None, None, None)
    assert (unseen["state"], unseen["people"], unseen["observed_share"]) == ("unobserved", None, 0)


def test_rings_are_closed_counter_clockwise_and_in_place(density_map: DensityMap) -> None:
    crs = MissionCrs(2154)
    for feature in feature_collection(density_map)["features"]:
        ring = feature["geometry"]["coordinates"][0]
        assert ring[0] == ring[-1]
        assert shapely.LinearRing(ring).is_ccw
        size, east, north = map(int, feature["properties"]["cell"].split("/"))
        x, y = crs.crs_from_geodetic(*np.array(ring).T)
        expected = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
        np.testing.assert_allclose(x, [(east + i) * size for i, _ in expected], atol=0.02)
        np.testing.assert_allclose(y, [(north + j) * size for _, j in expected], atol=0.02)
        assert all(number == round(number, 7) for corner in ring for number in corner)


def test_an_officer_s_own_levels(density_map: DensityMap) -> None:
    strict = Thresholds(dense_per_m2=0.1, watch_per_m2=0.2, alert_per_m2=0.22, critical_per_m2=2.0)
    levels = {feature["properties"]["level"] for feature in feature_collection(density_map, strict)["features"]}
    assert levels == {"critical", "alert", None}


def test_an_empty_map() -> None:
    collection = feature_collection(published([], NOW_NS, 32631))
    assert (collection["features"], collection["people"]) == ([], 0)


def test_utc_has_milliseconds_and_says_so() -> None:
    assert utc_text(1_500_000_000_123_456_789) == "2017-07-14T02:40:00.123Z"


def test_a_nadir_footprint_is_the_picture_on_the_ground(make_pose: MakePose) -> None:
    pose = make_pose(pitch_deg=-90)
    polygon = shape(footprint_of(footprint_points(pose), {"vehicle": "v1"})["geometry"])
    x, y = MissionCrs(2154).crs_from_geodetic(*np.array(polygon.exterior.coords).T)
    assert shapely.Polygon(np.stack([x, y], axis=1)).area == pytest.approx((60 / 1371) ** 2 * 1920 * 1080, rel=0.005)
    assert polygon.exterior.is_ccw
    assert footprint_of(footprint_points(pose), {"vehicle": "v1"})["properties"] == {"vehicle": "v1"}


@pytest.mark.parametrize(("pitch", "roll"), [(-10.0, 0.0), (-20.0, 25.0), (-2.0, 0.0), (-60.0, 180.0)])
def test_a_footprint_ends_where_the_error_passes_the_limit(make_pose: MakePose, pitch: float, roll: float) -> None:
    pose = make_pose(pitch_deg=pitch, roll_deg=roll)
    polygon = shape(footprint_of(footprint_points(pose))["geometry"])
    assert polygon.is_valid
    assert polygon.exterior.is_ccw
    u_px, v_px = (axis.ravel() for axis in np.meshgrid(np.linspace(0, 1919, 49), np.linspace(0, 1079, 37)))
    within = ground_from_image(pose, u_px, v_px, limit_m=29.9)
    beyond = ground_from_image(pose, u_px, v_px, limit_m=math.inf)
    far = beyond.ok & (beyond.ce90_m > 30.1)
    grown = polygon.buffer(3e-6)
    assert shapely.contains_xy(grown, within.lon_deg[within.ok], within.lat_deg[within.ok]).mean() > 0.99
    assert not shapely.contains_xy(polygon.buffer(-3e-6), beyond.lon_deg[far], beyond.lat_deg[far]).any()


def test_a_camera_that_sees_no_ground_has_no_footprint(make_pose: MakePose) -> None:
    assert footprint_of(footprint_points(make_pose(pitch_deg=45)))["geometry"] is None
    assert footprint_of(footprint_points(make_pose(pitch_deg=-90, alt_m=-3.0)))["geometry"] is None


def test_a_surveyed_camera_sees_farther(make_pose: MakePose) -> None:
    drone, mast = (
        shape(footprint_of(footprint_points(make_pose(pitch_deg=-10, **sigma)))["geometry"])
        for sigma in ({}, {"sigma": SURVEYED})
    )
    assert mast.area > 2 * drone.area
