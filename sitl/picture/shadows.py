"""Shadows on the ground: of bodies and props in the sun, and the darkness right below whoever stands there."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.crowd.crowd import People
from sitl.picture.scene import Placement
from sitl.picture.sprite_set import Sprite, SpriteSet
from sitl.world.look import Palette
from sitl.world.shot import Shot
from sitl.world.world import Sun

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

SUN_LEVEL: Final = 170
"""Value of the mask in a shadow of the sun; 255 is below a body."""
CONTACT_LEVELS: Final = (205, 255)
CONTACT_M: Final = (0.27, 0.17)
"""Radii about the feet, the outer one half as dark as the inner."""
CONTACT_CORNERS: Final = 10
SUBPIXEL_BITS: Final = 4
FAR_PX: Final = 20_000.0
"""Pixels further out are drawn here: fixed point has its limits."""
SMALLER: Final = 2
"""Shadows are drawn at half the picture's size: their edges are soft anyway."""


def fixed_point(pixels: Floats) -> NDArray[np.int32]:
    """Return pixels (n, 2) in the fixed point that drawing takes."""
    return np.round(np.clip(pixels, -FAR_PX, FAR_PX) * (1 << SUBPIXEL_BITS)).astype(np.int32)


def shadow_outlines(people: People, chosen: list[Placement], sprites: SpriteSet, sun: Sun) -> list[Floats]:
    """Return the outline (n, 2), east and north, of each placed person's shadow on the ground.

    A body's shadow is its silhouette as the sun sees it, laid on the ground: what the sun sees u metres above the
    foot falls u / sin(elevation) behind it.
    """
    feet = np.stack([people.east_m, people.north_m], axis=1)
    azimuths = (sun.bearing_deg - people.heading_deg).tolist()
    return [feet[one.person] + _fallen(sprites, one, azimuths[one.person], sun) for one in chosen]


def _fallen(sprites: SpriteSet, one: Placement, azimuth_deg: float, sun: Sun) -> Floats:
    """Return a pose's shadow (n, 2), east and north of its foot; the same array for all whom the sun sees alike."""
    turn = -1.0 if one.mirrored else 1.0
    seen = sprites.sprite_of(
        figure=one.sprite.figure,
        phase=one.sprite.phase,
        azimuth_deg=turn * azimuth_deg,
        depression_deg=sun.elevation_deg,
    )
    return _laid_down(sprites, seen, turn, sun)


@lru_cache(maxsize=4096)
def _laid_down(sprites: SpriteSet, sprite: Sprite, turn: float, sun: Sun) -> Floats:
    bearing = math.radians(sun.bearing_deg)
    right = np.array([-math.cos(bearing), math.sin(bearing)])
    away = np.array([-math.sin(bearing), -math.cos(bearing)]) / math.sin(math.radians(sun.elevation_deg))
    return np.asarray(sprites.outline_m(sprite) @ np.stack([turn * right, away]))


def contact_outlines(people: People, chosen: list[Placement]) -> list[Floats]:
    """Return circles (n, 2), east and north, about the feet of each placed person: all wide ones, then all narrow."""
    angle = np.linspace(0, 2 * np.pi, CONTACT_CORNERS, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    feet = np.stack([people.east_m, people.north_m], axis=1)
    return [radius_m * circle + feet[one.person] for radius_m in CONTACT_M for one in chosen]


def shadow_mask(sunless: list[Floats], contacts: list[Floats], shot: Shot, size: tuple[int, int]) -> Bytes | None:
    """Return how dark (h, w) the ground of a picture of a size is, at 1 / `SMALLER` of it; None where nothing is."""
    outlines = sunless + contacts
    if not outlines:
        return None
    mask = np.zeros((-(-size[1] // SMALLER), -(-size[0] // SMALLER)), np.uint8)
    points = np.concatenate(outlines)
    pixels, depth = shot.projected(np.column_stack([points, np.zeros(len(points))]))
    ends = np.cumsum([len(outline) for outline in outlines])
    fixed = np.split(fixed_point((pixels + 0.5) / SMALLER - 0.5), ends[:-1])
    ahead = np.minimum.reduceat(depth, np.concatenate([[0], ends[:-1]])) > 0
    for number, (outline, visible) in enumerate(zip(fixed, ahead, strict=True)):
        if visible:
            over = number - len(sunless)
            if over < 0:
                cv2.fillPoly(mask, [outline], SUN_LEVEL, cv2.LINE_AA, SUBPIXEL_BITS)
            else:
                level = CONTACT_LEVELS[2 * over // len(contacts)]
                cv2.fillConvexPoly(mask, outline, level, cv2.LINE_AA, SUBPIXEL_BITS)
    return mask


def shaded(picture: Bytes, mask: Bytes, palette: Palette) -> Bytes:
    """Return the picture darkened by a mask; overlaps are no darker."""
    levels = np.arange(256)
    taken = np.interp(levels, [0, SUN_LEVEL, 255], [0, palette.shadow_depth, palette.contact_depth])
    keep = cv2.LUT(mask, np.round(255 * (1 - taken)).astype(np.uint8))
    wide = cv2.resize(keep, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(picture, cv2.cvtColor(wide, cv2.COLOR_GRAY2BGR), scale=1 / 255), np.uint8)
