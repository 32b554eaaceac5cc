"""Things that are no people: solids of a few pieces that stand on the ground, as the camera sees them.

A piece is a flat outline lifted into a solid, its upper outline as large or smaller: enough for bins, benches, cars.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.picture.props import AMBIENT, sun_direction
from sitl.picture.shadows import SUBPIXEL_BITS, fixed_point
from sitl.world.look import Palette
from sitl.world.shot import Shot
from sitl.world.world import Sun

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bgr = tuple[float, float, float]

THERMAL_THING: Final = (66.0, 0.18)
"""Grey of a thing in thermal pictures, and how much of its visible shade remains."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """One part of a thing: all between two outlines."""

    low_m: Floats
    """(n, 3), counter-clockwise from above, about the thing's own middle, which stands on the ground."""
    high_m: Floats
    """(n, 3), the same corners above."""
    side_bgr: Bgr
    top_bgr: Bgr


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Thing:
    """One thing on the ground."""

    kind: str
    middle_m: tuple[float, float]
    reach_m: float
    """No person stands nearer to its middle."""
    pieces: tuple[Piece, ...]
    """Lowest first."""
    person: int | None = None
    """Whom it belongs to: an umbrella over somebody counts as that person."""
    lines_m: tuple[tuple[Floats, float, Bgr], ...] = field(default=())
    """Bars thinner than any solid: points (n, 3), metres of width, colour."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenThing:
    """One thing in one picture: polygons to fill, in order."""

    depth_m: float
    person: int | None
    fills: tuple[tuple[Ints, Bgr], ...]
    strokes: tuple[tuple[Ints, int, Bgr], ...] = ()

    def paint(self, picture: Bytes) -> None:
        """Paint the thing into a picture, uint8 (h, w, 3) BGR."""
        for corners, shade in self.fills:
            cv2.fillConvexPoly(picture, corners, shade, cv2.LINE_8, SUBPIXEL_BITS)
        for points, wide, shade in self.strokes:
            cv2.polylines(picture, [points], False, shade, wide, cv2.LINE_8, SUBPIXEL_BITS)

    def hide(self, numbers: NDArray[np.uint16], number: int = 0) -> None:
        """Write a number into a map (h, w) where the thing is."""
        for corners, _ in self.fills:
            cv2.fillConvexPoly(numbers, corners, number, cv2.LINE_8, SUBPIXEL_BITS)
        for points, wide, _ in self.strokes:
            cv2.polylines(numbers, [points], False, number, wide, cv2.LINE_8, SUBPIXEL_BITS)


def seen_things(
    things: tuple[Thing, ...], shot: Shot, sun: Sun, palette: Palette, light: float = 1.0
) -> list[SeenThing]:
    """Return the things that a camera may see.

    Args:
        things: in the world.
        shot: the camera.
        sun: lights their sides.
        palette: the light.
        light: on all of them.
    """
    towards = sun_direction(sun)
    seen = []
    for thing in things:
        points = np.concatenate([np.concatenate([piece.low_m, piece.high_m]) for piece in thing.pieces])
        points = points + np.array([*thing.middle_m, 0.0])
        pixels, depth = shot.projected(points)
        if depth.min() <= 0.5 or not _touches(pixels, shot):
            continue
        fills, start = [], 0
        for piece in thing.pieces:
            count = len(piece.low_m)
            corners = fixed_point(pixels[start : start + 2 * count])
            start += 2 * count
            fills += _filled(piece, corners, towards, palette, light)
        strokes = tuple(_stroke(line, thing, shot, palette) for line in thing.lines_m)
        seen.append(SeenThing(depth_m=float(depth.min()), person=thing.person, fills=tuple(fills), strokes=strokes))
    return seen


def _touches(pixels: Floats, shot: Shot) -> bool:
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    return bool(
        low[0] < shot.intrinsics.width_px and low[1] < shot.intrinsics.height_px and high[0] > 0 and high[1] > 0
    )


def _filled(piece: Piece, corners: Ints, towards: Floats, palette: Palette, light: float) -> list[tuple[Ints, Bgr]]:
    """Return the sides that face the camera, then the top; sides are seen where their corners turn right."""
    count = len(piece.low_m)
    low, high = corners[:count], corners[count:]
    fills = []
    for k in range(count):
        side = np.array([low[k], low[(k + 1) % count], high[(k + 1) % count], high[k]])
        if _turns(side) < 0:
            along = piece.low_m[(k + 1) % count] - piece.low_m[k]
            outwards = np.array([along[1], -along[0], 0.0]) / max(float(np.hypot(along[0], along[1])), 1e-9)
            fills.append((side, shade_of(piece.side_bgr, float(outwards @ towards), palette, light)))
    if _turns(high) < 0:
        fills.append((high, shade_of(piece.top_bgr, float(towards[2]), palette, light)))
    return fills


def _turns(corners: Ints) -> float:
    """Return twice the area (pixels of fixed point, y down) inside corners; below 0 where they turn left."""
    x, y = corners[:, 0].astype(float), corners[:, 1].astype(float)
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum())


def shade_of(colour: Bgr, facing: float, palette: Palette, light: float) -> Bgr:
    """Return a colour in the light: `facing` is the cosine to the sun."""
    factor = light * (AMBIENT + (1 - AMBIENT) * max(0.0, facing) * (palette.shadow_depth / 0.4))
    blue, green, red = (min(255.0, part * factor) for part in colour)
    if palette.is_thermal:
        grey = THERMAL_THING[0] + THERMAL_THING[1] * (blue + green + red) / 3
        return grey, grey, grey
    return blue, green, red


def _stroke(line: tuple[Floats, float, Bgr], thing: Thing, shot: Shot, palette: Palette) -> tuple[Ints, int, Bgr]:
    points, wide_m, colour = line
    pixels, depth = shot.projected(points + np.array([*thing.middle_m, 0.0]))
    wide = max(1, round(wide_m * shot.intrinsics.fx_px / max(float(depth.mean()), 0.5)))
    return fixed_point(pixels), wide, shade_of(colour, 0.6, palette, 1.0)


def shadows_of(things: tuple[Thing, ...], sun: Sun) -> list[Floats]:
    """Return the outlines (n, 2), east and north, of the shadows of all pieces on the ground."""
    light = sun_direction(sun)
    outlines = []
    for thing in things:
        for piece in thing.pieces:
            points = np.concatenate([piece.low_m, piece.high_m])
            fallen = points[:, :2] - points[:, 2:] * (light[:2] / light[2]) + np.array(thing.middle_m)
            outlines.append(np.asarray(cv2.convexHull(fallen.astype(np.float32))[:, 0], np.float64))
    return outlines
