"""Surveyed ground marks: found in the picture itself, placed by the station's pose, compared with the survey. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose
from maps.georeference import ground_from_image
from sitl.world.shot import Shot

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

PROBE_M: Final = 0.18
"""Middle of a mark's quadrant from its centre, along east and north."""
LEAST_PX: Final = 6.0
"""A quadrant smaller than this is not measured."""
LEAST_CONTRAST: Final = 40.0
"""Between light and dark quadrants, in grey levels: less, and somebody stands there."""
MOST_SHIFT_PX: Final = 3.0
EARTH_M: Final = 6_371_008.8


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkFix:
    """Where the station puts one mark in one frame, beside the truth."""

    error_m: float
    ce90_m: float


def seen_at(picture: Bytes, shot: Shot, mark_m: tuple[float, float]) -> Floats | None:
    """Return the pixel (2,) of a mark's centre measured in a picture; None where it is hidden, cut or too small.

    Args:
        picture: uint8 (height, width), grey, as decoded.
        shot: the true camera, which tells where to look.
        mark_m: east and north of the mark.
    """
    near = quadrant_pixels(shot, mark_m)
    if near is None:
        return None
    centre, quadrants = near
    height, width = picture.shape
    every = np.concatenate([quadrants, centre[None]])
    if (every < 8).any() or (every[:, 0] > width - 9).any() or (every[:, 1] > height - 9).any():
        return None
    least_px = float(np.linalg.norm(quadrants - centre, axis=1).min())
    if least_px < LEAST_PX / 2 or not _alternates(picture, quadrants):
        return None
    reach = int(np.clip(least_px * 0.7, 2, 6))
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 40, 0.01)
    found = cv2.cornerSubPix(picture, centre.astype(np.float32).reshape(1, 1, 2), (reach, reach), (-1, -1), criteria)
    corner = np.asarray(found, np.float64).reshape(2)
    return corner if np.linalg.norm(corner - centre) <= MOST_SHIFT_PX else None


def quadrant_pixels(shot: Shot, mark_m: tuple[float, float]) -> tuple[Floats, Floats] | None:
    """Return the true pixels of a mark's centre (2,) and of its quadrants (4, 2), north-east first, clockwise."""
    steps = np.array([(0, 0), (1, 1), (1, -1), (-1, -1), (-1, 1)]) * PROBE_M
    points = np.column_stack([steps + np.array(mark_m), np.zeros(5)])
    pixels, depth = shot.projected(points)
    return None if depth.min() <= 0 else (pixels[0], pixels[1:])


def _alternates(picture: Bytes, quadrants: Floats) -> bool:
    """Say whether the quadrants are light and dark in turn, as painted."""
    columns, rows = np.round(quadrants).astype(int).T
    a, b, c, d = (float(picture[row, column]) for row, column in zip(rows, columns, strict=True))
    apart = min(a, c) - max(b, d), min(b, d) - max(a, c)
    return max(apart) >= LEAST_CONTRAST


def fix_of(pose: CameraPose, pixel: Floats, mark_lat_lon: tuple[float, float]) -> MarkFix | None:
    """Return how far the station puts a pixel from a surveyed place; None where it refuses to place it."""
    points = ground_from_image(pose, pixel[:1], pixel[1:])
    if not points.ok[0]:
        return None
    error_m = distance_m((float(points.lat_deg[0]), float(points.lon_deg[0])), mark_lat_lon)
    return MarkFix(error_m=error_m, ce90_m=float(points.ce90_m[0]))


def distance_m(a_deg: tuple[float, float], b_deg: tuple[float, float]) -> float:
    """Return the distance of two near places (latitude, longitude), on a sphere: right to 0.5 % anywhere."""
    north = np.radians(b_deg[0] - a_deg[0]) * EARTH_M
    east = np.radians(b_deg[1] - a_deg[1]) * EARTH_M * np.cos(np.radians((a_deg[0] + b_deg[0]) / 2))
    return float(np.hypot(east, north))
