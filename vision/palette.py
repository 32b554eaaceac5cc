"""Is a thermal picture shown in false colours (ironbow, inferno, hot, rainbow, jet)? Of one nothing passes.

A palette gives every pixel its colour by its warmth alone. So nearly all of the picture is vivid, and either the hue
follows from the brightness, over several hues (ironbow and its like), or all is vivid far beyond any scene, in several
hues (rainbow and its like). Its luma, which masks are found in, may fall where warmth rises. Decision 0074 has the
figures. Grey palettes, white-hot and black-hot, are no such thing.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.capped import CappedFrame

PALETTE: Final = "picture_palette"

STEP_PX: Final = 4
"""Every so many pixels one is asked, each way, of the picture averaged over three."""
BLACK_BELOW, WHITE_ABOVE = 40, 180
"""A pixel whose brightest channel is darker, or whose darkest is brighter, has no colour that could tell."""
LEAST_TOLD: Final = 0.4
"""Of the pixels must tell: a few coloured lamps in the night are no palette."""
COLOURED: Final = 50
COLOURED_OF_BRIGHTEST: Final = 0.55
"""Between the channels of a coloured pixel: grey levels, and the part of its brightest one."""
COLOURED_SHARE: Final = 0.85
"""Of those that tell: real scenes gave 0.73 at most, palettes 0.93 in the median and more."""
VIVID: Final = 100
VIVID_SHARE: Final = 0.9
"""Of those that tell: real scenes gave 0.45 at most, rainbow palettes 0.99 and more."""
MANY_HUES: Final = 0.97
"""Length of the mean hue: 1 is one hue. Red light gives 1."""
HUE_KNOWN: Final = 0.985
"""The same among pixels of one brightness, on the mean."""
HUES_EXPLAINED: Final = 6.0
"""So many times as much do hues differ as among pixels of one brightness: 2.7 in a real, coloured scene."""
LUMA_STEP: Final = 8
LOOKS: Final = 2
"""So many pictures on end: a flash of stage light is none."""
APART_NS: Final = 500_000_000
CLEAN_NS: Final = 10_000_000_000
"""It must be gone for so long before it is forgiven."""


class PaletteWatch:
    """Asked of every picture, in order of time; a picture of luma alone says nothing new."""

    def __init__(self) -> None:
        self._signs = 0
        self._asked_ns: int | None = None
        self._told_ns: int | None = None

    def doubt(self, frame: CappedFrame) -> str:
        """Return `PALETTE` where the pictures are shown in false colours, else empty."""
        if frame.pixels.ndim == 3 and self._due(frame.utc_ns):
            self._asked_ns = frame.utc_ns
            self._signs = self._signs + 1 if is_palette(frame.pixels) else 0
            if self._signs >= LOOKS:
                self._told_ns = frame.utc_ns
        if self._told_ns is not None and not self._signs and abs(frame.utc_ns - self._told_ns) >= CLEAN_NS:
            self._told_ns = None
        return "" if self._told_ns is None else PALETTE

    def _due(self, utc_ns: int) -> bool:
        return self._asked_ns is None or abs(utc_ns - self._asked_ns) >= APART_NS


def is_palette(pixels: NDArray[np.uint8]) -> bool:
    """Say whether a picture, uint8 (h, w, 3) BGR, shows false colours."""
    small = np.ascontiguousarray(cv2.blur(pixels, (3, 3))[::STEP_PX, ::STEP_PX]).reshape(-1, 1, 3)
    # by planes: numpy's largest of three neighbours takes longer than all the rest
    blue, green, red = cv2.split(small)
    brightest = np.asarray(cv2.max(cv2.max(blue, green), red)).ravel().astype(np.int16)
    darkest = np.asarray(cv2.min(cv2.min(blue, green), red)).ravel().astype(np.int16)
    tells = (brightest >= BLACK_BELOW) & (darkest <= WHITE_ABOVE)
    between = (brightest - darkest)[tells]
    if between.size < LEAST_TOLD * len(small):
        return False
    luma, cr, cb = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2YCrCb))[tells, 0].T.astype(np.float64)
    coloured = (between >= COLOURED) & (between >= COLOURED_OF_BRIGHTEST * brightest[tells])
    hues = _hues(cr - 128, cb - 128)
    if np.mean(between >= VIVID) >= VIVID_SHARE and abs(hues.mean()) <= MANY_HUES:
        return True
    return bool(coloured.mean() >= COLOURED_SHARE and _follow_from_luma(hues[coloured], luma[coloured]))


def _hues(red: NDArray[np.float64], blue: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Return the direction of each colour from grey, (n,) of length 1; 0 for grey itself."""
    colour = blue + 1j * red
    return np.asarray(colour / np.maximum(np.abs(colour), 1.0), np.complex128)


def _follow_from_luma(hues: NDArray[np.complex128], luma: NDArray[np.float64]) -> bool:
    """Say whether hues differ, and by brightness alone."""
    step = (luma / LUMA_STEP).astype(np.int64)
    sums = np.bincount(step, hues.real) + 1j * np.bincount(step, hues.imag)
    known, same = float(np.abs(sums).sum()) / len(hues), abs(hues.mean())
    return known >= HUE_KNOWN and 1 - same >= HUES_EXPLAINED * max(1 - known, 1e-3)
