"""What a vehicle says of itself at one instant, as MAVLink messages. Pure: values in, messages out.

The traps of real autopilots are there on purpose: the gimbal's yaw is relative to the vehicle (flags 44), its rates
are NaN, GPS time is 0 before the first fix, the camera knows no image point without terrain.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from flightlink.attitude import wrapped_deg
from sitl.vehicle.camera_messages import CAMERA_MESSAGES
from sitl.vehicle.gimbal_messages import GIMBAL_MESSAGES
from sitl.vehicle.report import HOVER_A, Report

__all__ = ["AUTOPILOT_MESSAGES", "MESSAGES", "Report"]

FIRMWARE: Final = (4 << 24) | (7 << 16)
FULL_V: Final = 16.8
EMPTY_V: Final = 13.2
"""Of a pack of four cells."""


def heartbeat(_: Report) -> Any:
    """Return the autopilot's presence: armed, flying by itself, and simulated, as it must say of itself."""
    mode = mavlink.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED | mavlink.MAV_MODE_FLAG_SAFETY_ARMED
    mode |= mavlink.MAV_MODE_FLAG_HIL_ENABLED
    kind, pilot = mavlink.MAV_TYPE_QUADROTOR, mavlink.MAV_AUTOPILOT_ARDUPILOTMEGA
    return mavlink.MAVLink_heartbeat_message(kind, pilot, mode, 3, mavlink.MAV_STATE_ACTIVE, 3)


def attitude(report: Report) -> Any:
    """Return the airframe's attitude."""
    f = report.flight
    angles = [math.radians(wrapped_deg(angle)) for angle in (f.roll_deg, f.pitch_deg, f.yaw_deg)]
    return mavlink.MAVLink_attitude_message(report.boot_ms, *angles, 0.0, 0.0, math.radians(f.yaw_rate_deg_s))


def global_position_int(report: Report) -> Any:
    """Return the place; 0, 0 before the first fix, as autopilots do."""
    f = report.flight
    lat, lon = report.lat_lon_e7 if report.has_fix else (0, 0)
    speeds = [round(100 * part) for part in (f.velocity_north_m_s, f.velocity_east_m_s, -f.velocity_up_m_s)]
    heading = round(f.yaw_deg * 100) % 36000
    return mavlink.MAVLink_global_position_int_message(
        report.boot_ms, lat, lon, report.alt_amsl_mm, round(f.up_m * 1000), *speeds, heading
    )


def gps_raw_int(report: Report) -> Any:
    """Return the receiver's fix; its ellipsoid height is unknown (0)."""
    f = report.flight
    course = round(math.degrees(math.atan2(f.velocity_east_m_s, f.velocity_north_m_s)) % 360 * 100) % 36000
    speed = round(100 * math.hypot(f.velocity_east_m_s, f.velocity_north_m_s))
    fix, (lat, lon) = (6, report.lat_lon_e7) if report.has_fix else (1, (0, 0))
    return mavlink.MAVLink_gps_raw_int_message(
        report.boot_ns // 1000, fix, lat, lon, report.alt_amsl_mm, 80, 120, speed, course, 14
    )


def system_time(report: Report) -> Any:
    """Return GPS time, a little late as the profile has it, 0 before the first fix."""
    by_gps_us = report.utc_us - round(1e6 * report.profile.gps_behind_s)
    return mavlink.MAVLink_system_time_message(by_gps_us if report.has_fix else 0, report.boot_ms)


def home_position(report: Report) -> Any:
    """Return home."""
    home = report.home
    place = (round(home.lat_deg * 1e7), round(home.lon_deg * 1e7), round(home.alt_amsl_m * 1000))
    return mavlink.MAVLink_home_position_message(*place, 0.0, 0.0, 0.0, [1.0, 0.0, 0.0, 0.0], 0.0, 0.0, 0.0)


def sys_status(report: Report) -> Any:
    """Return the state of the vehicle's parts."""
    sensors = mavlink.MAV_SYS_STATUS_SENSOR_GPS | mavlink.MAV_SYS_STATUS_SENSOR_3D_GYRO
    millivolts, centiamperes = _millivolts(report), round(100 * HOVER_A)
    return mavlink.MAVLink_sys_status_message(
        sensors, sensors, sensors, 180, millivolts, centiamperes, _percent(report), 0, 0, 0, 0, 0, 0
    )


def battery_status(report: Report) -> Any:
    """Return the battery as it drains; only its first cell's slot holds the whole pack's voltage."""
    millivolts = [_millivolts(report)] + [2**16 - 1] * 9
    used_hj = round(report.used_mah * 3.6 * (FULL_V + EMPTY_V) / 2 / 100)
    left_s = round(report.battery_share * report.profile.battery_lasts_s)
    centiamperes, lithium = round(100 * HOVER_A), mavlink.MAV_BATTERY_TYPE_LIPO
    return mavlink.MAVLink_battery_status_message(
        0, 0, lithium, 3000, millivolts, centiamperes, round(report.used_mah), used_hj, _percent(report), left_s, 1
    )


def _percent(report: Report) -> int:
    return round(100 * report.battery_share)


def _millivolts(report: Report) -> int:
    return round(1000 * (EMPTY_V + (FULL_V - EMPTY_V) * report.battery_share))


def autopilot_version(report: Report) -> Any:
    """Return the firmware and the vehicle's own `uid2`; `uid` is 0, as in ArduPilot's simulator."""
    uid2 = [*b"built-in vehicle", 0, report.system_id]
    capabilities = mavlink.MAV_PROTOCOL_CAPABILITY_MAVLINK2
    return mavlink.MAVLink_autopilot_version_message(
        capabilities, FIRMWARE, 0, 0, 0, [0] * 8, [0] * 8, [0] * 8, 0, 0, 0, uid2
    )


AUTOPILOT_MESSAGES: Final[Mapping[int, Callable[[Report], Any]]] = {
    mavlink.MAVLINK_MSG_ID_HEARTBEAT: heartbeat,
    mavlink.MAVLINK_MSG_ID_SYS_STATUS: sys_status,
    mavlink.MAVLINK_MSG_ID_SYSTEM_TIME: system_time,
    mavlink.MAVLINK_MSG_ID_GPS_RAW_INT: gps_raw_int,
    mavlink.MAVLINK_MSG_ID_ATTITUDE: attitude,
    mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: global_position_int,
    mavlink.MAVLINK_MSG_ID_BATTERY_STATUS: battery_status,
    mavlink.MAVLINK_MSG_ID_AUTOPILOT_VERSION: autopilot_version,
    mavlink.MAVLINK_MSG_ID_HOME_POSITION: home_position,
    **GIMBAL_MESSAGES,
}
"""Message id -> its maker, of the autopilot without a camera."""
MESSAGES: Final[Mapping[int, Callable[[Report], Any]]] = {**AUTOPILOT_MESSAGES, **CAMERA_MESSAGES}
"""The same with a camera; what is not here is refused."""
