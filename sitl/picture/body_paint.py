"""Sprites painted into pictures: from levels of detail, sized and placed to a fraction of a pixel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.picture.scene import Placement
from sitl.picture.sprite_set import Sprite, SpriteSet, premultiplied
from sitl.picture.tints import warmth
from sitl.world.look import Palette

Bytes = NDArray[np.uint8]

CACHED: Final = 6000
BACKWARDS: Final = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
HALVINGS: Final = 6
LAMP_STEPS: Final = 4
"""Lamplight on bodies comes in so many steps."""
LAMP_BGR: Final = np.array([0.45, 0.70, 0.90], np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patch:
    """One body as it lies in the picture, clipped by its edges or by nothing."""

    x_px: int
    y_px: int
    pixels: Bytes
    """(h, w, 4) BGRA, premultiplied."""


class BodyPaint:
    """Paints bodies in a light.

    Args:
        sprites: the people.
        palette: the light.
    """

    def __init__(self, sprites: SpriteSet, palette: Palette) -> None:
        self._sprites = sprites
        self._thermal = palette.is_thermal
        self._level = lru_cache(maxsize=CACHED)(self._averaged)

    def patch(self, one: Placement, lamp: int, within: tuple[int, int, int, int]) -> Patch | None:
        """Return a body's pixels inside left, top, right, bottom; None where nothing of it is.

        Args:
            one: the body.
            lamp: how much lamplight falls on it, 0 to `LAMP_STEPS`.
            within: the window, right and bottom excluded.
        """
        left, top, width, height = one.box_px
        x0, y0 = max(within[0], math.floor(left)), max(within[1], math.floor(top))
        x1, y1 = min(within[2], math.ceil(left + width) + 1), min(within[3], math.ceil(top + height) + 1)
        if x1 <= x0 or y1 <= y0:
            return None
        halvings = min(max(round(-math.log2(one.scale)), 0), HALVINGS)
        pixels = self._level(one.sprite, one.tint, one.mirrored, halvings, lamp)
        wider, taller = one.sprite.width_px / pixels.shape[1], one.sprite.height_px / pixels.shape[0]
        (ax, ay), (dx, dy), corner = one.across_px, one.down_px, one.corner_px
        # a level's first pixel has its middle between the middles of those that it averages
        shift_x = corner[0] - x0 + (ax * (wider - 1) + dx * (taller - 1)) / 2
        shift_y = corner[1] - y0 + (ay * (wider - 1) + dy * (taller - 1)) / 2
        level_from_patch = inverse(ax * wider, dx * taller, shift_x, ay * wider, dy * taller, shift_y)
        body = cv2.warpAffine(pixels, level_from_patch, (x1 - x0, y1 - y0), flags=BACKWARDS)
        return Patch(x_px=x0, y_px=y0, pixels=np.asarray(body, np.uint8))

    def paint(self, picture: Bytes, one: Placement, lamp: int) -> None:
        """Blend a body over a picture, uint8 (h, w, 3) BGR, in place."""
        patch = self.patch(one, lamp, (0, 0, picture.shape[1], picture.shape[0]))
        if patch is None:
            return
        height, width = patch.pixels.shape[:2]
        region = picture[patch.y_px : patch.y_px + height, patch.x_px : patch.x_px + width]
        # a contiguous copy is quicker to add than a slice
        colour = cv2.cvtColor(patch.pixels, cv2.COLOR_BGRA2BGR)
        free = cv2.cvtColor(cv2.bitwise_not(patch.pixels[..., 3]), cv2.COLOR_GRAY2BGR)
        cv2.add(cv2.multiply(region, free, scale=1 / 255), colour, dst=region)

    def _averaged(self, sprite: Sprite, tint: int, mirrored: bool, halvings: int, lamp: int) -> Bytes:
        """Return a sprite (h, w, 4) in its colours, premultiplied, halved so many times: no far body flickers."""
        straight = self._sprites.straight(sprite)
        if self._thermal:
            coloured = warmth(straight, self._sprites.head_px(sprite), self._sprites.metres_per_px)
        else:
            coloured = self._sprites.coloured(sprite, tint)
        pixels = premultiplied(_in_lamplight(coloured, lamp) if lamp else coloured)
        if mirrored:
            pixels = np.ascontiguousarray(pixels[:, ::-1])
        size = (max(2, sprite.width_px >> halvings), max(2, sprite.height_px >> halvings))
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8) if halvings else pixels


def inverse(a: float, b: float, c: float, d: float, e: float, f: float) -> NDArray[np.float64]:
    """Return the inverse (2, 3) of the affine transform x' = a x + b y + c, y' = d x + e y + f."""
    scale = 1 / (a * e - b * d)
    return np.array([
        [e * scale, -b * scale, (b * f - c * e) * scale],
        [-d * scale, a * scale, (c * d - a * f) * scale],
    ])  # fmt: skip


def _in_lamplight(bgra: Bytes, lamp: int) -> Bytes:
    lit = bgra[..., :3] * (1 + LAMP_BGR * (lamp / LAMP_STEPS))
    return np.concatenate([np.clip(lit, 0, 255).astype(np.uint8), bgra[..., 3:]], axis=2)
