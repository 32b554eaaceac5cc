"""An alignment takes exactly its bias off a pose, states its own error, and is refused where it is damaged."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.alignment import Alignment, Bias, aligned, reported_attitude
from flightlink.alignment_file import alignment_toml, load_alignment
from flightlink.attitude import angle_between_deg, quaternion_from_attitude, wrapped_deg
from flightlink.camera_file import CameraFile, load_camera
from flightlink.errors import CameraFileError, PoseInvalidError
from flightlink.pose import CONSUMER_GIMBAL, CameraPose
from tests.flightlink.conftest import LENS
from tests.flightlink.feed import Flight

FOUND = Alignment(
    bias=Bias(3.0, 1.0, 0.0), sigma_deg=(0.2, 0.1, None), utc_ns=1_784_000_000_000_000_000, points=5, residual_m=0.4
)
POSE = CameraPose(
    utc_ns=1, lat_deg=48.0, lon_deg=2.0, alt_m=60.0, ground_alt_m=0.0, yaw_deg=30.0, pitch_deg=-45.0, roll_deg=0.0,
    intrinsics=LENS, sigma=CONSUMER_GIMBAL,
)  # fmt: skip
LINES = "width_px = 1920\nheight_px = 1080\nfx_px = 1500\nfy_px = 1500\ncx_px = 959.5\ncy_px = 539.5\n"
PLACE = "lat_deg = 48\nlon_deg = 2\nalt_m = 60\nground_alt_m = 0\nyaw_deg = 30\npitch_deg = -45\nroll_deg = 0\n"
angles = st.floats(-20, 20)


def test_what_is_reported_minus_the_bias_is_true() -> None:
    true = aligned(POSE, FOUND)
    assert (true.yaw_deg, true.pitch_deg, true.roll_deg) == pytest.approx((27.0, -46.0, 0.0), abs=1e-9)
    assert true.aligned_deg == (3.0, 1.0, 0.0)
    assert aligned(true, FOUND) is true
    assert aligned(POSE, None) is POSE


def test_yaw_turns_about_the_vertical_and_tilt_with_the_camera() -> None:
    down = aligned(replace(POSE, pitch_deg=-90.0), replace(FOUND, bias=Bias(180.0, 0.0, 0.0)))
    assert wrapped_deg(down.yaw_deg - down.roll_deg - 210.0) == pytest.approx(0, abs=1e-6)
    leaning = aligned(replace(POSE, roll_deg=90.0), replace(FOUND, bias=Bias(0.0, 2.0, 0.0)))
    # on its side, pitch turns it sideways
    assert wrapped_deg(leaning.yaw_deg - 30.0) == pytest.approx(-2 * 2**0.5, abs=0.01)


@given(
    yaw=st.floats(-180, 180), pitch=angles, roll=angles, at_yaw=st.floats(0, 360), at_pitch=st.floats(-90, 20),
    at_roll=angles,
)  # fmt: skip
def test_the_reported_attitude_comes_back(
    yaw: float, pitch: float, roll: float, at_yaw: float, at_pitch: float, at_roll: float
) -> None:
    pose = replace(POSE, yaw_deg=at_yaw, pitch_deg=at_pitch, roll_deg=at_roll)
    back = reported_attitude(aligned(pose, replace(FOUND, bias=Bias(yaw, pitch, roll), sigma_deg=(1, 1, 1))))
    as_said = quaternion_from_attitude(yaw_deg=at_yaw, pitch_deg=at_pitch, roll_deg=at_roll)
    again = quaternion_from_attitude(yaw_deg=back.yaw_deg, pitch_deg=back.pitch_deg, roll_deg=back.roll_deg)
    assert angle_between_deg(as_said, again) < 1e-5


def test_aligned_axes_state_their_own_error_and_what_comes_and_goes() -> None:
    sigma = aligned(POSE, FOUND).sigma
    assert sigma.yaw_deg == pytest.approx((0.2**2 + 2.1**2) ** 0.5)
    assert sigma.pitch_deg == pytest.approx((0.1**2 + 0.35**2) ** 0.5)
    assert sigma.roll_deg == CONSUMER_GIMBAL.roll_deg
    assert (sigma.horizontal_m, sigma.vertical_m) == (CONSUMER_GIMBAL.horizontal_m, CONSUMER_GIMBAL.vertical_m)


def test_a_smaller_sigma_that_is_stated_is_believed_and_stays() -> None:
    stated = replace(CONSUMER_GIMBAL, yaw_deg=0.5)
    assert aligned(replace(POSE, sigma=stated), FOUND).sigma.yaw_deg == pytest.approx((0.2**2 + 0.5**2) ** 0.5)


def test_what_a_held_pose_grew_by_stays() -> None:
    held = aligned(replace(POSE, sigma=replace(CONSUMER_GIMBAL, yaw_deg=9.0)), FOUND).sigma
    assert held.yaw_deg == pytest.approx((0.2**2 + (9.0 - 0.9) ** 2) ** 0.5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"bias": Bias(181.0, 0, 0)}, {"bias": Bias(0, 26.0, 0)}, {"bias": Bias(0, 0, 1.0)}, {"points": 1},
        {"bias": Bias(float("nan"), 0, 0)}, {"sigma_deg": (None, None, None)}, {"sigma_deg": (0.0, 0.1, None)},
        {"sigma_deg": (11.0, 0.1, None)}, {"residual_m": -1.0}, {"residual_m": float("inf")},
    ],
)  # fmt: skip
def test_an_impossible_alignment_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(PoseInvalidError):
        replace(FOUND, **wrong)


def test_a_file_brings_it_back(tmp_path: Path) -> None:
    path = tmp_path / "north.alignment.toml"
    path.write_text(alignment_toml(FOUND))
    assert load_alignment(path) == FOUND


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("yaw_deg = 3.000", "yaw_deg = nan"), ("yaw_deg = 3.000\n", ""), ("points = 5", "points = 0"),
        ("[alignment.sigma]\nyaw_deg = 0.200\npitch_deg = 0.100\n", ""), ("roll_deg = 0.000", "roll_deg = 1.0"),
        ("[alignment]", "[aligned]"), ('Z"', '"'), ("pitch_deg = 1.000", "pitch_deg = 40"), ("points = 5", "poi"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "north.alignment.toml"
    whole = alignment_toml(FOUND)
    assert old in whole
    path.write_text(whole.replace(old, new))
    with pytest.raises(CameraFileError, match=r"^[^\n]*north\.alignment\.toml[^\n]*$"):
        load_alignment(path)


def test_a_camera_file_may_hold_it(tmp_path: Path) -> None:
    path = tmp_path / "north.toml"
    path.write_text(LINES + PLACE + alignment_toml(FOUND))
    camera = load_camera(path)
    assert camera.alignment == FOUND
    assert camera.fixed_pose is not None
    assert camera.fixed_pose.yaw_deg == 30.0
    assert camera.standing_pose == aligned(camera.fixed_pose, FOUND)
    path.write_text(LINES + "[alignment]\nyaw_deg = 3\n")
    with pytest.raises(CameraFileError, match=r"\[alignment\]: sigma is missing; align the camera again"):
        load_camera(path)


def test_a_vehicles_pose_is_aligned_and_can_be_had_as_reported(camera: CameraFile) -> None:
    flight = Flight(replace(camera, alignment=FOUND))
    flight.fly(0, 1000)
    reported = flight.tracker.reported_pose_at(flight.pose(500).utc_ns)
    assert isinstance(reported, CameraPose)
    assert flight.pose(500) == aligned(reported, FOUND)
    flight.tracker.alignment = None
    assert flight.pose(500) == reported
