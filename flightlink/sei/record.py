"""`SeiRecord`: what one frame's `apcg.telemetry.v1` says (AP_CameraGimbal's documentation of its video metadata). Pure.

Angles are radians, heights metres, ages milliseconds before the frame. The gimbal's roll and pitch are the horizon's,
its yaw counts from the vehicle's heading. What is not known is null.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from flightlink.attitude import Quaternion, quaternion_from_attitude

TELEMETRY_UUID: Final = bytes.fromhex("8d646b4e556f4a908b7c35e629510321")
"""Identifies the payloads of this schema, for as long as it has its number."""
SCHEMA: Final = "apcg.telemetry.v1"
MOST_BYTES: Final = 4096
"""Of one record; ordinary ones have some 600."""

_UTC_US: Final = (631_152_000_000_000, 4_102_444_800_000_000)
"""1990 to 2100: any other time was never set."""
_MOST_AGE_MS: Final = 10_000.0
_MOST_ALT_M: Final = 100_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeiPlace:
    """Where the vehicle is."""

    lat_deg: float
    lon_deg: float
    alt_amsl_m: float
    alt_home_m: float | None
    age_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SeiTurn:
    """An attitude: of the vehicle against the ground, or of the gimbal against the vehicle's heading."""

    attitude: Quaternion
    age_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SeiRecord:
    """One frame's record; None where it says nothing."""

    utc_us: int
    """Capture, by the camera's clock."""
    place: SeiPlace | None
    vehicle: SeiTurn | None
    gimbal: SeiTurn | None
    hfov_deg: float | None


class SeiReader:
    """Reads the payloads of `user data unregistered`, and counts the records that are damaged."""

    def __init__(self) -> None:
        self.sound = 0
        self.damaged = 0

    def record(self, payload: bytes) -> SeiRecord | None:
        """Return the record behind the identifier; None for another's payload or a damaged record."""
        if payload[:16] != TELEMETRY_UUID:
            return None
        found = record_from_text(payload[16:])
        self.sound += found is not None
        self.damaged += found is None
        return found


def payloads_in(data: bytes) -> Iterator[bytes]:
    """Yield what may be a record, wherever its identifier stands in the bytes of a video.

    A record is ASCII and has no two zeros in a row, so no container and no emulation prevention changes its bytes.
    """
    at = data.find(TELEMETRY_UUID)
    while at >= 0:
        yield TELEMETRY_UUID + _object_at(data[at + 16 : at + 16 + MOST_BYTES])
        at = data.find(TELEMETRY_UUID, at + 16)


def _object_at(data: bytes) -> bytes:
    """Return the JSON object that some bytes begin with, or nothing."""
    try:
        _, end = json.JSONDecoder().raw_decode(data.decode("latin-1"))
    except (ValueError, RecursionError):
        return b""
    return data[:end]


def record_from_text(text: bytes) -> SeiRecord | None:
    """Return the record that some JSON says, None where it is no such record or not sound."""
    if len(text) > MOST_BYTES:
        return None
    try:
        told = json.loads(text.rstrip(b"\0"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or told.get("schema") != SCHEMA:
        return None
    utc_us = told.get("utc_us")
    if type(utc_us) is not int or not _UTC_US[0] <= utc_us < _UTC_US[1]:
        return None
    return SeiRecord(
        utc_us=utc_us,
        place=_place(told.get("position")),
        vehicle=_turn(told.get("vehicle_attitude")),
        gimbal=_turn(told.get("gimbal_attitude")),
        hfov_deg=_number(told, "hfov_deg", most=175.0) or None,
    )


def _number(part: dict[str, Any], name: str, *, most: float) -> float | None:
    """Return a field as a finite number within bounds; booleans, texts and what lies beyond are none."""
    value = part.get(name)
    if type(value) not in (int, float) or value is None or not abs(value) <= most:
        return None
    return float(value)


def _place(part: object) -> SeiPlace | None:
    if not isinstance(part, dict):
        return None
    lat_e7, lon_e7 = _number(part, "lat_e7", most=90e7), _number(part, "lon_e7", most=180e7)
    alt_amsl_m, age_ms = _number(part, "alt_amsl_m", most=_MOST_ALT_M), _age_ms(part)
    if lat_e7 is None or lon_e7 is None or alt_amsl_m is None or age_ms is None or (lat_e7 == 0 and lon_e7 == 0):
        return None
    alt_home_m = _number(part, "alt_relative_m", most=_MOST_ALT_M)
    return SeiPlace(
        lat_deg=lat_e7 / 1e7, lon_deg=lon_e7 / 1e7, alt_amsl_m=alt_amsl_m, alt_home_m=alt_home_m, age_ms=age_ms
    )


def _turn(part: object) -> SeiTurn | None:
    if not isinstance(part, dict):
        return None
    angles = [_number(part, f"{name}_rad", most=4 * math.pi) for name in ("yaw", "pitch", "roll")]
    age_ms = _age_ms(part)
    yaw, pitch, roll = (None if angle is None else math.degrees(angle) for angle in angles)
    if yaw is None or pitch is None or roll is None or age_ms is None:
        return None
    return SeiTurn(attitude=quaternion_from_attitude(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll), age_ms=age_ms)


def _age_ms(part: dict[str, Any]) -> float | None:
    age_ms = _number(part, "age_ms", most=_MOST_AGE_MS)
    return None if age_ms is None or age_ms < 0 else age_ms
