"""Angles and quaternions: one convention, exact at nadir too."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.attitude import (
    Quaternion,
    angle_between_deg,
    attitude_from_quaternion,
    compass_deg,
    quaternion_from_attitude,
    slerp,
    turned_about_down,
    unit_quaternion,
    wrapped_deg,
)
from flightlink.errors import PoseInvalidError

angles = st.floats(-720, 720)
pitches = st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, 90.0, -89.999999, -89.9, 0.0]))
shares = st.floats(0, 1)


@st.composite
def quaternions(draw: st.DrawFn) -> Quaternion:
    return quaternion_from_attitude(yaw_deg=draw(angles), pitch_deg=draw(pitches), roll_deg=draw(angles))


def ned_axis(q: Quaternion, axis: tuple[float, float, float]) -> tuple[float, float, float]:
    turned = q.times(Quaternion(0.0, *axis)).times(Quaternion(q.w, -q.x, -q.y, -q.z))
    return turned.x, turned.y, turned.z


@given(yaw_deg=angles, pitch_deg=pitches, roll_deg=angles)
def test_axes_are_those_of_the_georeferencing_formulas(yaw_deg: float, pitch_deg: float, roll_deg: float) -> None:
    q = quaternion_from_attitude(yaw_deg=yaw_deg, pitch_deg=pitch_deg, roll_deg=roll_deg)
    y, p, r = (math.radians(angle) for angle in (yaw_deg, pitch_deg, roll_deg))
    north, east, down = ned_axis(q, (1, 0, 0))
    axis = (math.sin(y) * math.cos(p), math.cos(y) * math.cos(p), math.sin(p))
    assert (east, north, -down) == pytest.approx(axis, abs=1e-9)
    level_right = (math.cos(y), -math.sin(y), 0.0)
    level_down = (
        axis[1] * level_right[2] - axis[2] * level_right[1],
        axis[2] * level_right[0] - axis[0] * level_right[2],
        axis[0] * level_right[1] - axis[1] * level_right[0],
    )
    right = [math.cos(r) * b + math.sin(r) * c for b, c in zip(level_right, level_down, strict=True)]
    north, east, down = ned_axis(q, (0, 1, 0))
    assert (east, north, -down) == pytest.approx(tuple(right), abs=1e-9)


@given(quaternions())
def test_attitude_round_trip_keeps_the_rotation_also_at_nadir(q: Quaternion) -> None:
    angles_of_q = attitude_from_quaternion(q)
    again = quaternion_from_attitude(
        yaw_deg=angles_of_q.yaw_deg, pitch_deg=angles_of_q.pitch_deg, roll_deg=angles_of_q.roll_deg
    )
    assert angle_between_deg(q, again) < 1e-5
    assert 0 <= angles_of_q.yaw_deg < 360
    assert -90 <= angles_of_q.pitch_deg <= 90
    assert -180 <= angles_of_q.roll_deg < 180


@given(yaw_deg=st.floats(0, 359.99), pitch_deg=st.floats(-89, 89), roll_deg=st.floats(-179, 179))
def test_angles_come_back_away_from_the_poles(yaw_deg: float, pitch_deg: float, roll_deg: float) -> None:
    back = attitude_from_quaternion(quaternion_from_attitude(yaw_deg=yaw_deg, pitch_deg=pitch_deg, roll_deg=roll_deg))
    assert wrapped_deg(back.yaw_deg - yaw_deg) == pytest.approx(0, abs=1e-7)
    assert back.pitch_deg == pytest.approx(pitch_deg, abs=1e-7)
    assert back.roll_deg == pytest.approx(roll_deg, abs=1e-7)


def test_at_nadir_the_roll_is_nought_and_the_yaw_points_up_the_picture() -> None:
    nadir = attitude_from_quaternion(quaternion_from_attitude(yaw_deg=30, pitch_deg=-90, roll_deg=12))
    assert nadir.roll_deg == 0
    assert nadir.pitch_deg == pytest.approx(-90)
    assert nadir.yaw_deg == pytest.approx(42)


@given(quaternions(), quaternions(), shares)
def test_slerp_divides_the_shortest_arc(start: Quaternion, end: Quaternion, share: float) -> None:
    whole = angle_between_deg(start, end)
    middle = slerp(start, end, share)
    assert angle_between_deg(start, middle) == pytest.approx(share * whole, abs=1e-5)
    assert angle_between_deg(middle, end) == pytest.approx((1 - share) * whole, abs=1e-5)


@given(quaternions(), quaternions())
def test_slerp_does_not_care_for_the_sign_of_a_quaternion(start: Quaternion, end: Quaternion) -> None:
    if angle_between_deg(start, end) > 179.99:
        return
    other = Quaternion(-end.w, -end.x, -end.y, -end.z)
    assert angle_between_deg(slerp(start, end, 0.3), slerp(start, other, 0.3)) < 1e-5


def test_slerp_beyond_the_end_goes_on_turning() -> None:
    start = quaternion_from_attitude(yaw_deg=350, pitch_deg=0, roll_deg=0)
    end = quaternion_from_attitude(yaw_deg=2, pitch_deg=0, roll_deg=0)
    assert attitude_from_quaternion(slerp(start, end, 1.5)).yaw_deg == pytest.approx(8)


@given(quaternions(), angles)
def test_turning_about_the_vertical_adds_to_the_yaw_alone(q: Quaternion, yaw_deg: float) -> None:
    before, after = attitude_from_quaternion(q), attitude_from_quaternion(turned_about_down(q, yaw_deg=yaw_deg))
    assert after.pitch_deg == pytest.approx(before.pitch_deg, abs=1e-4)
    if abs(before.pitch_deg) < 89:
        assert wrapped_deg(after.yaw_deg - before.yaw_deg - yaw_deg) == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("parts", [(0, 0, 0, 0), (math.nan, 0, 0, 0), (2, 0, 0, 0), (math.inf, 0, 0, 0)])
def test_what_is_no_rotation_is_refused(parts: tuple[float, float, float, float]) -> None:
    with pytest.raises(PoseInvalidError, match="length"):
        unit_quaternion(*parts)


@given(st.floats(-1e6, 1e6))
def test_wrapping_stays_in_range(angle_deg: float) -> None:
    assert -180 <= wrapped_deg(angle_deg) < 180
    assert 0 <= compass_deg(angle_deg) < 360
