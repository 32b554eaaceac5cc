"""People of the simulated world, placed at will before a camera with a known pose: what the proofs show to the gate."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.mission import Mission
from flightlink.pose import CONSUMER_GIMBAL, CameraPose
from maps.geodesy import geodetic_from_enu
from sitl.crowd.crowd import People
from sitl.picture.tints import TINTS
from sitl.station_files import area_lon_lat
from sitl.world.file import load_world
from sitl.world.route import FlightInstant, instant_at
from sitl.world.shot import Shot, shot_from
from sitl.world.world import World
from vision.capped import CappedFrame
from vision.raw.cap import Cap
from vision.raw.frames import RawFrame

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WORLD: Final = Path(__file__).parents[1] / "sitl" / "worlds" / "demo.toml"
BEGINS_UTC_NS: Final = 1_700_000_000_000_000_000
HOUR_NS: Final = 3_600 * 1_000_000_000
PERSON_M: Final = 1.7
UP_M: Final = 25.0
"""Height of the camera over the middle of people."""
WALKS_M_S: Final = 1.3
APART: Final = (0.75, 1.25)
"""Least distance of two people across and down the picture, in heights of a person: nobody stands before another."""
MARGIN: Final = (0.5, 0.7)
"""The same from the picture's edges."""
DRAWS: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """A camera and places where people stand or walk, seen whole and apart."""

    world: World
    flight: FlightInstant
    shot: Shot
    place_m: Floats
    """(n, 2), east and north, at the scene's begin."""
    heading_deg: Floats
    walks: NDArray[np.bool_]

    def people_at(self, t_s: float, figures: Ints, tints: Ints) -> People:
        """Return who stands where after some seconds; figures and clothes are the caller's, all else the scene's."""
        angle = np.radians(self.heading_deg)
        way_m = np.where(self.walks, WALKS_M_S * t_s, 0.0)
        return People(
            ids=np.arange(len(self.walks)),
            east_m=self.place_m[:, 0] + way_m * np.sin(angle),
            north_m=self.place_m[:, 1] + way_m * np.cos(angle),
            heading_deg=self.heading_deg,
            walked_m=way_m,
            speed_m_s=np.where(self.walks, WALKS_M_S, 0.0),
            # every figure can stand, only some can stride: all stand, and who walks is moved
            walks=np.zeros(len(self.walks), bool),
            looks=looks_of(figures, tints),
        )

    def pose_at(self, utc_ns: int) -> CameraPose:
        """Return the camera's pose as a station knows it."""
        home = self.world.home
        east, north = np.array([self.flight.east_m]), np.array([self.flight.north_m])
        lat, lon = geodetic_from_enu(home.lat_deg, home.lon_deg, home.alt_amsl_m, east, north, self.flight.up_m)
        return CameraPose(
            utc_ns=utc_ns,
            lat_deg=float(lat[0]),
            lon_deg=float(lon[0]),
            alt_m=home.alt_amsl_m + self.flight.up_m,
            ground_alt_m=home.alt_amsl_m,
            yaw_deg=self.flight.camera_yaw_deg,
            pitch_deg=self.flight.camera_pitch_deg,
            roll_deg=0.0,
            intrinsics=self.world.camera.intrinsics,
            sigma=CONSUMER_GIMBAL,
        )

    def capped(self, picture: Bytes, t_s: float) -> CappedFrame:
        """Return a picture of the scene, uint8 (height, width, 3) BGR, as the sealed room sees it."""
        utc_ns = BEGINS_UTC_NS + round(t_s * 1e9)
        return Cap().capped(RawFrame(picture, index=round(t_s * 10), utc_ns=utc_ns), self.pose_at(utc_ns))

    def mission(self) -> Mission:
        """Return a mission that allows to look at all of the world, now."""
        wide = replace(self.world, area_m=((-400, -400), (400, -400), (400, 400), (-400, 400)))
        return Mission(
            area=tuple((lon, lat) for lon, lat in area_lon_lat(wide)),
            starts_utc_ns=BEGINS_UTC_NS - HOUR_NS,
            ends_utc_ns=BEGINS_UTC_NS + HOUR_NS,
            min_agl_m=1.0,
            max_agl_m=200.0,
            purpose="proof on rendered people",
        )


