"""A camera pose out of the readings around one instant. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from flightlink.attitude import (
    Attitude,
    Quaternion,
    angle_between_deg,
    attitude_from_quaternion,
    quaternion_from_attitude,
    slerp,
    wrapped_deg,
)
from flightlink.pose import BODY_ATTITUDE, CONSUMER_GIMBAL, PoseRefusal, PoseSigma
from flightlink.timeline import Around
from flightlink.track import brisk_sigma, grown_sigma, jumped_deg
from flightlink.vehicle.gimbal import GimbalReading, YawFrame, earth_from_gimbal
from flightlink.vehicle.readings import PositionReading

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraAttitude:
    """Where the camera looks at one instant, and how well that is known."""

    attitude: Attitude
    sigma: PoseSigma
    """Of the whole pose: as stated, or as usual for this kind of source, and grown where the samples are far."""
    age_ms: float
    """Of the oldest sample behind it."""


def position_at(around: Around[PositionReading]) -> PositionReading:
    """Return the place at the instant, linear between or beside the samples, across the antimeridian too."""
    before, after, share = around.before, around.after, around.share
    return PositionReading(
        lat_deg=before.lat_deg + (after.lat_deg - before.lat_deg) * share,
        lon_deg=wrapped_deg(before.lon_deg + wrapped_deg(after.lon_deg - before.lon_deg) * share),
        alt_home_m=before.alt_home_m + (after.alt_home_m - before.alt_home_m) * share,
        alt_amsl_m=_between_known(before.alt_amsl_m, after.alt_amsl_m, share),
        doubt_m=max(before.doubt_m, after.doubt_m),
    )


def _between_known(before_m: float | None, after_m: float | None, share: float) -> float | None:
    return None if before_m is None or after_m is None else before_m + (after_m - before_m) * share


def attitude_at(around: Around[Quaternion]) -> Quaternion:
    """Return the attitude at the instant on the shortest arc."""
    return slerp(around.before, around.after, around.share)


def camera_from_gimbal(
    around: Around[GimbalReading],
    body_at: Callable[[], Around[Quaternion] | PoseRefusal],
    *,
    usual: PoseSigma = CONSUMER_GIMBAL,
) -> CameraAttitude | PoseRefusal:
    """Return the camera's attitude from a gimbal's readings.

    Args:
        around: the gimbal at the instant.
        body_at: asks for the vehicle's attitude at the same instant; called only where the yaw needs it.
        usual: the sigma of a pose whose samples are near.
    """
    frame = around.nearest.frame
    if around.before.frame is not around.after.frame:
        around = replace(around, before=around.nearest, after=around.nearest, share=0.0)
    gimbal = _slerped(around, lambda reading: reading.attitude)
    sigma = _gimbal_sigma(around, usual)
    if frame is YawFrame.EARTH:
        return _camera(gimbal, sigma, around.distance_ns, held_ns=_held_ns(around))
    body = body_at()
    if not isinstance(body, PoseRefusal):
        earth = earth_from_gimbal(gimbal, frame, heading_deg=attitude_from_quaternion(attitude_at(body)).yaw_deg)
        if around.nearest.is_of_joints:
            sigma = grown_sigma(sigma, moved_m=0.0, turned_deg=_lean_deg(attitude_at(body)))
        age_ns = max(around.distance_ns, body.distance_ns)
        return _camera(earth, sigma, age_ns, held_ns=max(_held_ns(around), _held_ns(body)))
    heading_deg = around.nearest.delta_yaw_deg
    if heading_deg is None:
        return body
    earth = earth_from_gimbal(gimbal, frame, heading_deg=heading_deg)
    return _camera(earth, sigma, around.distance_ns, held_ns=around.distance_ns)


def _lean_deg(ned_from_body: Quaternion) -> float:
    """Return by how much the airframe leans: so much a report of joints may be off."""
    body = attitude_from_quaternion(ned_from_body)
    return math.hypot(body.pitch_deg, body.roll_deg)


def camera_from_mount(body: Around[Quaternion], mount: Attitude, *, usual: PoseSigma = BODY_ATTITUDE) -> CameraAttitude:
    """Return the attitude of a camera fixed to the airframe."""
    body_from_camera = quaternion_from_attitude(
        yaw_deg=mount.yaw_deg, pitch_deg=mount.pitch_deg, roll_deg=mount.roll_deg
    )
    earth = attitude_at(body).times(body_from_camera)
    return _camera(earth, usual, body.distance_ns, held_ns=_held_ns(body))


def _gimbal_sigma(around: Around[GimbalReading], usual: PoseSigma) -> PoseSigma:
    turn_deg = angle_between_deg(around.before.attitude, around.after.attitude)
    in_between = 0 < around.share < 1
    turned_deg = jumped_deg(turn_deg, around.share) if in_between else 0.0
    return grown_sigma(usual, moved_m=0.0, turned_deg=turned_deg)


def _slerped(around: Around[Value], attitude_of: Callable[[Value], Quaternion]) -> Quaternion:
    return slerp(attitude_of(around.before), attitude_of(around.after), around.share)


def _held_ns(around: Around[Value]) -> int:
    return around.distance_ns if around.is_held or around.before is around.after else 0


def _camera(earth: Quaternion, sigma: PoseSigma, age_ns: int, *, held_ns: int) -> CameraAttitude:
    return CameraAttitude(
        attitude=attitude_from_quaternion(earth),
        sigma=brisk_sigma(sigma, age_s=held_ns / 1e9),
        age_ms=age_ns / 1e6,
    )
