"""The camera poses of a PX4 log (ULog), by pyulog; topics and names of fields as of PX4 1.4 to 1.15."""

from __future__ import annotations

import contextlib
import io
import math
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pyulog import ULog
from pyulog.exceptions import ULogException

from flightlink.attitude import Quaternion, unit_quaternion
from flightlink.camera_file import CameraFile
from flightlink.errors import PoseInvalidError, TelemetryError
from flightlink.geodesy import M_PER_DEGREE
from flightlink.pose import PoseRefusal
from flightlink.recorded.autopilot.samples import Readings, Stamped, flight_from_readings
from flightlink.recorded.flight import FlightPoses
from flightlink.vehicle.gimbal import GimbalReading, yaw_frame_from_flags
from flightlink.vehicle.readings import HomeReading, PositionReading

HEADER: Final = b"ULog\x01\x12\x35"
MOST_BYTES: Final = 2 * 1024**3
_FIX_3D: Final = 3
_EARLIEST_UTC_US: Final = 946_684_800_000_000
_GIMBAL_FAILED: Final = 8 | 64 | 128 | 256
_WORST_EPH_M: Final = 100.0
_TOPICS: Final = (
    "vehicle_attitude", "vehicle_global_position", "vehicle_local_position", "home_position", "vehicle_gps_position",
    "sensor_gps", "gimbal_device_attitude_status",
)  # fmt: skip
_DAMAGE: Final = (
    ULogException, TypeError, ValueError, LookupError, AttributeError, ArithmeticError, struct.error, MemoryError,
    EOFError,
)  # fmt: skip
"""What pyulog raises, itself and by what it meets, in logs that are damaged or newer than it."""
Row = Mapping[str, float]


def looks_like_ulog(beginning: bytes) -> bool:
    """Say whether a file begins as a ULog."""
    return beginning.startswith(HEADER)


def poses_from_ulog(path: Path, camera: CameraFile | None) -> FlightPoses:
    """Return the poses of a PX4 log: by its gimbal's own word, or of a camera fixed to the airframe.

    Raises:
        TelemetryError: the file cannot be read, or holds no position, attitude or satellite time.
    """
    log = _opened(path)
    topics = {name: list(_rows(log, name)) for name in _TOPICS}
    readings = Readings(home=_home(topics["home_position"]))
    readings.bodies = [Stamped(stamp_us, body) for stamp_us, row in topics["vehicle_attitude"] if (body := _body(row))]
    readings.places = list(_places(topics, readings))
    readings.gimbals = list(_gimbals(topics["gimbal_device_attitude_status"]))
    for stamp_us, row in [*topics["vehicle_gps_position"], *topics["sensor_gps"]]:
        if row.get("fix_type", 0) >= _FIX_3D and row.get("time_utc_usec", 0) > _EARLIEST_UTC_US:
            readings.utc_of_boot_us.append(int(row["time_utc_usec"]) - stamp_us)
    return flight_from_readings(path, readings, camera, truncated=bool(log.file_corruption))