def looks_of(figures: Ints, tints: Ints, count: int = 26) -> Ints:
    """Return the numbers (n,) from which the renderer draws just these figures (of `count`) and clothes."""
    base = 1024 * (tints % len(TINTS))
    return np.asarray(base + (figures - base) % count)


@lru_cache(maxsize=4)
def empty_world(width_px: int, height_px: int) -> World:
    """Return the demo's square without crowd, props and marks, filmed at a size."""
    world = load_world(WORLD)
    camera = replace(world.camera, intrinsics=world.camera.intrinsics.scaled_to(width_px=width_px, height_px=height_px))
    return replace(world, camera=camera, props=(), marks=())


def scene_of(
    rng: np.random.Generator, *, depression_deg: float, person_px: float, most: int, size: tuple[int, int] = (960, 540)
) -> Scene:
    """Draw a scene.

    Args:
        rng: of direction and places.
        depression_deg: of the optical axis.
        person_px: height of a standing person in the picture's middle.
        most: how many people; fewer where there is no room.
        size: width and height of the picture.
    """
    flight = _flight(empty_world(*size), depression_deg, float(rng.uniform(0, 360)))
    world = _with_lens(empty_world(*size), flight, person_px)
    shot = shot_from(flight, world.camera.intrinsics)
    place_m = _places(shot, size, most, rng)
    return Scene(
        world=world,
        flight=flight,
        shot=shot,
        place_m=place_m,
        heading_deg=rng.uniform(0, 360, len(place_m)),
        walks=rng.random(len(place_m)) < 0.5,
    )


def _with_lens(world: World, flight: FlightInstant, person_px: float) -> World:
    """Return the world with a lens that shows a person at home so many pixels tall."""
    down = math.radians(-flight.camera_pitch_deg)
    away_m = UP_M / math.sin(down)
    focal_px = person_px * away_m / (PERSON_M * math.cos(down))
    intrinsics = replace(world.camera.intrinsics, fx_px=focal_px, fy_px=focal_px)
    return replace(world, camera=replace(world.camera, intrinsics=intrinsics))


def _flight(world: World, depression_deg: float, yaw_deg: float) -> FlightInstant:
    """Return a camera that looks at home from `UP_M`."""
    yaw = math.radians(yaw_deg)
    level_m = UP_M / math.tan(math.radians(depression_deg))
    return replace(
        instant_at(world.vehicles[0].route, 0.0),
        east_m=-level_m * math.sin(yaw),
        north_m=-level_m * math.cos(yaw),
        up_m=UP_M + PERSON_M / 2,
        camera_yaw_deg=yaw_deg,
        camera_pitch_deg=-depression_deg,
        camera_roll_deg=0.0,
    )


def _places(shot: Shot, size: tuple[int, int], most: int, rng: np.random.Generator) -> Floats:
    """Draw ground points (n, 2) so that people there are whole in the picture and none stands before another."""
    taken: list[tuple[float, float, float]] = []
    places: list[Floats] = []
    up = np.array([0.0, 0.0, PERSON_M])
    for u_px, v_px in rng.uniform((0, 0), size, (DRAWS, 2)).tolist():
        east, north, scale = np.linalg.inv(shot.image_from_ground) @ [u_px, v_px, 1.0]
        foot = np.array([east / scale, north / scale, 0.0])
        ends, depth = shot.projected(np.stack([foot, foot + up]))
        tall = float(np.linalg.norm(ends[1] - ends[0]))
        across, down = MARGIN[0] * tall, MARGIN[1] * tall
        low = min(ends[:, 1]) - down
        whole = across < u_px < size[0] - across and low > 0 and max(ends[:, 1]) + down < size[1]
        free = all(
            abs(u_px - u) > APART[0] * max(tall, h) or abs(v_px - v) > APART[1] * max(tall, h) for u, v, h in taken
        )
        if depth.min() > 0 and whole and free and len(places) < most:
            taken.append((u_px, v_px, tall))
            places.append(foot[:2])
    return np.array(places).reshape(-1, 2)
