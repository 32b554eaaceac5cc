"""What a vehicle says of itself at one instant, as MAVLink messages. Pure: values in, messages out.

The traps of real autopilots are there on purpose: the gimbal's yaw is relative to the vehicle (flags 44), its rates
are NaN, GPS time is 0 before the first fix, the camera knows no image point without terrain.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from flightlink.attitude import quaternion_from_attitude, wrapped_deg
from maps.geodesy import geodetic_from_enu
from sitl.route import FlightInstant
from sitl.world import CameraPlan, Home

FIRST_FIX_S: Final = 1.5
"""After boot; until then there is no place and no GPS time."""
UNKNOWN: Final = 2**31 - 1
GIMBAL_FLAGS: Final = 44
"""Roll lock + pitch lock + yaw in the vehicle frame, as ArduPilot's servo mount says."""
VIDEO_FLAGS: Final = mavlink.CAMERA_CAP_FLAGS_HAS_VIDEO_STREAM | mavlink.CAMERA_CAP_FLAGS_CAPTURE_VIDEO
FIRMWARE: Final = (4 << 24) | (7 << 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that the messages of one instant are made of."""

    system_id: int
    home: Home
    camera: CameraPlan
    flight: FlightInstant
    boot_ns: int
    """Since the vehicle booted."""
    utc_us: int

    @property
    def has_fix(self) -> bool:
        """Say whether the receiver knows place and time."""
        return self.boot_ns >= FIRST_FIX_S * 1e9

    @property
    def boot_ms(self) -> int:
        """Milliseconds since boot, as a MAVLink counter that wraps."""
        return self.boot_ns // 1_000_000 % 2**32

    @property
    def lat_lon_e7(self) -> tuple[int, int]:
        """WGS 84 degrees, times ten million."""
        f, home = self.flight, self.home
        east, north, up = (np.array([part]) for part in (f.east_m, f.north_m, f.up_m))
        lat, lon = geodetic_from_enu(home.lat_deg, home.lon_deg, home.alt_amsl_m, east, north, up)
        return round(float(lat[0]) * 1e7), round(float(lon[0]) * 1e7)

    @property
    def alt_amsl_mm(self) -> int:
        """Height above mean sea level."""
        return round((self.home.alt_amsl_m + self.flight.up_m) * 1000)

    @property
    def battery_percent(self) -> int:
        """A battery that lasts 25 minutes, and then is changed."""
        return 98 - int(self.boot_ns / 1e9 / 16) % 90


def heartbeat(_: Report) -> Any:
    """Return the autopilot's presence: armed, flying by itself."""
    mode = mavlink.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED | mavlink.MAV_MODE_FLAG_SAFETY_ARMED
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
    """Return GPS time, 0 before the first fix."""
    return mavlink.MAVLink_system_time_message(report.utc_us if report.has_fix else 0, report.boot_ms)


def gimbal_device_attitude_status(report: Report) -> Any:
    """Return the gimbal: level roll and pitch, yaw relative to the vehicle, rates unknown."""
    f = report.flight
    q = quaternion_from_attitude(yaw_deg=f.camera_yaw_deg - f.yaw_deg, pitch_deg=f.camera_pitch_deg, roll_deg=0.0)
    unknown = math.nan
    return mavlink.MAVLink_gimbal_device_attitude_status_message(
        0, 0, report.boot_ms, GIMBAL_FLAGS, list(q), unknown, unknown, unknown, 0
    )


def home_position(report: Report) -> Any:
    """Return home."""
    home = report.home
    place = (round(home.lat_deg * 1e7), round(home.lon_deg * 1e7), round(home.alt_amsl_m * 1000))
    return mavlink.MAVLink_home_position_message(*place, 0.0, 0.0, 0.0, [1.0, 0.0, 0.0, 0.0], 0.0, 0.0, 0.0)


def sys_status(report: Report) -> Any:
    """Return the state of the vehicle's parts."""
    sensors = mavlink.MAV_SYS_STATUS_SENSOR_GPS | mavlink.MAV_SYS_STATUS_SENSOR_3D_GYRO
    millivolts = 14_000 + 26 * report.battery_percent
    return mavlink.MAVLink_sys_status_message(
        sensors, sensors, sensors, 180, millivolts, 1400, report.battery_percent, 0, 0, 0, 0, 0, 0
    )


def battery_status(report: Report) -> Any:
    """Return the battery; only its first cell's slot holds the whole pack's voltage."""
    millivolts = [14_000 + 26 * report.battery_percent] + [2**16 - 1] * 9
    return mavlink.MAVLink_battery_status_message(0, 0, 3, 3000, millivolts, 1400, -1, -1, report.battery_percent)


def autopilot_version(report: Report) -> Any:
    """Return the firmware and the vehicle's own `uid2`; `uid` is 0, as in ArduPilot's simulator."""
    uid2 = [*b"built-in vehicle", 0, report.system_id]
    capabilities = mavlink.MAV_PROTOCOL_CAPABILITY_MAVLINK2
    return mavlink.MAVLink_autopilot_version_message(
        capabilities, FIRMWARE, 0, 0, 0, [0] * 8, [0] * 8, [0] * 8, 0, 0, 0, uid2
    )


def camera_fov_status(report: Report) -> Any:
    """Return field of view and attitude in the earth frame; no image point, for there is no terrain."""
    f = report.flight
    lat, lon, alt = (*report.lat_lon_e7, report.alt_amsl_mm) if report.has_fix else (UNKNOWN, UNKNOWN, UNKNOWN)
    q = quaternion_from_attitude(yaw_deg=f.camera_yaw_deg, pitch_deg=f.camera_pitch_deg, roll_deg=0.0)
    point = (UNKNOWN, UNKNOWN, UNKNOWN)
    fov = (report.camera.hfov_deg, report.camera.vfov_deg)
    return mavlink.MAVLink_camera_fov_status_message(report.boot_ms, lat, lon, alt, *point, list(q), *fov)


def camera_information(report: Report) -> Any:
    """Return the camera: names and lens unknown, as most autopilots say."""
    size = (report.camera.intrinsics.width_px, report.camera.intrinsics.height_px)
    return mavlink.MAVLink_camera_information_message(
        report.boot_ms, [0] * 32, [0] * 32, 0, 0.0, 0.0, 0.0, *size, 0, VIDEO_FLAGS, 0, b""
    )


MESSAGES: Final[Mapping[int, Callable[[Report], Any]]] = {
    mavlink.MAVLINK_MSG_ID_HEARTBEAT: heartbeat,
    mavlink.MAVLINK_MSG_ID_SYS_STATUS: sys_status,
    mavlink.MAVLINK_MSG_ID_SYSTEM_TIME: system_time,
    mavlink.MAVLINK_MSG_ID_GPS_RAW_INT: gps_raw_int,
    mavlink.MAVLINK_MSG_ID_ATTITUDE: attitude,
    mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: global_position_int,
    mavlink.MAVLINK_MSG_ID_BATTERY_STATUS: battery_status,
    mavlink.MAVLINK_MSG_ID_AUTOPILOT_VERSION: autopilot_version,
    mavlink.MAVLINK_MSG_ID_HOME_POSITION: home_position,
    mavlink.MAVLINK_MSG_ID_CAMERA_INFORMATION: camera_information,
    mavlink.MAVLINK_MSG_ID_CAMERA_FOV_STATUS: camera_fov_status,
    mavlink.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS: gimbal_device_attitude_status,
}
"""Message id -> its maker; what is not here is refused."""
