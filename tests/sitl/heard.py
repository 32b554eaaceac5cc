"""What a camera on a vehicle heard, for tests of its metadata."""

from __future__ import annotations

import math

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from flightlink.attitude import quaternion_from_attitude
from sitl.vehicle.believed import Believed, believed_from

UTC_US = 1_900_000_000_123_456


def believed(*, flags: int = 44, gimbal_yaw_deg: float = -20.0, hfov_deg: float = 62.0) -> Believed:
    """What a camera heard: 48.8566 N, 2.3522 E, 35 m up, nose at 300 degrees, camera 40 degrees down."""
    q = quaternion_from_attitude(yaw_deg=gimbal_yaw_deg, pitch_deg=-40.0, roll_deg=0.0)
    nan, unknown = math.nan, 2**31 - 1
    place = mavlink.MAVLink_global_position_int_message(9, 488_566_000, 23_522_000, 80_250, 35_000, 310, -20, 5, 30000)
    fov = (9, unknown, unknown, unknown, unknown, unknown, unknown, list(q), hfov_deg, 37.0)
    heard = {
        33: (place, 70),
        30: (mavlink.MAVLink_attitude_message(9, 0.05, -0.1, math.radians(-60), 0, 0, 0), 20),
        285: (mavlink.MAVLink_gimbal_device_attitude_status_message(0, 0, 9, flags, list(q), nan, nan, nan, 0), 30),
        271: (mavlink.MAVLink_camera_fov_status_message(*fov), 400),
    }
    return believed_from(heard, utc_us=UTC_US)
