"""What each training picture shows: camera, light, ground, props and people, drawn from a seed. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np

from flightlink.pose import Intrinsics
from sitl.crowd.crowd import People
from sitl.training.crowds import KINDS, SHARES, crowd_of
from sitl.training.lens import Lens, lens_from
from sitl.world.look import LIGHTS, Light, Look
from sitl.world.route import FlightInstant
from sitl.world.shot import Shot, shot_from
from sitl.world.world import CameraPlan, Colour, Ground, Prop, Sun, World

LightChoice = Literal["day", "dusk", "thermal", "mixed"]

GROUNDS_DIR: Final = Path(__file__).parents[1] / "grounds"
GROUND_M_PER_PX: Final = 0.035
HEIGHT_M: Final = (10.0, 120.0)
DEPRESSION_DEG: Final = (20.0, 90.0)
HFOV_DEG: Final = (18.0, 70.0)
PERSON_PX: Final = (9.0, 220.0)
"""Length of a standing body, seen level, at the middle of the picture: outside, another lens is drawn."""
GROUND_REACH_M: Final = 24.0
"""People stand no further than this from the middle of the ground."""
MIXED_SHARES: Final = (0.6, 0.2, 0.2)
LIKE_PEOPLE: Final[tuple[tuple[float, float, float], ...]] = (
    (0.22, 0.22, 0.95), (0.45, 0.45, 1.05), (0.12, 0.12, 2.6), (0.6, 0.35, 1.5), (0.5, 0.5, 1.7), (1.8, 0.5, 0.45),
)  # fmt: skip
"""East, north, up: bollards, bins, posts, boards, bushes, benches."""


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


def picture_plan(world: World, number: int, seed: int, light: LightChoice) -> PicturePlan:
    """Draw the picture of a number about a bare world: all but its home and its picture's size is drawn.

    Args:
        world: the size of its camera's picture is kept.
        number: of the picture; each is drawn on its own.
        seed: of the whole set.
        light: of all pictures, or mixed.
    """
    rng = np.random.default_rng([seed, number])
    chosen = light_from(rng, light)
    aim = rng.uniform(-GROUND_REACH_M * 0.6, GROUND_REACH_M * 0.6, 2)
    flight, intrinsics = camera_from(rng, (float(aim[0]), float(aim[1])), world.camera.intrinsics)
    kind = KINDS[rng.choice(len(KINDS), p=SHARES)]
    reach_m = reach_of(flight, intrinsics)
    people = crowd_of(kind, (float(aim[0]), float(aim[1])), reach_m, rng)
    drawn = replace(
        world,
        seed=int(rng.integers(1, 1 << 30)),
        ground=ground_from(rng),
        sun=Sun(bearing_deg=float(rng.uniform(0, 360)), elevation_deg=float(rng.uniform(20, 75))),
        camera=replace(world.camera, intrinsics=intrinsics),
        props=props_from(rng, people),
        look=Look(light=chosen, visibility_m=float(np.exp(rng.uniform(np.log(700), np.log(12_000))))),
        marks=(),
    )
    lens = lens_from(rng, is_dark=chosen == "dusk")
    shot = shot_from(flight, intrinsics)
    return PicturePlan(world=drawn, shot=shot, flight=flight, people=people, lens=lens, crowd_kind=kind)


def light_from(rng: np.random.Generator, light: LightChoice) -> Light:
    """Return the light asked for, or draw one."""
    if light == "mixed":
        return LIGHTS[rng.choice(len(LIGHTS), p=MIXED_SHARES)]
    return light


def camera_from(
    rng: np.random.Generator, aim_m: tuple[float, float], size: Intrinsics
) -> tuple[FlightInstant, Intrinsics]:
    """Draw a camera that looks at a point, with a lens that shows people there neither tiny nor huge."""
    up_m = float(np.exp(rng.uniform(*np.log(HEIGHT_M))))
    depression_deg = float(rng.uniform(*DEPRESSION_DEG))
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


def ground_from(rng: np.random.Generator) -> Ground:
    """Draw one of the grounds that ship with the project."""
    files = sorted(GROUNDS_DIR.glob("*.webp"))
    return Ground(file=files[rng.integers(len(files))], metres_per_px=GROUND_M_PER_PX)


def props_from(rng: np.random.Generator, people: People) -> tuple[Prop, ...]:
    """Draw things that stand about and are no people, some as tall and as slim; none where somebody stands."""
    props = []
    places = np.stack([people.east_m, people.north_m], axis=1)
    for _ in range(int(rng.integers(0, 14))):
        middle = rng.uniform(-GROUND_REACH_M, GROUND_REACH_M, 2)
        size = LIKE_PEOPLE[rng.integers(len(LIKE_PEOPLE))]
        if len(places) and np.hypot(*(places - middle).T).min() < 0.5 + max(size[:2]):
            continue
        stretched = float(rng.uniform(0.8, 1.25))
        props.append(
            Prop(
                middle_m=(float(middle[0]), float(middle[1])),
                size_m=(size[0] * stretched, size[1] * stretched, size[2] * stretched),
                colour=_colour(rng),
                roof_m=0.0,
                roof_colour=(0, 0, 0),
            )
        )
    return tuple(props)


def _colour(rng: np.random.Generator) -> Colour:
    grey = rng.uniform(25, 190)
    red, green, blue = np.clip(grey + rng.normal(0, 22, 3), 10, 235).astype(int).tolist()
    return red, green, blue


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


def moment_plan(world: World, people: People, number: int, seed: int, light: LightChoice | None) -> PicturePlan:
    """Draw the picture of a number in a world as it is, with its people of some instant: only the camera is drawn."""
    rng = np.random.default_rng([seed, number])
    look = world.look if light is None else replace(world.look, light=light_from(rng, light))
    picked = int(rng.integers(max(1, len(people))))
    aim = (float(people.east_m[picked]), float(people.north_m[picked])) if len(people) else (0.0, 0.0)
    flight, intrinsics = camera_from(rng, aim, world.camera.intrinsics)
    drawn = replace(world, camera=replace(world.camera, intrinsics=intrinsics), look=look)
    lens = lens_from(rng, is_dark=look.light == "dusk")
    shot = shot_from(flight, intrinsics)
    return PicturePlan(world=drawn, shot=shot, flight=flight, people=people, lens=lens, crowd_kind="world")
