"""What a fault makes of one message: each kind of fault changes the fields it touches, and no other. In place."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from pymavlink.dialects.v20 import all as dialect

from flightlink.attitude import Quaternion, turned_about_down, wrapped_deg
from maps.geodesy import geodetic_from_enu
from sitl.world.faults import Fault, FaultKind

Change = Callable[[Any, Fault], None]

UNKNOWN: Final = 2**31 - 1
_MS: Final = 1000
_PLACES: Final = (("lat", "lon"), ("lat_camera", "lon_camera"))
_YAW_FRAMES: Final = dialect.GIMBAL_DEVICE_FLAGS_YAW_IN_VEHICLE_FRAME | dialect.GIMBAL_DEVICE_FLAGS_YAW_IN_EARTH_FRAME
_EMPTY_VOLTAGE: Final = 0.8
"""Of a pack's full voltage, when nothing is left in it."""


def shift_clock(message: Any, by_ms: int) -> None:
    """Shift all that a message says by the vehicle's clock; no stamp becomes negative."""
    if hasattr(message, "time_boot_ms"):
        message.time_boot_ms = max(0, message.time_boot_ms + by_ms) % 2**32
    if message.get_type() == "GPS_RAW_INT":
        message.time_usec = max(0, message.time_usec + by_ms * _MS)
    if message.get_type() == "TIMESYNC":
        field = "tc1" if message.tc1 else "ts1"
        setattr(message, field, max(1, getattr(message, field) + by_ms * 1_000_000))


def _jump_clock(message: Any, fault: Fault) -> None:
    shift_clock(message, round(fault.by_s * _MS))


def _glitch(message: Any, fault: Fault) -> None:
    east_m, north_m = np.array([fault.east_m]), np.array([fault.north_m])
    for lat_name, lon_name in _PLACES:
        lat, lon = getattr(message, lat_name, 0), getattr(message, lon_name, 0)
        if UNKNOWN not in (lat, lon) and (lat, lon) != (0, 0):
            moved = geodetic_from_enu(lat / 1e7, lon / 1e7, 0.0, east_m, north_m, 0.0)
            setattr(message, lat_name, round(float(moved[0][0]) * 1e7))
            setattr(message, lon_name, round(float(moved[1][0]) * 1e7))


def _fail_battery(message: Any, fault: Fault) -> None:
    if message.get_type() not in {"SYS_STATUS", "BATTERY_STATUS"} or getattr(message, "id", 0) != 0:
        return
    sag = _voltage_share(fault.percent) / _voltage_share(max(0, message.battery_remaining))
    message.battery_remaining = round(fault.percent)
    if message.get_type() == "SYS_STATUS":
        message.voltage_battery = round(message.voltage_battery * sag)
        return
    message.voltages = [round(message.voltages[0] * sag), *message.voltages[1:]]
    message.charge_state = dialect.MAV_BATTERY_CHARGE_STATE_CRITICAL


def _voltage_share(percent: float) -> float:
    return _EMPTY_VOLTAGE + (1 - _EMPTY_VOLTAGE) * percent / 100


def _swap_yaw_frame(message: Any, _: Fault) -> None:
    if message.get_type() == "GIMBAL_DEVICE_ATTITUDE_STATUS":
        message.flags ^= _YAW_FRAMES if message.flags & _YAW_FRAMES else dialect.GIMBAL_DEVICE_FLAGS_YAW_LOCK


def _second_uid(message: Any, _: Fault) -> None:
    if message.get_type() == "AUTOPILOT_VERSION":
        message.uid2 = [*message.uid2[:-1], message.uid2[-1] ^ 0x80]


def _turn_compass(message: Any, fault: Fault) -> None:
    match message.get_type():
        case "ATTITUDE":
            message.yaw = math.radians(wrapped_deg(math.degrees(message.yaw) + fault.by_deg))
        case "GLOBAL_POSITION_INT":
            message.hdg = round(message.hdg + 100 * fault.by_deg) % 36000
        case "GIMBAL_DEVICE_ATTITUDE_STATUS" if _is_from_north(message.flags):
            message.q = list(turned_about_down(Quaternion(*message.q), yaw_deg=fault.by_deg))
        case "CAMERA_FOV_STATUS":
            message.q = list(turned_about_down(Quaternion(*message.q), yaw_deg=fault.by_deg))


def _is_from_north(flags: int) -> bool:
    lock, earth = dialect.GIMBAL_DEVICE_FLAGS_YAW_LOCK, dialect.GIMBAL_DEVICE_FLAGS_YAW_IN_EARTH_FRAME
    return bool(flags & earth) or (not flags & _YAW_FRAMES and bool(flags & lock))


def _stretch_height(message: Any, fault: Fault) -> None:
    if message.get_type() == "GLOBAL_POSITION_INT":
        told_mm = round(message.relative_alt * fault.factor)
        message.alt += told_mm - message.relative_alt
        message.relative_alt = told_mm


def _forget_values(message: Any, _: Fault) -> None:
    match message.get_type():
        case "GLOBAL_POSITION_INT":
            message.lat = message.lon = message.alt = message.relative_alt = UNKNOWN
        case "ATTITUDE":
            message.roll = message.pitch = message.yaw = math.nan
        case "GIMBAL_DEVICE_ATTITUDE_STATUS" | "CAMERA_FOV_STATUS":
            message.q = [math.nan] * 4


CHANGES: Final[Mapping[FaultKind, Change]] = {
    FaultKind.GPS_GLITCH: _glitch,
    FaultKind.CLOCK_JUMP: _jump_clock,
    FaultKind.BATTERY_FAILURE: _fail_battery,
    FaultKind.YAW_FLAGS: _swap_yaw_frame,
    FaultKind.SECOND_VEHICLE: _second_uid,
    FaultKind.TWIN: _glitch,
    FaultKind.COMPASS: _turn_compass,
    FaultKind.HEIGHT: _stretch_height,
    FaultKind.UNKNOWN_VALUES: _forget_values,
}
EVERY_OTHER: Final[Mapping[FaultKind, int]] = {
    FaultKind.SECOND_VEHICLE: dialect.MAVLINK_MSG_ID_AUTOPILOT_VERSION,
    FaultKind.TWIN: dialect.MAVLINK_MSG_ID_GLOBAL_POSITION_INT,
}
"""Faults that befall every other message of one id, and no other message."""
