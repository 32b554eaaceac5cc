"""How people of a training picture hold themselves, how tall they are and what they wear. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from sitl.crowd.crowd import People
from sitl.picture.scene import Placement
from sitl.picture.sprite_set import STANDING, SpriteSet
from sitl.training.wardrobe import OUTFITS, DressedSprites, outfits
from sitl.world.shot import Shot

Floats = NDArray[np.float64]
Posture = Literal["upright", "sits", "lies"]

SITS_SHARE: Final = 0.09
LIES_SHARE: Final = 0.03
CHILD_SHARE: Final = 0.12
CHILD_SIZE: Final = (0.55, 0.85)
CHILD_BELOW_M: Final = 1.45
HEADS: Final = {"none": "bare", "cap": "cap", "brim": "hat"}
UMBRELLA_SHARE: Final = 0.03
STEEP_DEG: Final = 50.0
"""Seen flatter, who sits looks like somebody short; steeper, like a body on the ground, foreshortened."""
SQUAT: Final = 0.62
SITS_AS_DEG: Final = 50
LIES_AS_DEG: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cast:
    """What is drawn for each person of a picture; arrays are (n,), as the people's."""

    postures: tuple[Posture, ...]
    sizes: Floats
    """Factor on the figure's height."""
    outfits: NDArray[np.int64]
    umbrellas: NDArray[np.bool_]

    def chosen(self, kept: NDArray[np.int64]) -> Cast:
        """Return the cast of some of the people."""
        postures = tuple(self.postures[index] for index in kept.tolist())
        return Cast(
            postures=postures, sizes=self.sizes[kept], outfits=self.outfits[kept], umbrellas=self.umbrellas[kept]
        )


def cast_of(people: People, kind: str, rng: np.random.Generator) -> Cast:
    """Draw the cast of a crowd; nobody sits in a dense one, and in few pictures is it raining."""
    count = len(people)
    low = 0.0 if kind in {"audience", "queue"} else 1.0
    low *= float(rng.choice([0.3, 1.0, 5.0], p=[0.5, 0.35, 0.15]))
    drawn = rng.random(count)
    still = ~people.walks | (low > 3)
    sits, lies = still & (drawn < SITS_SHARE * low), still & (drawn > 1 - LIES_SHARE * low)
    sizes = np.clip(rng.normal(1.0, 0.045, count), 0.88, 1.12)
    sizes = np.where(rng.random(count) < CHILD_SHARE, rng.uniform(*CHILD_SIZE, count), sizes)
    wet = float(rng.choice([0.0, UMBRELLA_SHARE, 0.5], p=[0.8, 0.15, 0.05]))
    return Cast(
        postures=tuple("lies" if lie else "sits" if sit else "upright" for sit, lie in zip(sits, lies, strict=True)),
        sizes=sizes,
        outfits=rng.integers(OUTFITS, size=count),
        umbrellas=(rng.random(count) < wet) & ~sits & ~lies,
    )


def staged(
    one: Placement, people: People, cast: Cast, sprites: SpriteSet, shot: Shot, depression_deg: float
) -> Placement:
    """Return a placement in the person's size, outfit and posture."""
    size, posture = float(cast.sizes[one.person]), cast.postures[one.person]
    tint = int(cast.outfits[one.person])
    if posture == "upright":
        return replace(one, tint=tint, across_px=_scaled(one.across_px, size), down_px=_scaled(one.down_px, size))
    if posture == "sits" and depression_deg < STEEP_DEG:
        across, down = _scaled(one.across_px, size), _scaled(one.down_px, size * SQUAT)
        return replace(one, tint=tint, across_px=across, down_px=down)
    return _on_ground(one, people, sprites, shot, size, tint, LIES_AS_DEG if posture == "lies" else SITS_AS_DEG)


def _scaled(way: tuple[float, float], factor: float) -> tuple[float, float]:
    return way[0] * factor, way[1] * factor


def _on_ground(
    one: Placement, people: People, sprites: SpriteSet, shot: Shot, size: float, tint: int, as_deg: int
) -> Placement:
    """Return a body laid flat on the ground, its head where it faces: from above it looks as from the side upright."""
    person = one.person
    heading = np.radians(people.heading_deg[person])
    towards, right = np.array([np.sin(heading), np.cos(heading)]), np.array([np.cos(heading), -np.sin(heading)])
    foot = np.array([people.east_m[person], people.north_m[person]])
    points = np.column_stack([np.stack([foot, foot + towards, foot + right]), np.full(3, 0.15)])
    pixels, _ = shot.projected(points)
    up_px, right_px = (pixels[1] - pixels[0]), (pixels[2] - pixels[0])
    scale = sprites.metres_per_px * size
    azimuth_deg = float(int(people.looks[person]) % 4 * 90)
    sprite = sprites.sprite_of(figure=one.sprite.figure, phase=STANDING, azimuth_deg=azimuth_deg, depression_deg=as_deg)
    return replace(
        one, sprite=sprite, tint=tint, across_px=(float(right_px[0] * scale), float(right_px[1] * scale)),
        down_px=(float(-up_px[0] * scale), float(-up_px[1] * scale)),
    )  # fmt: skip


def told_of(person: int, placed: Placement, cast: Cast, sprites: DressedSprites) -> dict[str, str]:
    """Return the groups of a person, for tables of fairness."""
    figure = sprites.figures[placed.sprite.figure]
    tall_m = figure.height_m * float(cast.sizes[person])
    return {
        "sex": figure.sex,
        "age": "child" if figure.age == "child" or tall_m < CHILD_BELOW_M else figure.age,
        "skin": sprites.skin_of(placed.sprite.figure),
        "cloth": outfits()[int(cast.outfits[person])].cloth,
        "head": HEADS[outfits()[int(cast.outfits[person])].hat],
        "posture": cast.postures[person],
        "under": "umbrella" if cast.umbrellas[person] else "sky",
    }
