"""A frame's telemetry as H.264 SEI `user data unregistered`: AP_CameraGimbal's schema `apcg.telemetry.v1`. Pure."""

from __future__ import annotations

import json
import math
from typing import Any, Final
from uuid import UUID

from flightlink.attitude import wrapped_deg
from sitl.vehicle.believed import Believed, Place, Turn
from sitl.video.nal import SEI, escaped

TELEMETRY_UUID: Final = UUID("8d646b4e-556f-4a90-8b7c-35e629510321")
SCHEMA: Final = "apcg.telemetry.v1"
USER_DATA_UNREGISTERED: Final = 5
STOP_BIT: Final = b"\x80"


def sei_from(believed: Believed, *, pts90k: int) -> bytes:
    """Return the NAL unit of one frame; `pts90k` is its time stamp in ticks of 90 kHz, as its transport carries it."""
    text = json.dumps(telemetry(believed, pts90k=pts90k), separators=(",", ":"), allow_nan=False)
    return unregistered_sei(TELEMETRY_UUID, text.encode())


def unregistered_sei(uuid: UUID, user_data: bytes) -> bytes:
    """Return a NAL unit that holds one message of user data (ITU-T H.264, 7.3.2.3 and D.1.7)."""
    payload = uuid.bytes + user_data
    head = bytes([USER_DATA_UNREGISTERED]) + b"\xff" * (len(payload) // 255) + bytes([len(payload) % 255])
    return bytes([SEI]) + escaped(head + payload + STOP_BIT)


def telemetry(believed: Believed, *, pts90k: int) -> dict[str, Any]:
    """Return the record of one frame: angles in radians, altitude AMSL; what is unknown is None."""
    place, vehicle = believed.place, believed.vehicle
    return {
        "schema": SCHEMA,
        "pts90k": pts90k % 2**32,
        "utc_us": believed.utc_us,
        "position": None if place is None else _position(place),
        "velocity": None if place is None else _velocity(place),
        "vehicle_attitude": None if vehicle is None else _attitude(vehicle),
        "gimbal_attitude": None if believed.gimbal is None else _attitude(believed.gimbal),
        "heading_rad": None if vehicle is None else round(math.radians(vehicle.attitude.yaw_deg), 6),
        "zoom": None,
        "hfov_deg": None if believed.hfov_deg is None else round(believed.hfov_deg, 4),
    }


def _position(place: Place) -> dict[str, Any]:
    return {
        "lat_e7": place.lat_e7,
        "lon_e7": place.lon_e7,
        "alt_amsl_m": round(place.alt_amsl_m, 3),
        "alt_relative_m": round(place.alt_home_m, 3),
        "age_ms": place.age_ms,
    }


def _velocity(place: Place) -> dict[str, Any]:
    return {
        "vn_m_s": round(place.velocity_north_m_s, 3),
        "ve_m_s": round(place.velocity_east_m_s, 3),
        "vd_m_s": round(place.velocity_down_m_s, 3),
        "age_ms": place.age_ms,
    }


def _attitude(turn: Turn) -> dict[str, Any]:
    angles = turn.attitude
    named = {"roll_rad": angles.roll_deg, "pitch_rad": angles.pitch_deg, "yaw_rad": wrapped_deg(angles.yaw_deg)}
    return {**{name: round(math.radians(angle), 6) for name, angle in named.items()}, "age_ms": turn.age_ms}
