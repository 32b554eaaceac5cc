"""A place that cannot have been reached, and all those that can."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.pose import PoseRefusal
from flightlink.vehicle.jumps import DOUBT_NS, HOLDS_NS, JumpGuard, Velocity
from flightlink.vehicle.readings import PositionReading
from tests.flightlink.feed import BOOTED, MS, Flight
from tests.flightlink.packets import FakeVehicle

M_PER_DEG = 111_195.0


def place(north_m: float, east_m: float, up_m: float = 50.0, *, lat_deg: float = 48.0) -> PositionReading:
    shrink = math.cos(math.radians(lat_deg))
    lon_deg = (179.9999 + east_m / (M_PER_DEG * shrink) + 180) % 360 - 180
    return PositionReading(lat_deg=lat_deg + north_m / M_PER_DEG, lon_deg=lon_deg, alt_home_m=up_m)


def judged(
    guard: JumpGuard, at_ms: int, north_m: float, velocity: Velocity, **more: float
) -> PositionReading | PoseRefusal:
    sigma_m = more.pop("sigma_m", 1.0)
    return guard.judged(place(north_m, 0.0, **more), velocity, boot_ns=at_ms * MS, sigma_m=sigma_m)


STILL = Velocity(0.0, 0.0, 0.0)


@given(
    st.floats(-25, 25), st.floats(-25, 25), st.floats(-8, 8), st.sampled_from([50, 100, 500, 1000]), st.integers(0, 99)
)
def test_a_flight_is_never_refused(north: float, east: float, up: float, step_ms: int, seed: int) -> None:
    """Straight or in a turn, at any rate, across the antimeridian, with the noise that the receiver states."""
    guard, at = JumpGuard(), [0.0, 0.0, 50.0]
    for step in range(60):
        turn = seed / 100 * step * step_ms / 1000
        speed = Velocity(
            north * math.cos(turn) - east * math.sin(turn), north * math.sin(turn) + east * math.cos(turn), up
        )
        noise_m = math.sin(seed + step * 7.3)
        answer = guard.judged(place(at[0] + noise_m, at[1], at[2]), speed, boot_ns=step * step_ms * MS, sigma_m=1.0)
        assert isinstance(answer, PositionReading)
        assert answer.doubt_m == 0
        at = [part + rate * step_ms / 1000 for part, rate in zip(at, speed, strict=True)]


@given(st.floats(5, 5000), st.floats(0, 360), st.floats(0, 20))
def test_a_step_that_nobody_flies_is_refused_at_once_and_forgotten_when_it_was_one(
    step_m: float, bearing_deg: float, speed: float
) -> None:
    guard, velocity = JumpGuard(), Velocity(speed, 0.0, 0.0)
    for tenth in range(10):
        assert isinstance(judged(guard, tenth * 100, speed * tenth / 10, velocity), PositionReading)
    aside = math.radians(bearing_deg)
    for tenth in range(10, 30):
        off = place(speed * tenth / 10 + step_m * math.cos(aside), step_m * math.sin(aside))
        answer = guard.judged(off, velocity, boot_ns=tenth * 100 * MS, sigma_m=0.5)
        assert isinstance(answer, PoseRefusal)
        assert answer.cause == "position_jump"
    back = judged(guard, 3000, speed * 3.0, velocity)
    assert isinstance(back, PositionReading)
    assert back.doubt_m == 0


def test_a_new_place_that_holds_is_believed_and_its_step_is_stated_for_a_minute() -> None:
    guard = JumpGuard()
    assert isinstance(judged(guard, 0, 0.0, STILL), PositionReading)
    answers = {at_ms: judged(guard, at_ms, 40.0, STILL) for at_ms in range(100, 80_000, 100)}
    first = min(at_ms for at_ms, answer in answers.items() if isinstance(answer, PositionReading))
    assert first == 100 + HOLDS_NS // MS
    believed = answers[first]
    assert isinstance(believed, PositionReading)
    assert believed.doubt_m == pytest.approx(40, abs=1)
    much_later = answers[first + DOUBT_NS // MS + 100]
    assert isinstance(much_later, PositionReading)
    assert much_later.doubt_m == 0


def test_places_that_jump_about_are_never_believed() -> None:
    guard = JumpGuard()
    judged(guard, 0, 0.0, STILL)
    for at_ms in range(100, 20_000, 100):
        assert isinstance(judged(guard, at_ms, 50.0 + at_ms % 700, STILL), PoseRefusal)


def test_a_height_that_jumps_is_refused_too() -> None:
    guard = JumpGuard()
    judged(guard, 0, 0.0, STILL)
    assert isinstance(judged(guard, 100, 0.0, STILL, up_m=80.0), PoseRefusal)


def test_a_vehicle_that_tells_no_speed_may_fly_all_the_same() -> None:
    guard = JumpGuard()
    for tenth in range(100):
        assert isinstance(judged(guard, tenth * 100, 12.0 * tenth / 10, STILL), PositionReading)


def test_after_a_silence_a_vehicle_may_be_where_it_flew_to() -> None:
    guard, velocity = JumpGuard(), Velocity(15.0, 0.0, 0.0)
    judged(guard, 0, 0.0, velocity)
    assert isinstance(judged(guard, 1800, 27.0, velocity), PositionReading)
    assert isinstance(judged(guard, 3000, 300.0, velocity), PoseRefusal)


def test_a_late_report_neither_counts_as_a_jump_nor_moves_what_is_believed() -> None:
    guard, velocity = JumpGuard(), Velocity(15.0, 0.0, 0.0)
    for tenth in range(20):
        judged(guard, tenth * 100, 1.5 * tenth, velocity)
    assert isinstance(judged(guard, 1500, 22.5, velocity), PositionReading)
    assert isinstance(judged(guard, 1500, 99.0, velocity), PoseRefusal)
    assert isinstance(judged(guard, 2000, 30.0, velocity), PositionReading)


def test_a_pose_after_a_jump_says_so() -> None:
    flight = Flight(None, FakeVehicle())
    flight.tracker.picture_px = (1920, 1080)
    flight.take(flight.vehicle.fov(0, hfov=78, vfov=48), 0)
    flight.fly(0, 3000)
    flight.vehicle.lat_deg += 40 / M_PER_DEG
    flight.fly(3000, 6000)
    assert flight.refusal(5000).cause == "position_jump"
    flight.fly(6000, 10_000)
    assert flight.pose(9500).sigma.horizontal_m > 40
    flight.fly(10_000, 75_000)
    assert flight.pose(74_500).sigma.horizontal_m < 10
    assert flight.tracker.state(BOOTED + 74_500 * MS).lat_deg == pytest.approx(flight.vehicle.lat_deg)
