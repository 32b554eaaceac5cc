"""Where the camera looks: frames of yaw, gimbals, mounts and lenses, out of golden packets."""

import math
from dataclasses import replace

import pytest

from flightlink.attitude import Attitude, Quaternion, wrapped_deg
from flightlink.camera_file import CameraFile
from flightlink.pose import BODY_ATTITUDE, CONSUMER_GIMBAL, PoseRefusal
from flightlink.vehicle.gimbal import YawFrame, yaw_frame_from_flags
from flightlink.vehicle.pump import PosePump
from flightlink.vehicle.readings import intrinsics_from_fov
from tests.flightlink.feed import BOOTED, MS, Flight, S
from tests.flightlink.packets import EARTH_FRAME, VEHICLE_FRAME, FakeVehicle


@pytest.fixture
def flight(camera: CameraFile) -> Flight:
    return Flight(camera)


def test_vehicle_yaw_and_gimbal_yaw_add_up_and_heights_are_over_home(flight: Flight, camera: CameraFile) -> None:
    flight.fly(0, 2000, yaw_deg=20, pitch_deg=-60)
    pose = flight.pose(1050)
    assert (pose.yaw_deg, pose.pitch_deg, pose.roll_deg) == pytest.approx((110, -60, 0), abs=1e-3)
    assert (pose.alt_m, pose.ground_alt_m, pose.alt_agl_m) == (50, 0, 50)
    assert (pose.lat_deg, pose.lon_deg) == pytest.approx((48.85, 2.35), abs=1e-12)
    assert pose.intrinsics == camera.intrinsics
    assert pose.sigma == CONSUMER_GIMBAL
    assert pose.age_ms == pytest.approx(50)
    assert pose.utc_ns == BOOTED + 1050 * MS


@pytest.mark.parametrize(
    ("flags", "frame"),
    [
        (32, YawFrame.VEHICLE),
        (32 | 16, YawFrame.VEHICLE),
        (64, YawFrame.EARTH),
        (64 | 16, YawFrame.EARTH),
        (16, YawFrame.EARTH),
        (0, YawFrame.VEHICLE),
        (4 | 8, YawFrame.VEHICLE),
        (4 | 8 | 16, YawFrame.EARTH),
        (44, YawFrame.VEHICLE),
    ],
)
def test_the_flags_name_the_frame_of_the_yaw(flight: Flight, flags: int, frame: YawFrame) -> None:
    assert yaw_frame_from_flags(flags) is frame
    flight.fly(0, 1000, yaw_deg=20, flags=flags)
    expected = 20 if frame is YawFrame.EARTH else 110
    assert flight.pose(500).yaw_deg == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("flags", [32 | 64, 16 | 32 | 64, 4 | 8 | 32 | 64])
def test_both_frames_at_once_give_no_pose(flight: Flight, flags: int) -> None:
    flight.fly(0, 1000, flags=flags)
    assert flight.refusal(500).cause == "unknown_yaw_frame"


def test_a_frame_that_changes_in_flight_is_not_blended(flight: Flight) -> None:
    flight.fly(0, 1000, yaw_deg=20, flags=VEHICLE_FRAME)
    flight.fly(1000, 2000, yaw_deg=110, flags=EARTH_FRAME)
    assert flight.pose(930).yaw_deg == pytest.approx(110, abs=1e-3)
    assert flight.pose(970).yaw_deg == pytest.approx(110, abs=1e-3)


@pytest.mark.parametrize("yaw_deg", [0, 37, 180, 359])
def test_at_nadir_the_picture_turns_with_the_vehicle(camera: CameraFile, yaw_deg: float) -> None:
    flight = Flight(camera, FakeVehicle(yaw_deg=yaw_deg))
    flight.fly(0, 1000, pitch_deg=-90)
    pose = flight.pose(450)
    assert pose.pitch_deg == pytest.approx(-90, abs=0.05)
    assert wrapped_deg(pose.yaw_deg + pose.roll_deg - yaw_deg) == pytest.approx(0, abs=0.05)


def test_an_earth_frame_gimbal_needs_no_body_attitude(flight: Flight) -> None:
    for boot_ms in range(0, 1000, 100):
        flight.take(flight.vehicle.heartbeat(), boot_ms)
        flight.take(flight.vehicle.position(boot_ms), boot_ms)
        flight.take(flight.vehicle.gimbal(boot_ms, yaw_deg=33, flags=EARTH_FRAME), boot_ms)
    assert flight.pose(500).yaw_deg == pytest.approx(33, abs=1e-3)


@pytest.mark.parametrize(("delta_yaw", "cause"), [(math.nan, "no_attitude"), (0.0, "no_attitude"), (math.pi / 2, None)])
def test_without_body_attitude_only_delta_yaw_converts(flight: Flight, delta_yaw: float, cause: str | None) -> None:
    for boot_ms in range(0, 1000, 100):
        flight.take(flight.vehicle.heartbeat(), boot_ms)
        flight.take(flight.vehicle.position(boot_ms), boot_ms)
        flight.take(flight.vehicle.gimbal(boot_ms, yaw_deg=33, delta_yaw=delta_yaw), boot_ms)
    if cause:
        assert flight.refusal(500).cause == cause
    else:
        assert flight.pose(500).yaw_deg == pytest.approx(123, abs=1e-3)