def _opened(path: Path) -> Any:
    """Return the log; pyulog's prints about damage go nowhere, the answer says `truncated`."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise TelemetryError(f"{path}: is larger than 2 GB; cut the log to the flight")
        with path.open("rb") as file, contextlib.redirect_stdout(io.StringIO()):
            return ULog(file, message_name_filter_list=list(_TOPICS))
    except OSError as cause:
        raise TelemetryError(f"{path}: cannot be read ({cause.strerror or cause}); check the path") from cause
    except _DAMAGE as cause:
        raise TelemetryError(f"{path}: begins as a PX4 log, but is damaged at its head; copy it again") from cause


def _rows(log: Any, name: str) -> Iterator[tuple[int, Row]]:
    """Yield time since boot and fields of the first instance of a topic."""
    found = [data for data in log.data_list if data.name == name]
    if not found:
        return
    columns = {field: values.tolist() for field, values in min(found, key=lambda data: data.multi_id).data.items()}
    stamps_us = columns.pop("timestamp", [])
    for number, stamp_us in enumerate(stamps_us):
        yield int(stamp_us), {field: values[number] for field, values in columns.items() if number < len(values)}


def _body(row: Row) -> Quaternion | None:
    """Return ned_from_body, None for a quaternion that is none."""
    try:
        return unit_quaternion(*(row.get(f"q[{part}]", math.nan) for part in range(4)))
    except PoseInvalidError:
        return None


def _home(rows: list[tuple[int, Row]]) -> HomeReading | None:
    """Return the last valid home position."""
    for _, row in reversed(rows):
        lat_deg, lon_deg, alt_m = (row.get(name, math.nan) for name in ("lat", "lon", "alt"))
        is_valid = row.get("valid_alt", 1) and row.get("valid_hpos", 1)
        if is_valid and _is_place(lat_deg, lon_deg) and math.isfinite(alt_m):
            return HomeReading(lat_deg=lat_deg, lon_deg=lon_deg, alt_amsl_m=alt_m)
    return None


def _places(topics: Mapping[str, list[tuple[int, Row]]], readings: Readings) -> Iterator[Stamped[PositionReading]]:
    """Yield places above home: the fused global position with home's height, else the local one about its origin."""
    home = readings.home
    if topics["vehicle_global_position"] and home is not None:
        rows = topics["vehicle_global_position"]
        found = [(stamp_us, _global_place(row, home)) for stamp_us, row in rows]
    else:
        found = [(stamp_us, _local_place(row)) for stamp_us, row in topics["vehicle_local_position"]]
        if not any(place for _, place in found) and topics["vehicle_global_position"]:
            detail = "the log holds positions, but neither a home position nor a local one: heights have no zero"
            readings.place_refusal = PoseRefusal(cause="no_height", detail=detail)
    yield from (Stamped(stamp_us, place) for stamp_us, place in found if place is not None)


def _global_place(row: Row, home: HomeReading) -> PositionReading | None:
    lat_deg, lon_deg, alt_m = (row.get(name, math.nan) for name in ("lat", "lon", "alt"))
    if not _is_place(lat_deg, lon_deg) or not math.isfinite(alt_m):
        return None
    return PositionReading(lat_deg=lat_deg, lon_deg=lon_deg, alt_home_m=alt_m - home.alt_amsl_m, doubt_m=_doubt_m(row))


def _local_place(row: Row) -> PositionReading | None:
    """Return the place of a local position; its origin is where the estimator began, on the ground before take-off."""
    x_m, y_m, z_m, lat_deg, lon_deg = (row.get(name, math.nan) for name in ("x", "y", "z", "ref_lat", "ref_lon"))
    is_valid = all(row.get(flag, 0) for flag in ("xy_valid", "z_valid", "xy_global"))
    if not is_valid or not _is_place(lat_deg, lon_deg) or not all(map(math.isfinite, (x_m, y_m, z_m))):
        return None
    shrink = max(math.cos(math.radians(lat_deg)), 1e-3)
    lat_deg, lon_deg = lat_deg + x_m / M_PER_DEGREE, lon_deg + y_m / (M_PER_DEGREE * shrink)
    lon_deg = (lon_deg + 180.0) % 360.0 - 180.0
    return PositionReading(lat_deg=lat_deg, lon_deg=lon_deg, alt_home_m=-z_m, doubt_m=_doubt_m(row))


def _doubt_m(row: Row) -> float:
    """Return what to add to the usual error where the estimator states a large one, or flies by dead reckoning."""
    eph_m = row.get("eph", 0.0)
    stated_m = eph_m if 0 <= eph_m < math.inf else _WORST_EPH_M
    return min(stated_m, _WORST_EPH_M) if stated_m > 3 or row.get("dead_reckoning", 0) else 0.0


def _gimbals(rows: list[tuple[int, Row]]) -> Iterator[Stamped[GimbalReading]]:
    """Yield what the gimbal says of itself, by the rules of MAVLink's message 285, which the topic repeats."""
    for stamp_us, row in rows:
        frame = yaw_frame_from_flags(int(row.get("device_flags", 0)))
        attitude = _body(row)
        if attitude is None or isinstance(frame, PoseRefusal) or int(row.get("failure_flags", 0)) & _GIMBAL_FAILED:
            continue
        yield Stamped(stamp_us, GimbalReading(attitude=attitude, frame=frame, delta_yaw_deg=None))


def _is_place(lat_deg: float, lon_deg: float) -> bool:
    return abs(lat_deg) <= 90 and abs(lon_deg) <= 180 and (lat_deg, lon_deg) != (0, 0)
