"""`LocalSet`: what one ST 0601 packet says of camera, ground and time; None where it says nothing. Pure.

A value of no bytes is unset, and so is the least signed integer, which ST 0601 reserves for "out of range". A field of
view, a slant range or a target width of 0 was never filled in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flightlink.klv.packets import Items

_LEAST_UTC_US: Final = 631_152_000_000_000
"""1990: an earlier time stamp was never set."""
_MOST_UTC_US: Final = 4_102_444_800_000_000
"""2100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How an integer becomes a number: linear from `low` to `high`; a signed one is symmetric about 0."""

    low: float
    high: float
    sizes: tuple[int, ...]
    """Bytes that the value may have."""

    def decoded(self, data: bytes) -> float | None:
        """Return the number, None for what is unset, reserved or of another length."""
        if len(data) not in self.sizes:
            return None
        steps = 1 << (8 * len(data))
        if self.low != -self.high:
            return self.low + int.from_bytes(data, "big") * ((self.high - self.low) / (steps - 1))
        whole = int.from_bytes(data, "big", signed=True)
        return None if whole == -(steps // 2) else whole * (2 * self.high / (steps - 2))


_HEIGHT: Final = Scale(low=-900, high=19_000, sizes=(2,))
SCALES: Final[Mapping[int, Scale]] = {
    5: Scale(low=0, high=360, sizes=(2,)),
    6: Scale(low=-20, high=20, sizes=(2,)),
    7: Scale(low=-50, high=50, sizes=(2,)),
    13: Scale(low=-90, high=90, sizes=(4,)),
    14: Scale(low=-180, high=180, sizes=(4,)),
    15: _HEIGHT,
    16: Scale(low=0, high=180, sizes=(2,)),
    17: Scale(low=0, high=180, sizes=(2,)),
    18: Scale(low=0, high=360, sizes=(4,)),
    19: Scale(low=-180, high=180, sizes=(4,)),
    20: Scale(low=0, high=360, sizes=(4,)),
    21: Scale(low=0, high=5_000_000, sizes=(4,)),
    22: Scale(low=0, high=10_000, sizes=(2,)),
    23: Scale(low=-90, high=90, sizes=(4,)),
    24: Scale(low=-180, high=180, sizes=(4,)),
    25: _HEIGHT,
    75: _HEIGHT,
    78: _HEIGHT,
    90: Scale(low=-90, high=90, sizes=(4,)),
    91: Scale(low=-90, high=90, sizes=(4,)),
}
"""Tag -> scale, of the tags that are read (ST 0601.8 and later; 104 is of another kind)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSet:
    """One packet's values."""

    utc_us: int | None
    """Tag 2."""
    heading_deg: float | None
    """Of the platform, from true north (5)."""
    pitch_deg: float | None
    """Of the platform (6, or 90 with the full range)."""
    roll_deg: float | None
    """Of the platform (7, or 91)."""
    lat_deg: float | None
    lon_deg: float | None
    alt_amsl_m: float | None
    """Of the sensor, over mean sea level (15)."""
    alt_hae_m: float | None
    """Of the sensor, over the WGS 84 ellipsoid (104, or 75)."""
    hfov_deg: float | None
    vfov_deg: float | None
    azimuth_deg: float | None
    """Of the sensor in the platform's frame, about its vertical axis (18); so are elevation and roll."""
    elevation_deg: float | None
    sensor_roll_deg: float | None
    slant_range_m: float | None
    centre_lat_deg: float | None
    """Where the middle of the picture meets the ground, by its maker (23 to 25, 78)."""
    centre_lon_deg: float | None
    centre_alt_amsl_m: float | None
    centre_alt_hae_m: float | None
    target_width_m: float | None


def local_set_from(items: Items) -> LocalSet:
    """Return what a packet says."""
    told = {tag: scale.decoded(items[tag]) for tag, scale in SCALES.items() if tag in items}
    extended_m = extended_height_m(items.get(104, b""))
    return LocalSet(
        utc_us=_utc_us(items.get(2, b"")),
        heading_deg=told.get(5),
        pitch_deg=_first(told.get(90), told.get(6)),
        roll_deg=_first(told.get(91), told.get(7)),
        lat_deg=told.get(13),
        lon_deg=told.get(14),
        alt_amsl_m=told.get(15),
        alt_hae_m=_first(extended_m, told.get(75)),
        hfov_deg=told.get(16) or None,
        vfov_deg=told.get(17) or None,
        azimuth_deg=told.get(18),
        elevation_deg=told.get(19),
        sensor_roll_deg=told.get(20),
        slant_range_m=told.get(21) or None,
        centre_lat_deg=told.get(23),
        centre_lon_deg=told.get(24),
        centre_alt_amsl_m=told.get(25),
        centre_alt_hae_m=told.get(78),
        target_width_m=told.get(22) or None,
    )


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _utc_us(data: bytes) -> int | None:
    utc_us = int.from_bytes(data, "big")
    return utc_us if len(data) == 8 and _LEAST_UTC_US <= utc_us < _MOST_UTC_US else None


def extended_height_m(data: bytes) -> float | None:
    """Return a height of tag 104: IMAPB(-900, 40000) of up to 8 bytes (MISB ST 1201), None for special values."""
    low, high = -900.0, 40_000.0
    if not 1 <= len(data) <= 8 or (data[0] & 0x80 and any((data[0] & 0x7F, *data[1:]))):
        return None
    forward = 2.0 ** (8 * len(data) - 1 - math.ceil(math.log2(high - low)))
    offset = forward * low - math.floor(forward * low)
    return (int.from_bytes(data, "big") - offset) / forward + low
