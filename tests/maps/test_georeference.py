import json
import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pymap3d
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flightlink.pose import BODY_ATTITUDE, CONSUMER_GIMBAL, SURVEYED, CameraPose, PoseSigma
from maps.camera import rays_from_image
from maps.geodesy import geodetic_from_enu
from maps.georeference import GroundCause, ce90_of_enu, ground_from_image
from maps.stated_error import ce90_from_covariance, ground_slopes

MakePose = Callable[..., CameraPose]
GOLDEN = [json.loads(line) for line in (Path(__file__).parent / "golden/georeference.jsonl").read_text().splitlines()]
PARTS = {"vertical": "alt_m", "yaw": "yaw_deg", "pitch": "pitch_deg", "roll": "roll_deg"}


def one(pose: CameraPose, u_px: float, v_px: float, height_m: float = 0.0) -> tuple[float, float]:
    points = ground_from_image(pose, np.array([u_px]), np.array([v_px]), limit_m=math.inf, height_m=height_m)
    return float(points.east_m[0]), float(points.north_m[0])


@pytest.mark.parametrize("case", GOLDEN, ids=[case["input"]["id"] for case in GOLDEN])
def test_golden_points_within_a_centimetre(make_pose: MakePose, case: dict[str, Any]) -> None:
    given_, expected = dict(case["input"]), case["expect"]
    u_px, v_px = given_.pop("u_px"), given_.pop("v_px")
    given_.pop("id")
    pose = make_pose(**{**given_, "distortion": tuple(given_["distortion"])})
    points = ground_from_image(pose, np.array([u_px]), np.array([v_px]))
    if "error" in expected:
        assert GroundCause(int(points.cause[0])).name.lower() == expected["error"]
        assert np.isnan([points.east_m[0], points.lat_deg[0], points.ce90_m[0]]).all()
        return
    assert points.ok[0]
    assert points.east_m[0] == pytest.approx(expected["east_m"], abs=0.001)
    assert points.north_m[0] == pytest.approx(expected["north_m"], abs=0.001)
    assert points.slant_range_m[0] == pytest.approx(expected["slant_range_m"], abs=0.001)
    east, north, _ = pymap3d.geodetic2enu(
        points.lat_deg[0], points.lon_deg[0], 0.0, expected["lat_deg"], expected["lon_deg"], 0.0
    )
    assert math.hypot(east, north) < 0.01


def test_a_surveyed_camera_of_the_literature(make_pose: MakePose) -> None:
    """PETS 2009, view 001: Tsai's own model of its published calibration puts pixel (384, 500) there."""
    lens = {
        "width_px": 768,
        "height_px": 576,
        "fx_px": 1185.0013,
        "fy_px": 1194.6061,
        "cx_px": 324.2215,
        "cy_px": 282.5665,
    }
    angles = {"yaw_deg": 54.349243, "pitch_deg": -16.482473, "roll_deg": 3.087676}
    bent = (-0.15768447, 0.07352682, 0.0, 0.0, -0.03668175)
    pose = make_pose(**lens, **angles, distortion=bent, alt_m=7.0657, sigma=SURVEYED)
    east, north = one(pose, 384.0, 500.0)
    assert (east - 28.9402, north - 19.5291) == pytest.approx((-17.304, -11.951), abs=0.002)


@given(
    st.floats(-89.9, 89.9), st.floats(-180, 180), st.floats(-100, 4000),
    st.floats(-1000, 1000), st.floats(-1000, 1000), st.floats(-500, 100),
)  # fmt: skip
def test_geodesy_agrees_with_pymap3d(
    lat: float, lon: float, height: float, east: float, north: float, up: float
) -> None:
    got_lat, got_lon = geodetic_from_enu(lat, lon, height, np.array([east]), np.array([north]), up)
    lat_there, lon_there, _ = pymap3d.enu2geodetic(east, north, up, lat, lon, height)
    off_east, off_north, _ = pymap3d.geodetic2enu(got_lat[0], got_lon[0], 0.0, lat_there, lon_there, 0.0)
    assert math.hypot(off_east, off_north) < 1e-3
    assert -180 <= got_lon[0] < 180


