"""What an adopted vehicle sends, for an ear that listens."""

import math
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as dialect

from flightlink.attitude import quaternion_from_attitude
from groundstation.preflight.heard import Ear
from tests.flightlink.packets import NAN, VEHICLE_FRAME

MS = 1_000_000


def hear(
    ear: Ear,
    *,
    until_utc_ns: int,
    mute: tuple[str, ...] = (),
    gimbal: dict[str, Any] | None = None,
    system_id: int = 1,
    seconds: int = 10,
) -> None:
    """Let the ear hear ten seconds at the rates that the station asks for; `mute` leaves kinds out."""
    unknown = 2**31 - 1
    for ms in range(0, seconds * 1000, 50):
        messages: dict[str, Any] = {"attitude": dialect.MAVLink_attitude_message(ms, 0, 0, 0, 0, 0, 0)}
        if ms % 100 == 0:
            messages["position"] = dialect.MAVLink_global_position_int_message(ms, 1, 1, 0, 0, 0, 0, 0, 0)
            messages["gimbal"] = gimbal_message(ms, **(gimbal or {}))
        if ms % 500 == 0:
            messages["gps"] = dialect.MAVLink_gps_raw_int_message(0, 3, 0, 0, 0, 0, 0, 0, 0, 10)
            messages["fov"] = dialect.MAVLink_camera_fov_status_message(
                ms, *[unknown] * 6, [1.0, 0.0, 0.0, 0.0], 65.2, 51.3
            )
        if ms % 1000 == 0:
            messages["time"] = dialect.MAVLink_system_time_message(1, ms)
            messages["home"] = dialect.MAVLink_home_position_message(
                488570000, 23520000, 35000, 0, 0, 0, [1.0, 0.0, 0.0, 0.0], 0, 0, 0
            )
        for kind, message in messages.items():
            if kind not in mute:
                ear.take(system_id, 1, message, until_utc_ns - (seconds * 1000 - ms) * MS + MS)


def gimbal_message(
    ms: int,
    *,
    flags: int = VEHICLE_FRAME,
    failure_flags: int = 0,
    delta_yaw: float = NAN,
    turning_deg_per_s: float = 0.0,
    rate_deg_per_s: float = 0.0,
) -> Any:
    """Return a gimbal's attitude while it turns at one rate and reports another."""
    q = quaternion_from_attitude(yaw_deg=turning_deg_per_s * ms / 1000, pitch_deg=-45, roll_deg=0)
    return dialect.MAVLink_gimbal_device_attitude_status_message(
        0, 0, ms, flags, list(q), 0.0, 0.0, math.radians(rate_deg_per_s), failure_flags, delta_yaw
    )
