"""One rendered figure, many people: grey clothes get a person's colours, or all of it its warmth. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Colour = tuple[float, float, float]
"""Linear reflectance: red, green, blue."""

SKIN_HUES: Final = (3, 22)
"""OpenCV's half degrees; brown and blond hair have them too."""
SKIN_SATURATION: Final = 40
HEAD_M: Final = 0.12
CLOTH_GREY: Final = 172.0
SKIN_GREY: Final = 238.0

RENDERED_GREY: Final = 0.25
"""Reflectance of clothes in the atlases."""
TOP_GREY: Final = 120
BOTTOM_GREY: Final = 240
"""Of parts in the atlases' maps of parts."""

DARK: Final[tuple[Colour, ...]] = (
    (0.014, 0.014, 0.016),
    (0.020, 0.020, 0.022),
    (0.030, 0.030, 0.034),
    (0.012, 0.016, 0.034),
    (0.018, 0.026, 0.060),
    (0.035, 0.024, 0.016),
    (0.050, 0.052, 0.056),
    (0.026, 0.030, 0.018),
)
MIDDLE: Final[tuple[Colour, ...]] = (
    (0.10, 0.10, 0.11),
    (0.17, 0.17, 0.18),
    (0.06, 0.07, 0.035),
    (0.10, 0.055, 0.030),
    (0.20, 0.14, 0.085),
    (0.045, 0.080, 0.150),
)
BRIGHT: Final[tuple[Colour, ...]] = (
    (0.26, 0.022, 0.025),
    (0.025, 0.075, 0.28),
    (0.02, 0.13, 0.06),
    (0.50, 0.25, 0.02),
    (0.30, 0.09, 0.15),
    (0.02, 0.17, 0.20),
    (0.11, 0.015, 0.03),
)
PALE: Final[tuple[Colour, ...]] = ((0.62, 0.62, 0.61), (0.50, 0.49, 0.45), (0.36, 0.42, 0.52))
JEANS: Final[tuple[Colour, ...]] = (
    (0.020, 0.032, 0.070),
    (0.035, 0.055, 0.110),
    (0.060, 0.090, 0.160),
    (0.110, 0.150, 0.220),
)
TROUSERS: Final[tuple[Colour, ...]] = ((0.24, 0.18, 0.11), (0.13, 0.10, 0.07), (0.15, 0.15, 0.16))
TOPS: Final = ((DARK, 0.50), (MIDDLE, 0.20), (BRIGHT, 0.17), (PALE, 0.13))
BOTTOMS: Final = ((DARK, 0.45), (JEANS, 0.40), (TROUSERS, 0.15))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tint:
    """The colours of one person's clothes."""

    top: Colour
    bottom: Colour


def tints(count: int, *, seed: int = 5) -> tuple[Tint, ...]:
    """Return pairs of colours in the shares in which people wear them."""
    rng = np.random.default_rng(seed)
    tops, bottoms = _spread(TOPS, count, rng), _spread(BOTTOMS, count, rng)
    return tuple(Tint(top=top, bottom=bottom) for top, bottom in zip(tops, bottoms, strict=True))


def _spread(kinds: tuple[tuple[tuple[Colour, ...], float], ...], count: int, rng: np.random.Generator) -> list[Colour]:
    """Return colours of each kind in its share, to a whole number, shuffled."""
    ends = np.round(np.cumsum([share for _, share in kinds]) * count).astype(int)
    counts = np.diff(ends, prepend=0)
    drawn = [colours[k % len(colours)] for (colours, _), many in zip(kinds, counts, strict=True) for k in range(many)]
    return [drawn[k] for k in rng.permutation(count)]


TINTS: Final = tints(48)
"""Everybody wears one of these."""


def tinted(bgra: Bytes, parts: Bytes, tint: int) -> Bytes:
    """Return BGRA (h, w, 4) of somebody in grey clothes with tops and bottoms in a tint's colours; alpha is left.

    Args:
        bgra: sRGB, not premultiplied.
        parts: (h, w), `TOP_GREY`, `BOTTOM_GREY` or neither.
        tint: which of `TINTS`.
    """
    shown = bgra.copy()
    for level, colour in ((TOP_GREY, TINTS[tint].top), (BOTTOM_GREY, TINTS[tint].bottom)):
        dyed(shown, bgra, parts == level, colour)
    return shown


def dyed(shown: Bytes, bgra: Bytes, where: NDArray[np.bool_], colour: Colour) -> None:
    """Write grey clothes (h, w, 4) in a colour over a picture of the same size, in place, where (h, w) is told."""
    cv2.copyTo(cv2.LUT(bgra, _table(colour)), where.astype(np.uint8), shown)


@lru_cache(maxsize=2048)
def _table(colour: Colour) -> Bytes:
    """Return (1, 256, 4): what a grey cloth's sRGB value becomes in a colour, for blue, green, red; alpha stays."""
    light = _linear_from_srgb(np.arange(256) / 255)
    dyed = light[:, None] * np.array(colour[::-1]) / RENDERED_GREY
    values = np.round(_srgb_from_linear(np.clip(dyed, 0, 1)) * 255).astype(np.uint8)
    return np.column_stack([values, np.arange(256, dtype=np.uint8)])[None]


def _linear_from_srgb(value: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _srgb_from_linear(light: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055)


def warmth(bgra: Bytes, head_px: tuple[float, float], metres_per_px: float) -> Bytes:
    """Return BGRA (h, w, 4) as a thermal camera shows the body: skin and head white, cloth duller."""
    hsv = _hsv(bgra)
    grey = cv2.cvtColor(np.ascontiguousarray(bgra[..., :3]), cv2.COLOR_BGR2GRAY).astype(np.float32)
    heat = np.where(
        _skin(hsv[..., 0].astype(np.int16), hsv[..., 1]), SKIN_GREY, CLOTH_GREY + 0.22 * (grey - 110)
    ).astype(np.float32)
    rows, columns = np.indices(grey.shape, np.float32)
    away_m = np.hypot(columns - head_px[0], rows - head_px[1]) * metres_per_px
    heat += (SKIN_GREY - 4 - heat) * np.exp(-((away_m / HEAD_M) ** 2)).astype(np.float32)
    soft = cv2.GaussianBlur(heat, (0, 0), 0.03 / metres_per_px)
    white = np.clip(np.round(soft), 0, 255).astype(np.uint8)
    return np.dstack([white, white, white, bgra[..., 3]])


def _hsv(bgra: Bytes) -> Bytes:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(bgra[..., :3]), cv2.COLOR_BGR2HSV), np.uint8)


def _skin(hue: NDArray[np.int16], saturation: Bytes) -> NDArray[np.bool_]:
    return np.asarray((hue >= SKIN_HUES[0]) & (hue <= SKIN_HUES[1]) & (saturation > SKIN_SATURATION))
