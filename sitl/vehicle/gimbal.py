"""The built-in vehicle's gimbal: what it is told to look at, and how it gets there at a finite rate.

No integration over time: the camera's angles are those of the newest aim, plus what was still to be turned when that
aim was given, less what has been turned since. So truth can be asked at any instant, in any order, by any thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from flightlink.attitude import wrapped_deg
from sitl.vehicle.true_camera import FlightAt, shrunk_deg
from sitl.world.route import FlightInstant

PITCH_LIMITS_DEG: Final = (-90.0, 20.0)
YAW_LIMITS_DEG: Final = (-180.0, 180.0)
MOST_TURNS: Final = 64
"""Aims remembered for those who ask about the past; the oldest is forgotten."""

Angles = tuple[float, float]
"""Camera's yaw from north and pitch from the horizon, degrees."""
Aim = Callable[[FlightInstant, float], Angles]
"""Where to look: the scripted instant and the seconds since the aim was given in, angles out."""


def script_aim(flight: FlightInstant, _elapsed_s: float) -> Angles:
    """Look where the world's script says."""
    return flight.camera_yaw_deg, flight.camera_pitch_deg


@dataclass(frozen=True, slots=True, kw_only=True)
class AngleAim:
    """Fixed angles, or steady rates from where the camera was."""

    yaw_deg: float
    pitch_deg: float
    yaw_rate_deg_s: float = 0.0
    pitch_rate_deg_s: float = 0.0
    from_north: bool = False
    """Whether the yaw is kept from north; else from the vehicle's nose."""

    def __call__(self, flight: FlightInstant, elapsed_s: float) -> Angles:
        """Return the angles within the gimbal's limits."""
        nose_deg = 0.0 if self.from_north else flight.yaw_deg
        low, high = PITCH_LIMITS_DEG
        pitch_deg = max(low, min(high, self.pitch_deg + self.pitch_rate_deg_s * elapsed_s))
        return (nose_deg + self.yaw_deg + self.yaw_rate_deg_s * elapsed_s) % 360, pitch_deg


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceAim:
    """A place to look at, from home."""

    east_m: float
    north_m: float
    up_m: float

    def __call__(self, flight: FlightInstant, _elapsed_s: float) -> Angles:
        """Return the angles towards the place, within the gimbal's limits."""
        east_m, north_m = self.east_m - flight.east_m, self.north_m - flight.north_m
        pitch_deg = math.degrees(math.atan2(self.up_m - flight.up_m, math.hypot(east_m, north_m)))
        low, high = PITCH_LIMITS_DEG
        return math.degrees(math.atan2(east_m, north_m)) % 360, max(low, min(high, pitch_deg))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    from_s: float
    aim: Aim
    behind: Angles
    """Where the camera looked when the aim was given, less where the aim is."""


class Gimbal:
    """The camera's aim over time.

    Args:
        script_at: flight and camera as the world's script has them.
        slew_deg_s: greatest rate of each axis towards an aim.
    """

    def __init__(self, script_at: FlightAt, *, slew_deg_s: float) -> None:
        self._script_at = script_at
        self._slew_deg_s = slew_deg_s
        self._turns: tuple[_Turn, ...] = (_Turn(from_s=-math.inf, aim=script_aim, behind=(0.0, 0.0)),)

    def turn(self, aim: Aim, t_s: float) -> None:
        """Turn towards an aim from now on."""
        yaw_deg, pitch_deg = self._angles(t_s)
        aim_yaw_deg, aim_pitch_deg = aim(self._script_at(t_s), 0.0)
        behind = (wrapped_deg(yaw_deg - aim_yaw_deg), pitch_deg - aim_pitch_deg)
        self._turns = (*self._turns[-(MOST_TURNS - 1) :], _Turn(from_s=t_s, aim=aim, behind=behind))

    def flight_at(self, t_s: float) -> FlightInstant:
        """Return the flight with the camera where the gimbal has turned it."""
        yaw_deg, pitch_deg = self._angles(t_s)
        return replace(self._script_at(t_s), camera_yaw_deg=yaw_deg, camera_pitch_deg=pitch_deg)

    def _angles(self, t_s: float) -> Angles:
        turn = next((turn for turn in reversed(self._turns) if turn.from_s <= t_s), self._turns[0])
        elapsed_s = t_s - turn.from_s if math.isfinite(turn.from_s) else 0.0
        yaw_deg, pitch_deg = turn.aim(self._script_at(t_s), elapsed_s)
        behind_yaw_deg, behind_pitch_deg = (shrunk_deg(part, self._slew_deg_s, elapsed_s) for part in turn.behind)
        return (yaw_deg + behind_yaw_deg) % 360, pitch_deg + behind_pitch_deg
