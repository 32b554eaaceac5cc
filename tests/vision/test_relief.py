"""The sealed room over uneven ground: the cap never weaker, the area exact, unknown ground closed, people on slopes."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from flightlink.pose import SURVEYED, CameraPose, HeightDatum
from maps.camera import image_from_enu, rays_from_image
from maps.crs import MissionCrs
from maps.errors import TerrainError
from maps.georeference import ground_from_image
from maps.observation import leaves_observed
from maps.terrain.about import terrain_about
from maps.terrain.grid import TerrainGrid
from maps.terrain.heights import pose_on_terrain
from maps.terrain.hits import first_hits
from maps.terrain.packing import grid_from_packed, packed_from_grid, raised_grid
from tests.maps.terrain.surfaces import LAT_DEG, LON_DEG, metres_per_degree, terrain_of, tilted
from tests.vision.scene import UTC_NS, boxes, lens, look_at, mission, pose, textured
from vision.capped import CappedFrame
from vision.counter import ground_points
from vision.gate import Gate
from vision.ground import AuthorisedGround
from vision.masks import points_carried
from vision.plausible import MID_BODY_M, scale_at
from vision.raw.cap import Cap
from vision.raw.frames import RawFrame
from vision.relief import REACH_M, terrain_for_work
from vision.scale import HEAD_PLANE_M, density_bound, raised_m_for
from vision.wire import Job, Order, order_from_line, order_line

HILL = terrain_of(lambda x, y: 200 + 30 * np.exp(-((x - 10) ** 2 + (y + 25) ** 2) / 200))
ROUGH = terrain_of(lambda x, y: np.random.default_rng(5).uniform(200, 206, x.shape))
SLOPE = terrain_of(tilted(0.0, 0.5))
HALF_KNOWN = terrain_of(lambda x, y: np.where(y < -32, np.nan, 200.0))
GROUNDS = {"hill": HILL, "rough": ROUGH, "slope": SLOPE}


def over(terrain: TerrainGrid, agl_m: float = 40.0, **changes: Any) -> CameraPose:
    """Return a camera over the middle of a model, with heights above a home that lies there."""
    place = {"lat_deg": LAT_DEG, "lon_deg": LON_DEG, "home_lat_deg": LAT_DEG, "home_lon_deg": LON_DEG}
    return pose(**{**place, "alt_m": agl_m, "height_datum": HeightDatum.HOME, **changes})


def frame_over(terrain: TerrainGrid, camera: CameraPose) -> CappedFrame:
    pixels = textured(camera.intrinsics.height_px, camera.intrinsics.width_px)
    return Cap(terrain=terrain).capped(RawFrame(pixels, index=0, utc_ns=camera.utc_ns), camera)


def on_model(terrain: TerrainGrid, camera: CameraPose) -> CameraPose:
    grounded = pose_on_terrain(camera, terrain)
    assert isinstance(grounded, CameraPose)
    return grounded


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(sorted(GROUNDS)), st.floats(0, 360), st.floats(-90, -10), st.floats(-60, 60), st.floats(20, 100),
    st.floats(200, 3000), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1),
)  # fmt: skip
def test_no_pixel_shows_more_than_its_bound(
    name: str, yaw: float, pitch: float, roll: float, agl: float, focal_px: float, u: float, v: float, share: float
) -> None:
    """A millimetre across the line of sight, on a raised head over the true ground, is never finer than the bound."""
    terrain = GROUNDS[name]
    camera = over(terrain, agl, yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll, intrinsics=lens(focal_px=focal_px))
    camera = on_model(terrain, camera)
    bound = density_bound(camera, terrain=terrain)
    u_px, v_px = u * 319, v * 239
    block = bound.blocks[int(v_px + 0.5) // bound.step_px, int(u_px + 0.5) // bound.step_px]
    ray = rays_from_image(camera, np.array([u_px]), np.array([v_px])).T
    about = terrain_about(terrain, LAT_DEG, LON_DEG, camera.alt_m)
    height_m = share * (HEAD_PLANE_M + raised_m_for(camera))
    scale = first_hits(about, camera.alt_m - height_m, ray).scale[0]
    if math.isnan(scale):
        return
    point = (ray * scale)[:, 0]
    across = np.cross(point, [0.3, 0.2, 1.0])
    step = across / np.linalg.norm(across) / 2000
    seen_u, seen_v, in_front = image_from_enu(camera, np.stack([point - step, point + step]))
    if in_front.all():
        assert 1000 * np.hypot(seen_u[1] - seen_u[0], seen_v[1] - seen_v[0]) <= block * 1.001


def test_on_level_ground_the_bound_is_that_of_a_plane_and_a_little_more() -> None:
    level = terrain_of(tilted(0, 0))
    camera = over(level, sigma=replace(SURVEYED, vertical_m=1.0))
    plane, model = density_bound(camera), density_bound(on_model(level, camera), terrain=level)
    ratio = model.px_per_m / plane.px_per_m
    assert ratio.min() > 0.999
    assert ratio.max() < 1.15
    assert model.on_the_ground == pytest.approx(plane.on_the_ground, rel=0.1)


def test_a_hill_in_view_is_nearer_than_the_plane_says() -> None:
    camera = over(HILL, yaw_deg=15.0)
    plane, model = density_bound(camera), density_bound(on_model(HILL, camera), terrain=HILL)
    assert np.nanmax(model.px_per_m / plane.px_per_m) > 1.5


def test_highest_ground_around_is_the_highest() -> None:
    raised = raised_grid(ROUGH, REACH_M).heights_m
    posts = math.ceil(REACH_M / ROUGH.posting_m)
    for i, j in ((0, 0), (100, 50), (300, 300), (7, 299)):
        window = ROUGH.heights_m[max(0, i - posts) : i + posts + 1, max(0, j - posts) : j + posts + 1]
        assert raised[i, j] == window.max()


def test_unknown_ground_is_closed_and_the_rest_is_open() -> None:
    frame = frame_over(HALF_KNOWN, over(HALF_KNOWN))
    assert frame.pose is not None
    released = Gate(mission=mission(area=around(5000))).released(frame, [look_at(frame)])
    v_px, u_px = np.mgrid[0 : frame.height_px, 0 : frame.width_px].astype(np.float64)
    known = ground_from_image(frame.pose, u_px.ravel(), v_px.ravel(), terrain=HALF_KNOWN).ok.reshape(u_px.shape)
    unknown = np.logical_not(known)
    assert unknown.any()
    assert (released.hidden[unknown] == 255).all()
    assert (released.hidden == 0).any()


def around(half_m: float, north_m: float = 0.0) -> tuple[tuple[float, float], ...]:
    per_lat, per_lon = metres_per_degree()
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return tuple((LON_DEG + x * half_m / per_lon, LAT_DEG + (north_m + y * half_m) / per_lat) for x, y in corners)


@pytest.mark.parametrize("name", sorted(GROUNDS))
def test_nothing_outside_the_area_is_open_on_uneven_ground(name: str) -> None:
    terrain, area = GROUNDS[name], around(25.0, north_m=50.0)
    for yaw_deg in (-10.0, 5.0, 20.0):
        camera = on_model(terrain, over(terrain, yaw_deg=yaw_deg))
        closed = AuthorisedGround(area).closed(camera, terrain)
        v_px, u_px = np.mgrid[0:240:2, 0:320:2].astype(np.float64)
        points = ground_from_image(camera, u_px.ravel(), v_px.ravel(), terrain=terrain)
        inside = points.ok & shapely.contains_xy(shapely.Polygon(area), points.lon_deg, points.lat_deg)
        assert closed is not None
        assert (closed[::2, ::2].ravel()[~inside] == 255).all()
    assert np.any(closed == 0)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"home_lat_deg": None, "home_lon_deg": None}, "no_home_position"),
        ({"height_datum": HeightDatum.ELLIPSOID}, "no_geoid_separation"),
        ({"lat_deg": LAT_DEG + 1}, "no_terrain"),
    ],
)
def test_a_pose_that_the_model_cannot_take_is_none(changes: dict[str, Any], cause: str) -> None:
    frame = frame_over(HILL, over(HILL, **changes))
    assert (frame.pose, frame.refusal, frame.refusal_closes) == (None, cause, True)
    assert not frame.pixels.any()


def test_points_are_carried_on_the_slope_that_they_stand_on() -> None:
    """A person of the picture, looked at from one place, must be masked where another place sees the same body."""
    first = frame_over(HILL, over(HILL, yaw_deg=10.0))
    per_lat, _ = metres_per_degree()
    later = frame_over(HILL, over(HILL, yaw_deg=10.0, lat_deg=LAT_DEG + 3 / per_lat, alt_m=42.0))
    assert first.pose is not None
    assert later.pose is not None
    body = np.array([[160.0, 90.0]], np.float32)
    points = ground_from_image(
        first.pose, body[:, 0].astype(float), body[:, 1].astype(float), height_m=MID_BODY_M, terrain=HILL
    )
    enu = np.stack([points.east_m, points.north_m - 3, points.up_m - 2], axis=1)
    u_px, v_px, _ = image_from_enu(later.pose, enu)
    got = points_carried(look_at(first), later, body)
    np.testing.assert_allclose(got[0], [u_px[0], v_px[0]], atol=0.1)


def test_people_stand_on_the_slope_and_hidden_leaves_are_not_seen() -> None:
    camera = on_model(SLOPE, over(SLOPE))
    found = ground_points(camera, boxes((150, 100, 158, 120)), SLOPE)
    about = terrain_about(SLOPE, LAT_DEG, LON_DEG, camera.alt_m)
    assert found.up_m - about.up_m(camera.alt_m, found.east_m, found.north_m) == pytest.approx(MID_BODY_M, abs=1e-3)
    ridge = terrain_of(lambda x, y: np.where(y == -20, 225.0, 200.0))
    crs = MissionCrs(32632)
    low = on_model(ridge, over(ridge, pitch_deg=-15.0, alt_m=30.0))
    seen = leaves_observed(low, crs, min_px_per_m=2.0, terrain=ridge)
    level = leaves_observed(low, crs, min_px_per_m=2.0)
    foot_north = crs.crs_from_enu(low).y0_m
    assert (level.north_index * 5 - foot_north).max() > 100
    assert len(seen) > 0
    assert (seen.north_index * 5 - foot_north).max() < 50


def order(terrain: TerrainGrid | None) -> Order:
    return Order(
        source="north", video="a.mp4", job=Job.FILE, models_dir="models", epsg=32632, intrinsics=None, fixed_pose=None,
        mission=mission(), video_starts_utc_ns=UTC_NS, video_latency_s=0.0, level=mission().level,
        published_px_per_m=20.0, terrain=None if terrain is None else packed_from_grid(terrain),
    )  # fmt: skip


def test_a_model_goes_to_the_worker_in_its_order() -> None:
    told = order_from_line(order_line(order(HALF_KNOWN)))
    assert told.terrain is not None
    got = terrain_for_work(told.terrain)
    assert got is not None
    np.testing.assert_array_equal(got.heights_m, HALF_KNOWN.heights_m)
    assert (got.posts, got.datum, got.sigma_m, got.name) == (
        HALF_KNOWN.posts, HALF_KNOWN.datum, HALF_KNOWN.sigma_m, HALF_KNOWN.name,
    )  # fmt: skip
    assert terrain_for_work(order_from_line(order_line(order(None))).terrain) is None


@pytest.mark.parametrize(
    "change", [{"rows": 10**6}, {"rows": 0}, {"heights": "AAAA"}, {"heights": "&"}, {"column_terms": [1.0]}]
)
def test_a_damaged_model_is_refused(change: dict[str, Any]) -> None:
    part = json.loads(json.dumps(asdict(packed_from_grid(HILL)))) | change
    packed = replace(packed_from_grid(HILL), **{name: part[name] for name in change})
    with pytest.raises(TerrainError):
        grid_from_packed(packed)


def test_people_are_as_large_as_where_they_stand_however_high_it_is_around() -> None:
    """Beside a block of houses the bound is far above what the square shows; a person's size follows the square."""
    town = terrain_of(lambda x, y: np.where((np.abs(x) > 5) & (y < -10), 215.0, 200.0))
    frame = frame_over(town, over(town, intrinsics=lens(focal_px=600)))
    assert frame.pose is not None
    assert frame.bound is not None
    middle = np.array([159.5]), np.array([119.5])
    scale = scale_at(frame, *middle)
    assert scale is not None
    body = ground_from_image(frame.pose, *middle, height_m=MID_BODY_M, terrain=town)
    true_px_per_m = 600 / body.slant_range_m[0]
    assert scale.px_per_m[0] == pytest.approx(true_px_per_m, rel=0.05)
    assert frame.bound.at(*middle)[0] > 1.3 * true_px_per_m
