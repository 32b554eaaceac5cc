"""Values out of MAVLink messages: scaled integers and "unknown" marks end here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from flightlink.attitude import Quaternion, quaternion_from_radians
from flightlink.errors import PoseInvalidError
from flightlink.mavlink.messages import Message
from flightlink.pose import Intrinsics, PoseRefusal

INT32_UNKNOWN: Final = 2**31 - 1
UINT32_UNKNOWN: Final = 2**32 - 1
_FIX_3D: Final = 3
_MOST_GEOID_M: Final = 120.0
"""The geoid lies within -107 and 86 m of the ellipsoid everywhere."""
_ANISOTROPY: Final = 0.10
"""Pixels are square; a vertical field of view that says otherwise by more than this is not the picture's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionReading:
    """Where the vehicle is."""

    lat_deg: float
    lon_deg: float
    alt_home_m: float
    """Above the home position."""
    alt_amsl_m: float | None = None
    """Above mean sea level; None where the source tells only the height above home."""
    doubt_m: float = 0.0
    """To be added to the stated error: the place jumped not long ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeReading:
    """The home position, from which heights above home count."""

    lat_deg: float
    lon_deg: float
    alt_amsl_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FovReading:
    """Field of view of a camera."""

    hfov_deg: float
    vfov_deg: float | None


def position_from_message(message: Message) -> PositionReading | PoseRefusal:
    """Return what GLOBAL_POSITION_INT says, or that it says nothing."""
    parts = (message.lat, message.lon, message.relative_alt)
    if INT32_UNKNOWN in parts or (message.lat == 0 and message.lon == 0):
        return PoseRefusal(cause="no_position", detail="the vehicle has no position yet; wait for its satellite fix")
    lat_deg, lon_deg = message.lat / 1e7, message.lon / 1e7
    if abs(lat_deg) > 90 or abs(lon_deg) > 180:
        return PoseRefusal(cause="no_position", detail=f"the vehicle reports {lat_deg}, {lon_deg}, not on Earth")
    alt_amsl_m = None if message.alt == INT32_UNKNOWN else message.alt / 1000
    return PositionReading(
        lat_deg=lat_deg, lon_deg=lon_deg, alt_home_m=message.relative_alt / 1000, alt_amsl_m=alt_amsl_m
    )


def has_fix(message: Message) -> bool:
    """Return whether GPS_RAW_INT reports a three-dimensional fix."""
    return bool(message.fix_type >= _FIX_3D)


def horizontal_sigma_m(message: Message) -> float | None:
    """Return GPS_RAW_INT's own horizontal error, None where it states none (0 or all bits)."""
    return None if message.h_acc in (0, UINT32_UNKNOWN) else message.h_acc / 1000


def geoid_separation_m(message: Message) -> float | None:
    """Return the geoid's height above the ellipsoid, as GPS_RAW_INT has it: alt_ellipsoid minus alt.

    None without a fix, where a sender leaves the field empty or writes one height into both, and beyond any geoid.
    """
    separation_m = (message.alt_ellipsoid - message.alt) / 1000
    is_told = has_fix(message) and message.alt_ellipsoid not in (0, INT32_UNKNOWN) and message.alt != INT32_UNKNOWN
    return separation_m if is_told and 0 < abs(separation_m) <= _MOST_GEOID_M else None


def home_from_message(message: Message) -> HomeReading | None:
    """Return what HOME_POSITION says, None before it is set."""
    parts = (message.latitude, message.longitude, message.altitude)
    lat_deg, lon_deg, alt_amsl_m = message.latitude / 1e7, message.longitude / 1e7, message.altitude / 1000
    is_set = (message.latitude, message.longitude) != (0, 0) and INT32_UNKNOWN not in parts
    if not is_set or abs(lat_deg) > 90 or abs(lon_deg) > 180:
        return None
    return HomeReading(lat_deg=lat_deg, lon_deg=lon_deg, alt_amsl_m=alt_amsl_m)


def body_from_message(message: Message) -> Quaternion | None:
    """Return ned_from_body of ATTITUDE, None where it holds a NaN."""
    yaw, pitch, roll = message.yaw, message.pitch, message.roll
    if not math.isfinite(yaw + pitch + roll):
        return None
    return quaternion_from_radians(yaw, pitch, roll)


def fov_from_message(message: Message) -> FovReading | None:
    """Return CAMERA_FOV_STATUS's field of view, None where it is not real."""
    if not 0 < message.hfov < 180:
        return None
    return FovReading(hfov_deg=message.hfov, vfov_deg=message.vfov if 0 < message.vfov < 180 else None)


def intrinsics_from_information(message: Message) -> Intrinsics | None:
    """Return the pinhole of CAMERA_INFORMATION, None where its figures are not filled in, or are of no camera."""
    lengths = (message.focal_length, message.sensor_size_h, message.sensor_size_v)
    is_real = all(math.isfinite(length) and length > 0 for length in lengths)
    if not is_real or message.resolution_h < 1 or message.resolution_v < 1:
        return None
    return _centred(
        width_px=message.resolution_h,
        height_px=message.resolution_v,
        fx_px=message.focal_length / message.sensor_size_h * message.resolution_h,
    )


def intrinsics_from_fov(
    *, hfov_deg: float, width_px: int, height_px: int, vfov_deg: float | None = None
) -> Intrinsics | PoseRefusal:
    """Return the pinhole of a picture: fx = width / 2 / tan(hfov / 2), square pixels, centred axis.

    Args:
        hfov_deg: horizontal field of view, over the whole width.
        width_px: of the picture.
        height_px: of the picture.
        vfov_deg: where known, a check: square pixels must agree with it within 10 %.

    Returns:
        The intrinsics, or a refusal where the figures contradict each other or are of no camera.
    """
    fx_px = width_px / 2 / math.tan(math.radians(hfov_deg) / 2)
    if vfov_deg is not None:
        fy_px = height_px / 2 / math.tan(math.radians(vfov_deg) / 2)
        if abs(fy_px / fx_px - 1) > _ANISOTROPY:
            what = (
                f"field of view {hfov_deg:g} x {vfov_deg:g} deg does not fit a picture of {width_px} x {height_px} px"
            )
            return PoseRefusal(cause="no_intrinsics", detail=f"{what}; give a camera file")
    no_lens = f"field of view {hfov_deg:g} deg is of no lens; give a camera file"
    lens = _centred(width_px=width_px, height_px=height_px, fx_px=fx_px)
    return PoseRefusal(cause="no_intrinsics", detail=no_lens) if lens is None else lens


def _centred(*, width_px: int, height_px: int, fx_px: float) -> Intrinsics | None:
    """Return the pinhole; None where no camera is like that: a message may hold any figure."""
    cx_px, cy_px = (width_px - 1) / 2, (height_px - 1) / 2
    try:
        return Intrinsics(width_px=width_px, height_px=height_px, fx_px=fx_px, fy_px=fx_px, cx_px=cx_px, cy_px=cy_px)
    except PoseInvalidError:
        return None
