"""The truth of a simulated flight between its samples, and the servo gimbal that it hangs on."""

import math
import threading
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from flightlink.attitude import Attitude, attitude_from_quaternion, quaternion_from_attitude
from sitl.ardupilot.errors import AutopilotError
from sitl.ardupilot.gimbal import Gimbal, GimbalAngles, GimbalKind, OutputAxis
from sitl.ardupilot.place import lat_lon_deg
from sitl.ardupilot.truth import FlightTruth
from sitl.world.errors import NotSeenError
from sitl.world.world import Home

HOME = Home(lat_deg=48.857, lon_deg=2.352, alt_amsl_m=35.0)
DELAY_NS = 3_000_000_000
"""World's clock minus the autopilot's."""
LEVEL = {"servo5_raw": 1500, "servo6_raw": 1818, "servo7_raw": 1500}


def sim_state(*, north_m: float = 0.0, up_m: float = 0.0, yaw_deg: float = 0.0) -> Any:
    lat_deg, lon_deg = lat_lon_deg(HOME, 0.0, north_m)
    q = quaternion_from_attitude(yaw_deg=yaw_deg, pitch_deg=0.0, roll_deg=0.0)
    e7 = (round(lat_deg * 1e7), round(lon_deg * 1e7))
    unused = [0.0] * 9
    alt = HOME.alt_amsl_m + up_m
    return mavlink.MAVLink_sim_state_message(*q, *unused, 0.0, 0.0, alt, 0.0, 0.0, 5.0, 1.0, -0.5, *e7)


def servos(**pulses: int) -> Any:
    raw = {f"servo{number}_raw": 0 for number in range(1, 9)} | LEVEL | pulses
    return mavlink.MAVLink_servo_output_raw_message(0, 0, **raw)


def attitude(boot_ms: int) -> Any:
    return mavlink.MAVLink_attitude_message(boot_ms, 0, 0, 0, 0, 0, 0)


def fed(truth: FlightTruth, boot_ms: int, *messages: Any, late_ms: int = 0) -> None:
    for message in (attitude(boot_ms), *messages):
        truth.take(message, (boot_ms + late_ms) * 1_000_000 + DELAY_NS)


def climbing(*, until_ms: int = 2000, every_ms: int = 20) -> FlightTruth:
    truth = FlightTruth(HOME, Gimbal(), patience_s=0.2)
    for boot_ms in range(1000, until_ms + 1, every_ms):
        state = sim_state(up_m=boot_ms / 100, north_m=boot_ms / 200, yaw_deg=350 + boot_ms / 100)
        fed(truth, boot_ms, state, servos(), late_ms=boot_ms % 7)
    return truth


def test_between_samples_the_flight_goes_on_steadily() -> None:
    instant = climbing().at(4.811)
    assert instant.up_m == pytest.approx(18.11, abs=1e-3)
    assert instant.north_m == pytest.approx(9.055, abs=0.012)
    assert instant.yaw_deg == pytest.approx(8.11, abs=1e-3)
    velocity = (instant.velocity_north_m_s, instant.velocity_east_m_s, instant.velocity_up_m_s)
    assert velocity == (5.0, 1.0, 0.5)


def test_a_late_arrival_is_no_later_instant() -> None:
    truth = FlightTruth(HOME, Gimbal())
    for boot_ms in range(1000, 3001, 20):
        fed(truth, boot_ms, sim_state(up_m=boot_ms / 100), servos(), late_ms=300 if boot_ms > 2500 else 0)
    assert truth.at(5.8).up_m == pytest.approx(28.0, abs=1e-6)


def test_truth_that_is_on_its_way_is_waited_for() -> None:
    truth = climbing()

    def soon() -> None:
        time.sleep(0.05)
        fed(truth, 2020, sim_state(up_m=20.2), servos())

    thread = threading.Thread(target=soon)
    thread.start()
    assert truth.at(5.01).up_m == pytest.approx(20.1, abs=1e-6)
    thread.join()


def test_truth_that_never_comes_is_one_line() -> None:
    with pytest.raises(AutopilotError, match=r"^no truth came from the simulator for 0.2 s .*too busy for it\?$"):
        climbing().at(9.0)


@pytest.mark.parametrize("t_s", [3.5, 4.999])
def test_a_hole_is_no_truth(t_s: float) -> None:
    truth = climbing(until_ms=1500)
    fed(truth, 2040, sim_state(), servos())
    with pytest.raises(NotSeenError, match="has a hole at"):
        truth.at(t_s)


