"""The ground as a camera sees it: by its true homography, each band of the picture from the level of detail it needs.

A texture that is seen from far away must be averaged first, or its joints flicker. Levels are a factor of the square
root of 2 apart, so that the change from one to the next is not seen, and cost no more than one warp of the whole.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.picture.ground_picture import SURROUNDINGS_M_PER_PX, ground_from_texture
from sitl.world.shot import Shot

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Size = tuple[int, int]
"""Width, height."""

COARSEST_M_PER_PX: Final = 1.2
BAND_PX: Final = 16
HORIZON_RANGE_M: Final = 1500.0
"""Ground further than this is sky in the picture: haze would hide it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Level:
    """One resolution of a texture."""

    pixels: Bytes
    ground_from_pixels: Floats
    metres_per_px: float
    is_wide: bool
    """Whether it goes on beyond the world's own picture."""


class Terrain:
    """Ground to warp.

    Args:
        picture: the world's own ground, uint8 (h, w, 3) BGR.
        metres_per_px: its scale.
        wide: the ground about it, at `SURROUNDINGS_M_PER_PX`; None lets the picture go on mirrored at its edges.
        sky_bgr: colour above the horizon.
    """

    def __init__(
        self, picture: Bytes, metres_per_px: float, wide: Bytes | None, sky_bgr: tuple[float, float, float]
    ) -> None:
        near = _levels(picture, metres_per_px, is_wide=wide is None)
        self._wide = [] if wide is None else _levels(wide, SURROUNDINGS_M_PER_PX, is_wide=True)
        kept = [
            level for level in near
            if level.is_wide or level.metres_per_px < SURROUNDINGS_M_PER_PX or level.metres_per_px == metres_per_px
        ]  # fmt: skip
        self._levels = kept + self._wide
        self._scales = np.array([level.metres_per_px for level in self._levels])
        self._half_m = np.array([picture.shape[1], picture.shape[0]]) * metres_per_px / 2 - metres_per_px
        self._sky = sky_bgr

    def seen(self, shot: Shot, size: Size) -> Bytes:
        """Return the ground, uint8 (height, width, 3) BGR, and sky where there is no ground."""
        ground_from_image = np.asarray(np.linalg.inv(shot.image_from_ground), np.float64)
        four = np.empty((size[1], size[0], 4), np.uint8)
        choice = self._choice(shot, ground_from_image, size)
        cuts = [0, *(np.flatnonzero(np.diff(choice)) + 1).tolist(), len(choice)]
        for first, last in itertools.pairwise(cuts):
            rows = slice(first * BAND_PX, min(last * BAND_PX, size[1]))
            level = self._levels[choice[first]]
            self._warp(four[rows], rows.start, level, shot.image_from_ground, ground_from_image)
        picture = np.asarray(cv2.cvtColor(four, cv2.COLOR_BGRA2BGR), np.uint8)
        _paint_sky(picture, shot, self._sky)
        return picture

    def _choice(self, shot: Shot, ground_from_image: Floats, size: Size) -> NDArray[np.int64]:
        """Return for each band of `BAND_PX` rows the number of its level."""
        rows = np.arange(0, size[1], BAND_PX) + BAND_PX / 2
        points = np.stack([np.full(len(rows), size[0] / 2), rows, np.ones(len(rows))])
        east, north, scale = ground_from_image @ points
        place = np.stack([east, north]) / np.where(np.abs(scale) < 1e-12, 1e-12, scale)
        away = np.hypot(np.hypot(*(place - shot.place_m[:2, None])), shot.place_m[2])
        ahead = scale * np.sign((ground_from_image @ [size[0] / 2, size[1] * 1e6, 1.0])[2]) > 0
        across = np.where(ahead, np.minimum(away, HORIZON_RANGE_M), HORIZON_RANGE_M) / shot.intrinsics.fx_px
        # Ground seen flat is finer across than along the line of sight; the mean of both serves best.
        wanted = across * np.sqrt(away / max(shot.place_m[2], 0.1))
        return np.asarray(np.maximum(np.searchsorted(self._scales, 1.1 * wanted, side="right") - 1, 0), np.int64)

    def _warp(
        self, out: Bytes, first_row: int, level: Level, image_from_ground: Floats, ground_from_image: Floats
    ) -> None:
        size = (out.shape[1], out.shape[0])
        up = np.array([[1, 0, 0], [0, 1, -first_row], [0, 0, 1.0]])
        if level.is_wide or self._holds(first_row, size, ground_from_image):
            _warped(out, up @ image_from_ground, level, cv2.BORDER_REFLECT_101)
            return
        _warped(out, up @ image_from_ground, self._wide[0], cv2.BORDER_REFLECT_101)
        _warped(out, up @ image_from_ground, level, cv2.BORDER_TRANSPARENT)

    def _holds(self, first_row: int, size: Size, ground_from_image: Floats) -> bool:
        """Return whether a band of the picture shows only the world's own ground."""
        top, bottom = first_row, first_row + size[1]
        corners = np.array([[0, top, 1], [size[0], top, 1], [size[0], bottom, 1], [0, bottom, 1]], float).T
        east, north, scale = ground_from_image @ corners
        if scale.min() * scale.max() <= 0:
            return False
        return bool((np.abs(np.stack([east / scale, north / scale]).T) < self._half_m).all())


