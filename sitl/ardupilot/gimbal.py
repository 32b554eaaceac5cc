"""The gimbal behind an autopilot's three outputs: what the pulses that reach it make of the camera. Pure.

The autopilot only reports what it asked for. The pulses are what the gimbal gets, clipped at their ends and in whole
microseconds. Two kinds:

- `level`: a brushless gimbal that levels itself (ArduPilot's MNT1_TYPE 7). Roll and pitch are the horizon's, pan is
  from the vehicle's heading. This is what camera drones carry, and the autopilot's report of it is right.
- `servo`: three plain servos that the autopilot moves against the airframe's lean (MNT1_TYPE 1). The camera's attitude
  is the airframe's, then pan, roll, tilt. Of this one ArduPilot 4.7-dev reports the angles of the joints as if they
  were the horizon's (flags 44): in level flight that is right, leaning by 30 degrees it is wrong by 30 degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from flightlink.attitude import Quaternion, attitude_from_quaternion, quaternion_from_attitude


class GimbalKind(StrEnum):
    """How a gimbal stays level."""

    LEVEL = "level"
    """By itself."""
    SERVO = "servo"
    """By what the autopilot tells its servos."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputAxis:
    """One output: its angle is proportional to the length of its pulse."""

    min_deg: float
    max_deg: float
    min_us: float = 1000.0
    max_us: float = 2000.0

    def angle_deg(self, pulse_us: float) -> float:
        """Return the angle for a pulse; beyond its ends the servo stands still."""
        share = (pulse_us - self.min_us) / (self.max_us - self.min_us)
        return self.min_deg + min(1.0, max(0.0, share)) * (self.max_deg - self.min_deg)


@dataclass(frozen=True, slots=True, kw_only=True)
class GimbalAngles:
    """Of the three axes, against the airframe or, of a gimbal that levels itself, against the horizon."""

    roll_deg: float
    tilt_deg: float
    """Negative below."""
    pan_deg: float
    """Clockwise from the nose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gimbal:
    """Three axes, from the airframe outward: pan, roll, tilt."""

    kind: GimbalKind = GimbalKind.LEVEL
    roll: OutputAxis = OutputAxis(min_deg=-30.0, max_deg=30.0)
    tilt: OutputAxis = OutputAxis(min_deg=-90.0, max_deg=20.0)
    pan: OutputAxis = OutputAxis(min_deg=-180.0, max_deg=180.0)

    def angles(self, *, roll_us: float, tilt_us: float, pan_us: float) -> GimbalAngles:
        """Return the angles of the axes for three pulses."""
        return GimbalAngles(
            roll_deg=self.roll.angle_deg(roll_us),
            tilt_deg=self.tilt.angle_deg(tilt_us),
            pan_deg=self.pan.angle_deg(pan_us),
        )

    def ned_from_camera(self, ned_from_body: Quaternion, angles: GimbalAngles) -> Quaternion:
        """Return the camera's attitude on Earth for the airframe's."""
        return ned_from_camera(_levelled(ned_from_body) if self.kind is GimbalKind.LEVEL else ned_from_body, angles)


def _levelled(ned_from_body: Quaternion) -> Quaternion:
    heading_deg = attitude_from_quaternion(ned_from_body).yaw_deg
    return quaternion_from_attitude(yaw_deg=heading_deg, pitch_deg=0.0, roll_deg=0.0)


def ned_from_camera(ned_from_base: Quaternion, angles: GimbalAngles) -> Quaternion:
    """Return the camera's attitude on Earth for that of the gimbal's base.

    With the pan straight ahead, roll and tilt that take away the base's own leave the picture exactly level.
    """
    pan = quaternion_from_attitude(yaw_deg=angles.pan_deg, pitch_deg=0.0, roll_deg=0.0)
    roll = quaternion_from_attitude(yaw_deg=0.0, pitch_deg=0.0, roll_deg=angles.roll_deg)
    tilt = quaternion_from_attitude(yaw_deg=0.0, pitch_deg=angles.tilt_deg, roll_deg=0.0)
    return ned_from_base.times(pan).times(roll).times(tilt)
