"""The running state of a vehicle: sources that are missing, stale, wrong or doubled; clocks, identity, loss."""

from dataclasses import replace
from itertools import pairwise

import pytest

from flightlink.attitude import wrapped_deg
from flightlink.camera_file import CameraFile
from flightlink.pose import CONSUMER_GIMBAL, SURVEYED
from flightlink.vehicle.pump import PosePump
from flightlink.vehicle.state import LinkState
from tests.flightlink.feed import BOOTED, MS, Flight, S
from tests.flightlink.packets import FakeVehicle


@pytest.fixture
def flight(camera: CameraFile) -> Flight:
    return Flight(camera)


def test_between_samples_attitude_and_place_are_interpolated(flight: Flight) -> None:
    for step in range(20):
        flight.vehicle.yaw_deg, flight.vehicle.lat_deg = 350 + 2 * step, 48 + step * 1e-5
        flight.fly(step * 100, step * 100 + 100)
    pose = flight.pose(550)
    assert wrapped_deg(pose.yaw_deg - 1) == pytest.approx(0, abs=1e-3)
    assert pose.lat_deg == pytest.approx(48 + 5.5e-5, abs=1e-9)


@pytest.mark.parametrize(("lat", "lon"), [(0, 0), (2**31 - 1, 2**31 - 1), (480000000, 2**31 - 1), (950000000, 0)])
def test_an_unknown_position_is_refused(flight: Flight, lat: int, lon: int) -> None:
    flight.fly(0, 1000)
    for boot_ms in range(1000, 2000, 100):
        flight.take(flight.vehicle.attitude(boot_ms), boot_ms)
        flight.take(flight.vehicle.position(boot_ms, lat=lat, lon=lon), boot_ms)
        flight.take(flight.vehicle.gimbal(boot_ms), boot_ms)
    assert flight.refusal(1500).cause == "no_position"
    assert flight.refusal(950).cause == "no_position"


def test_without_a_fix_the_position_does_not_count(flight: Flight) -> None:
    flight.fly(0, 1000)
    flight.take(flight.vehicle.gps(fix_type=1), 900)
    assert flight.refusal(500).cause == "no_position"
    flight.take(flight.vehicle.gps(fix_type=3, h_acc_mm=7000), 950)
    assert flight.pose(500).sigma.horizontal_m == 7
    flight.take(flight.vehicle.gps(fix_type=3, h_acc_mm=300), 990)
    assert flight.pose(500).sigma.horizontal_m == CONSUMER_GIMBAL.horizontal_m


@pytest.mark.parametrize("alt_home_m", [-3.0, 0.0, 0.9])
def test_on_the_ground_the_pose_is_known_with_its_height(camera: CameraFile, alt_home_m: float) -> None:
    flight = Flight(camera, FakeVehicle(alt_home_m=alt_home_m))
    flight.fly(0, 1000)
    assert flight.pose(500).alt_agl_m == pytest.approx(alt_home_m, abs=0.01)


def test_nothing_is_known_of_a_vehicle_that_said_nothing(flight: Flight) -> None:
    assert flight.refusal(0).cause == "no_position"
    assert flight.tracker.covered_until_utc_ns() is None
    assert flight.tracker.newest_utc_ns() is None


def test_a_vanished_vehicle_goes_stale_then_lost_and_its_pose_goes_at_once(flight: Flight) -> None:
    flight.fly(0, 3000)
    assert flight.pose(3000 + 100).age_ms == pytest.approx(200)
    assert flight.pose(3100).sigma.horizontal_m > CONSUMER_GIMBAL.horizontal_m + 2
    refusal = flight.refusal(3700)
    assert (refusal.cause, "0.80 s old" in refusal.detail) == ("stale_pose", True)
    states = [flight.tracker.state(BOOTED + ms * MS).link for ms in (3000, 7000, 20_000)]
    assert states == [LinkState.OK, LinkState.STALE, LinkState.LOST]


def test_a_stated_sigma_grows_as_well_where_the_samples_are_far(camera: CameraFile) -> None:
    flight = Flight(replace(camera, sigma=SURVEYED))
    flight.fly(0, 1000)
    assert flight.pose(850).sigma == SURVEYED
    held = flight.pose(1100).sigma
    assert held.horizontal_m > SURVEYED.horizontal_m + 1
    assert held.yaw_deg > SURVEYED.yaw_deg + 3


