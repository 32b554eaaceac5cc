"""A crowd and drones on paper: people with true places, cameras with poses, and nothing that has to be drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.mission import Mission
from flightlink.pose import CONSUMER_GIMBAL, CameraPose, Intrinsics
from maps.crs import MissionCrs, mission_epsg
from maps.geodesy import geodetic_from_enu

FloatArray = NDArray[np.float64]

LAT_DEG, LON_DEG = 48.857, 2.352
UTC_NS: Final = 1_800_000_000_000_000_000
NS_PER_S: Final = 1_000_000_000
HEIGHT_M: Final = 115.0
"""Each drone looks straight down on 177 x 99 m, with 11 px a metre."""
CAMERA: Final = Intrinsics(width_px=1920, height_px=1080, fx_px=1250.0, fy_px=1250.0, cx_px=959.5, cy_px=539.5)
VIEW_M: Final = (180.0, 100.0)
"""Drones so far apart see next to nothing together."""
WALK_M_S: Final = 1.2
YAW_DEG_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A piece of ground, those on it and those above; metres from the first corner, to the east and north."""

    east_m: float
    north_m: float
    people: int
    crowd_per_m2: float | None = None
    """Where told, people stand as densely as this in a square in the middle; else all over the ground."""
    drones: tuple[tuple[float, float], ...]
    """Where each hovers, or starts from."""
    looks_hz: int = 1
    """Of each drone."""
    speed_m_s: float = 0.0
    """Of the drones, to the east."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Where people are in the mission CRS, and how they walk; all arrays (n,)."""

    east_m: FloatArray
    north_m: FloatArray
    east_m_s: FloatArray
    north_m_s: FloatArray

    def kept(self, rows: NDArray[np.bool_]) -> People:
        """Return some of them."""
        return People(
            east_m=self.east_m[rows], north_m=self.north_m[rows],
            east_m_s=self.east_m_s[rows], north_m_s=self.north_m_s[rows],
        )  # fmt: skip


class PaperWorld:
    """People who walk within their ground, and drones that turn above it; the same seed gives the same world."""

    def __init__(self, plan: Plan, *, seed: int) -> None:
        self.plan = plan
        self.crs = MissionCrs(mission_epsg(LON_DEG, LAT_DEG))
        corner_east, corner_north = self.crs.crs_from_geodetic(np.array([LON_DEG]), np.array([LAT_DEG]))
        self._corner_m = np.array([float(corner_east[0]), float(corner_north[0])])
        self._size_m = np.array([plan.east_m, plan.north_m])
        rng = np.random.default_rng(seed)
        self._places = self._placed(rng)
        way = rng.uniform(0, 2 * math.pi, plan.people)
        self._walk = WALK_M_S * np.stack([np.cos(way), np.sin(way)], axis=1)

    def _placed(self, rng: np.random.Generator) -> FloatArray:
        places = rng.uniform(-0.5, 0.5, (self.plan.people, 2))
        crowd_m = self._size_m
        if self.plan.crowd_per_m2 is not None:
            crowd_m = np.minimum(math.sqrt(self.plan.people / self.plan.crowd_per_m2), self._size_m)
        return np.asarray(places * crowd_m + self._size_m / 2, np.float64)

    @property
    def mission(self) -> Mission:
        """A mission of a day on the whole ground."""
        corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * self._size_m + self._corner_m
        lon, lat = self.crs.geodetic_from_crs(*corners.T)
        return Mission(
            area=tuple((float(x), float(y)) for x, y in zip(lon, lat, strict=True)),
            starts_utc_ns=UTC_NS - NS_PER_S, ends_utc_ns=UTC_NS + 86_400 * NS_PER_S,
            min_agl_m=10.0, max_agl_m=120.0, purpose="benchmark",
        )  # fmt: skip

    def people_at(self, second: float) -> People:
        """Return all people at an instant; who leaves the ground comes in on its other side."""
        places = np.mod(self._places + second * self._walk, self._size_m) + self._corner_m
        return People(east_m=places[:, 0], north_m=places[:, 1], east_m_s=self._walk[:, 0], north_m_s=self._walk[:, 1])

    def poses_at(self, second: float) -> Sequence[CameraPose]:
        """Return the drones' poses at an instant: each turns, so that no pose comes twice."""
        return [self._pose(number, second) for number in range(len(self.plan.drones))]

    def _pose(self, number: int, second: float) -> CameraPose:
        east_m, north_m = self.plan.drones[number]
        at_m = np.mod(east_m + second * self.plan.speed_m_s, self.plan.east_m)
        lat, lon = geodetic_from_enu(LAT_DEG, LON_DEG, 0.0, np.array([at_m]), np.array([north_m]), 0.0)
        return CameraPose(
            utc_ns=UTC_NS + round(second * NS_PER_S),
            lat_deg=float(lat[0]), lon_deg=float(lon[0]), alt_m=HEIGHT_M, ground_alt_m=0.0,
            yaw_deg=(7.0 * number + YAW_DEG_S * second) % 10.0 - 5.0, pitch_deg=-89.0, roll_deg=0.0,
            intrinsics=CAMERA, sigma=CONSUMER_GIMBAL,
        )  # fmt: skip