def test_mount_status_serves_where_no_gimbal_device_speaks(flight: Flight) -> None:
    for boot_ms in range(0, 2000, 100):
        flight.take(flight.vehicle.heartbeat(), boot_ms)
        flight.take(flight.vehicle.attitude(boot_ms), boot_ms)
        flight.take(flight.vehicle.position(boot_ms), boot_ms)
        flight.take(flight.vehicle.mount_status(pitch_deg=-30, yaw_deg=15), boot_ms)
    pose = flight.pose(1500)
    assert (pose.yaw_deg, pose.pitch_deg) == pytest.approx((105, -30), abs=1e-3)


def test_a_gimbal_that_fell_silent_is_not_replaced_by_anything_weaker(flight: Flight) -> None:
    flight.fly(0, 1000)
    for boot_ms in range(1000, 3000, 100):
        flight.take(flight.vehicle.attitude(boot_ms), boot_ms)
        flight.take(flight.vehicle.position(boot_ms), boot_ms)
        flight.take(flight.vehicle.mount_status(pitch_deg=-30, yaw_deg=15), boot_ms)
    refusal = flight.refusal(2500)
    assert refusal.cause == "stale_pose"
    assert "gimbal" in refusal.detail


def test_a_stated_mount_turns_with_the_body(camera: CameraFile) -> None:
    mount = Attitude(yaw_deg=0, pitch_deg=-40, roll_deg=0)
    flight = Flight(replace(camera, mount=mount))
    for boot_ms in range(0, 1000, 100):
        flight.take(flight.vehicle.heartbeat(), boot_ms)
        flight.take(flight.vehicle.attitude(boot_ms, pitch_deg=-5), boot_ms)
        flight.take(flight.vehicle.position(boot_ms), boot_ms)
    pose = flight.pose(500)
    assert (pose.yaw_deg, pose.pitch_deg) == pytest.approx((90, -45), abs=1e-3)
    assert pose.sigma == BODY_ATTITUDE


def test_without_gimbal_and_mount_there_is_no_guess(flight: Flight) -> None:
    for boot_ms in range(0, 1000, 100):
        flight.take(flight.vehicle.heartbeat(), boot_ms)
        flight.take(flight.vehicle.attitude(boot_ms), boot_ms)
        flight.take(flight.vehicle.position(boot_ms), boot_ms)
    assert flight.refusal(500).cause == "no_gimbal"
    assert PosePump(flight.tracker).new_poses(0, BOOTED + S) == []


@pytest.mark.parametrize("q", [Quaternion(math.nan, 0, 0, 0), Quaternion(0, 0, 0, 0)])
def test_an_unknown_quaternion_is_no_attitude(flight: Flight, q: Quaternion) -> None:
    for boot_ms in range(0, 1000, 100):
        for raw in (flight.vehicle.heartbeat(), flight.vehicle.position(boot_ms), flight.vehicle.gimbal(boot_ms, q=q)):
            flight.take(raw, boot_ms)
    assert flight.refusal(500).cause == "no_gimbal"


def test_a_failing_gimbal_gives_no_pose(flight: Flight) -> None:
    flight.fly(0, 1000, failure_flags=8)
    assert flight.refusal(500).cause == "gimbal_failure"


def test_a_gimbal_with_a_clock_of_its_own_is_put_in_time(flight: Flight) -> None:
    gimbal = FakeVehicle(component_id=154)
    for boot_ms in range(0, 2000, 100):
        flight.take(flight.vehicle.heartbeat(), boot_ms)
        flight.take(flight.vehicle.attitude(boot_ms), boot_ms)
        flight.take(flight.vehicle.position(boot_ms), boot_ms)
        flight.take(gimbal.gimbal(777_000 + boot_ms, yaw_deg=boot_ms / 100), boot_ms, component_id=154)
    assert flight.pose(1550).yaw_deg == pytest.approx(105.5, abs=1e-3)


def test_intrinsics_come_from_the_link_where_no_file_gives_them() -> None:
    flight = Flight(None)
    flight.fly(0, 1000)
    assert flight.refusal(500).cause == "no_intrinsics"
    flight.take(flight.vehicle.camera_information(focal_mm=0, sensor_mm=(0, 0), size=(0, 0)), 600)
    assert flight.refusal(500).cause == "no_intrinsics"
    flight.take(flight.vehicle.camera_information(focal_mm=4.5, sensor_mm=(6.0, 3.375), size=(1920, 1080)), 700)
    assert flight.pose(500).intrinsics.fx_px == pytest.approx(1440)
    flight.take(flight.vehicle.fov(700, hfov=78, vfov=48), 710)
    flight.tracker.picture_px = (1280, 720)
    assert flight.pose(500).intrinsics.fx_px == pytest.approx(640 / math.tan(math.radians(39)))
    flight.tracker.picture_px = (720, 1280)
    assert flight.refusal(500).cause == "no_intrinsics"


@pytest.mark.parametrize("hfov", [0, -1, 180, math.nan])
def test_a_field_of_view_that_is_not_real_is_ignored(hfov: float) -> None:
    flight = Flight(None)
    flight.tracker.picture_px = (1280, 720)
    flight.fly(0, 1000)
    flight.take(flight.vehicle.fov(700, hfov=hfov, vfov=48), 710)
    assert flight.refusal(500).cause == "no_intrinsics"


def test_the_axis_of_a_pinhole_is_the_middle_of_the_picture() -> None:
    lens = intrinsics_from_fov(hfov_deg=90, width_px=101, height_px=51)
    assert not isinstance(lens, PoseRefusal)
    assert (lens.cx_px, lens.cy_px, lens.fx_px) == pytest.approx((50, 25, 50.5))
