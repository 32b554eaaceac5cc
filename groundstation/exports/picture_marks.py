"""Level fills, patterns, hatches and dashed edges as pixels: squares of numpy for a picture of the map. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw

from maps.levels import Level
from maps.palette import DAY, GROUND, HATCH

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]

HATCH_PX: Final = 7
HATCH_LINE_PX: Final = 2
STALE_OPACITY: Final = 0.5
PATTERN_OPACITY: Final = 0.5
DASHES: Final = {"stale": (6, 4), "suppressed": (2, 4)}


def colour(text: str) -> tuple[int, int, int]:
    """Return #RRGGBB as numbers."""
    red, green, blue = ImageColor.getrgb(text)[:3]
    return red, green, blue


def is_marked(level: Level, height_px: int, width_px: int) -> NDArray[np.bool_]:
    """Return where a level's pattern has ink: plain, dots, closer dots, bars, a grid: the denser, the busier."""
    v, u = np.mgrid[0:height_px, 0:width_px]
    match level:
        case Level.FREE:
            return np.zeros((height_px, width_px), np.bool_)
        case Level.DENSE:
            return np.asarray((u % 11 - 5) ** 2 + (v % 11 - 5) ** 2 <= 2)
        case Level.WATCH:
            return np.asarray((u % 6 - 2) ** 2 + (v % 6 - 2) ** 2 <= 1)
        case Level.ALERT:
            return np.asarray(v % 6 < 2)
        case Level.CRITICAL:
            return np.asarray((v % 6 == 0) | (u % 6 == 0))


def filled(level: Level, height_px: int, width_px: int, *, opacity: float = 1.0) -> Pixels:
    """Return a rectangle of a level's colour with its pattern, over the ground where it is not opaque."""
    swatch = DAY[level]
    fill, ink, ground = (np.array(colour(one), np.float64) for one in (swatch.fill, swatch.ink, GROUND))
    marked = is_marked(level, height_px, width_px)[..., None]
    lit = np.where(marked, fill + (ink - fill) * PATTERN_OPACITY, fill)
    pixels: Pixels = np.rint(ground + (lit - ground) * opacity).astype(np.uint8)
    return pixels


def hatched(height_px: int, width_px: int) -> Pixels:
    """Return a rectangle of ground that nobody sees: diagonal lines."""
    v, u = np.mgrid[0:height_px, 0:width_px]
    lined = ((u + v) % (HATCH_PX * 2) < HATCH_LINE_PX)[..., None]
    pixels: Pixels = np.where(lined, np.array(colour(HATCH)), np.array(colour(GROUND))).astype(np.uint8)
    return pixels


def put(picture: Image.Image, pixels: Pixels, left: int, top: int) -> None:
    """Lay a rectangle of pixels onto the picture."""
    picture.paste(Image.fromarray(pixels), (left, top))


def dashed(draw: ImageDraw.ImageDraw, box: Box, ink: str, dash: tuple[int, int]) -> None:
    """Draw a dashed frame inside a box (left, top, right, bottom)."""
    left, top, right, bottom = box
    length, gap = dash
    for u in range(left, right, length + gap):
        for v in (top, bottom):
            draw.line([(u, v), (min(u + length, right), v)], fill=ink)
    for v in range(top, bottom, length + gap):
        for u in (left, right):
            draw.line([(u, v), (u, min(v + length, bottom))], fill=ink)
