"""Several gimbals on one vehicle: which one carries the camera, or no pose."""

from dataclasses import replace
from pathlib import Path

import pytest

from flightlink.camera_file import CameraFile, load_camera
from flightlink.errors import CameraFileError
from flightlink.pose import CameraPose
from tests.flightlink.feed import BOOTED, MS, Flight
from tests.flightlink.packets import EARTH_FRAME, FakeVehicle


def both(flight: Flight, to_ms: int, *, other_pitch_deg: float, component_id: int = 154, device_id: int = 0) -> None:
    """Fly with the autopilot's gimbal at -45 degrees and another one."""
    other = FakeVehicle(component_id=component_id)
    for boot_ms in range(0, to_ms, 100):
        flight.fly(boot_ms, boot_ms + 100)
        raw = other.gimbal(boot_ms, pitch_deg=other_pitch_deg)
        message = flight.decoder.decode(raw)
        assert message is not None
        message.gimbal_device_id = device_id  # type: ignore[attr-defined]
        flight.tracker.take(message, component_id, BOOTED + boot_ms * MS)


def test_one_gimbal_that_is_told_twice_is_one(camera: CameraFile) -> None:
    flight = Flight(camera)
    both(flight, 3000, other_pitch_deg=-44)
    assert flight.pose(2500).pitch_deg == pytest.approx(-45, abs=0.1)


@pytest.mark.parametrize(("component_id", "device_id"), [(154, 0), (1, 2)])
def test_two_gimbals_apart_give_no_pose(camera: CameraFile, component_id: int, device_id: int) -> None:
    flight = Flight(camera)
    both(flight, 3000, other_pitch_deg=-10, component_id=component_id, device_id=device_id)
    assert flight.refusal(2500).cause == "two_gimbals"


@pytest.mark.parametrize(("named", "pitch_deg"), [(2, -10), (1, -45)])
def test_the_cameras_file_says_which_one_carries_it(camera: CameraFile, named: int, pitch_deg: float) -> None:
    flight = Flight(replace(camera, gimbal=named))
    both(flight, 3000, other_pitch_deg=-10, device_id=2)
    assert flight.pose(2500).pitch_deg == pytest.approx(pitch_deg, abs=0.1)


def test_a_gimbal_that_is_a_component_goes_by_that(camera: CameraFile) -> None:
    flight = Flight(replace(camera, gimbal=154))
    both(flight, 3000, other_pitch_deg=-10)
    assert flight.pose(2500).pitch_deg == pytest.approx(-10, abs=0.1)


@pytest.mark.parametrize("told", [2, 154])
def test_where_the_file_is_silent_the_camera_says_it_if_there_is_such_a_gimbal(camera: CameraFile, told: int) -> None:
    flight = Flight(camera)
    information = flight.decoder.decode(flight.vehicle.camera_information(focal_mm=0, sensor_mm=(0, 0), size=(0, 0)))
    assert information is not None
    information.gimbal_device_id = told  # type: ignore[attr-defined]
    flight.tracker.take(information, 1, BOOTED)
    both(flight, 3000, other_pitch_deg=-10, component_id=1, device_id=2)
    if told == 2:
        assert flight.pose(2500).pitch_deg == pytest.approx(-10, abs=0.1)
    else:
        assert flight.refusal(2500).cause == "two_gimbals"


def test_a_named_gimbal_that_is_silent_is_not_replaced_by_another(camera: CameraFile) -> None:
    flight = Flight(replace(camera, gimbal=6))
    both(flight, 3000, other_pitch_deg=-45)
    assert flight.refusal(2500).cause == "no_gimbal"


def test_yaws_from_different_zeros_are_compared_in_pitch_alone(camera: CameraFile) -> None:
    flight, other = Flight(camera), FakeVehicle(component_id=154)
    for boot_ms in range(0, 3000, 100):
        flight.fly(boot_ms, boot_ms + 100)
        flight.take(other.gimbal(boot_ms, yaw_deg=90, flags=EARTH_FRAME), boot_ms, component_id=154)
    assert isinstance(flight.tracker.pose_at(BOOTED + 2500 * MS), CameraPose)


@pytest.mark.parametrize("value", ["0", "-1", "256", '"one"', "1.5"])
def test_a_gimbal_that_is_none_is_one_line(tmp_path: Path, value: str) -> None:
    path = tmp_path / "camera.toml"
    path.write_text(f"width_px = 10\nheight_px = 10\nfx_px = 9\nfy_px = 9\ncx_px = 5\ncy_px = 5\ngimbal = {value}\n")
    with pytest.raises(CameraFileError, match=r"gimbal .* device id"):
        load_camera(path)
