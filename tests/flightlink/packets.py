"""Golden packets: what one vehicle would send, packed by pymavlink."""

import math
from dataclasses import dataclass, field
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as dialect

from flightlink.attitude import Quaternion, quaternion_from_attitude

NAN = float("nan")
VEHICLE_FRAME = 4 | 8 | 32
EARTH_FRAME = 4 | 8 | 64


@dataclass(kw_only=True)
class FakeVehicle:
    """Packs messages with its own sequence numbers; the time since boot is an argument."""

    system_id: int = 1
    component_id: int = 1
    lat_deg: float = 48.85
    lon_deg: float = 2.35
    alt_home_m: float = 50.0
    yaw_deg: float = 90.0
    mavlink: Any = field(init=False)

    def __post_init__(self) -> None:
        self.mavlink = dialect.MAVLink(None, srcSystem=self.system_id, srcComponent=self.component_id)

    def packed(self, message: Any, *, version_1: bool = False) -> bytes:
        raw = bytes(message.pack(self.mavlink, force_mavlink1=version_1))
        self.mavlink.seq = (self.mavlink.seq + 1) % 256
        return raw

    def heartbeat(self, *, autopilot: int = 3, kind: int = 2, armed: bool = True) -> bytes:
        base_mode = 81 | (128 if armed else 0)
        return self.packed(dialect.MAVLink_heartbeat_message(kind, autopilot, base_mode, 4, 4, 3))

    def attitude(
        self, boot_ms: int, *, yaw_deg: float | None = None, pitch_deg: float = 0, roll_deg: float = 0
    ) -> bytes:
        yaw = math.radians(self.yaw_deg if yaw_deg is None else yaw_deg)
        angles = (math.radians(roll_deg), math.radians(pitch_deg), yaw)
        return self.packed(dialect.MAVLink_attitude_message(boot_ms, *angles, 0, 0, 0))

    def position(self, boot_ms: int, *, lat: int | None = None, lon: int | None = None) -> bytes:
        lat = round(self.lat_deg * 1e7) if lat is None else lat
        lon = round(self.lon_deg * 1e7) if lon is None else lon
        height_mm = round(self.alt_home_m * 1000)
        return self.packed(
            dialect.MAVLink_global_position_int_message(boot_ms, lat, lon, 100_000 + height_mm, height_mm, 0, 0, 0, 0)
        )

    def gimbal(
        self,
        boot_ms: int,
        *,
        yaw_deg: float = 0,
        pitch_deg: float = -45,
        flags: int = VEHICLE_FRAME,
        delta_yaw: float = NAN,
        failure_flags: int = 0,
        q: Quaternion | None = None,
    ) -> bytes:
        q = q or quaternion_from_attitude(yaw_deg=yaw_deg, pitch_deg=pitch_deg, roll_deg=0)
        return self.packed(
            dialect.MAVLink_gimbal_device_attitude_status_message(
                0, 0, boot_ms, flags, list(q), NAN, NAN, NAN, failure_flags, delta_yaw
            )
        )

    def mount_status(self, *, pitch_deg: float, yaw_deg: float) -> bytes:
        return self.packed(dialect.MAVLink_mount_status_message(0, 0, round(pitch_deg * 100), 0, round(yaw_deg * 100)))

    def gps(self, *, fix_type: int = 3, h_acc_mm: int = 0) -> bytes:
        return self.packed(dialect.MAVLink_gps_raw_int_message(0, fix_type, 0, 0, 0, 0, 0, 0, 0, 10, 0, h_acc_mm))

    def fov(self, boot_ms: int, *, hfov: float, vfov: float) -> bytes:
        unknown = 2**31 - 1
        return self.packed(
            dialect.MAVLink_camera_fov_status_message(boot_ms, *[unknown] * 6, [1.0, 0.0, 0.0, 0.0], hfov, vfov)
        )

    def camera_information(self, *, focal_mm: float, sensor_mm: tuple[float, float], size: tuple[int, int]) -> bytes:
        return self.packed(
            dialect.MAVLink_camera_information_message(
                0, [0] * 32, [0] * 32, 0, focal_mm, *sensor_mm, *size, 0, 0, 0, b""
            )
        )

    def version(self, uid2: bytes) -> bytes:
        return self.packed(
            dialect.MAVLink_autopilot_version_message(0, 0, 0, 0, 0, [0] * 8, [0] * 8, [0] * 8, 0, 0, 0, list(uid2))
        )

    def battery(self, percent: int) -> bytes:
        return self.packed(dialect.MAVLink_sys_status_message(0, 0, 0, 0, 12000, 0, percent, 0, 0, 0, 0, 0, 0))

    def second_battery(self, percent: int) -> bytes:
        voltages = [65535] * 10
        return self.packed(dialect.MAVLink_battery_status_message(1, 0, 0, 0, voltages, 0, 0, 0, percent))

    def system_time(self, unix_us: int, boot_ms: int) -> bytes:
        return self.packed(dialect.MAVLink_system_time_message(unix_us, boot_ms))

    def timesync(self, *, tc1: int, ts1: int) -> bytes:
        return self.packed(dialect.MAVLink_timesync_message(tc1, ts1))

    def moment(self, boot_ms: int) -> list[bytes]:
        """Everything that a pose needs, at one instant."""
        return [self.attitude(boot_ms), self.position(boot_ms), self.gimbal(boot_ms)]
