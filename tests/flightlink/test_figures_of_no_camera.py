"""Figures that a message may hold and no camera has: they end nothing, and give a refusal in place of a pose."""

import pytest
from pymavlink.dialects.v20 import common as dialect

from flightlink.camera_file import CameraFile
from flightlink.pose import BEYOND
from tests.flightlink.feed import Flight

NO_FOCAL_LENGTHS_MM = (1e-45, 1e-30, 1e-9, 1e9, 3e38)
NO_FIELDS_OF_VIEW_DEG = (1e-45, 1e-9, 1e-4)


def camera_information(flight: Flight, focal_length_mm: float) -> bytes:
    name = [0] * 32
    return flight.vehicle.packed(
        dialect.MAVLink_camera_information_message(
            0, name, name, 1, focal_length_mm, 6.0, 4.0, 4000, 3000, 0, 0, 0, b""
        )
    )


def field_of_view(flight: Flight, hfov_deg: float) -> bytes:
    message = dialect.MAVLink_camera_fov_status_message(0, 0, 0, 0, 0, 0, 0, [1.0, 0.0, 0.0, 0.0], hfov_deg, 0.0)
    return flight.vehicle.packed(message)


@pytest.mark.parametrize("focal_length_mm", NO_FOCAL_LENGTHS_MM)
def test_a_focal_length_of_no_lens_gives_no_intrinsics(focal_length_mm: float) -> None:
    flight = Flight(None)
    flight.fly(0, 1000)
    flight.take(camera_information(flight, focal_length_mm), 500)
    assert flight.tracker.cameras[0].intrinsics is None
    assert flight.refusal(550).cause == "no_intrinsics"


@pytest.mark.parametrize("hfov_deg", NO_FIELDS_OF_VIEW_DEG)
def test_a_field_of_view_of_no_lens_gives_no_intrinsics(hfov_deg: float) -> None:
    flight = Flight(None)
    flight.tracker.picture_px = (1280, 720)
    flight.fly(0, 1000)
    flight.take(field_of_view(flight, hfov_deg), 500)
    assert flight.refusal(550).cause == "no_intrinsics"


def test_a_step_across_the_earth_leaves_a_doubt_that_is_a_number(camera: CameraFile) -> None:
    """A receiver that wakes up near 0, 0 and then finds itself on the other side."""
    flight = Flight(camera)
    flight.vehicle.lat_deg, flight.vehicle.lon_deg = 1e-5, 1e-5
    flight.fly(0, 1000)
    flight.vehicle.lat_deg, flight.vehicle.lon_deg = -33.9, 151.2
    flight.fly(1000, 8000)
    assert flight.pose(7500).sigma.horizontal_m == BEYOND
