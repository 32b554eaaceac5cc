"""What stands, walks and flies in a simulated world: plain values, no simulation."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

from flightlink.pose import Intrinsics
from sitl.world.canary import Canary
from sitl.world.crowd_plan import Corners, CrowdPlan
from sitl.world.estimate import PERFECT, EstimateErrors
from sitl.world.faults import Fault
from sitl.world.look import Look
from sitl.world.profile import Profile
from sitl.world.route import Route
from sitl.world.video_plan import VideoPlan

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The origin of the world's east, north and up."""

    lat_deg: float
    lon_deg: float
    alt_amsl_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A picture of the ground from straight above, north up, its middle over home."""

    file: Path
    metres_per_px: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sun:
    """Where the light comes from."""

    bearing_deg: float
    elevation_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPlan:
    """The camera that every vehicle of the world carries."""

    intrinsics: Intrinsics
    fps: float
    video_delay_s: float
    """From capture until the frame leaves; constant."""

    @property
    def hfov_deg(self) -> float:
        """Horizontal field of view."""
        return 2 * math.degrees(math.atan(self.intrinsics.width_px / 2 / self.intrinsics.fx_px))

    @property
    def vfov_deg(self) -> float:
        """Vertical field of view."""
        return 2 * math.degrees(math.atan(self.intrinsics.height_px / 2 / self.intrinsics.fy_px))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A point on the ground that was surveyed and can be seen: east and north from home are known exactly."""

    name: str
    east_m: float
    north_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prop:
    """A box on the ground, its sides along east and north, with a pointed roof or none."""

    middle_m: tuple[float, float]
    size_m: tuple[float, float, float]
    """East, north, up."""
    colour: Colour
    """Red, green, blue."""
    roof_m: float
    """Height of the roof over the box; 0 for a flat one."""
    roof_colour: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class VehiclePlan:
    """One vehicle and its flight."""

    name: str
    system_id: int
    route: Route
    profile: Profile = field(default_factory=Profile)
    estimate: EstimateErrors = PERFECT
    """What its telemetry is off by; pictures are always taken from the truth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A whole simulated world."""

    name: str
    seed: int
    lasts_s: float
    """How long a measurement looks at it; people go on beyond that."""
    area_m: Corners
    """Mission area: corners (east, north)."""
    home: Home
    ground: Ground
    sun: Sun
    camera: CameraPlan
    props: tuple[Prop, ...]
    vehicles: tuple[VehiclePlan, ...]
    crowd: CrowdPlan
    marks: tuple[Mark, ...]
    faults: tuple[Fault, ...] = ()
    canaries: tuple[Canary, ...] = ()
    video: VideoPlan = field(default_factory=VideoPlan)
    look: Look = field(default_factory=Look)
