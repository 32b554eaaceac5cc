"""Surveyed marks painted straight into pictures where they are near: sharper than any texture of the ground."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.picture.ground_picture import MARK_GREYS, MARK_M, THERMAL_GROUND, THERMAL_MEAN
from sitl.world.look import Palette
from sitl.world.shot import Shot
from sitl.world.world import Mark

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

LEAST_PX: Final = 4.0
"""Quadrants smaller than this are left to the texture, whose levels are averaged."""
FINER: Final = 4
"""Marks are cut out at so many times the picture's resolution and averaged: an outline drawn smooth is half a pixel
wider on each side, and the light quadrants would meet in a bar instead of a point."""
_QUADRANTS: Final = np.array([[(255, 255), (0, 255)], [(0, 255), (255, 255)]], np.uint8)
"""Two by two, north first, west first: how light, and that there is a mark."""
_CORNERS_M: Final = np.array([(-1, -1), (-1, 1), (1, 1), (1, -1)]) * MARK_M / 2


class MarkPaint:
    """The marks of a world in its light.

    Args:
        marks: points on the ground.
        palette: the light.
    """

    def __init__(self, marks: tuple[Mark, ...], palette: Palette) -> None:
        self._middles_m = np.array([(mark.east_m, mark.north_m) for mark in marks]).reshape(-1, 2)
        level = self._middles_m[:, None] + _CORNERS_M
        self._corners_m = np.concatenate([level, np.zeros((*level.shape[:2], 1))], axis=2)
        level_grey, contrast = THERMAL_GROUND
        self._greys = [
            level_grey + contrast * (grey - THERMAL_MEAN) if palette.is_thermal else float(grey) for grey in MARK_GREYS
        ]

    def paint(self, picture: Bytes, shot: Shot) -> None:
        """Paint the marks that are near enough into a picture of the ground, uint8 (h, w, 3) BGR."""
        if not len(self._corners_m):
            return
        pixels, depth = shot.projected(self._corners_m.reshape(-1, 3))
        corners = pixels.reshape(-1, 4, 2)
        ahead = depth.reshape(-1, 4).min(axis=1) > 0
        # a quadrant's side is half of the mark's
        least_px = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).min(axis=1) / 2
        for mark in np.flatnonzero(ahead & (least_px >= LEAST_PX)):
            self._paint(picture, shot, self._middles_m[mark], corners[mark])

    def _paint(self, picture: Bytes, shot: Shot, middle_m: Floats, corners: Floats) -> None:
        """Paint one mark, each pixel by the share of it that dark and light quadrants cover."""
        end = np.array([picture.shape[1], picture.shape[0]])
        x0, y0 = np.clip(np.floor(corners.min(axis=0)), 0, end).astype(int).tolist()
        x1, y1 = np.clip(np.ceil(corners.max(axis=0)) + 1, 0, end).astype(int).tolist()
        if x1 <= x0 or y1 <= y0:
            return
        finer_from_image = np.array(
            [[FINER, 0, (0.5 - x0) * FINER - 0.5], [0, FINER, (0.5 - y0) * FINER - 0.5], [0, 0, 1]]
        )
        shape = finer_from_image @ shot.image_from_ground @ _ground_from_quadrants(middle_m)
        finer = cv2.warpPerspective(_QUADRANTS, shape, ((x1 - x0) * FINER, (y1 - y0) * FINER), flags=cv2.INTER_NEAREST)
        shares = np.asarray(cv2.resize(finer, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA), np.float32) / 255
        light, covered = shares[..., :1], shares[..., 1:]
        region = picture[y0:y1, x0:x1]
        region[:] = np.round(region * (1 - covered) + self._greys[0] * (covered - light) + self._greys[1] * light)


def _ground_from_quadrants(middle_m: Floats) -> Floats:
    """Return the transform (3, 3) from pixels of `_QUADRANTS` to east and north."""
    side_m = MARK_M / 2
    return np.array([
        [side_m, 0, middle_m[0] - side_m / 2],
        [0, -side_m, middle_m[1] + side_m / 2],
        [0, 0, 1],
    ])  # fmt: skip
