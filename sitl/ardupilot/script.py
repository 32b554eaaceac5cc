"""What one vehicle does, from power-on to the landing: a list of steps. Pure: a world in, steps out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from sitl.world.route import Route, camera_angles, nose_deg, place_at
from sitl.world.world import VehiclePlan

SWEEP_DEG_PER_S: Final = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SetParameter:
    """Set one parameter and read it back."""

    name: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """Restart the autopilot and hear it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitFix:
    """Wait until the autopilot knows where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOff:
    """Take the reins, arm and climb straight up."""

    height_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Turn the gimbal at a steady rate: pitch below the horizon, yaw from the vehicle's nose."""

    pitch_deg: float
    yaw_deg: float
    rate_deg_s: float = SWEEP_DEG_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class GoTo:
    """Fly to a point: metres from home, and where the nose points there."""

    east_m: float
    north_m: float
    height_m: float
    yaw_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """Fly the route at its own pace from its beginning, the gimbal on what the route looks at."""

    route: Route
    laps: int

    @property
    def lasts_s(self) -> float:
        """All laps."""
        return self.laps * self.route.period_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Land:
    """Land here and wait until the motors stand still."""


Step = SetParameter | Restart | AwaitFix | TakeOff | Point | GoTo | Follow | Land

PREPARATION: Final[tuple[Step, ...]] = (SetParameter(name="CAM1_TYPE", value=1), Restart(), AwaitFix())
"""The camera's type is taken over only from the stored parameters, at a boot."""


def launch_place(route: Route) -> tuple[float, float, float]:
    """Return east and north in metres from home, and the nose's yaw: the ground below the route's beginning."""
    east_m, north_m, _ = place_at(route, 0.0)
    return east_m, north_m, nose_deg(route, 0.0) % 360


def flight_script(plan: VehiclePlan, *, laps: int) -> tuple[Step, ...]:
    """Return take-off, gimbal sweep, the route so many times, and the landing where it began."""
    route = plan.route
    east_m, north_m, yaw_deg = launch_place(route)
    height_m = place_at(route, 0.0)[2]
    home = GoTo(east_m=east_m, north_m=north_m, height_m=height_m, yaw_deg=yaw_deg)
    route_and_back = (home, Follow(route=route, laps=laps), home, Point(pitch_deg=-45.0, yaw_deg=0.0), Land())
    return (TakeOff(height_m=height_m), *gimbal_sweep(), *route_and_back)


def gimbal_sweep() -> tuple[Step, ...]:
    """Return a look straight down, along the ground, to both sides and ahead again."""
    aims = ((-90.0, 0.0), (-15.0, 0.0), (-45.0, -70.0), (-45.0, 70.0), (-40.0, 0.0))
    return tuple(Point(pitch_deg=pitch_deg, yaw_deg=yaw_deg) for pitch_deg, yaw_deg in aims)


def watched_point_m(route: Route, t_s: float) -> tuple[float, float]:
    """Return where the route's camera meets the ground, metres east and north of home."""
    east_m, north_m, height_m = place_at(route, t_s)
    yaw_deg, pitch_deg = camera_angles(route, t_s)
    away_m = height_m / math.tan(math.radians(-pitch_deg))
    return (
        east_m + away_m * math.sin(math.radians(yaw_deg)),
        north_m + away_m * math.cos(math.radians(yaw_deg)),
    )
