"""`JumpGuard`: refuses a place that the vehicle cannot have reached, until it holds. Pure.

Receivers err by tens of metres with a good fix and small errors stated. What betrays them is the step: between two
messages a vehicle moves by its speed, give or take what it can accelerate and the error that it states itself.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final, NamedTuple

from flightlink.geodesy import M_PER_DEGREE
from flightlink.pose import PoseRefusal
from flightlink.vehicle.readings import PositionReading

HOLDS_NS: Final = 5_000_000_000
"""A new place that agrees with itself for this long is believed: the estimate was put right, or the old one was off."""
DOUBT_NS: Final = 60_000_000_000
"""For this long afterwards the step is added to the stated error: nobody knows which of both places was right."""
_ACCELERATION_M_S2: Final = 10.0
_SPEED_ERROR_SHARE: Final = 0.5
_LEAST_SIGMA_M: Final = 0.5
_SIGMAS: Final = 3.0


class Velocity(NamedTuple):
    """North, east and up, metres a second."""

    north: float
    east: float
    up: float

    @property
    def speed(self) -> float:
        """Of all three."""
        return math.sqrt(self.north**2 + self.east**2 + self.up**2)


class _Sample(NamedTuple):
    boot_ns: int
    place: PositionReading
    velocity: Velocity


class JumpGuard:
    """Judges the places of one vehicle, in its own time."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Believe the next place: the clock began anew, and nothing ties it to the last one."""
        self._believed: _Sample | None = None
        self._doubtful: _Sample | None = None
        self._doubtful_since_ns = 0
        self._doubt_m = 0.0
        self._doubt_until_ns = 0

    def judged(
        self, place: PositionReading, velocity: Velocity, *, boot_ns: int, sigma_m: float | None
    ) -> PositionReading | PoseRefusal:
        """Return the place, its doubt added, or the refusal `position_jump`.

        Args:
            place: as reported.
            velocity: as reported with it; all zero where a vehicle does not tell.
            boot_ns: of the report, on the vehicle's clock.
            sigma_m: horizontal error that the receiver states, None where it does not.
        """
        sample, believed = _Sample(boot_ns, place, velocity), self._believed
        step_m = None if believed is None else _excess_m(believed, sample, sigma_m)
        if believed is None or step_m is None:
            return self._believe(sample)
        if boot_ns < believed.boot_ns:
            return _refusal(step_m)
        self._believed = _carried_on(believed, sample)
        return self._judged_doubtful(sample, step_m, sigma_m)

    def _judged_doubtful(self, sample: _Sample, step_m: float, sigma_m: float | None) -> PositionReading | PoseRefusal:
        doubtful, self._doubtful = self._doubtful, sample
        if doubtful is None or _excess_m(doubtful, sample, sigma_m) is not None:
            self._doubtful_since_ns = sample.boot_ns
        if sample.boot_ns - self._doubtful_since_ns < HOLDS_NS:
            return _refusal(step_m)
        self._doubt_m, self._doubt_until_ns = step_m, sample.boot_ns + DOUBT_NS
        return self._believe(sample)

    def _believe(self, sample: _Sample) -> PositionReading:
        if self._believed is None or sample.boot_ns >= self._believed.boot_ns:
            self._believed = _with_speed(self._believed, sample)
            self._doubtful = None
        is_doubtful = sample.boot_ns < self._doubt_until_ns
        return replace(sample.place, doubt_m=self._doubt_m) if is_doubtful else sample.place


def _refusal(step_m: float) -> PoseRefusal:
    detail = f"the vehicle's place jumped by {step_m:.0f} m, further than it flies; it is believed again when it holds"
    return PoseRefusal(cause="position_jump", detail=detail)


def _excess_m(before: _Sample, after: _Sample, sigma_m: float | None) -> float | None:
    """Return how far the later place lies from where the earlier one leads, None where that may be."""
    step_s = (after.boot_ns - before.boot_ns) / 1e9
    north_m, east_m, up_m = _offset_m(before.place, after.place)
    (n1, e1, u1), (n2, e2, u2) = before.velocity, after.velocity
    half_s = step_s / 2
    off_m = math.hypot(north_m - (n1 + n2) * half_s, east_m - (e1 + e2) * half_s, up_m - (u1 + u2) * half_s)
    stated_m = _SIGMAS * max(sigma_m or 1.0, _LEAST_SIGMA_M)
    if off_m <= stated_m:
        return None
    speed = max(before.velocity.speed, after.velocity.speed)
    allowed_m = stated_m + _SPEED_ERROR_SHARE * (speed * abs(step_s) + _ACCELERATION_M_S2 * step_s**2)
    return off_m if off_m > allowed_m else None


def _led_to(before: _Sample, velocity: Velocity, step_s: float) -> PositionReading:
    north, east, up = ((a + b) / 2 * step_s for a, b in zip(before.velocity, velocity, strict=True))
    shrink = max(1e-6, math.cos(math.radians(before.place.lat_deg)))
    return replace(
        before.place,
        lat_deg=before.place.lat_deg + north / M_PER_DEGREE,
        lon_deg=before.place.lon_deg + east / (M_PER_DEGREE * shrink),
        alt_home_m=before.place.alt_home_m + up,
    )


def _offset_m(one: PositionReading, other: PositionReading) -> tuple[float, float, float]:
    """Return north, east and up from one place to the other, on a plane; across the antimeridian too."""
    lon_step_deg = (other.lon_deg - one.lon_deg + 180) % 360 - 180
    shrink = math.cos(math.radians(one.lat_deg))
    north_m, east_m = (other.lat_deg - one.lat_deg) * M_PER_DEGREE, lon_step_deg * M_PER_DEGREE * shrink
    return north_m, east_m, other.alt_home_m - one.alt_home_m


def _carried_on(believed: _Sample, sample: _Sample) -> _Sample:
    """Return the believed place moved on to the new instant by the speeds that are told."""
    step_s = (sample.boot_ns - believed.boot_ns) / 1e9
    place = _led_to(believed, sample.velocity, step_s)
    return _Sample(sample.boot_ns, place, sample.velocity)


def _with_speed(before: _Sample | None, sample: _Sample) -> _Sample:
    """Return the sample with the speed between both places, where the vehicle tells none."""
    if before is None or any(sample.velocity) or sample.boot_ns <= before.boot_ns:
        return sample
    step_s = (sample.boot_ns - before.boot_ns) / 1e9
    north_m, east_m, up_m = _offset_m(before.place, sample.place)
    return sample._replace(velocity=Velocity(north_m / step_s, east_m / step_s, up_m / step_s))
