"""Rays against analytic ground: where the true surface is known, the answer is it."""

import math
from dataclasses import replace

import numpy as np
import pymap3d
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from maps.camera import image_from_enu
from maps.georeference import GroundCause, ground_from_image
from maps.terrain.about import terrain_about
from maps.terrain.grid import TerrainGrid
from tests.maps.terrain.surfaces import LAT_DEG, LON_DEG, camera, terrain_of, tilted

HILL = terrain_of(lambda x, y: 200 + 40 * np.exp(-((x - 30) ** 2 + (y + 40) ** 2) / 800))
STEP = terrain_of(lambda x, y: np.where(y < -20, 230.0, 200.0))
PLANE = terrain_of(tilted(0.25, -0.375))
ROUGH = terrain_of(lambda x, y: np.random.default_rng(5).uniform(200, 215, x.shape))
GROUNDS = {"hill": HILL, "step": STEP, "plane": PLANE, "rough": ROUGH}
EIGHTHS = st.integers(-4, 4).map(lambda eighths: eighths / 8)


def answer(terrain: TerrainGrid, u_px: float, v_px: float, **changes: float) -> tuple[GroundCause, float, float, float]:
    pose = camera(**{"alt_m": 290.0, **changes})  # type: ignore[arg-type] # all of its numbers
    points = ground_from_image(pose, np.array([u_px]), np.array([v_px]), terrain=terrain, limit_m=math.inf)
    place = (float(points.east_m[0]), float(points.north_m[0]), float(points.up_m[0]))
    return GroundCause(int(points.cause[0])), *place


@settings(max_examples=40, deadline=None)
@given(EIGHTHS, EIGHTHS, st.floats(0, 360), st.floats(-90, -25), st.floats(0, 1919), st.floats(0, 1079))
def test_a_tilted_plane_is_met_where_algebra_says(
    east: float, south: float, yaw: float, pitch: float, u_px: float, v_px: float
) -> None:
    """The plane is one in degrees and metres of height; over 250 m that is one in space to a few millimetres."""
    terrain = terrain_of(tilted(east, south))
    cause, x, y, up = answer(terrain, u_px, v_px, yaw_deg=yaw, pitch_deg=pitch)
    assume(cause is GroundCause.OK)
    lat, lon, height = pymap3d.enu2geodetic(x, y, up, LAT_DEG, LON_DEG, 290.0)
    column, row = terrain.posts(np.array(lat), np.array(lon))
    assert height == pytest.approx(200 + east * (column - 150) + south * (row - 150), abs=0.003)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(sorted(GROUNDS)), st.floats(-250, 250), st.floats(-250, 250), st.floats(20, 150), st.booleans())
def test_a_point_of_the_ground_comes_back_from_its_pixel(
    name: str, east: float, north: float, over_m: float, bent: bool
) -> None:
    """Unless a ridge hides it: then the answer lies nearer, and on the ground as well."""
    terrain = GROUNDS[name]
    pose = camera(alt_m=float(terrain.at(np.array(LAT_DEG), np.array(LON_DEG))) + over_m)
    about = terrain_about(terrain, LAT_DEG, LON_DEG, pose.alt_m)
    up = float(about.up_m(pose.alt_m, np.array([east]), np.array([north]))[0])
    depression = math.degrees(math.atan2(-up, math.hypot(east, north)))
    assume(depression > 5)
    pose = replace(camera(alt_m=pose.alt_m, bent=bent), yaw_deg=math.degrees(math.atan2(east, north)) + 5,
                   pitch_deg=max(-90.0, -depression + 4))  # fmt: skip
    u_px, v_px, seen = image_from_enu(pose, np.array([[east, north, up]]))
    assume(seen[0])
    points = ground_from_image(pose, u_px, v_px, terrain=terrain, limit_m=math.inf)
    assert points.ok[0]
    true_m, found_m = math.dist((0, 0, 0), (east, north, up)), float(points.slant_range_m[0])
    ground_up = about.up_m(pose.alt_m, points.east_m, points.north_m)
    assert ground_up[0] == pytest.approx(points.up_m[0], abs=1e-4)
    if found_m > true_m - 0.05:
        assert math.dist((points.east_m[0], points.north_m[0]), (east, north)) < 0.01


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(GROUNDS)), st.floats(0, 1919), st.floats(0, 1079), st.floats(0, 360), st.floats(-60, -5))
def test_nothing_stands_in_the_way_of_what_is_found(
    name: str, u_px: float, v_px: float, yaw: float, pitch: float
) -> None:
    """Against ten thousand looks along the ray: the first hit, never one behind a ridge."""
    terrain = GROUNDS[name]
    cause, east, north, up = answer(terrain, u_px, v_px, yaw_deg=yaw, pitch_deg=pitch)
    assume(cause is GroundCause.OK)
    share = np.linspace(0, 1, 10_001)[:-1]
    about = terrain_about(terrain, LAT_DEG, LON_DEG, 290.0)
    gap = up * share - about.up_m(290.0, east * share, north * share)
    assert gap.min() > -1e-3


