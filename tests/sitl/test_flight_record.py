"""The log of a simulated flight leads a station to the true flight."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from flightlink.attitude import wrapped_deg
from flightlink.camera_file import CameraFile
from flightlink.recorded.flight import FlightPoses
from flightlink.recorded.tlog_poses import poses_from_tlog
from maps.geodesy import geodetic_from_enu
from sitl.vehicle.flight_record import recorded_frames, recorded_tlog
from sitl.vehicle.flown import flight_of
from sitl.world.faults import Fault, FaultKind
from sitl.world.profile import Profile
from sitl.world.world import World

EPOCH_NS = 1_900_000_000 * 1_000_000_000
METRES_PER_DEG = 111_320.0


def poses_of(folder: Path, world: World, *, from_s: float = -1.0, lasts_s: float = 8.0) -> FlightPoses:
    path = folder / "flight.tlog"
    path.write_bytes(recorded_tlog(world, world.vehicles[0], epoch_utc_ns=EPOCH_NS, from_s=from_s, lasts_s=lasts_s))
    camera = CameraFile(intrinsics=world.camera.intrinsics, video_latency_s=None, fixed_pose=None, sigma=None)
    return poses_from_tlog(path, camera)


def errors(poses: FlightPoses, world: World) -> tuple[float, float]:
    """Greatest error of place in metres and of an angle in degrees."""
    flight_at, home = flight_of(world.vehicles[0]), world.home
    place_m, angle_deg = 0.0, 0.0
    for pose in poses.poses:
        true = flight_at((pose.utc_ns - EPOCH_NS) / 1e9)
        east, north = np.array([true.east_m]), np.array([true.north_m])
        lat, lon = geodetic_from_enu(home.lat_deg, home.lon_deg, home.alt_amsl_m, east, north, true.up_m)
        off_m = np.hypot(pose.lat_deg - lat[0], (pose.lon_deg - lon[0]) * np.cos(np.radians(home.lat_deg)))
        place_m = max(place_m, float(off_m) * METRES_PER_DEG, abs(pose.alt_m - true.up_m))
        turn_deg = wrapped_deg(pose.yaw_deg - true.camera_yaw_deg)
        angle_deg = max(angle_deg, abs(turn_deg), abs(pose.pitch_deg - true.camera_pitch_deg), abs(pose.roll_deg))
    return place_m, angle_deg


def test_poses_of_the_log_are_those_of_the_true_flight(tmp_path: Path, world: World) -> None:
    poses = poses_of(tmp_path, world)
    inside = [pose for pose in poses.poses if 0 <= (pose.utc_ns - EPOCH_NS) / 1e9 <= 6.5]
    assert len(inside) == 131, "20 a second, none missing"
    assert not poses.truncated
    place_m, angle_deg = errors(poses, world)
    assert place_m < 0.1
    assert angle_deg < 0.2


def test_the_same_flight_twice_is_the_same_log(world: World) -> None:
    first, second = (recorded_tlog(world, world.vehicles[1], epoch_utc_ns=EPOCH_NS, lasts_s=2.0) for _ in range(2))
    assert first == second


def test_arrivals_are_in_order_and_on_the_worlds_time(world: World) -> None:
    arrivals = [ns for ns, _ in recorded_frames(world, world.vehicles[0], epoch_utc_ns=EPOCH_NS, from_s=5, lasts_s=2)]
    assert arrivals == sorted(arrivals)
    assert arrivals[0] - EPOCH_NS == pytest.approx(5e9, abs=1e8)
    assert arrivals[-1] - EPOCH_NS == pytest.approx(7e9, abs=1e8)


def test_faults_and_a_drifting_clock_are_in_the_log(tmp_path: Path, world: World) -> None:
    loss = Fault(kind=FaultKind.LOSS, share=0.3, from_s=2, lasts_s=3)
    plan = replace(world.vehicles[0], profile=Profile(drift_ppm=85))
    bad = replace(world, vehicles=(plan,), faults=(loss,))
    whole, cut = (
        [ns for ns, _ in recorded_frames(one, plan, epoch_utc_ns=EPOCH_NS, from_s=-1, lasts_s=8)]
        for one in (replace(bad, faults=()), bad)
    )
    inside = [sum(2e9 <= ns - EPOCH_NS < 5e9 for ns in arrivals) for arrivals in (whole, cut)]
    assert inside[1] == pytest.approx(0.7 * inside[0], rel=0.15)
    place_m, angle_deg = errors(poses_of(tmp_path, bad), bad)
    assert place_m < 0.2
    assert angle_deg < 0.5
