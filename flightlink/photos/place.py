"""Where and how high the camera was, by the fields of each maker, and how well that is known.

Heights: `RelativeAltitude` counts from the take-off. `AbsoluteAltitude` is above mean sea level with DJI and Skydio,
and off by tens of metres with consumer receivers and barometers; with DJI's RTK it is above the ellipsoid and good.
Skydio and Parrot often tell no height above the take-off: then a height model has to say where the ground is. Parrot's
EXIF height is above mean sea level, of the ANAFI Ai above the ellipsoid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flightlink.errors import PhotoError
from flightlink.photos.tags import PhotoTags, number_from_value
from flightlink.pose import UNSTATED, HeightDatum

RTK_FIXED: Final = 50
"""DJI's `RtkFlag`: 0 no RTK, 16 single point, 32 to 34 float, 50 fixed."""
_RTK_WORST_M: Final = 0.5
"""An RTK error stated larger than this is no RTK fix."""
_RTK_LEAST_M: Final = 0.02
_GROUND_M: Final = 2.0
"""Ground that is not as high as the take-off, where nothing else is known."""
_LATITUDE: Final = (1, 2)
_LONGITUDE: Final = (3, 4)
_POSITIONING_ERROR: Final = 31
_BAROMETER_SHARE: Final = 0.02
"""A barometer's scale is off by some hundredths: a day warmer or colder by 6 degrees than the standard air is 2 %."""

_SATELLITE_M: Final = 6.0
"""Of a height by a consumer's satellite receiver."""
_EXIF_ALTITUDE, _BELOW_SEA = 6, 5

LATITUDES: Final = ("dji:GpsLatitude", "skydio:Latitude", "autel:GpsLatitude")
LONGITUDES: Final = ("dji:GpsLongitude", "dji:GpsLongtitude", "skydio:Longitude", "autel:GpsLongitude")
ABOVE_TAKE_OFF: Final = ("dji:RelativeAltitude", "autel:RelativeAltitude", "skydio:RelativeAltitude")
ABOVE_GROUND: Final = ("camera:AboveGroundAltitude",)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoPlace:
    """Where one photo was taken from."""

    lat_deg: float
    lon_deg: float
    alt_m: float
    height_datum: HeightDatum
    """Of `alt_m`: home means above the take-off, or above the ground where the maker tells that."""
    alt_hae_m: float | None
    """Above the ellipsoid, where an RTK receiver measured it; else None."""
    horizontal_sigma_m: float
    vertical_sigma_m: float
    """Of the height over the ground, which is taken as high as the take-off."""
    rtk: bool


def photo_place(tags: PhotoTags) -> PhotoPlace:
    """Return the place that a photo tells.

    Raises:
        PhotoError: with cause `no_position` or `no_height`.
    """
    lat_deg, lon_deg = _position(tags)
    rtk_m = _rtk_sigmas_m(tags)
    above_ground_m = tags.xmp_number(*ABOVE_GROUND)
    alt_home_m = tags.xmp_number(*ABOVE_TAKE_OFF)
    alt_home_m = above_ground_m if alt_home_m is None else alt_home_m
    found = _of_satellites(tags) if alt_home_m is None else (alt_home_m, HeightDatum.HOME)
    if found is None or not -500 < found[0] < 10_000:
        raise PhotoError(
            f"{tags.name}: does not say how high its camera was above the take-off; its height above the sea says "
            "nothing of the ground; give the pose as a JSON line",
            cause="no_height",
        )
    horizontal_m, vertical_m = _sigmas_m(tags, alt_home_m, rtk_m)
    return PhotoPlace(
        lat_deg=lat_deg, lon_deg=lon_deg, alt_m=found[0], height_datum=found[1], horizontal_sigma_m=horizontal_m,
        alt_hae_m=tags.xmp_number("dji:AbsoluteAltitude") if rtk_m else None,
        vertical_sigma_m=vertical_m, rtk=rtk_m is not None,
    )  # fmt: skip


