"""A picture is inside the area only where that is sure: each part of its edge by its own error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from flightlink.pose import CameraPose
from maps.crs import MissionCrs, mission_epsg
from maps.geojson import footprint_points
from maps.georeference import GroundPoints
from maps.within import Where, within
from tests.maps.conftest import MakePose

Shift = tuple[float, float]


def points_of(pose: CameraPose) -> GroundPoints:
    points = footprint_points(pose)
    assert points is not None
    return points


def crs_of(pose: CameraPose) -> MissionCrs:
    return MissionCrs(mission_epsg(pose.lon_deg, pose.lat_deg))


def picture_m(pose: CameraPose) -> shapely.Polygon:
    """The picture's outline in the metric CRS."""
    points = points_of(pose)
    return shapely.Polygon(np.column_stack(crs_of(pose).crs_from_geodetic(points.lon_deg, points.lat_deg)))


def around(pose: CameraPose, margin_m: float, *, east_m: float = 0.0) -> shapely.Polygon:
    """The picture's bounds, widened and moved."""
    west, south, east, north = picture_m(pose).bounds
    return shapely.box(west - margin_m + east_m, south - margin_m, east + margin_m + east_m, north + margin_m)


def test_inside_the_edge_partly_and_outside(make_pose: MakePose) -> None:
    pose = make_pose(pitch_deg=-90)
    points, crs = points_of(pose), crs_of(pose)
    error_m, width_m = float(points.ce90_m.max()), picture_m(pose).bounds[2] - picture_m(pose).bounds[0]
    told = [
        within(points, crs=crs, area=around(pose, margin_m, east_m=east_m))
        for margin_m, east_m in ((2 * error_m, 0), (error_m / 2, 0), (error_m, width_m), (error_m, 5 * width_m))
    ]
    assert [one.where for one in told if one] == [Where.INSIDE, Where.EDGE, Where.PARTLY, Where.OUTSIDE]
    inside, edge, partly, outside = (one for one in told if one)
    assert inside.outside_share == 0
    assert outside.outside_share == pytest.approx(1)
    assert 0.5 < partly.outside_share < 1
    assert inside.edge_m == pytest.approx(2 * error_m, rel=0.05)
    assert edge.edge_m < edge.error_m
    assert partly.edge_m == 0


@given(margin_m=st.floats(-20, 40), pitch_deg=st.floats(-90, -30))
def test_inside_holds_wherever_the_picture_may_really_be(
    make_pose: MakePose, margin_m: float, pitch_deg: float
) -> None:
    """Whoever is told `inside` may move each point of the edge by its error and stays inside; `partly` never does."""
    pose = make_pose(pitch_deg=pitch_deg)
    points, crs, area = points_of(pose), crs_of(pose), around(pose, margin_m)
    told = within(points, crs=crs, area=area)
    assert told is not None
    corners = shapely.points(*crs.crs_from_geodetic(points.lon_deg, points.lat_deg))
    discs = shapely.buffer(corners, points.ce90_m)
    if told.where is Where.INSIDE:
        assert bool(shapely.contains(area, shapely.buffer(corners, points.ce90_m * 0.99)).all())
    if told.where is Where.PARTLY:
        assert not bool(shapely.intersects(area, shapely.buffer(corners, points.ce90_m * 0.99)).all())
    if told.where is Where.EDGE:
        assert bool(shapely.intersects(area, discs).all())


def test_a_corner_of_the_area_that_pokes_into_the_picture_is_not_inside(make_pose: MakePose) -> None:
    pose = make_pose(pitch_deg=-90)
    area = around(pose, 50)
    middle = picture_m(pose).centroid
    notch = shapely.Polygon(
        [(middle.x, middle.y), (middle.x - 0.1, area.bounds[3] + 1), (middle.x + 0.1, area.bounds[3] + 1)]
    )
    told = within(points_of(pose), crs=crs_of(pose), area=area.difference(notch))
    assert told is not None
    assert told.where is not Where.INSIDE


def test_no_extent_and_no_place_are_nothing(make_pose: MakePose) -> None:
    pose = make_pose(pitch_deg=-90)
    points = points_of(pose)
    area = around(pose, 10)
    one_place = replace(points, lat_deg=np.full(len(points), 48.85), lon_deg=np.full(len(points), 2.35))
    assert within(one_place, crs=crs_of(pose), area=area) is None
    nowhere = replace(points, lat_deg=np.full(len(points), -48.85), lon_deg=np.full(len(points), -170.0))
    told = within(nowhere, crs=crs_of(pose), area=area)
    assert told is None or told.where is Where.OUTSIDE
