"""Two recorded flights of a real autopilot in simulation, with the autopilot's own camera attitude as the truth."""

import time
from itertools import pairwise
from pathlib import Path

import pytest

from flightlink.attitude import Quaternion, angle_between_deg, quaternion_from_attitude, unit_quaternion
from flightlink.mavlink.messages import MessageDecoder
from flightlink.mavlink.tlog import read_tlog
from flightlink.pose import CameraPose
from flightlink.recorded.flight import FlightPoses
from flightlink.recorded.tlog_poses import poses_from_tlog
from flightlink.track import PoseTrack
from flightlink.vehicle.tracker import VehicleTracker

pytestmark = pytest.mark.data

PICTURE_PX = (1920, 1080)


@pytest.fixture(scope="module")
def timed_flight(sitl_log: Path) -> tuple[FlightPoses, float]:
    begin_s = time.process_time()
    flight = poses_from_tlog(sitl_log, None, picture_px=PICTURE_PX)
    return flight, time.process_time() - begin_s


@pytest.fixture(scope="module")
def flight(timed_flight: tuple[FlightPoses, float]) -> FlightPoses:
    return timed_flight[0]


def test_gimbal_and_vehicle_yaw_add_up_to_what_the_autopilot_says_of_its_camera(sitl_log: Path) -> None:
    system_id = int(sitl_log.stem[-1])
    tracker = VehicleTracker(system_id, None, picture_px=PICTURE_PX)
    checks: list[tuple[float, float]] = []
    pending: list[tuple[int, Quaternion]] = []
    for utc_us, message, frame in read_tlog(sitl_log):
        tracker.take(message, frame.component_id, utc_us * 1000)
        clock = tracker._sources.clock(1)
        if message.get_type() == "CAMERA_FOV_STATUS" and clock is not None:
            utc_ns = clock.utc_ns(message.time_boot_ms * 1_000_000)
            pending.append((utc_ns or 0, unit_quaternion(*message.q)))
        while pending and (tracker.covered_until_utc_ns() or 0) > pending[0][0]:
            checks += checked(tracker, *pending.pop(0))
    assert len(checks) > 150
    assert sorted(error_deg for error_deg, _ in checks)[len(checks) // 2] < 0.02
    assert all(error_deg < 1.0 or error_deg < sigma_deg for error_deg, sigma_deg in checks)
    assert sum(error_deg >= 1.0 for error_deg, _ in checks) <= 1  # a servo that jumped between two samples


def checked(tracker: VehicleTracker, utc_ns: int, truth: Quaternion) -> list[tuple[float, float]]:
    """Return error and stated sigma in degrees, away from nadir."""
    pose = tracker.pose_at(utc_ns)
    if not isinstance(pose, CameraPose) or pose.pitch_deg < -80:
        return []
    ours = quaternion_from_attitude(yaw_deg=pose.yaw_deg, pitch_deg=pose.pitch_deg, roll_deg=pose.roll_deg)
    return [(angle_between_deg(ours, truth), pose.sigma.pitch_deg)]


def test_most_of_the_flight_is_at_50_m_over_home(flight: FlightPoses) -> None:
    heights_m = [pose.alt_agl_m for pose in flight.poses]
    at_50_m = [height for height in heights_m if abs(height - 50) < 0.5]
    assert max(heights_m) < 51
    assert len(at_50_m) / 20 > 110


def test_poses_come_20_times_a_second_in_flight_and_never_before_the_fix(flight: FlightPoses) -> None:
    assert len(flight.poses) > 3000
    assert all(pose.lat_deg < -35 and pose.lon_deg > 149 for pose in flight.poses)
    assert all(pose.age_ms <= 250 for pose in flight.poses)
    gaps_ms = [(later.utc_ns - earlier.utc_ns) / 1e6 for earlier, later in pairwise(flight.poses)]
    assert sum(gap > 51 for gap in gaps_ms) <= 2
    assert set(flight.refusals) <= {"no_position", "stale_pose", "no_intrinsics", "no_clock"}


def test_the_track_of_the_worker_serves_any_instant_of_the_flight(flight: FlightPoses) -> None:
    track = PoseTrack(capacity=len(flight.poses))
    for pose in flight.poses:
        track.add(pose)
    middle = flight.poses[len(flight.poses) // 2].utc_ns
    for step_ms in range(0, 1000, 33):
        assert isinstance(track.pose_at(middle + step_ms * 1_000_000), CameraPose)


def test_a_log_is_read_in_a_few_seconds_of_computing(timed_flight: tuple[FlightPoses, float]) -> None:
    assert timed_flight[1] < 6


def test_a_real_log_cut_in_the_middle_keeps_its_poses(sitl_log: Path, tmp_path: Path) -> None:
    data = sitl_log.read_bytes()
    cut = tmp_path / "cut.tlog"
    cut.write_bytes(data[: len(data) * 4 // 10])
    flight = poses_from_tlog(cut, None, picture_px=PICTURE_PX)
    assert flight.truncated
    assert len(flight.poses) > 400


def test_every_recorded_frame_is_good(sitl_log: Path) -> None:
    reader, decoder = read_tlog(sitl_log), MessageDecoder()
    frames = [frame for _, frame in reader.frames()]
    assert len(frames) in (35_009, 34_696)
    assert not reader.truncated
    assert all(decoder.decode(frame.raw) is not None for frame in frames[::50])