def _of_satellites(tags: PhotoTags) -> tuple[float, HeightDatum] | None:
    """Return a height above the sea or the ellipsoid, of the makers whose datum is known."""
    above_sea_m = tags.xmp_number("skydio:AbsoluteAltitude")
    if above_sea_m is not None:
        return above_sea_m, HeightDatum.AMSL
    alt_m = number_from_value(tags.gps.get(_EXIF_ALTITUDE))
    if alt_m is None or alt_m == 0 or "parrot" not in tags.text(0x010F).lower():
        return None
    is_below = tags.gps.get(_BELOW_SEA) in (1, b"\x01")
    is_ai = "ai" in tags.text(0x0110).lower().split()
    return -alt_m if is_below else alt_m, HeightDatum.ELLIPSOID if is_ai else HeightDatum.AMSL


def _sigmas_m(tags: PhotoTags, alt_home_m: float | None, rtk_m: tuple[float, float] | None) -> tuple[float, float]:
    """Return the errors across and in height; a consumer's receiver is never taken for better than it usually is."""
    if rtk_m is not None:
        return rtk_m[0], (rtk_m[1] ** 2 + _GROUND_M**2) ** 0.5
    stated_m = number_from_value(tags.gps.get(_POSITIONING_ERROR)) or tags.xmp_number("camera:GPSXYAccuracy")
    horizontal_m = max(UNSTATED.horizontal_m, stated_m or 0.0)
    if alt_home_m is None:
        return horizontal_m, _SATELLITE_M
    return horizontal_m, UNSTATED.vertical_m + _BAROMETER_SHARE * abs(alt_home_m)


def _rtk_sigmas_m(tags: PhotoTags) -> tuple[float, float] | None:
    """Return the errors that DJI's RTK states across and in height; None without a fixed solution or without errors."""
    stated_m = [tags.xmp_number(f"dji:RtkStd{axis}") for axis in ("Lon", "Lat", "Hgt")]
    known_m = [number for number in stated_m if number is not None and 0 < number <= _RTK_WORST_M]
    if tags.xmp_number("dji:RtkFlag") != RTK_FIXED or len(known_m) < 3:
        return None
    return max(_RTK_LEAST_M, *known_m[:2]), max(_RTK_LEAST_M, known_m[2])


def _position(tags: PhotoTags) -> tuple[float, float]:
    lat_deg, lon_deg = tags.xmp_number(*LATITUDES), tags.xmp_number(*LONGITUDES)
    if lat_deg is None or lon_deg is None or (lat_deg == 0 and lon_deg == 0):
        lat_deg, lon_deg = _exif_degrees(tags.gps, *_LATITUDE, "NS"), _exif_degrees(tags.gps, *_LONGITUDE, "EW")
    if lat_deg is None or lon_deg is None or (lat_deg == 0 and lon_deg == 0):
        raise PhotoError(
            f"{tags.name}: does not say where it was taken (no satellite fix); without a place nothing is placed",
            cause="no_position",
        )
    if abs(lat_deg) > 90 or abs(lon_deg) > 180:
        raise PhotoError(f"{tags.name}: was taken at {lat_deg}, {lon_deg}, not on Earth", cause="no_position")
    return lat_deg, lon_deg


def _exif_degrees(gps: Mapping[int, Any], reference: int, value: int, signs: str) -> float | None:
    """Return degrees of EXIF's three rationals; None without the letter that says which side."""
    letter, parts = gps.get(reference), gps.get(value)
    letter = letter.strip("\0 ").upper() if isinstance(letter, str) else ""
    if len(letter) != 1 or letter not in signs or not isinstance(parts, tuple) or len(parts) != 3:
        return None
    numbers = [number_from_value(part) for part in parts]
    if any(number is None or number < 0 for number in numbers):
        return None
    degrees, minutes, seconds = (float(number or 0) for number in numbers)
    return (degrees + minutes / 60 + seconds / 3600) * (-1 if letter == signs[1] else 1)
