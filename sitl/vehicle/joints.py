"""The joints of a servo mount that keeps its camera level: what ArduPilot reports of one. Pure."""

from __future__ import annotations

import math

from flightlink.attitude import Quaternion, quaternion_from_attitude
from sitl.world.route import FlightInstant


def joints_report(flight: FlightInstant) -> Quaternion:
    """Return a report that holds the joints' angles (pan, tilt, roll) as if they were yaw, pitch and roll.

    The camera's attitude is the airframe's, then pan, roll and tilt; they are read from the rotation between the two.
    """
    body = quaternion_from_attitude(yaw_deg=flight.yaw_deg, pitch_deg=flight.pitch_deg, roll_deg=flight.roll_deg)
    camera = quaternion_from_attitude(
        yaw_deg=flight.camera_yaw_deg, pitch_deg=flight.camera_pitch_deg, roll_deg=flight.camera_roll_deg
    )
    w, x, y, z = Quaternion(body.w, -body.x, -body.y, -body.z).times(camera)
    pan = math.atan2(-2 * (x * y - w * z), 1 - 2 * (x * x + z * z))
    tilt = math.atan2(-2 * (x * z - w * y), 1 - 2 * (x * x + y * y))
    roll = math.asin(max(-1.0, min(1.0, 2 * (y * z + w * x))))
    pan_deg, tilt_deg, roll_deg = (math.degrees(angle) for angle in (pan, tilt, roll))
    return quaternion_from_attitude(yaw_deg=pan_deg, pitch_deg=max(-90.0, min(90.0, tilt_deg)), roll_deg=roll_deg)