def test_a_restart_forgets_the_life_before() -> None:
    truth = climbing()
    for boot_ms in (10, 20, 30, 40):
        for message in (attitude(boot_ms), sim_state(), servos()):
            truth.take(message, (boot_ms + 9000) * 1_000_000)
    assert truth.newest_s() is None
    for boot_ms in range(50, 1000, 20):
        for message in (attitude(boot_ms), sim_state(up_m=7.0), servos()):
            truth.take(message, (boot_ms + 9000) * 1_000_000)
    assert truth.at(9.5).up_m == pytest.approx(7.0)


def test_an_attitude_of_zeros_is_left_out() -> None:
    truth = climbing()
    broken = sim_state()
    broken.q1 = 0.0
    before = truth.newest_s()
    fed(truth, 2020, broken, servos())
    assert truth.newest_s() == before


def camera_of(kind: GimbalKind, *, roll_deg: float, pitch_deg: float, yaw_deg: float, angles: GimbalAngles) -> Attitude:
    body = quaternion_from_attitude(yaw_deg=yaw_deg, pitch_deg=pitch_deg, roll_deg=roll_deg)
    return attitude_from_quaternion(Gimbal(kind=kind).ned_from_camera(body, angles))


@given(roll_deg=st.floats(-25, 25), pitch_deg=st.floats(-25, 25), yaw_deg=st.floats(0, 359), aim_deg=st.floats(-89, 0))
def test_joints_that_take_the_lean_away_leave_a_level_picture(
    roll_deg: float, pitch_deg: float, yaw_deg: float, aim_deg: float
) -> None:
    angles = GimbalAngles(roll_deg=-roll_deg, tilt_deg=aim_deg - pitch_deg, pan_deg=0.0)
    camera = camera_of(GimbalKind.SERVO, roll_deg=roll_deg, pitch_deg=pitch_deg, yaw_deg=yaw_deg, angles=angles)
    assert camera.pitch_deg == pytest.approx(aim_deg, abs=1e-6)
    assert camera.roll_deg == pytest.approx(0.0, abs=1e-5)
    assert math.cos(math.radians(camera.yaw_deg - yaw_deg)) == pytest.approx(1.0)


def test_a_stuck_servo_lets_the_camera_lean_with_the_airframe() -> None:
    ahead = GimbalAngles(roll_deg=0.0, tilt_deg=0.0, pan_deg=0.0)
    camera = camera_of(GimbalKind.SERVO, roll_deg=10.0, pitch_deg=-5.0, yaw_deg=90.0, angles=ahead)
    assert (camera.roll_deg, camera.pitch_deg, camera.yaw_deg) == pytest.approx((10.0, -5.0, 90.0))


@given(roll_deg=st.floats(-25, 25), pitch_deg=st.floats(-25, 25), aim_deg=st.floats(-89, 0), pan_deg=st.floats(-90, 90))
def test_a_gimbal_that_levels_itself_knows_only_the_heading(
    roll_deg: float, pitch_deg: float, aim_deg: float, pan_deg: float
) -> None:
    angles = GimbalAngles(roll_deg=0.0, tilt_deg=aim_deg, pan_deg=pan_deg)
    camera = camera_of(GimbalKind.LEVEL, roll_deg=roll_deg, pitch_deg=pitch_deg, yaw_deg=120.0, angles=angles)
    assert (camera.yaw_deg, camera.pitch_deg) == pytest.approx((120 + pan_deg, aim_deg), abs=1e-6)
    assert camera.roll_deg == pytest.approx(0.0, abs=1e-5)


def test_pan_turns_clockwise_and_tilt_looks_down() -> None:
    angles = Gimbal().angles(roll_us=1500, tilt_us=1409.0909, pan_us=1750)
    camera = camera_of(GimbalKind.SERVO, roll_deg=0.0, pitch_deg=0.0, yaw_deg=10.0, angles=angles)
    assert (camera.yaw_deg, camera.pitch_deg, camera.roll_deg) == pytest.approx((100.0, -45.0, 0.0), abs=1e-4)


@given(pulse_us=st.floats(0, 3000))
def test_a_servo_stops_at_its_ends(pulse_us: float) -> None:
    axis = OutputAxis(min_deg=-90, max_deg=20)
    assert -90 <= axis.angle_deg(pulse_us) <= 20
    assert (axis.angle_deg(900), axis.angle_deg(2100)) == (-90, 20)