def test_each_source_alone_can_make_the_pose_stale(flight: Flight) -> None:
    for silent in range(3):
        flight = Flight(flight.tracker._camera)
        flight.fly(0, 1000)
        for boot_ms in range(1000, 2000, 100):
            for index, raw in enumerate(flight.vehicle.moment(boot_ms)):
                if index != silent:
                    flight.take(raw, boot_ms)
        assert flight.refusal(1500).cause == "stale_pose"


def test_after_a_reboot_old_samples_are_gone(flight: Flight) -> None:
    flight.fly(0, 20_000)
    flight.vehicle.yaw_deg = 200
    for boot_ms in range(500, 4000, 100):
        for raw in flight.vehicle.moment(boot_ms):
            flight.take(raw, 20_000 + boot_ms)
    pose = flight.pose(23_000)
    assert pose.yaw_deg == pytest.approx(200, abs=1e-3)
    assert flight.refusal(19_000).cause == "stale_pose"


def test_messages_of_other_components_do_not_stand_for_the_autopilots(flight: Flight) -> None:
    flight.fly(0, 1000)
    gimbal = FakeVehicle(component_id=154, yaw_deg=10, lat_deg=1)
    for boot_ms in range(0, 1000, 100):
        flight.take(gimbal.heartbeat(autopilot=8, kind=26, armed=False), boot_ms, component_id=154)
        flight.take(gimbal.attitude(90_000 + boot_ms), boot_ms, component_id=154)
        flight.take(gimbal.position(90_000 + boot_ms), boot_ms, component_id=154)
    assert flight.pose(500).yaw_deg == pytest.approx(90, abs=1e-3)
    assert flight.pose(500).lat_deg == 48.85
    assert flight.tracker.state(BOOTED + S).armed is True


def test_two_autopilots_under_one_system_id_give_no_pose(flight: Flight) -> None:
    flight.fly(0, 1000)
    flight.take(flight.vehicle.version(b"a" * 18), 900)
    assert flight.tracker.state(BOOTED + S).uid2 == (b"a" * 18).hex()
    assert flight.pose(500)
    flight.take(flight.vehicle.version(b"b" * 18), 950)
    assert flight.refusal(500).cause == "two_vehicles"
    assert flight.tracker.state(BOOTED + S).alarms == ("two_vehicles_one_system_id",)


def test_the_state_says_what_was_heard(flight: Flight) -> None:
    flight.fly(0, 3000)
    flight.take(flight.vehicle.battery(77), 2900)
    flight.take(flight.vehicle.battery(-1), 2910)
    flight.take(flight.vehicle.second_battery(12), 2920)
    flight.take(flight.vehicle.system_time(BOOTED // 1000 + 2_300_000, 3000), 2950)
    state = flight.tracker.state(BOOTED + 3000 * MS)
    assert (state.mode, state.armed, state.battery_percent) == ("GUIDED", True, 77)
    assert (state.lat_deg, state.alt_home_m) == (48.85, 50)
    assert state.yaw_deg == pytest.approx(90, abs=1e-3)
    assert state.loss_share == 0
    assert state.messages_per_s == pytest.approx(40, rel=0.1)
    assert state.gps_minus_station_s == pytest.approx(-0.7)


def test_lost_messages_show_as_a_share(flight: Flight) -> None:
    flight.fly(0, 2000)
    flight.vehicle.mavlink.seq = (flight.vehicle.mavlink.seq + 20) % 256
    flight.fly(2000, 3000)
    assert flight.tracker.state(BOOTED + 3 * S).loss_share == pytest.approx(20 / 140)


def test_the_pump_gives_each_instant_once_and_only_where_data_lie_on_both_sides(flight: Flight) -> None:
    pump, since_ns, seen = PosePump(flight.tracker), 0, []
    for step in range(40):
        flight.fly(step * 100, step * 100 + 100)
        poses = pump.new_poses(since_ns, BOOTED + step * 100 * MS)
        since_ns = poses[-1].utc_ns if poses else since_ns
        seen += [pose.utc_ns for pose in poses]
    assert seen == sorted(set(seen))
    assert all(later - earlier == 50 * MS for earlier, later in pairwise(seen))
    assert seen[-1] == BOOTED + 3900 * MS
    assert len(seen) > 60