def _warped(out: Bytes, image_from_ground: Floats, level: Level, border: int) -> None:
    cv2.warpPerspective(
        level.pixels, image_from_ground @ level.ground_from_pixels, (out.shape[1], out.shape[0]), dst=out,
        flags=cv2.INTER_LINEAR, borderMode=border,
    )  # fmt: skip


def _levels(picture: Bytes, metres_per_px: float, *, is_wide: bool) -> list[Level]:
    height, width = picture.shape[:2]
    levels: list[Level] = []
    # four bytes a pixel warp a fifth quicker than three
    texture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA), np.uint8)
    steps = max(0, math.floor(2 * math.log2(COARSEST_M_PER_PX / metres_per_px)))
    for step in range(1 + steps):
        size = (max(2, round(width / math.sqrt(2) ** step)), max(2, round(height / math.sqrt(2) ** step)))
        # averaged from two steps finer: quick, and nothing aliases
        source = texture if step < 2 else levels[step - 2].pixels
        pixels = np.asarray(cv2.resize(source, size, interpolation=cv2.INTER_AREA), np.uint8) if step else texture
        scale = metres_per_px * width / size[0], metres_per_px * height / size[1]
        transform = np.diag([*scale, 1.0]) @ ground_from_texture(1.0, (size[1], size[0]))
        levels.append(Level(pixels=pixels, ground_from_pixels=transform, metres_per_px=scale[0], is_wide=is_wide))
    return levels


def _paint_sky(picture: Bytes, shot: Shot, sky_bgr: tuple[float, float, float]) -> None:
    """Paint what looks above `HORIZON_RANGE_M` of ground."""
    height, width = picture.shape[:2]
    k = shot.intrinsics
    # a ray's climb over its length, linear in the pixel but for the length
    climb = np.array([shot.axes[0, 2] / k.fx_px, shot.axes[1, 2] / k.fy_px, 0.0])
    climb[2] = shot.axes[2, 2] - climb[0] * k.cx_px - climb[1] * k.cy_px
    climb[2] += shot.place_m[2] / HORIZON_RANGE_M
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    over = corners @ climb[:2] + climb[2]
    outline = []
    for one, two, high, next_high in zip(corners, np.roll(corners, -1, 0), over, np.roll(over, -1), strict=True):
        if high > 0:
            outline.append(one)
        if high * next_high < 0:
            outline.append(one + (two - one) * high / (high - next_high))
    if outline:
        cv2.fillPoly(picture, [np.round(np.array(outline)).astype(np.int32)], sky_bgr)
