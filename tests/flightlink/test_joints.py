"""Gimbals that report the angles of their joints under flags that claim the horizon's."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.attitude import (
    Attitude,
    Quaternion,
    angle_between_deg,
    attitude_from_quaternion,
    quaternion_from_attitude,
)
from flightlink.vehicle.joints import LEAST, JointWatch, camera_from_joints

ANGLES = st.floats(-20, 20)


def turned(yaw_deg: float = 0.0, pitch_deg: float = 0.0, roll_deg: float = 0.0) -> Quaternion:
    return quaternion_from_attitude(yaw_deg=yaw_deg, pitch_deg=pitch_deg, roll_deg=roll_deg)


def joints(aim: Attitude, body: Attitude) -> Quaternion:
    """Return the report of a mount that keeps a level camera on an aim: tilt and roll found by trial, pan as told."""
    ned_from_body = turned(body.yaw_deg, body.pitch_deg, body.roll_deg)
    wanted = turned(aim.yaw_deg, aim.pitch_deg)
    inverse = Quaternion(ned_from_body.w, -ned_from_body.x, -ned_from_body.y, -ned_from_body.z)
    held = inverse.times(wanted)
    # pan, roll, tilt of the rotation, by the elements of its matrix
    sine_roll = 2 * (held.y * held.z + held.w * held.x)
    pan = math.atan2(-2 * (held.x * held.y - held.w * held.z), 1 - 2 * (held.x**2 + held.z**2))
    tilt = math.atan2(-2 * (held.x * held.z - held.w * held.y), 1 - 2 * (held.x**2 + held.y**2))
    return turned(*(math.degrees(angle) for angle in (pan, tilt, math.asin(sine_roll))))


@given(pan_deg=st.floats(-120, 120), tilt_deg=st.floats(-60, 10), pitch_deg=ANGLES, roll_deg=ANGLES)
def test_joints_and_airframe_together_are_the_camera(
    pan_deg: float, tilt_deg: float, pitch_deg: float, roll_deg: float
) -> None:
    body = Attitude(yaw_deg=70.0, pitch_deg=pitch_deg, roll_deg=roll_deg)
    aim = Attitude(yaw_deg=70.0 + pan_deg, pitch_deg=tilt_deg, roll_deg=0.0)
    seen = camera_from_joints(joints(aim, body), turned(70.0, pitch_deg, roll_deg))
    assert angle_between_deg(seen, turned(aim.yaw_deg, aim.pitch_deg)) < 1e-4


def watched(report: Callable[[Attitude], Quaternion], *, lean_deg: float, times: int = 60) -> JointWatch:
    watch = JointWatch()
    for step in range(times):
        body = Attitude(yaw_deg=10.0, pitch_deg=lean_deg * math.cos(step / 9), roll_deg=lean_deg * math.sin(step / 9))
        watch.note(report(body), turned(body.yaw_deg, body.pitch_deg, body.roll_deg))
    return watch


AIM = Attitude(yaw_deg=40.0, pitch_deg=-45.0, roll_deg=0.0)


def of_joints(body: Attitude) -> Quaternion:
    return joints(AIM, body)


def of_the_horizon(body: Attitude) -> Quaternion:
    return turned(AIM.yaw_deg - body.yaw_deg, AIM.pitch_deg)


@pytest.mark.parametrize("lean_deg", [6.0, 12.0, 25.0])
def test_in_a_lean_the_two_kinds_are_told_apart(lean_deg: float) -> None:
    assert watched(of_joints, lean_deg=lean_deg).tells_joints
    assert not watched(of_the_horizon, lean_deg=lean_deg).tells_joints


def test_in_level_flight_and_after_few_reports_nothing_is_concluded() -> None:
    assert not watched(of_joints, lean_deg=1.0).tells_joints
    assert not watched(of_joints, lean_deg=20.0, times=LEAST - 1).tells_joints


def test_what_was_concluded_stays_in_level_flight_and_goes_when_the_reports_change() -> None:
    watch = watched(of_joints, lean_deg=12.0)
    level = turned(10.0)
    for _ in range(100):
        watch.note(of_the_horizon(attitude_from_quaternion(level)), level)
    assert watch.tells_joints
    for step in range(80):
        body = Attitude(yaw_deg=10.0, pitch_deg=12 * math.cos(step / 9), roll_deg=12 * math.sin(step / 9))
        watch.note(of_the_horizon(body), turned(body.yaw_deg, body.pitch_deg, body.roll_deg))
    assert not watch.tells_joints


def test_straight_down_nothing_is_concluded_and_nothing_breaks() -> None:
    watch = JointWatch()
    for step in range(60):
        watch.note(turned(0.0, -90.0), turned(0.0, 10 * math.cos(step / 9), 10 * math.sin(step / 9)))
    assert not watch.tells_joints
