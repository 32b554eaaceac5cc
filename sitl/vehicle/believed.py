"""What a camera on a vehicle knows of its pose when it takes a frame: the vehicle's own newest messages and their age.

Made from MAVLink messages alone, as a real camera hears them from its autopilot: never from the simulator's truth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from flightlink.attitude import Attitude, Quaternion, attitude_from_quaternion, compass_deg, quaternion_from_attitude

Heard = tuple[Any, int]
"""A message, and its age in milliseconds when the frame was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the vehicle believes to be, WGS 84, and how fast it moves."""

    lat_e7: int
    """Degrees times ten million."""
    lon_e7: int
    alt_amsl_m: float
    alt_home_m: float
    velocity_north_m_s: float
    velocity_east_m_s: float
    velocity_down_m_s: float
    age_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An attitude and its age."""

    attitude: Attitude
    age_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """All that the metadata of one frame is made of; None is unknown."""

    utc_us: int
    """Capture, by the camera's clock."""
    place: Place | None
    vehicle: Turn | None
    gimbal: Turn | None
    """Roll and pitch against the level, yaw against the vehicle's."""
    hfov_deg: float | None
    vfov_deg: float | None


def believed_from(heard: Mapping[int, Heard], *, utc_us: int) -> Believed:
    """Return what a camera believes by the newest message of each id and its age."""
    position = heard.get(mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT)
    vehicle = _vehicle(heard.get(mavlink.MAVLINK_MSG_ID_ATTITUDE))
    fov, _ = heard.get(mavlink.MAVLINK_MSG_ID_CAMERA_FOV_STATUS, (None, 0))
    return Believed(
        utc_us=utc_us,
        place=None if position is None else _place(*position),
        vehicle=vehicle,
        gimbal=_gimbal(heard.get(mavlink.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS), vehicle),
        hfov_deg=None if fov is None else _known(fov.hfov),
        vfov_deg=None if fov is None else _known(fov.vfov),
    )


def _known(angle_deg: float) -> float | None:
    return float(angle_deg) if math.isfinite(angle_deg) and angle_deg > 0 else None


def _place(message: Any, age_ms: int) -> Place | None:
    if message.lat == 0 and message.lon == 0:  # no fix yet, as autopilots say it
        return None
    return Place(
        lat_e7=message.lat,
        lon_e7=message.lon,
        alt_amsl_m=message.alt / 1000,
        alt_home_m=message.relative_alt / 1000,
        velocity_north_m_s=message.vx / 100,
        velocity_east_m_s=message.vy / 100,
        velocity_down_m_s=message.vz / 100,
        age_ms=age_ms,
    )


def _vehicle(heard: Heard | None) -> Turn | None:
    if heard is None:
        return None
    message, age_ms = heard
    roll_deg, pitch_deg, yaw_deg = (math.degrees(angle) for angle in (message.roll, message.pitch, message.yaw))
    attitude = Attitude(yaw_deg=compass_deg(yaw_deg), pitch_deg=pitch_deg, roll_deg=roll_deg)
    return Turn(attitude=attitude, age_ms=age_ms)


def _gimbal(heard: Heard | None, vehicle: Turn | None) -> Turn | None:
    """Return the gimbal with its yaw against the vehicle's, whichever frame the message has."""
    if heard is None or not all(math.isfinite(part) for part in heard[0].q):
        return None
    message, age_ms = heard
    attitude = attitude_from_quaternion(Quaternion(*message.q))
    if message.flags & mavlink.GIMBAL_DEVICE_FLAGS_YAW_IN_EARTH_FRAME:
        if vehicle is None:
            return None
        attitude = Attitude(
            yaw_deg=compass_deg(attitude.yaw_deg - vehicle.attitude.yaw_deg),
            pitch_deg=attitude.pitch_deg,
            roll_deg=attitude.roll_deg,
        )
    return Turn(attitude=attitude, age_ms=age_ms)


def camera_in_vehicle(vehicle: Attitude, gimbal: Attitude) -> Attitude:
    """Return the camera's attitude in the airframe: what turns the leaning airframe's axes into the camera's."""
    lean = quaternion_from_attitude(yaw_deg=0.0, pitch_deg=vehicle.pitch_deg, roll_deg=vehicle.roll_deg)
    aim = quaternion_from_attitude(yaw_deg=gimbal.yaw_deg, pitch_deg=gimbal.pitch_deg, roll_deg=gimbal.roll_deg)
    return attitude_from_quaternion(Quaternion(lean.w, -lean.x, -lean.y, -lean.z).times(aim))
