"""What the built-in vehicle tells its camera: its telemetry with its age, faults and all, and never the truth."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from sitl.vehicle.belief import belief_of
from sitl.vehicle.believed import Believed
from sitl.vehicle.flown import FlownVehicle
from sitl.world.faults import Fault, FaultKind
from sitl.world.world import World

EPOCH_UTC_NS = 1_900_000_000_000_000_000
AT_S = 20.03


def believed(world: World, *faults: Fault, t_s: float = AT_S) -> Believed:
    vehicle = FlownVehicle(replace(world, faults=faults), world.vehicles[0], epoch_utc_ns=EPOCH_UTC_NS)
    return belief_of(vehicle, epoch_utc_ns=EPOCH_UTC_NS)(t_s)


def test_a_frame_is_told_with_the_utc_of_its_capture_and_the_age_of_what_was_heard(world: World) -> None:
    told = believed(world)
    assert told.utc_us == 1_900_000_020_030_000
    assert told.place is not None
    assert told.vehicle is not None
    assert (told.place.age_ms, told.vehicle.age_ms) == (30, 30)
    vehicle = FlownVehicle(world, world.vehicles[0], epoch_utc_ns=EPOCH_UTC_NS)
    heard = vehicle.report_at(vehicle.boot.boot_ns_at(20.0)).flight
    assert told.place.alt_home_m == pytest.approx(heard.up_m, abs=0.001)
    assert told.vehicle.attitude.yaw_deg == pytest.approx(heard.yaw_deg % 360, abs=0.001)
    assert told.gimbal is not None
    camera_yaw_deg = told.vehicle.attitude.yaw_deg + told.gimbal.attitude.yaw_deg
    assert math.cos(math.radians(camera_yaw_deg - heard.camera_yaw_deg)) == pytest.approx(1, abs=1e-6)
    assert told.gimbal.attitude.pitch_deg == pytest.approx(heard.camera_pitch_deg, abs=0.01)
    assert told.hfov_deg == pytest.approx(world.camera.hfov_deg, abs=0.01)


def test_a_receiver_that_glitches_glitches_in_the_metadata_too(world: World) -> None:
    fair, wrong = believed(world).place, believed(world, Fault(kind=FaultKind.GPS_GLITCH, north_m=30.0)).place
    assert fair is not None
    assert wrong is not None
    assert (wrong.lat_e7 - fair.lat_e7) / 1e7 * 111_200 == pytest.approx(30, abs=0.3)


def test_a_stuck_gimbal_and_an_unreported_zoom_stay_unknown_to_the_camera(world: World) -> None:
    stuck = Fault(kind=FaultKind.GIMBAL_STUCK, from_s=1.0)
    zoomed = Fault(kind=FaultKind.ZOOM_UNREPORTED, factor=2.0)
    assert believed(world, stuck, zoomed) == believed(world)


def test_while_the_autopilot_restarts_nothing_is_heard(world: World) -> None:
    told = believed(world, Fault(kind=FaultKind.RESTART, from_s=19.0, lasts_s=3.0))
    assert (told.place, told.vehicle, told.gimbal, told.hfov_deg) == (None, None, None, None)
    assert told.utc_us == 1_900_000_020_030_000
