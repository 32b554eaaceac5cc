"""Boxes and pointed roofs of the simulated square: faces to paint and the shadows that they cast. Pure geometry."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.world.world import Colour, Prop, Sun

Floats = NDArray[np.float64]

AMBIENT = 0.45
EAVES_M = 0.25
"""How far a roof reaches over its walls."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Face:
    """One flat side of a prop."""

    corners_m: Floats
    """(n, 3), east, north, up."""
    normal: Floats
    """(3,), of length 1, outwards."""
    shade_bgr: tuple[float, float, float]
    """Colour in the sun's light."""


def sun_direction(sun: Sun) -> Floats:
    """Return the unit vector (3,) towards the sun."""
    bearing, elevation = math.radians(sun.bearing_deg), math.radians(sun.elevation_deg)
    level = math.cos(elevation)
    return np.array([math.sin(bearing) * level, math.cos(bearing) * level, math.sin(elevation)])


def faces_of(prop: Prop, sun: Sun) -> tuple[Face, ...]:
    """Return walls and top, or walls and the four sides of the roof."""
    low, high = _rectangle(prop, 0.0), _rectangle(prop, prop.size_m[2])
    walls = [np.array([low[k], low[(k + 1) % 4], high[(k + 1) % 4], high[k]]) for k in range(4)]
    if not prop.roof_m:
        return tuple(_face(corners, prop.colour, sun) for corners in [*walls, high])
    eaves = _rectangle(prop, prop.size_m[2], wider_m=EAVES_M)
    apex = np.array([*prop.middle_m, prop.size_m[2] + prop.roof_m])
    roof = [np.array([eaves[k], eaves[(k + 1) % 4], apex]) for k in range(4)]
    return tuple(_face(wall, prop.colour, sun) for wall in walls) + tuple(
        _face(side, prop.roof_colour, sun) for side in roof
    )


def shadow_of(prop: Prop, sun: Sun) -> Floats:
    """Return the outline (n, 2) of the shadow on the ground, the prop's own base included."""
    light = sun_direction(sun)
    top = _rectangle(prop, prop.size_m[2], wider_m=EAVES_M if prop.roof_m else 0.0)
    points = [*_rectangle(prop, 0.0), *top, np.array([*prop.middle_m, prop.size_m[2] + prop.roof_m])]
    fallen = np.array([point[:2] - light[:2] / light[2] * point[2] for point in points], np.float32)
    return np.asarray(cv2.convexHull(fallen)[:, 0], np.float64)


def _rectangle(prop: Prop, up_m: float, *, wider_m: float = 0.0) -> Floats:
    """Return four corners (4, 3), counter-clockwise seen from above."""
    east, north = prop.size_m[0] / 2 + wider_m, prop.size_m[1] / 2 + wider_m
    signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    level = signs * (east, north) + np.array(prop.middle_m)
    return np.column_stack([level, np.full(4, up_m)])


def _face(corners: Floats, colour: Colour, sun: Sun) -> Face:
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[1])
    normal = normal / np.linalg.norm(normal)
    light = AMBIENT + (1 - AMBIENT) * max(0.0, float(normal @ sun_direction(sun)))
    red, green, blue = (light * part for part in colour)
    return Face(corners_m=corners, normal=normal, shade_bgr=(blue, green, red))
