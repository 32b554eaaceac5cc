"""The camera poses of an ArduPilot on-board log: POS, ATT, MNT and GPS; names of fields as of ArduPilot 3.2 to 4.6."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Final

from flightlink.attitude import quaternion_from_attitude
from flightlink.camera_file import CameraFile
from flightlink.errors import TelemetryError
from flightlink.recorded.autopilot.dataflash import HEAD, DataFlash, Fields
from flightlink.recorded.autopilot.samples import Readings, Stamped, flight_from_readings
from flightlink.recorded.flight import FlightPoses
from flightlink.vehicle.gimbal import GimbalReading, YawFrame
from flightlink.vehicle.readings import HomeReading, PositionReading

MOST_BYTES: Final = 2 * 1024**3
_GPS_EPOCH_S: Final = 315_964_800
"""1980-01-06 in Unix seconds."""
_WEEK_S: Final = 604_800
_LEAPS: Final = ((1_483_228_800, 18), (1_435_708_800, 17), (1_341_100_800, 16), (1_230_768_000, 15), (0, 14))
"""From which UTC satellite time runs ahead by how many seconds (IERS Bulletin C)."""
_FIX_3D: Final = 3
_EARLIEST_WEEK: Final = 1400
_LOOKS: Final = HEAD + b"\x80"
_HOME: Final = 1
"""ORGN `Type`: 0 the estimator's origin, 1 home."""


def looks_like_dataflash(beginning: bytes) -> bool:
    """Say whether a file begins with the description of a message, as every DataFlash log does."""
    return _LOOKS in beginning[:4096]


def poses_from_dataflash(path: Path, camera: CameraFile | None) -> FlightPoses:
    """Return the poses of an ArduPilot log (.bin): by its gimbal's own word, or of a camera fixed to the airframe.

    Raises:
        TelemetryError: the file cannot be read, or holds no position, attitude or satellite time.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise TelemetryError(f"{path}: is larger than 2 GB; cut the log to the flight")
        log = DataFlash(path.read_bytes())
    except OSError as cause:
        raise TelemetryError(f"{path}: cannot be read ({cause.strerror or cause}); check the path") from cause
    readings = Readings()
    for name, fields in log.messages(frozenset(_TAKERS)):
        boot_us = _boot_us(fields)
        if boot_us is not None:
            _TAKERS[name](readings, boot_us, fields)
    return flight_from_readings(path, readings, camera, truncated=log.bad_bytes > 0)


def _boot_us(fields: Fields) -> int | None:
    """Return the time since boot; logs before ArduPilot 3.2 have none in microseconds."""
    boot_us = fields.get("TimeUS")
    return int(boot_us) if boot_us is not None and 0 <= boot_us < 2**53 else None


def _take_attitude(readings: Readings, boot_us: int, fields: Fields) -> None:
    angles = [fields.get(name, math.nan) for name in ("Yaw", "Pitch", "Roll")]
    if all(math.isfinite(angle) for angle in angles) and abs(angles[1]) <= 90:
        attitude = quaternion_from_attitude(yaw_deg=angles[0], pitch_deg=angles[1], roll_deg=angles[2])
        readings.bodies.append(Stamped(boot_us, attitude))


def _take_position(readings: Readings, boot_us: int, fields: Fields) -> None:
    lat_deg, lon_deg, alt_home_m = (fields.get(name, math.nan) for name in ("Lat", "Lng", "RelHomeAlt"))
    if (lat_deg, lon_deg) == (0, 0) or not (abs(lat_deg) <= 90 and abs(lon_deg) <= 180 and abs(alt_home_m) < 1e5):
        return
    place = PositionReading(lat_deg=lat_deg, lon_deg=lon_deg, alt_home_m=alt_home_m)
    readings.places.append(Stamped(boot_us, place))


def _take_mount(readings: Readings, boot_us: int, fields: Fields) -> None:
    """Take a gimbal's angles: roll and pitch of the horizon, yaw of the Earth, or of the vehicle's heading."""
    if fields.get("I", 0) != 0:
        return
    roll_deg, pitch_deg = fields.get("Roll", math.nan), fields.get("Pitch", math.nan)
    of_earth, of_vehicle = fields.get("YawE", math.nan), fields.get("YawB", math.nan)
    frame = YawFrame.EARTH if math.isfinite(of_earth) else YawFrame.VEHICLE
    yaw_deg = of_earth if frame is YawFrame.EARTH else of_vehicle
    if all(math.isfinite(angle) for angle in (roll_deg, pitch_deg, yaw_deg)):
        attitude = quaternion_from_attitude(yaw_deg=yaw_deg, pitch_deg=pitch_deg, roll_deg=roll_deg)
        readings.gimbals.append(Stamped(boot_us, GimbalReading(attitude=attitude, frame=frame, delta_yaw_deg=None)))


def _take_fix(readings: Readings, boot_us: int, fields: Fields) -> None:
    week, of_week_ms = fields.get("GWk", 0), fields.get("GMS", -1)
    if fields.get("I", 0) != 0 or fields.get("Status", 0) < _FIX_3D:
        return
    if week >= _EARLIEST_WEEK and 0 <= of_week_ms < _WEEK_S * 1000:
        gps_s = _GPS_EPOCH_S + week * _WEEK_S + of_week_ms / 1000
        leap_s = next(leap_s for since_s, leap_s in _LEAPS if gps_s - leap_s >= since_s)
        readings.utc_of_boot_us.append(round((gps_s - leap_s) * 1e6) - boot_us)


def _take_accuracy(readings: Readings, _boot_us: int, fields: Fields) -> None:
    stated_m = fields.get("HAcc", 0.0)
    if 0 < stated_m < 100:
        readings.horizontal_sigma_m = max(readings.horizontal_sigma_m, stated_m)


def _take_origin(readings: Readings, _boot_us: int, fields: Fields) -> None:
    lat_deg, lon_deg, alt_m = (fields.get(name, math.nan) for name in ("Lat", "Lng", "Alt"))
    is_place = abs(lat_deg) <= 90 and abs(lon_deg) <= 180 and (lat_deg, lon_deg) != (0, 0) and math.isfinite(alt_m)
    if is_place and fields.get("Type") == _HOME:
        readings.home = HomeReading(lat_deg=lat_deg, lon_deg=lon_deg, alt_amsl_m=alt_m)


_TAKERS: Final[dict[str, Callable[[Readings, int, Fields], None]]] = {
    "ATT": _take_attitude,
    "POS": _take_position,
    "MNT": _take_mount,
    "GPS": _take_fix,
    "GPA": _take_accuracy,
    "ORGN": _take_origin,
}
