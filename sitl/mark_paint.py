"""Surveyed marks painted straight into pictures where they are near: sharper than any texture of the ground."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.ground_picture import MARK_GREYS, MARK_M, THERMAL_GROUND, THERMAL_MEAN
from sitl.look import Palette
from sitl.shadows import SUBPIXEL_BITS, fixed_point
from sitl.shot import Shot
from sitl.world import Mark

Bytes = NDArray[np.uint8]

LEAST_PX: Final = 4.0
"""Quadrants smaller than this are left to the texture, whose levels are averaged."""
_CORNERS: Final = np.array([(0, 0), (0, 1), (1, 1), (1, 0)], float)
_QUADRANTS: Final = tuple(
    (np.array([(east, north)]) * _CORNERS, int(east * north < 0))
    for east, north in ((1.0, 1.0), (-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0))
)
"""Corners and number of the grey; dark ones first, as in the texture."""


class MarkPaint:
    """The marks of a world in its light.

    Args:
        marks: points on the ground.
        palette: the light.
    """

    def __init__(self, marks: tuple[Mark, ...], palette: Palette) -> None:
        middles = np.array([(mark.east_m, mark.north_m) for mark in marks]).reshape(-1, 1, 1, 2)
        shape = np.stack([corners for corners, _ in _QUADRANTS]) * MARK_M / 2
        level = middles + shape[None]
        self._corners = np.concatenate([level, np.zeros((*level.shape[:3], 1))], axis=3)
        level_grey, contrast = THERMAL_GROUND
        self._greys = [
            level_grey + contrast * (grey - THERMAL_MEAN) if palette.is_thermal else float(grey) for grey in MARK_GREYS
        ]

    def paint(self, picture: Bytes, shot: Shot) -> None:
        """Paint the marks that are near enough into a picture of the ground, uint8 (h, w, 3) BGR."""
        if not len(self._corners):
            return
        pixels, depth = shot.projected(self._corners.reshape(-1, 3))
        quadrants, ahead = pixels.reshape(-1, 4, 4, 2), depth.reshape(-1, 16).min(axis=1) > 0
        size = np.array([picture.shape[1], picture.shape[0]])
        inside = ((quadrants > -size) & (quadrants < 2 * size)).all(axis=(1, 2, 3))
        least_px = np.linalg.norm(quadrants[:, :, 1] - quadrants[:, :, 0], axis=2).min(axis=1)
        for mark in np.flatnonzero(ahead & inside & (least_px >= LEAST_PX)):
            for outline, (_, kind) in zip(quadrants[mark], _QUADRANTS, strict=True):
                grey = self._greys[kind]
                cv2.fillConvexPoly(picture, fixed_point(outline), (grey, grey, grey), cv2.LINE_AA, SUBPIXEL_BITS)
