"""What one DJI subtitle says, by dialect: the order of its coordinates, the datum of its height, its gimbal's angles.

    [latitude: 53.36] [longitude: 6.46] [rel_alt: 5.4 abs_alt: -124.7] [gb_yaw: -162.8 gb_pitch: 0.0 gb_roll: 0.0]
    HOME(149.0251,-20.2532) .. GPS(149.0251,-20.2533,16) BAROMETER:1.9        longitude first, the third is no height
    GPS(36.6146,-6.1120,0.0M) BAROMETER:0.3M                                  latitude first
    GPS(39.906217,116.391305,69.8) BAROMETER(91.2) HOME(39.906206,116.391400) latitude first
    F/2.8, .., GPS (-121.7458, 48.0771, 17), D 221.21m, H 200.70m, .., G.PRY (pitch, roll, yaw)   longitude first

`rel_alt`, `BAROMETER:` and `H` count from the take-off; `abs_alt` is off by a hundred metres and more and is not
read, and a lone `altitude` or `BAROMETER(..)` does not say from where it counts. Any other form is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from flightlink.attitude import Attitude, compass_deg, wrapped_deg
from flightlink.geodesy import M_PER_DEGREE
from flightlink.pose import PoseRefusal

_NUMBER: Final = r"([-+]?\d+(?:\.\d+)?)"
_LATITUDE: Final = re.compile(rf"\blatitude\s*:\s*{_NUMBER}\s*\]")
_LONGITUDE: Final = re.compile(rf"\blongt?itude\s*:\s*{_NUMBER}\s*\]")
_GPS: Final = re.compile(rf"\bGPS\s*\(\s*{_NUMBER}\s*,\s*{_NUMBER}\s*,\s*{_NUMBER}\s*(M?)\s*\)")
_HOME_FIRST: Final = re.compile(r"\bHOME\s*\([^)]*\).*\bGPS\s*\(", re.DOTALL)
_BAROMETER_COLON: Final = re.compile(rf"\b(?:BAROMETER|Hb)\s*:\s*{_NUMBER}")
_BAROMETER_BRACKET: Final = re.compile(r"\bBAROMETER\s*\(")
_CAMERA_LIST: Final = re.compile(r"\bF/\d.*\bGPS\s*\(.*\bD\s", re.DOTALL)
_ABOVE_HOME: Final = re.compile(rf"\bH\s+{_NUMBER}m")
_ABOVE_TAKE_OFF: Final = re.compile(rf"\brel_alt\s*:\s*{_NUMBER}")
_ANY_ALTITUDE: Final = re.compile(r"\b(?:altitude|BAROMETER|abs_alt)\b")
_GIMBAL: Final = tuple(re.compile(rf"\bgb_{name}\s*:\s*{_NUMBER}") for name in ("yaw", "pitch", "roll"))
_GIMBAL_PRY: Final = re.compile(rf"\bG\.PRY\s*\(\s*{_NUMBER}\D*?,\s*{_NUMBER}\D*?,\s*{_NUMBER}\D*?\)")
_MOST_HEIGHT_M: Final = 10_000.0
BEYOND_NADIR_DEG: Final = 120.0
"""A gimbal turns some degrees beyond straight down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SrtSample:
    """What one subtitle tells."""

    lat_deg: float
    lon_deg: float
    rounding_m: float
    """Half the last digit of the coordinates: 11 m and more in the oldest dialects."""
    alt_home_m: float
    """Above the take-off."""
    gimbal: Attitude | None
    """None in most dialects: they say nothing of the camera's attitude."""


def sample_from_text(text: str) -> SrtSample | PoseRefusal:
    """Return what a subtitle tells, or why it gives no place: no position, unknown order, no height, unknown datum."""
    position = _bracketed(text) or _listed(text)
    if isinstance(position, PoseRefusal):
        return position
    lat_text, lon_text = position
    lat_deg, lon_deg = float(lat_text), float(lon_text)
    if lat_deg == 0 and lon_deg == 0:
        return PoseRefusal(cause="no_position", detail="the subtitle's position is 0, 0: no satellite fix")
    if abs(lat_deg) > 90 or abs(lon_deg) > 180:
        return PoseRefusal(cause="no_position", detail=f"the subtitle tells {lat_deg}, {lon_deg}, not on Earth")
    height = _height(text)
    if isinstance(height, PoseRefusal):
        return height
    step_deg = max(_last_digit(lat_text), _last_digit(lon_text))
    return SrtSample(
        lat_deg=lat_deg, lon_deg=lon_deg, rounding_m=step_deg / 2 * M_PER_DEGREE, alt_home_m=height,
        gimbal=_gimbal(text),
    )  # fmt: skip


def _bracketed(text: str) -> tuple[str, str] | None:
    latitude, longitude = _LATITUDE.search(text), _LONGITUDE.search(text)
    return None if latitude is None or longitude is None else (latitude[1], longitude[1])


def _listed(text: str) -> tuple[str, str] | PoseRefusal:
    """Return latitude and longitude of `GPS(..)`, whose order is known from what stands about it, and only so."""
    found = _GPS.search(text)
    if found is None:
        return PoseRefusal(cause="no_position", detail="the subtitle tells no position")
    latitude_first = found[4] == "M" or _BAROMETER_BRACKET.search(text) is not None
    is_home_first = _HOME_FIRST.search(text) is not None and _BAROMETER_COLON.search(text) is not None
    longitude_first = is_home_first or _CAMERA_LIST.search(text) is not None
    if latitude_first == longitude_first:
        detail = "its GPS(..) does not show whether latitude or longitude comes first; no place is guessed"
        return PoseRefusal(cause="unknown_coordinate_order", detail=detail)
    return (found[1], found[2]) if latitude_first else (found[2], found[1])


def _height(text: str) -> float | PoseRefusal:
    found = _ABOVE_TAKE_OFF.search(text)
    if found is None and _BAROMETER_BRACKET.search(text) is None:
        found = _BAROMETER_COLON.search(text) or (_ABOVE_HOME.search(text) if _CAMERA_LIST.search(text) else None)
    if found is not None and abs(float(found[1])) < _MOST_HEIGHT_M:
        return float(found[1])
    if _ANY_ALTITUDE.search(text):
        detail = "its altitude does not say from where it counts (sea, ellipsoid or take-off)"
        return PoseRefusal(cause="unknown_height_datum", detail=detail)
    return PoseRefusal(cause="no_height", detail="the subtitle tells no height")


def _gimbal(text: str) -> Attitude | None:
    """Return the camera's attitude; angles that are none count as not told."""
    if "gb_" not in text and "G.PRY" not in text:
        return None
    named, pitch_first = [angle.search(text) for angle in _GIMBAL], _GIMBAL_PRY.search(text)
    if all(named):
        yaw_deg, pitch_deg, roll_deg = (float(found[1]) for found in named if found is not None)
    elif pitch_first is not None:
        pitch_deg, roll_deg, yaw_deg = (float(part) for part in pitch_first.groups())
    else:
        return None
    if not -BEYOND_NADIR_DEG <= pitch_deg <= 90 or abs(yaw_deg) > 360 or abs(roll_deg) > 180:
        return None
    if pitch_deg < -90:  # some tenths beyond nadir are usual: it looks back under the vehicle
        yaw_deg, pitch_deg, roll_deg = yaw_deg + 180, -180 - pitch_deg, roll_deg + 180
    return Attitude(yaw_deg=compass_deg(yaw_deg), pitch_deg=pitch_deg, roll_deg=wrapped_deg(roll_deg))


def _last_digit(text: str) -> float:
    return 10.0 ** -len(text.partition(".")[2])
