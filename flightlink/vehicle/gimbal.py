"""Where a gimbal points, from its messages: the frame of its yaw first, then the camera's attitude on Earth.

MAVLink's "vehicle frame" is levelled: its x axis points along the vehicle's heading, its roll and pitch are the
horizon's. So a yaw turn by the vehicle's heading leads to the earth frame (MAVLink common, message 285).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from flightlink.attitude import Quaternion, quaternion_from_attitude, turned_about_down, unit_quaternion
from flightlink.errors import PoseInvalidError
from flightlink.mavlink.messages import Message
from flightlink.pose import PoseRefusal

YAW_LOCK: Final = 16
YAW_IN_VEHICLE_FRAME: Final = 32
YAW_IN_EARTH_FRAME: Final = 64

_ATTITUDE_UNKNOWN: Final = 8 | 64 | 128 | 256
"""Failures after which the reported attitude means nothing: encoder, software, communication, calibration running."""


class YawFrame(StrEnum):
    """Against what a gimbal's yaw is measured."""

    VEHICLE = "vehicle"
    """The vehicle's heading."""
    EARTH = "earth"
    """True north."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GimbalReading:
    """One attitude of the camera as its gimbal reports it."""

    attitude: Quaternion
    """Camera axes in the levelled frame that `frame` names."""
    frame: YawFrame
    delta_yaw_deg: float | None
    """The gimbal's own idea of the vehicle's heading, where it has one."""
    is_of_joints: bool = False
    """Whether the angles look like those of joints, whatever the flags claim (`joints.py`)."""


def yaw_frame_from_flags(flags: int) -> YawFrame | PoseRefusal:
    """Return the frame: flag 32 vehicle, 64 earth; with neither, 16 (yaw lock) means earth and its absence vehicle."""
    in_vehicle, in_earth = bool(flags & YAW_IN_VEHICLE_FRAME), bool(flags & YAW_IN_EARTH_FRAME)
    if in_vehicle and in_earth:
        detail = f"the gimbal's flags {flags} claim vehicle and earth frame at once; mend the gimbal's settings"
        return PoseRefusal(cause="unknown_yaw_frame", detail=detail)
    is_earth = in_earth or (not in_vehicle and bool(flags & YAW_LOCK))
    return YawFrame.EARTH if is_earth else YawFrame.VEHICLE


def gimbal_from_device_status(message: Message) -> GimbalReading | PoseRefusal:
    """Return what GIMBAL_DEVICE_ATTITUDE_STATUS says."""
    frame = yaw_frame_from_flags(message.flags)
    if isinstance(frame, PoseRefusal):
        return frame
    if message.failure_flags & _ATTITUDE_UNKNOWN:
        return PoseRefusal(cause="gimbal_failure", detail=f"the gimbal reports failure flags {message.failure_flags}")
    try:
        attitude = unit_quaternion(*message.q)
    except PoseInvalidError as error:
        return PoseRefusal(cause="no_gimbal", detail=f"the gimbal sends no attitude: {error}")
    return GimbalReading(attitude=attitude, frame=frame, delta_yaw_deg=_delta_yaw_deg(message, frame))


def _delta_yaw_deg(message: Message, frame: YawFrame) -> float | None:
    """Return the heading by which a vehicle-frame yaw turns; 0 is what a sender without the field leaves there."""
    known = frame is YawFrame.VEHICLE and math.isfinite(message.delta_yaw) and message.delta_yaw != 0
    return math.degrees(message.delta_yaw) if known else None


def gimbal_from_mount_status(message: Message) -> GimbalReading:
    """Return what MOUNT_STATUS says: hundredths of a degree, roll and pitch of the horizon, yaw from the heading."""
    attitude = quaternion_from_attitude(
        yaw_deg=message.pointing_c / 100, pitch_deg=message.pointing_a / 100, roll_deg=message.pointing_b / 100
    )
    return GimbalReading(attitude=attitude, frame=YawFrame.VEHICLE, delta_yaw_deg=None)


def earth_from_gimbal(attitude: Quaternion, frame: YawFrame, *, heading_deg: float) -> Quaternion:
    """Return ned_from_camera; the heading counts only where the yaw is measured from it."""
    return attitude if frame is YawFrame.EARTH else turned_about_down(attitude, yaw_deg=heading_deg)