def test_a_ridge_one_post_wide_hides_what_lies_behind() -> None:
    ridge = terrain_of(lambda x, y: np.where(y == -30, 285.0, 200.0))
    cause, _, north, up = answer(ridge, 959.5, 539.5, yaw_deg=0.0, pitch_deg=-15.0)
    assert cause is GroundCause.OK
    assert 58 < north <= 60
    assert -90 < up < -5


def test_a_step_is_met_on_top_and_on_its_face() -> None:
    _, _, on_top, up = answer(STEP, 959.5, 539.5, yaw_deg=0.0, pitch_deg=-45.0)
    assert (on_top, up) == pytest.approx((60.0, -60.0), abs=0.01)
    _, _, on_face, up = answer(STEP, 959.5, 539.5, yaw_deg=0.0, pitch_deg=-60.0)
    assert 38 < on_face < 42
    assert -90 < up < -60


def test_raised_points_are_met_over_the_slope() -> None:
    pose = camera(alt_m=290.0)
    feet = ground_from_image(pose, np.array([959.5]), np.array([539.5]), terrain=PLANE)
    head = ground_from_image(pose, np.array([959.5]), np.array([539.5]), terrain=PLANE, height_m=1.7)
    about = terrain_about(PLANE, LAT_DEG, LON_DEG, 290.0)
    assert head.up_m - about.up_m(290.0, head.east_m, head.north_m) == pytest.approx(1.7, abs=1e-3)
    assert head.slant_range_m < feet.slant_range_m


def test_what_the_model_does_not_know_is_never_taken_as_level() -> None:
    empty = terrain_of(lambda x, y: np.where(y < -20, np.nan, 200.0))
    assert answer(empty, 959.5, 539.5, yaw_deg=0.0, pitch_deg=-60.0)[0] is GroundCause.NO_TERRAIN
    assert answer(empty, 959.5, 539.5, yaw_deg=180.0, pitch_deg=-60.0)[0] is GroundCause.OK
    assert answer(HILL, 959.5, 539.5, yaw_deg=0.0, pitch_deg=-12.0)[0] is GroundCause.NO_TERRAIN
    assert answer(HILL, 959.5, 539.5, yaw_deg=0.0, pitch_deg=5.0)[0] is GroundCause.ABOVE_HORIZON
    assert answer(HILL, math.nan, 539.5)[0] is GroundCause.INVALID


def test_a_camera_under_the_ground_or_beside_the_model_sees_nothing() -> None:
    assert answer(PLANE, 959.5, 539.5, alt_m=150.0)[0] is GroundCause.INVALID
    beside = replace(camera(alt_m=290.0), lat_deg=LAT_DEG + 0.01)
    points = ground_from_image(beside, np.array([959.5]), np.array([539.5]), terrain=PLANE)
    assert points.cause[0] == GroundCause.NO_TERRAIN
    assert np.isnan([points.east_m[0], points.lat_deg[0], points.slant_range_m[0], points.ce90_m[0]]).all()


def test_a_camera_in_a_valley_sees_the_slope_above_it() -> None:
    valley = terrain_of(lambda x, y: 200 + 0.02 * y * y)
    cause, _, north, up = answer(valley, 959.5, 539.5, alt_m=210.0, yaw_deg=0.0, pitch_deg=10.0)
    assert cause is GroundCause.OK
    assert north > 0
    assert up > 0
