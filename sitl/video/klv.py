"""A frame's telemetry as a MISB ST 0601 local set (key, length, value), to travel beside the video in MPEG-TS. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from flightlink.attitude import compass_deg
from maps.geodesy import geodetic_from_enu
from sitl.vehicle.believed import Believed, Place, Turn, camera_in_vehicle

UAS_LOCAL_SET: Final = bytes.fromhex("060e2b34020b01010e01030101000000")
"""SMPTE universal key of the UAS datalink local set."""
CHECKSUM: Final = 1
UTC_US: Final = 2
VERSION: Final = 65
VERSION_NUMBER: Final = 16
HORIZON_DEG: Final = -2.0
"""A camera that looks higher than this is given no slant range: the ground it sees is too far to be believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How a number becomes an integer: linear from `low` to `high`; a signed one is symmetric about 0.

    The least signed integer is never written: ST 0601 reserves it for "out of range".
    """

    low: float
    high: float
    size: int
    """Bytes."""

    @property
    def signed(self) -> bool:
        """Say whether the integer is signed."""
        return self.low == -self.high

    def encoded(self, value: float) -> bytes:
        """Return the integer's bytes, big-endian.

        Raises:
            ValueError: the value is not finite or outside the scale.
        """
        if not self.low <= value <= self.high:
            raise ValueError(f"{value} is outside {self.low:g} to {self.high:g}")
        steps = 256.0**self.size
        if self.signed:
            return round(value / self.high * (steps / 2 - 1)).to_bytes(self.size, "big", signed=True)
        return round((value - self.low) / (self.high - self.low) * (steps - 1)).to_bytes(self.size, "big")


SCALES: Final[Mapping[int, Scale]] = {
    5: Scale(low=0, high=360, size=2),  # platform heading
    6: Scale(low=-20, high=20, size=2),  # platform pitch
    7: Scale(low=-50, high=50, size=2),  # platform roll
    13: Scale(low=-90, high=90, size=4),  # sensor latitude
    14: Scale(low=-180, high=180, size=4),  # sensor longitude
    15: Scale(low=-900, high=19_000, size=2),  # sensor altitude, mean sea level
    16: Scale(low=0, high=180, size=2),  # horizontal field of view
    17: Scale(low=0, high=180, size=2),  # vertical field of view
    18: Scale(low=0, high=360, size=4),  # sensor azimuth in the airframe
    19: Scale(low=-180, high=180, size=4),  # sensor elevation in the airframe
    20: Scale(low=0, high=360, size=4),  # sensor roll in the airframe
    21: Scale(low=0, high=5_000_000, size=4),  # slant range
    23: Scale(low=-90, high=90, size=4),  # frame centre latitude
    24: Scale(low=-180, high=180, size=4),  # frame centre longitude
    25: Scale(low=-900, high=19_000, size=2),  # frame centre elevation, mean sea level
    90: Scale(low=-90, high=90, size=4),  # platform pitch, full range
    91: Scale(low=-90, high=90, size=4),  # platform roll, full range
}
"""Tag -> scale, of the tags that are written."""


def packet_from(believed: Believed) -> bytes:
    """Return one frame's packet: key, length, time stamp first, then all that is known, checksum last."""
    items = [_item(UTC_US, believed.utc_us.to_bytes(8, "big"))]
    for tag, value in sorted(values_of(believed).items()):
        if SCALES[tag].low <= value <= SCALES[tag].high:  # what no scale holds is left out, never bent
            items.append(_item(tag, SCALES[tag].encoded(value)))
    items.append(_item(VERSION, bytes([VERSION_NUMBER])))
    body = b"".join(items)
    head = UAS_LOCAL_SET + _ber_length(len(body) + 4) + body + bytes([CHECKSUM, 2])
    return head + checksum(head).to_bytes(2, "big")


def checksum(data: bytes) -> int:
    """Return the sum of all 16-bit words, an odd last byte as a high one, modulo 65536 (ST 0601, tag 1)."""
    return (sum(data[0::2]) * 256 + sum(data[1::2])) % 65536


def values_of(believed: Believed) -> dict[int, float]:
    """Return tag -> value in degrees and metres of all that is known."""
    values = _fields_of_view(believed)
    if believed.vehicle is not None:
        values |= _platform(believed.vehicle)
    if believed.place is not None:
        values |= _sensor_place(believed.place)
    if believed.vehicle is not None and believed.gimbal is not None:
        values |= _sensor_aim(believed.vehicle, believed.gimbal)
        if believed.place is not None:
            values |= _frame_centre(believed.place, believed.vehicle, believed.gimbal)
    return values


def _item(tag: int, value: bytes) -> bytes:
    return bytes([tag]) + _ber_length(len(value)) + value


def _ber_length(length: int) -> bytes:
    if length < 128:
        return bytes([length])
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits


def _fields_of_view(believed: Believed) -> dict[int, float]:
    return {tag: fov for tag, fov in ((16, believed.hfov_deg), (17, believed.vfov_deg)) if fov is not None}


def _platform(vehicle: Turn) -> dict[int, float]:
    """Return heading, pitch and roll; the wide tags where the narrow ones do not reach."""
    angles = vehicle.attitude
    pitch, roll = angles.pitch_deg, angles.roll_deg
    return {5: angles.yaw_deg, (6 if abs(pitch) <= 20 else 90): pitch, (7 if abs(roll) <= 50 else 91): roll}


def _sensor_place(place: Place) -> dict[int, float]:
    return {13: place.lat_e7 / 1e7, 14: place.lon_e7 / 1e7, 15: place.alt_amsl_m}


def _sensor_aim(vehicle: Turn, gimbal: Turn) -> dict[int, float]:
    aim = camera_in_vehicle(vehicle.attitude, gimbal.attitude)
    return {18: aim.yaw_deg, 19: aim.pitch_deg, 20: compass_deg(aim.roll_deg)}


def _frame_centre(place: Place, vehicle: Turn, gimbal: Turn) -> dict[int, float]:
    """Return slant range and frame centre on level ground at home's height, the only ground a vehicle knows."""
    pitch_deg = gimbal.attitude.pitch_deg
    if pitch_deg > HORIZON_DEG or place.alt_home_m <= 0:
        return {}
    yaw = math.radians(vehicle.attitude.yaw_deg + gimbal.attitude.yaw_deg)
    along_m = place.alt_home_m / math.tan(math.radians(-pitch_deg))
    east_m, north_m = np.array([along_m * math.sin(yaw)]), np.array([along_m * math.cos(yaw)])
    here = (place.lat_e7 / 1e7, place.lon_e7 / 1e7, place.alt_amsl_m)
    lat_deg, lon_deg = geodetic_from_enu(*here, east_m, north_m, -place.alt_home_m)
    return {
        21: place.alt_home_m / math.sin(math.radians(-pitch_deg)),
        23: float(lat_deg[0]),
        24: float(lon_deg[0]),
        25: place.alt_amsl_m - place.alt_home_m,
    }