@settings(max_examples=60)
@given(
    st.floats(-360, 360), st.floats(-90, -20), st.floats(-40, 40), st.floats(5, 200),
    st.floats(0, 1919), st.floats(0, 1079), st.sampled_from(sorted(PARTS)),
)  # fmt: skip
def test_slopes_equal_finite_differences(
    make_pose: MakePose, yaw: float, pitch: float, roll: float, agl: float, u_px: float, v_px: float, part: str
) -> None:
    pose = make_pose(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll, alt_m=agl)
    rays = rays_from_image(pose, np.array([u_px]), np.array([v_px])).T
    assume(rays[2, 0] < -0.25)
    slope = ground_slopes(pose, rays, -pose.alt_agl_m / rays[2])[part]
    unit = math.degrees(1.0) if part != "vertical" else 1.0
    step = 1e-5
    name = PARTS[part]
    assume(part != "pitch" or pitch - step * unit > -90)
    ahead = one(replace(pose, **{name: getattr(pose, name) + step * unit}), u_px, v_px)
    behind = one(replace(pose, **{name: getattr(pose, name) - step * unit}), u_px, v_px)
    twin = np.subtract(ahead, behind) / (2 * step)
    np.testing.assert_allclose(np.array(slope).ravel(), twin, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("sigma", [CONSUMER_GIMBAL, BODY_ATTITUDE, SURVEYED], ids=["consumer", "body", "surveyed"])
@pytest.mark.parametrize(("pitch", "agl"), [(-90, 60), (-60, 30), (-45, 120), (-30, 60)])
def test_ce90_holds_about_nine_of_ten_errors(make_pose: MakePose, sigma: PoseSigma, pitch: float, agl: float) -> None:
    rng = np.random.default_rng(7)
    pose = make_pose(pitch_deg=pitch, alt_m=agl, sigma=sigma)
    stated = float(ground_from_image(pose, np.array([1200.0]), np.array([700.0]), limit_m=math.inf).ce90_m[0])
    true_east, true_north = one(pose, 1200.0, 700.0)
    inside, rounds = 0, 400
    for yaw, tilt, roll, height, east, north in rng.standard_normal((rounds, 6)):
        # a camera leaning past straight down is one that looks backwards
        wrong_pitch = pitch + tilt * sigma.pitch_deg
        over = wrong_pitch < -90
        wrong = replace(
            pose,
            yaw_deg=pose.yaw_deg + yaw * sigma.yaw_deg + (180 if over else 0),
            pitch_deg=-180 - wrong_pitch if over else wrong_pitch,
            roll_deg=roll * sigma.roll_deg + (180 if over else 0),
            alt_m=max(agl + height * sigma.vertical_m, 0.1),
        )
        got_east, got_north = one(wrong, 1200.0, 700.0)
        off = (got_east - true_east + east * sigma.horizontal_m, got_north - true_north + north * sigma.horizontal_m)
        inside += math.hypot(*off) <= stated
    assert 0.84 <= inside / rounds <= 0.96


@pytest.mark.parametrize("ratio", [0.0, 0.1, 0.35, 0.7, 1.0])
def test_ce90_of_an_ellipse(ratio: float) -> None:
    turn = math.radians(33)
    major, minor = 4.0, 4.0 * ratio
    var_east = (major * math.cos(turn)) ** 2 + (minor * math.sin(turn)) ** 2
    var_north = (major * math.sin(turn)) ** 2 + (minor * math.cos(turn)) ** 2
    cov = (major**2 - minor**2) * math.sin(turn) * math.cos(turn)
    radius = float(ce90_from_covariance(np.array([var_east]), np.array([var_north]), np.array([cov]))[0])
    along, across = np.random.default_rng(1).standard_normal((2, 400_000))
    assert np.mean(np.hypot(along * major, across * minor) <= radius) == pytest.approx(0.9, abs=0.002)


def test_no_error_at_all_is_zero(make_pose: MakePose) -> None:
    exact = PoseSigma(horizontal_m=0, vertical_m=0, yaw_deg=0, pitch_deg=0, roll_deg=0)
    points = ground_from_image(make_pose(sigma=exact), np.array([960.0]), np.array([540.0]), limit_m=0.0)
    assert points.ok[0]
    assert points.ce90_m[0] == 0.0


def test_refused_by_error_not_by_angle(make_pose: MakePose) -> None:
    shallow: dict[str, Any] = {"pitch_deg": -10.0, "alt_m": 60.0}
    drone = ground_from_image(make_pose(**shallow), np.array([960.0]), np.array([540.0]))
    mast = ground_from_image(make_pose(**shallow, sigma=SURVEYED), np.array([960.0]), np.array([540.0]))
    assert drone.cause[0] == GroundCause.BEYOND_LIMIT
    assert np.isnan([drone.east_m[0], drone.north_m[0], drone.lat_deg[0], drone.slant_range_m[0]]).all()
    assert drone.ce90_m[0] > 30
    assert mast.ok[0]


def test_a_raised_point_is_met_on_its_own_plane(make_pose: MakePose) -> None:
    pose = make_pose()
    assert one(pose, 960.0, 540.0, height_m=1.7) == pytest.approx(
        one(replace(pose, alt_m=58.3), 960.0, 540.0), abs=1e-9
    )
    lost_m = math.dist(one(pose, 960.0, 540.0), one(pose, 960.0, 540.0, height_m=1.7))
    assert lost_m == pytest.approx(1.7, abs=0.01)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_pixel_that_is_none_is_invalid(make_pose: MakePose, bad: float) -> None:
    points = ground_from_image(make_pose(), np.array([bad, 960.0]), np.array([540.0, 540.0]))
    assert points.cause.tolist() == [GroundCause.INVALID, GroundCause.OK]


def test_a_camera_in_the_ground_sees_nothing(make_pose: MakePose) -> None:
    points = ground_from_image(make_pose(alt_m=1.0), np.array([960.0]), np.array([540.0]), height_m=1.7)
    assert points.cause[0] == GroundCause.INVALID


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_no_pixel_gets_a_point_that_does_not_project_back(
    make_pose: MakePose, pitch: float, roll: float, u_px: float, v_px: float
) -> None:
    pose = make_pose(pitch_deg=pitch, roll_deg=roll, distortion=(-0.12, 0.03, 0.0005, -0.0004, 0.0))
    points = ground_from_image(pose, np.array([u_px]), np.array([v_px]))
    finite = np.isfinite([points.east_m[0], points.north_m[0], points.lat_deg[0], points.slant_range_m[0]])
    assert finite.all() == bool(points.ok[0])
    assert not points.ok[0] or points.ce90_m[0] <= 30


def test_chunks_and_none_at_all(make_pose: MakePose) -> None:
    pose = make_pose()
    u_px, v_px = np.random.default_rng(3).uniform(0, 1000, (2, 20_000))
    many = ground_from_image(pose, u_px, v_px)
    assert len(many) == 20_000
    for row in (0, 8191, 8192, 19_999):
        assert (many.east_m[row], many.north_m[row]) == pytest.approx(one(pose, u_px[row], v_px[row]), abs=1e-9)
    assert len(ground_from_image(pose, np.zeros(0), np.zeros(0))) == 0
    with pytest.raises(ValueError, match=r"\(2,\) and v_px \(3,\)"):
        ground_from_image(pose, np.zeros(2), np.zeros(3))


def test_ce90_of_places_equals_that_of_their_pixels(make_pose: MakePose) -> None:
    pose = make_pose()
    points = ground_from_image(pose, np.array([300.0, 1500.0]), np.array([200.0, 900.0]))
    enu = np.stack([points.east_m, points.north_m, np.full(2, -60.0)], axis=1)
    np.testing.assert_allclose(ce90_of_enu(pose, enu), points.ce90_m, rtol=1e-9)


def test_a_hundred_thousand_points_are_quick(make_pose: MakePose) -> None:
    u_px, v_px = np.random.default_rng(3).uniform(0, 1000, (2, 100_000))
    starts = time.perf_counter()
    ground_from_image(make_pose(), u_px, v_px)
    assert time.perf_counter() - starts < 1.0, "a tenth of the speed that the station is built for"
