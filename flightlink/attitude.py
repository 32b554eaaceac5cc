"""Attitudes as unit quaternions and back: one convention for vehicles, gimbals and cameras. Pure, `math` only.

A quaternion (w, x, y, z) turns a vector of the camera frame (x forward along the optical axis, y right, z down; the
frame of MAVLink's gimbal) into NED (north, east, down). Yaw, pitch and roll are applied in this order, which gives
exactly the glossary's angles: yaw clockwise from north, pitch negative below the horizon, roll clockwise looking
along the optical axis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

from flightlink.errors import PoseInvalidError

_POLE_TOLERANCE: Final = 1e-8
_UNIT_TOLERANCE: Final = 0.1
"""A telemetry quaternion is float32 and may be rounded; one whose length is further from 1 than this is no attitude."""


class Quaternion(NamedTuple):
    """A rotation, `w` first as MAVLink sends it."""

    w: float
    x: float
    y: float
    z: float

    def times(self, other: Quaternion) -> Quaternion:
        """Return the rotation that first turns by `other`, then by this one (Hamilton product)."""
        return Quaternion(
            self.w * other.w - self.x * other.x - self.y * other.y - self.z * other.z,
            self.w * other.x + self.x * other.w + self.y * other.z - self.z * other.y,
            self.w * other.y - self.x * other.z + self.y * other.w + self.z * other.x,
            self.w * other.z + self.x * other.y - self.y * other.x + self.z * other.w,
        )

    def dot(self, other: Quaternion) -> float:
        """Return the cosine of half the angle between the two rotations, negative on the long way round."""
        return self.w * other.w + self.x * other.x + self.y * other.y + self.z * other.z


@dataclass(frozen=True, slots=True, kw_only=True)
class Attitude:
    """Yaw, pitch and roll of a camera or a vehicle, degrees."""

    yaw_deg: float
    """0 up to 360, clockwise from north."""
    pitch_deg: float
    """-90 to 90, negative below the horizon."""
    roll_deg: float
    """-180 to 180, clockwise looking forward."""


def wrapped_deg(angle_deg: float) -> float:
    """Return the angle within [-180, 180)."""
    wrapped = (angle_deg + 180.0) % 360.0 - 180.0
    return wrapped if wrapped < 180.0 else -180.0


def compass_deg(angle_deg: float) -> float:
    """Return the angle within [0, 360)."""
    wrapped = angle_deg % 360.0
    return wrapped if wrapped < 360.0 else 0.0


def quaternion_from_attitude(*, yaw_deg: float, pitch_deg: float, roll_deg: float) -> Quaternion:
    """Return ned_from_camera for the three angles in degrees."""
    return quaternion_from_radians(math.radians(yaw_deg), math.radians(pitch_deg), math.radians(roll_deg))


def quaternion_from_radians(yaw: float, pitch: float, roll: float) -> Quaternion:
    """Return ned_from_camera for the three angles in radians: turn, then lift, then bank, multiplied out."""
    cy, sy, cp, sp = math.cos(yaw / 2), math.sin(yaw / 2), math.cos(pitch / 2), math.sin(pitch / 2)
    cr, sr = math.cos(roll / 2), math.sin(roll / 2)
    return Quaternion(
        cy * cp * cr + sy * sp * sr,
        cy * cp * sr - sy * sp * cr,
        cy * sp * cr + sy * cp * sr,
        sy * cp * cr - cy * sp * sr,
    )


def attitude_from_quaternion(q: Quaternion) -> Attitude:
    """Return the three angles of ned_from_camera; exact at and near nadir, where the roll is set to 0.

    Half the sum and half the difference of yaw and roll are each well-conditioned where the other is not
    (Bernardes and Viollet 2022, "Quaternion to Euler angles conversion").
    """
    towards_zenith, towards_nadir = math.hypot(q.w + q.y, q.z - q.x), math.hypot(q.w - q.y, q.x + q.z)
    half_sum, half_difference = math.atan2(q.x + q.z, q.w - q.y), math.atan2(q.z - q.x, q.w + q.y)
    if towards_zenith < _POLE_TOLERANCE:
        half_difference = half_sum
    elif towards_nadir < _POLE_TOLERANCE:
        half_sum = half_difference
    return Attitude(
        yaw_deg=compass_deg(math.degrees(half_sum + half_difference)),
        pitch_deg=math.degrees(2 * math.atan2(towards_zenith, towards_nadir)) - 90.0,
        roll_deg=wrapped_deg(math.degrees(half_sum - half_difference)),
    )


def unit_quaternion(w: float, x: float, y: float, z: float) -> Quaternion:
    """Return the quaternion scaled to length 1.

    Raises:
        PoseInvalidError: a part is not finite or the length is far from 1 (zero and NaN mean "unknown" in MAVLink).
    """
    length = math.sqrt(w * w + x * x + y * y + z * z)
    if not math.isfinite(length) or abs(length - 1.0) > _UNIT_TOLERANCE:
        raise PoseInvalidError(f"quaternion {w}, {x}, {y}, {z} has length {length}, an attitude has length 1")
    return Quaternion(w / length, x / length, y / length, z / length)


def turned_about_down(q: Quaternion, *, yaw_deg: float) -> Quaternion:
    """Return the attitude turned clockwise about the vertical, as from a levelled vehicle frame to the earth frame."""
    half = math.radians(yaw_deg) / 2
    return Quaternion(math.cos(half), 0.0, 0.0, math.sin(half)).times(q)


def angle_between_deg(one: Quaternion, other: Quaternion) -> float:
    """Return the angle of the shortest rotation from one unit attitude to the other, 0 to 180 degrees."""
    across = math.hypot(*(a - math.copysign(1.0, one.dot(other)) * b for a, b in zip(one, other, strict=True)))
    return math.degrees(4 * math.asin(min(1.0, across / 2)))


def slerp(start: Quaternion, end: Quaternion, share: float) -> Quaternion:
    """Return the attitude at `share` of the shortest arc: 0 is start, 1 is end; beyond 1 it goes on turning."""
    cosine = start.dot(end)
    if cosine < 0:
        end, cosine = Quaternion(-end.w, -end.x, -end.y, -end.z), -cosine
    half_angle = math.radians(angle_between_deg(start, end)) / 2
    if half_angle < _POLE_TOLERANCE:
        return end if share > 0.5 else start
    from_start, from_end = math.sin((1 - share) * half_angle), math.sin(share * half_angle)
    parts = ((from_start * a + from_end * b) / math.sin(half_angle) for a, b in zip(start, end, strict=True))
    return unit_quaternion(*parts)
