"""What each training picture shows: camera, light, ground, props and people, drawn from a seed. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from flightlink.pose import Intrinsics
from sitl.crowd.crowd import People
from sitl.training.crowds import KINDS, SHARES, crowd_of
from sitl.training.grounds import GroundPlan, Photographs, ground_plan
from sitl.training.lens import Lens, lens_from
from sitl.training.sets import reach_seen
from sitl.training.staging import Cast, cast_of
from sitl.training.weather import Air, WeatherChoice, air_from, light_of_world, weather_from
from sitl.world.look import Look
from sitl.world.route import FlightInstant
from sitl.world.shot import Shot, shot_from
from sitl.world.world import CameraPlan, World

HEIGHT_M: Final = (10.0, 120.0)
DEPRESSIONS_DEG: Final = ((20.0, 60.0, 0.45), (60.0, 80.0, 0.2), (80.0, 90.0, 0.35))
"""Lowest, highest, share of pictures: drones look straight down most."""
HFOV_DEG: Final = (18.0, 70.0)
PERSON_PX: Final = (10.0, 190.0)
"""Length of a standing body, seen level, at the middle of the picture: outside, another lens is drawn."""
GROUND_REACH_M: Final = 24.0
"""People stand no further than this from the middle of the ground."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudioPlan:
    """What a drawn picture has and a world has not."""

    ground: GroundPlan
    cast: Cast
    air: Air
    reach_m: float
    m_per_px: float
    """Of ground in the middle of the picture."""
    seed: int
    """Of what is still to be drawn: things, crowns."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PicturePlan:
    """Everything that one picture is made of."""

    world: World
    """Ground, props, sun, light and size of the picture."""
    shot: Shot
    flight: FlightInstant
    people: People
    lens: Lens
    crowd_kind: str
    weather: str
    studio: StudioPlan | None
    """What a drawn picture is made of; None for one of a world."""


def picture_plan(
    world: World, number: int, seed: int, light: WeatherChoice, photographs: Photographs | None = None
) -> PicturePlan:
    """Draw the picture of a number about a bare world: all but its home and its picture's size is drawn.

    Args:
        world: the size of its camera's picture is kept.
        number: of the picture; each is drawn on its own.
        seed: of the whole set.
        light: of all pictures, or mixed.
        photographs: of ground, for a part of the pictures.
    """
    rng = np.random.default_rng([seed, number])
    weather = weather_from(rng, light)
    aim = rng.uniform(-0.6, 0.6, 2)
    flight, intrinsics = camera_from(rng, (float(aim[0]), float(aim[1])), world.camera.intrinsics)
    depression_deg = -flight.camera_pitch_deg
    range_m = flight.up_m / math.sin(math.radians(depression_deg))
    kind = KINDS[rng.choice(len(KINDS), p=SHARES)]
    people = crowd_of(kind, (0.0, 0.0), reach_of(flight, intrinsics), rng)
    air = air_from(rng, weather, range_m)
    reach_m = reach_seen(flight.up_m, depression_deg, intrinsics.width_px / 2 / intrinsics.fx_px)
    studio = StudioPlan(
        ground=ground_plan(rng, photographs, reach_m),
        cast=cast_of(people, kind, rng),
        air=air,
        reach_m=reach_m,
        m_per_px=range_m / intrinsics.fx_px,
        seed=int(rng.integers(1 << 30)),
    )
    drawn = replace(
        world,
        seed=int(rng.integers(1, 1 << 30)),
        sun=air.sun,
        camera=replace(world.camera, intrinsics=intrinsics),
        props=(),
        look=Look(light=air.light, visibility_m=air.visibility_m),
        marks=(),
    )
    return PicturePlan(
        world=drawn, shot=shot_from(flight, intrinsics), flight=flight, people=people,
        lens=lens_from(rng, is_dark=weather == "dusk"), crowd_kind=kind, weather=weather, studio=studio,
    )  # fmt: skip


def depression_from(rng: np.random.Generator) -> float:
    """Draw how far below level the camera looks, degrees: half of the pictures at 60 or more."""
    low, high, _ = DEPRESSIONS_DEG[int(rng.choice(len(DEPRESSIONS_DEG), p=[share for *_, share in DEPRESSIONS_DEG]))]
    return float(rng.uniform(low, high))


def camera_from(
    rng: np.random.Generator, aim_m: tuple[float, float], size: Intrinsics
) -> tuple[FlightInstant, Intrinsics]:
    """Draw a camera that looks at a point, with a lens that shows people there neither tiny nor huge."""
    up_m = float(np.exp(rng.uniform(*np.log(HEIGHT_M))))
    depression_deg = depression_from(rng)
    range_m = up_m / math.sin(math.radians(depression_deg))
    half_width = size.width_px / 2
    focal = [half_width / math.tan(math.radians(hfov_deg / 2)) for hfov_deg in HFOV_DEG]
    narrow = [person_px * range_m / 1.7 for person_px in PERSON_PX]
    low, high = max(min(focal), narrow[0]), min(max(focal), narrow[1])
    focal_px = float(np.exp(rng.uniform(math.log(min(low, high)), math.log(max(low, high)))))
    yaw_deg, level_m = float(rng.uniform(0, 360)), range_m * math.cos(math.radians(depression_deg))
    flight = FlightInstant(
        east_m=aim_m[0] - level_m * math.sin(math.radians(yaw_deg)),
        north_m=aim_m[1] - level_m * math.cos(math.radians(yaw_deg)),
        up_m=up_m,
        velocity_east_m_s=0.0,
        velocity_north_m_s=0.0,
        velocity_up_m_s=0.0,
        roll_deg=0.0,
        pitch_deg=0.0,
        yaw_deg=yaw_deg,
        yaw_rate_deg_s=0.0,
        camera_yaw_deg=yaw_deg,
        camera_pitch_deg=-depression_deg,
        camera_roll_deg=float(rng.normal(0, 1.2)),
    )
    return flight, replace(size, fx_px=focal_px, fy_px=focal_px)


def reach_of(flight: FlightInstant, intrinsics: Intrinsics) -> float:
    """Return how far from the picture's middle people may stand and be in it, metres."""
    range_m = flight.up_m / math.sin(math.radians(-flight.camera_pitch_deg))
    return float(np.clip(0.55 * range_m * intrinsics.width_px / intrinsics.fx_px, 3.0, GROUND_REACH_M))


