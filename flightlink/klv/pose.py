"""A camera pose out of one ST 0601 packet, or why there is none. Pure.

The sensor's angles count in the platform's own frame, so its pitch and roll turn them:
ned_from_camera = ned_from_platform(heading, pitch, roll) x platform_from_camera(azimuth, elevation, roll).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from flightlink.attitude import Attitude, attitude_from_quaternion, quaternion_from_attitude, wrapped_deg
from flightlink.errors import PoseInvalidError
from flightlink.geodesy import M_PER_DEGREE, distance_m
from flightlink.klv.local_set import LocalSet
from flightlink.optics import Optics, lens_at
from flightlink.pose import CONSUMER_GIMBAL, CameraPose, HeightDatum, PoseRefusal, PoseSigma

INERTIAL_TURRET: Final = PoseSigma(horizontal_m=3.0, vertical_m=3.0, yaw_deg=0.25, pitch_deg=0.12, roll_deg=0.25)
"""A turret with an inertial unit of its own under an aircraft (docs/decisions/0054)."""
SMALL_VEHICLE_M: Final = 500.0
"""Nothing small flies higher over the ground: below, a pose that states no error gets that of a consumer's gimbal."""
MOST_CONTRADICTED_DEG: Final = 5.0
"""A packet whose own frame centre lies further from where its angles point is wrong in one of the two."""
LEAST_DEPRESSION_DEG: Final = 5.0
"""Below, a metre of height moves the frame centre by more than ten: it says nothing of the angles."""
_CIRCLE_90: Final = 2.146
"""Radius that holds 90 % of a circular normal error, in standard deviations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heights:
    alt_m: float
    ground_alt_m: float
    datum: HeightDatum


def pose_from_local_set(told: LocalSet, optics: Optics) -> CameraPose | PoseRefusal:
    """Return the camera's pose at the packet's time.

    Causes: `no_clock`, `no_position`, `no_attitude`, `no_gimbal`, `no_height`, `no_intrinsics`,
    `fov_unlike_camera_file`, `frame_centre_unlike_angles`.
    """
    lat_deg, lon_deg = told.lat_deg, told.lon_deg
    if told.utc_us is None:
        return PoseRefusal(cause="no_clock", detail="the packet holds no time stamp (tag 2)")
    if lat_deg is None or lon_deg is None or (lat_deg == 0 and lon_deg == 0):
        return PoseRefusal(cause="no_position", detail="the packet holds no place of the sensor (tags 13 and 14)")
    attitude = camera_attitude(told)
    if isinstance(attitude, PoseRefusal):
        return attitude
    heights = _heights(told, attitude)
    lens = lens_at(optics, hfov_deg=told.hfov_deg, vfov_deg=told.vfov_deg)
    if isinstance(heights, PoseRefusal):
        return heights
    if isinstance(lens, PoseRefusal):
        return lens
    try:
        pose = CameraPose(
            utc_ns=told.utc_us * 1000,
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            alt_m=heights.alt_m,
            ground_alt_m=heights.ground_alt_m,
            yaw_deg=attitude.yaw_deg,
            pitch_deg=attitude.pitch_deg,
            roll_deg=attitude.roll_deg,
            intrinsics=lens,
            sigma=optics.sigma or usual_sigma(heights.alt_m - heights.ground_alt_m),
            height_datum=heights.datum,
            alt_amsl_m=told.alt_amsl_m,
        )
    except PoseInvalidError as error:
        return PoseRefusal(cause="no_position", detail=f"the packet holds an impossible pose: {error}")
    return _held_against_centre(pose, told)


def camera_attitude(told: LocalSet) -> Attitude | PoseRefusal:
    """Return yaw, pitch and roll of the camera over the ground."""
    if told.heading_deg is None or told.pitch_deg is None or told.roll_deg is None:
        return PoseRefusal(cause="no_attitude", detail="the packet lacks heading, pitch or roll (tags 5 to 7)")
    if told.azimuth_deg is None or told.elevation_deg is None:
        return PoseRefusal(cause="no_gimbal", detail="the packet lacks the sensor's angles (tags 18 and 19)")
    platform = quaternion_from_attitude(yaw_deg=told.heading_deg, pitch_deg=told.pitch_deg, roll_deg=told.roll_deg)
    sensor = quaternion_from_attitude(
        yaw_deg=told.azimuth_deg, pitch_deg=told.elevation_deg, roll_deg=told.sensor_roll_deg or 0.0
    )
    return attitude_from_quaternion(platform.times(sensor))


def usual_sigma(alt_agl_m: float) -> PoseSigma:
    """Return the errors of a pose that states none: the better class only where nothing small can fly."""
    return INERTIAL_TURRET if alt_agl_m > SMALL_VEHICLE_M else CONSUMER_GIMBAL


def _heights(told: LocalSet, attitude: Attitude) -> _Heights | PoseRefusal:
    """Return sensor and ground in one datum; the ground is that of the frame's centre, or what the slant range says."""
    if told.alt_amsl_m is not None and told.centre_alt_amsl_m is not None:
        return _Heights(alt_m=told.alt_amsl_m, ground_alt_m=told.centre_alt_amsl_m, datum=HeightDatum.AMSL)
    if told.alt_hae_m is not None and told.centre_alt_hae_m is not None:
        return _Heights(alt_m=told.alt_hae_m, ground_alt_m=told.centre_alt_hae_m, datum=HeightDatum.ELLIPSOID)
    alt_m, datum = told.alt_amsl_m, HeightDatum.AMSL
    if alt_m is None:
        alt_m, datum = told.alt_hae_m, HeightDatum.ELLIPSOID
    if alt_m is None or told.slant_range_m is None:
        lacks = "no height of the sensor (tag 15, 75 or 104)" if alt_m is None else "no ground (tag 21, 25 or 78)"
        return PoseRefusal(cause="no_height", detail=f"the packet holds {lacks} in one datum")
    below_m = told.slant_range_m * math.sin(math.radians(-attitude.pitch_deg))
    return _Heights(alt_m=alt_m, ground_alt_m=alt_m - below_m, datum=datum)


