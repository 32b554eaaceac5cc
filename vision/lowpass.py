"""The low-pass that both caps share: nothing finer than a given px/m survives, wherever in the picture it lies.

A band is a region whose px/m exceeds the cap by up to a factor r. It is smoothed by a Gaussian of 0.8 r pixels,
sampled every r pixels and interpolated linearly: at 1.25 times the cap 0.6 % of the contrast is left, where area
averaging leaves 25 %. Bands are a quarter of an octave apart and rounded up, so the bound holds inside each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.scale import DensityBound

BANDS_PER_OCTAVE: Final = 4
SIGMA_OF_OUTPUT_PX: Final = 0.8
HALVED_FROM: Final = 2.3
"""From this ratio a picture is halved first: the pyramid's filter leaves less than 1 % to alias, at half the cost."""
MAX_RATIO: Final = 64.0
"""Beyond this a pixel has no usable bound; it is filled instead."""

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Band:
    """A rectangle of the picture and where in it one ratio holds."""

    ratio: float
    top: int
    bottom: int
    left: int
    right: int
    inside: NDArray[np.uint8] | None
    """uint8 (bottom - top, right - left), 255 where the band holds; None: everywhere in the rectangle."""


@dataclass(frozen=True, slots=True)
class LowPass:
    """How to smooth pictures of one size.

    Attributes:
        bands: From weak to strong.
        unbounded: uint8 (height, width), 255 where no bound is known; None where all is bounded.
    """

    bands: tuple[Band, ...]
    unbounded: NDArray[np.uint8] | None

    def applied(self, picture: Picture) -> Picture:
        """Return a smoothed copy of a picture, uint8 (height, width) or (height, width, 3)."""
        result = picture.copy()
        for band in self.bands:
            _apply(band, picture, result)
        return result


def ratio_steps(ratio: NDArray[np.float32]) -> NDArray[np.int32]:
    """Round ratios up to quarter octaves: step n stands for 2^(n/4), 0 for no smoothing."""
    with np.errstate(divide="ignore"):
        steps = np.ceil(BANDS_PER_OCTAVE * np.log2(np.clip(ratio, 1e-6, MAX_RATIO)) - 1e-4)
    return np.maximum(steps, 0).astype(np.int32)


def lowpass_for(bound: DensityBound, *, cap_px_per_m: float, width_px: int, height_px: int) -> LowPass:
    """Return the low-pass that brings a picture of this size under the cap.

    Args:
        bound: px/m over the same picture.
        cap_px_per_m: What may survive.
        width_px: Width of the pictures it will be applied to.
        height_px: Their height.
    """
    ratio = _blocks(bound.px_per_m / np.float32(cap_px_per_m))
    steps = ratio_steps(ratio)
    grid = BlockGrid(bound.step_px, width_px, height_px)
    bands = tuple(_band(2 ** (int(step) / BANDS_PER_OCTAVE), steps == step, grid) for step in np.unique(steps) if step)
    unbounded = ~(ratio <= MAX_RATIO)
    return LowPass(bands, grid.mask(unbounded) if unbounded.any() else None)


def _blocks(nodes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the largest of the four corners of each block."""
    largest: NDArray[np.float32] = np.maximum(
        np.maximum(nodes[:-1, :-1], nodes[1:, :-1]), np.maximum(nodes[:-1, 1:], nodes[1:, 1:])
    )
    return largest


@dataclass(frozen=True, slots=True)
class BlockGrid:
    """Square blocks of `step_px` over a picture; the last row and column may reach beyond it."""

    step_px: int
    width_px: int
    height_px: int

    def mask(self, blocks: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """Return uint8 (height, width), 255 in the given blocks."""
        pixels = np.repeat(np.repeat(blocks, self.step_px, axis=0), self.step_px, axis=1)
        return pixels[: self.height_px, : self.width_px].astype(np.uint8) * 255


def _band(ratio: float, where: NDArray[np.bool_], grid: BlockGrid) -> Band:
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    first_row, last_row, first_column, last_column = int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])
    top, left = first_row * grid.step_px, first_column * grid.step_px
    bottom = min((last_row + 1) * grid.step_px, grid.height_px)
    right = min((last_column + 1) * grid.step_px, grid.width_px)
    inside = where[first_row : last_row + 1, first_column : last_column + 1]
    part = BlockGrid(grid.step_px, right - left, bottom - top)
    return Band(ratio, top, bottom, left, right, None if inside.all() else part.mask(inside))


def _apply(band: Band, picture: Picture, result: Picture) -> None:
    height_px, width_px = picture.shape[:2]
    margin = math.ceil(3 * SIGMA_OF_OUTPUT_PX * band.ratio) + 1
    top, left = max(0, band.top - margin), max(0, band.left - margin)
    bottom, right = min(height_px, band.bottom + margin), min(width_px, band.right + margin)
    smooth = resampled(picture[top:bottom, left:right], band.ratio)
    part = smooth[band.top - top : band.bottom - top, band.left - left : band.right - left]
    target = result[band.top : band.bottom, band.left : band.right]
    if band.inside is None:
        target[...] = part
    else:
        cv2.copyTo(part, band.inside, target)


def resampled(picture: Picture, ratio: float) -> Picture:
    """Return the picture smoothed, sampled every `ratio` pixels and interpolated back to its size."""
    height_px, width_px = picture.shape[:2]
    size = (max(1, int(width_px / ratio)), max(1, int(height_px / ratio)))
    small = decimated(picture, ratio=ratio, size=size)
    return cv2.resize(small, (width_px, height_px), interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def decimated(picture: Picture, *, ratio: float, size: tuple[int, int]) -> Picture:
    """Return the picture smoothed for a sampling of one in `ratio` pixels, and sampled to `size` (width, height)."""
    remaining = ratio
    while remaining >= HALVED_FROM:
        picture, remaining = cv2.pyrDown(picture).astype(np.uint8, copy=False), remaining / 2
    sigma_px = SIGMA_OF_OUTPUT_PX * remaining
    smooth = cv2.GaussianBlur(picture, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(smooth, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