def sized(camera: CameraPlan, width_px: int, height_px: int) -> CameraPlan:
    """Return a camera with another size of picture and its middle in the middle."""
    intrinsics = replace(
        camera.intrinsics,
        width_px=width_px,
        height_px=height_px,
        cx_px=(width_px - 1) / 2,
        cy_px=(height_px - 1) / 2,
    )
    return replace(camera, intrinsics=intrinsics)


def moment_plan(world: World, people: People, number: int, seed: int, light: WeatherChoice | None) -> PicturePlan:
    """Draw the picture of a number in a world as it is, with its people of some instant: only the camera is drawn."""
    rng = np.random.default_rng([seed, number])
    look = world.look if light is None else replace(world.look, light=light_of_world(rng, light))
    picked = int(rng.integers(max(1, len(people))))
    aim = (float(people.east_m[picked]), float(people.north_m[picked])) if len(people) else (0.0, 0.0)
    flight, intrinsics = camera_from(rng, aim, world.camera.intrinsics)
    drawn = replace(world, camera=replace(world.camera, intrinsics=intrinsics), look=look)
    lens = lens_from(rng, is_dark=look.light == "dusk")
    return PicturePlan(
        world=drawn, shot=shot_from(flight, intrinsics), flight=flight, people=people, lens=lens, crowd_kind="world",
        weather=look.light, studio=None,
    )  # fmt: skip
