"""Does a gimbal report the angles of its joints although its flags say that they are the horizon's? Pure.

ArduPilot's servo mount has no encoders: it reports what it asked of its servos, relative to the airframe, under flags
that claim roll and pitch of the horizon. In level flight both are the same; in a lean of 20 degrees the report is off
by 20. Two readings of one report can be told apart: such a mount keeps the picture level, so that of joints gives a
level picture and that of the horizon a tilted one; a gimbal that truly reports the horizon's angles does the reverse.

The flags stay in force all the same: a pose says what the vehicle says, and its sigma holds the lean.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace
from typing import Final

from flightlink.attitude import Quaternion, attitude_from_quaternion
from flightlink.vehicle.gimbal import GimbalReading, YawFrame

LEVEL_FLAGS: Final = 4 | 8
"""Roll lock and pitch lock: both of the horizon (MAVLink common, GIMBAL_DEVICE_FLAGS)."""
_MOST: Final = 6
LEAN_DEG: Final = 2.0
"""Below this lean of the airframe both readings are alike."""
_LEVEL_COSINE: Final = math.cos(math.radians(LEAN_DEG))
KEPT: Final = 60
"""Reports in a lean that are remembered: six seconds at 10 Hz."""
LEAST: Final = 20
TILTED_DEG: Final = 1.5
"""One reading tilts the picture by so much in the mean,"""
LEVEL_SHARE: Final = 0.35
"""and the other by no more than this part of it."""


class JointWatch:
    """Weighs both readings of a gimbal's reports; asked once a report, in their order."""

    def __init__(self) -> None:
        self._tilts: deque[tuple[float, float]] = deque(maxlen=KEPT)
        self.tells_joints = False
        """Whether the reports are of the joints; stays as it was while the airframe is level."""

    def note(self, told: Quaternion, ned_from_body: Quaternion) -> None:
        """Take a report in the levelled vehicle frame, and the airframe's attitude at about the same instant."""
        # the airframe's own axis leans by the angle whose cosine this is
        if 1 - 2 * (ned_from_body.x**2 + ned_from_body.y**2) > _LEVEL_COSINE:
            return
        tilts = _tilt_deg(told), _tilt_deg(camera_from_joints(told, ned_from_body))
        self._tilts.append(tilts)
        if len(self._tilts) >= LEAST:
            self._weigh()

    def _weigh(self) -> None:
        as_horizon_deg, as_joints_deg = (sum(each) / len(self._tilts) for each in zip(*self._tilts, strict=True))
        if as_horizon_deg >= TILTED_DEG and as_joints_deg <= LEVEL_SHARE * as_horizon_deg:
            self.tells_joints = True
        elif as_joints_deg >= TILTED_DEG and as_horizon_deg <= LEVEL_SHARE * as_joints_deg:
            self.tells_joints = False


def camera_from_joints(told: Quaternion, ned_from_body: Quaternion) -> Quaternion:
    """Return ned_from_camera of a mount whose report holds the angles of its joints: pan, then roll, then tilt."""
    angles = attitude_from_quaternion(told)
    half_roll, half_tilt = math.radians(angles.roll_deg) / 2, math.radians(angles.pitch_deg) / 2
    half_pan = math.radians(angles.yaw_deg) / 2
    pan = Quaternion(math.cos(half_pan), 0.0, 0.0, math.sin(half_pan))
    roll = Quaternion(math.cos(half_roll), math.sin(half_roll), 0.0, 0.0)
    tilt = Quaternion(math.cos(half_tilt), 0.0, math.sin(half_tilt), 0.0)
    return ned_from_body.times(pan).times(roll).times(tilt)


class JointWatches:
    """A watch for each gimbal of a vehicle; bounded, one too many is believed."""

    def __init__(self) -> None:
        self._watches: dict[tuple[int, int], JointWatch] = {}

    def read(
        self, key: tuple[int, int], flags: int, reading: GimbalReading, ned_from_body: Quaternion | None
    ) -> GimbalReading:
        """Return a gimbal's reading, marked where it has been found to tell the angles of its joints.

        Args:
            key: component and device id of the gimbal.
            flags: of the report; only one that claims roll and pitch of the horizon is doubted.
            reading: as the flags have it.
            ned_from_body: the airframe's newest attitude.
        """
        claims_level = flags & LEVEL_FLAGS == LEVEL_FLAGS and reading.frame is YawFrame.VEHICLE
        if ned_from_body is None or not claims_level or (key not in self._watches and len(self._watches) >= _MOST):
            return reading
        watch = self._watches.setdefault(key, JointWatch())
        watch.note(reading.attitude, ned_from_body)
        return replace(reading, is_of_joints=watch.tells_joints)


def _tilt_deg(q: Quaternion) -> float:
    """Return by how much the picture's right side lies below or above its left."""
    down = 2 * (q.y * q.z + q.w * q.x)
    return abs(math.degrees(math.asin(max(-1.0, min(1.0, down)))))
