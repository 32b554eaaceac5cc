"""Rendered pictures for bad input: with people, the same without their bodies, things that are as tall, and nobody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import numpy as np

from sitl.crowd.crowd import People
from sitl.picture.body_paint import BodyPaint
from sitl.picture.render import Renderer
from sitl.picture.scene import Placement
from sitl.picture.sprite_set import SpriteSet
from sitl.world.file import load_world
from sitl.world.look import PALETTES
from sitl.world.route import FlightInstant
from sitl.world.shot import Shot, shot_from
from sitl.world.world import Prop, World
from tests.vision.scene import Picture, lens

WIDTH_PX, HEIGHT_PX = 960, 540
WORLD: Final = Path(__file__).parents[2] / "sitl" / "worlds" / "demo.toml"
GROUND_PX: Final = 50.0
"""Length of a standing body in the middle of the picture."""
BOLLARDS: Final = ((0.2, 0.2, 1.0), (0.35, 0.35, 0.9), (0.12, 0.12, 1.6), (0.5, 0.5, 1.2))


class Bodiless(BodyPaint):
    """Paints nobody: what is left of people are their shadows."""

    def paint(self, picture: Picture, one: Placement, lamp: int) -> None:
        """Leave the picture as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """One ground seen under one depression."""

    ground: str
    depression_deg: float

    def shot(self) -> Shot:
        """Return a camera that shows a body in the middle `GROUND_PX` long."""
        down = np.radians(self.depression_deg)
        focal_px, span_m = 900.0, float(1.7 * np.cos(down) + 0.5 * np.sin(down))
        range_m = focal_px * span_m / GROUND_PX
        flight = FlightInstant(
            east_m=0.0, north_m=-float(range_m * np.cos(down)), up_m=float(range_m * np.sin(down)),
            velocity_east_m_s=0.0, velocity_north_m_s=0.0, velocity_up_m_s=0.0, roll_deg=0.0, pitch_deg=0.0,
            yaw_deg=0.0, yaw_rate_deg_s=0.0, camera_yaw_deg=0.0, camera_pitch_deg=-self.depression_deg,
            camera_roll_deg=0.0,
        )  # fmt: skip
        return shot_from(flight, lens(WIDTH_PX, HEIGHT_PX, focal_px))

    def world(self, props: tuple[Prop, ...] = ()) -> World:
        """Return the demo's world on this ground, with nothing on it but the props."""
        demo = load_world(WORLD)
        ground = replace(demo.ground, file=WORLD.parents[1] / "grounds" / f"{self.ground}.webp")
        return replace(demo, ground=ground, props=props, marks=())


STREETS: Final = (
    Street(ground="square", depression_deg=30.0),
    Street(ground="street", depression_deg=55.0),
    Street(ground="meadow", depression_deg=88.0),
    Street(ground="square", depression_deg=88.0),
)


def people_about(count: int = 14, *, seed: int = 5) -> People:
    """Return people who stand and walk about the middle, two metres apart at least."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(np.arange(-3, 4), np.arange(-1, 2)), axis=-1).reshape(-1, 2) * 2.4
    place = grid[rng.permutation(len(grid))[:count]] + rng.uniform(-0.2, 0.2, (count, 2))
    walks = rng.random(count) < 0.6
    return People(
        ids=np.arange(count), east_m=place[:, 0], north_m=place[:, 1], heading_deg=rng.uniform(0, 360, count),
        walked_m=rng.uniform(0, 9, count), speed_m_s=np.where(walks, 1.2, 0.0), walks=walks,
        looks=rng.integers(0, 1 << 30, count),
    )  # fmt: skip


def bollards(*, seed: int = 7) -> tuple[Prop, ...]:
    """Return things about as tall as people, or as broad seen from above, where people could stand."""
    rng = np.random.default_rng(seed)
    props = []
    for east_m in np.arange(-3, 4) * 2.4:
        for north_m in np.arange(-1, 2) * 2.4:
            grey = int(rng.uniform(30, 200))
            props.append(
                Prop(
                    middle_m=(float(east_m), float(north_m)), size_m=BOLLARDS[int(rng.integers(len(BOLLARDS)))],
                    colour=(grey, grey, grey), roof_m=0.0, roof_colour=(0, 0, 0),
                )
            )  # fmt: skip
    return tuple(props)


PEOPLE: Final = people_about()
NOBODY: Final = people_about(0)
Shows = Literal["people", "shadows", "bollards", "nothing"]


@lru_cache(maxsize=32)
def shown(street: Street, what: Shows) -> Picture:
    """Return what the camera sees, uint8 (HEIGHT_PX, WIDTH_PX, 3) BGR, read-only: many tests look at it."""
    renderer = Renderer(street.world(bollards() if what == "bollards" else ()), SpriteSet())
    if what == "shadows":
        renderer.bodies = Bodiless(SpriteSet(), PALETTES["day"])
    people = PEOPLE if what in {"people", "shadows"} else NOBODY
    picture = np.asarray(renderer.frame(street.shot(), people, 1), np.uint8)
    picture.setflags(write=False)
    return picture


@lru_cache(maxsize=8)
def boxes_of(street: Street) -> np.ndarray:
    """Return where the people are, float64 (n, 4): left, top, right, bottom."""
    placed = Renderer(street.world(), SpriteSet()).placed(street.shot(), PEOPLE)
    corners = np.array([one.box_px for one in placed], float).reshape(-1, 4)
    corners[:, 2:] += corners[:, :2]
    return corners