def _held_against_centre(pose: CameraPose, told: LocalSet) -> CameraPose | PoseRefusal:
    """Return the pose with what its maker's own frame centre contradicts added to its error, or a refusal."""
    off_deg = contradiction_deg(pose, told)
    if off_deg is None or (told.centre_alt_amsl_m is None and told.centre_alt_hae_m is None):
        return pose
    if off_deg > MOST_CONTRADICTED_DEG:
        detail = f"the packet's frame centre lies {off_deg:.1f} deg from where its angles point; mend the camera"
        return PoseRefusal(cause="frame_centre_unlike_angles", detail=detail)
    sigma = pose.sigma
    doubt_deg = off_deg / _CIRCLE_90
    yaw_deg, pitch_deg = math.hypot(sigma.yaw_deg, doubt_deg), math.hypot(sigma.pitch_deg, doubt_deg)
    return replace(pose, sigma=replace(sigma, yaw_deg=yaw_deg, pitch_deg=pitch_deg))


def contradiction_deg(pose: CameraPose, told: LocalSet) -> float | None:
    """Return the angle at the camera between its axis and the packet's frame centre; None where nothing can be said."""
    if told.centre_lat_deg is None or told.centre_lon_deg is None or pose.pitch_deg > -LEAST_DEPRESSION_DEG:
        return None
    if pose.alt_agl_m <= 0:
        return None
    north_m = (told.centre_lat_deg - pose.lat_deg) * M_PER_DEGREE
    east_m = math.copysign(
        distance_m(pose.lat_deg, pose.lon_deg, pose.lat_deg, told.centre_lon_deg),
        wrapped_deg(told.centre_lon_deg - pose.lon_deg),
    )
    yaw, pitch = math.radians(pose.yaw_deg), math.radians(pose.pitch_deg)
    axis = (math.sin(yaw) * math.cos(pitch), math.cos(yaw) * math.cos(pitch), math.sin(pitch))
    ray = (east_m, north_m, -pose.alt_agl_m)
    across = math.hypot(*(_cross(axis, ray)))
    along = sum(a * b for a, b in zip(axis, ray, strict=True))
    return math.degrees(math.atan2(across, along))


def _cross(one: tuple[float, float, float], other: tuple[float, float, float]) -> tuple[float, float, float]:
    (a, b, c), (d, e, f) = one, other
    return b * f - c * e, c * d - a * f, a * e - b * d
