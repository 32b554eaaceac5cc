"""What gimbal manager and gimbal say at one instant, and what a station may tell them (MAVLink gimbal v2). Pure.

GIMBAL_DEVICE_INFORMATION is missing on purpose: autopilots with a servo mount refuse it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from flightlink.attitude import Quaternion, quaternion_from_attitude
from sitl.vehicle.gimbal import PITCH_LIMITS_DEG, YAW_LIMITS_DEG, AngleAim
from sitl.vehicle.joints import joints_report
from sitl.vehicle.report import Report
from sitl.world.profile import GimbalYaw
from sitl.world.route import FlightInstant

GIMBAL_ID: Final = 1
FLAGS: Final[Mapping[GimbalYaw, int]] = {
    GimbalYaw.VEHICLE: 44,
    GimbalYaw.EARTH: 92,
    GimbalYaw.LOCK_ONLY: 28,
    GimbalYaw.BOTH: 108,
    GimbalYaw.JOINTS: 44,
    GimbalYaw.MISLABELLED: 92,
}
"""Roll lock 4, pitch lock 8, yaw lock 16, yaw in the vehicle frame 32, in the earth frame 64."""
FROM_NOSE: Final = frozenset({GimbalYaw.VEHICLE, GimbalYaw.BOTH, GimbalYaw.MISLABELLED})
CAPABILITIES: Final = (
    mavlink.GIMBAL_MANAGER_CAP_FLAGS_HAS_NEUTRAL
    | mavlink.GIMBAL_MANAGER_CAP_FLAGS_HAS_ROLL_LOCK
    | mavlink.GIMBAL_MANAGER_CAP_FLAGS_HAS_PITCH_AXIS
    | mavlink.GIMBAL_MANAGER_CAP_FLAGS_HAS_PITCH_LOCK
    | mavlink.GIMBAL_MANAGER_CAP_FLAGS_HAS_YAW_AXIS
    | mavlink.GIMBAL_MANAGER_CAP_FLAGS_HAS_YAW_FOLLOW
    | mavlink.GIMBAL_MANAGER_CAP_FLAGS_HAS_YAW_LOCK
    | mavlink.GIMBAL_MANAGER_CAP_FLAGS_CAN_POINT_LOCATION_GLOBAL
)
_FROM_NORTH: Final = mavlink.GIMBAL_MANAGER_FLAGS_YAW_LOCK | mavlink.GIMBAL_MANAGER_FLAGS_YAW_IN_EARTH_FRAME


def gimbal_device_attitude_status(report: Report) -> Any:
    """Return the gimbal: roll and pitch from the level, yaw as the profile has it, rates unknown."""
    kind = report.profile.gimbal_yaw
    q = joints_report(report.flight) if kind is GimbalYaw.JOINTS else _levelled(report)
    unknown = math.nan
    return mavlink.MAVLink_gimbal_device_attitude_status_message(
        0, 0, report.boot_ms, FLAGS[kind], list(q), unknown, unknown, unknown, 0
    )


def _levelled(report: Report) -> Quaternion:
    """Return the camera against the level, its yaw from the nose or from north."""
    f = report.flight
    nose_deg = f.yaw_deg if report.profile.gimbal_yaw in FROM_NOSE else 0.0
    return quaternion_from_attitude(
        yaw_deg=f.camera_yaw_deg - nose_deg, pitch_deg=f.camera_pitch_deg, roll_deg=f.camera_roll_deg
    )


def gimbal_manager_information(report: Report) -> Any:
    """Return what the gimbal can do; limits in radians."""
    limits = [math.radians(limit) for limit in (0.0, 0.0, *PITCH_LIMITS_DEG, *YAW_LIMITS_DEG)]
    return mavlink.MAVLink_gimbal_manager_information_message(report.boot_ms, CAPABILITIES, GIMBAL_ID, *limits)


def gimbal_manager_status(report: Report) -> Any:
    """Return who has the gimbal's control."""
    flags = FLAGS[report.profile.gimbal_yaw] & ~96
    return mavlink.MAVLink_gimbal_manager_status_message(report.boot_ms, flags, GIMBAL_ID, *report.gimbal_owner, 0, 0)


GIMBAL_MESSAGES: Final[Mapping[int, Callable[[Report], Any]]] = {
    mavlink.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS: gimbal_device_attitude_status,
    mavlink.MAVLINK_MSG_ID_GIMBAL_MANAGER_INFORMATION: gimbal_manager_information,
    mavlink.MAVLINK_MSG_ID_GIMBAL_MANAGER_STATUS: gimbal_manager_status,
}


def angle_aim(
    flight: FlightInstant,
    *,
    pitch_deg: float,
    yaw_deg: float,
    pitch_rate_deg_s: float,
    yaw_rate_deg_s: float,
    flags: int,
) -> AngleAim | None:
    """Return the aim of DO_GIMBAL_MANAGER_PITCHYAW, or None where neither angles nor rates can be obeyed.

    NaN is "not given". Angles win over rates; rates go on from where the camera looks in `flight`.
    """
    from_north = bool(flags & _FROM_NORTH)
    if flags & mavlink.GIMBAL_MANAGER_FLAGS_NEUTRAL:
        return AngleAim(yaw_deg=0.0, pitch_deg=0.0)
    if abs(pitch_deg) <= 90 and abs(yaw_deg) <= 180:
        return AngleAim(yaw_deg=yaw_deg, pitch_deg=pitch_deg, from_north=from_north)
    if not (math.isfinite(pitch_rate_deg_s) and math.isfinite(yaw_rate_deg_s)):
        return None
    return AngleAim(
        yaw_deg=flight.camera_yaw_deg - (0.0 if from_north else flight.yaw_deg),
        pitch_deg=flight.camera_pitch_deg,
        yaw_rate_deg_s=yaw_rate_deg_s,
        pitch_rate_deg_s=pitch_rate_deg_s,
        from_north=from_north,
    )
