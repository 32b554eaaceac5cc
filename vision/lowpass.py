"""The low-pass that both caps share: nothing finer than a given px/m survives, wherever in the picture it lies.

A band is a region whose px/m exceeds the cap by up to a factor r. It is smoothed by a Gaussian of r pixels: at 1.25
times the cap 0.05 % of the contrast is left, a tenth of a grey level, where area averaging leaves 25 %. Bands are a
quarter of an octave apart and rounded up, so the bound holds inside each.

Three things that a plainer filter gets wrong. A kernel of bytes is rounded to 1/256 and lets through up to 1.6 % of
what it should stop: ours is applied in floating point, and the result rounded once. Sampling at a fraction of a pixel
folds lines that the cap allows into slow waves of 1 %: we only ever halve. And a diagonal holds lines finer than the
pixels: smoothing begins before they reach the cap.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.scale import DensityBound

BANDS_PER_OCTAVE: Final = 4
SIGMA_OF_OUTPUT_PX: Final = 1.0
HALVED_FROM: Final = 2.8
"""From this ratio a picture is halved first: the pyramid's filter leaves less than 0.3 % to alias, at half the cost."""
UNTOUCHED_STEP: Final = -1
"""Up to this step (0.84) nothing is smoothed; from there to 1 a diagonal still holds lines finer than the cap."""
SLAB_BLOCKS: Final = 6
"""Bands are cut into slabs so many blocks high: they stay in the processor's cache, and a ring skips its middle."""
LEVELS_PER_GREY: Final = 128
"""Intermediate pictures are this much finer than bytes: rounding each step would make patterns of faint lines."""
KERNEL_SIGMAS: Final = 3.5
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
    """Round ratios up to quarter octaves: step n stands for 2^(n/4), `UNTOUCHED_STEP` for no smoothing."""
    with np.errstate(divide="ignore"):
        steps = np.ceil(BANDS_PER_OCTAVE * np.log2(np.clip(ratio, 1e-6, MAX_RATIO)) - 1e-4)
    return np.maximum(steps, UNTOUCHED_STEP).astype(np.int32)


def lowpass_for(bound: DensityBound, *, cap_px_per_m: float, width_px: int, height_px: int) -> LowPass:
    """Return the low-pass that brings a picture of this size under the cap.

    Args:
        bound: px/m over the same picture.
        cap_px_per_m: What may survive.
        width_px: Width of the pictures it will be applied to.
        height_px: Their height.
    """
    ratio = bound.blocks / np.float32(cap_px_per_m)
    steps = ratio_steps(ratio)
    grid = BlockGrid(bound.step_px, width_px, height_px)
    bands = tuple(
        _band(2 ** (int(step) / BANDS_PER_OCTAVE), part, corner, grid)
        for step in np.unique(steps[steps > UNTOUCHED_STEP])
        for part, corner in _rectangles(steps == step)
    )
    unbounded = ~(ratio <= MAX_RATIO)
    return LowPass(bands, grid.mask(unbounded) if unbounded.any() else None)


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


def _rectangles(where: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.bool_], tuple[int, int]]]:
    """Yield the rectangles of blocks, each with its first row and column, that hold all blocks of a band."""
    for top in range(0, where.shape[0], SLAB_BLOCKS):
        slab = where[top : top + SLAB_BLOCKS]
        rows = np.flatnonzero(slab.any(axis=1))
        ends = np.flatnonzero(np.diff(slab.any(axis=0).astype(np.int8), prepend=0, append=0))
        for left, right in ends.reshape(-1, 2).tolist():
            yield slab[rows[0] : rows[-1] + 1, left:right], (top + int(rows[0]), left)


def _band(ratio: float, where: NDArray[np.bool_], corner: tuple[int, int], grid: BlockGrid) -> Band:
    top, left = corner[0] * grid.step_px, corner[1] * grid.step_px
    bottom = min(top + where.shape[0] * grid.step_px, grid.height_px)
    right = min(left + where.shape[1] * grid.step_px, grid.width_px)
    part = BlockGrid(grid.step_px, right - left, bottom - top)
    return Band(ratio, top, bottom, left, right, None if where.all() else part.mask(where))


def _apply(band: Band, picture: Picture, result: Picture) -> None:
    height_px, width_px = picture.shape[:2]
    margin = math.ceil((KERNEL_SIGMAS * SIGMA_OF_OUTPUT_PX + 1) * band.ratio) + 1  # reach of kernel and pyramid
    top, left = max(0, band.top - margin), max(0, band.left - margin)
    bottom, right = min(height_px, band.bottom + margin), min(width_px, band.right + margin)
    smooth = smoothed(picture[top:bottom, left:right], band.ratio)
    part = smooth[band.top - top : band.bottom - top, band.left - left : band.right - left]
    target = result[band.top : band.bottom, band.left : band.right]
    if band.inside is None:
        target[...] = part
    else:
        cv2.copyTo(part, band.inside, target)


def smoothed(picture: Picture, ratio: float) -> Picture:
    """Return the picture, uint8 (height, width[, 3]), smoothed for a sampling of one in `ratio` pixels, at its size."""
    halvings = halvings_for(ratio)
    small, sizes = halved(picture, halvings)
    kernel = _kernel(SIGMA_OF_OUTPUT_PX * ratio / 2**halvings)
    levels = cv2.sepFilter2D(small, cv2.CV_16S, kernel, kernel, borderType=cv2.BORDER_REFLECT)
    for size in reversed(sizes):
        levels = cv2.pyrUp(levels, dstsize=size)
    return cv2.convertScaleAbs(levels, alpha=1 / LEVELS_PER_GREY).astype(np.uint8, copy=False)


def halvings_for(ratio: float) -> int:
    """Return how often a picture may be halved before it is smoothed."""
    return max(0, math.floor(math.log2(ratio / HALVED_FROM)) + 1)


def halved(picture: Picture, times: int) -> tuple[Picture, list[tuple[int, int]]]:
    """Return the picture halved so often (pixel i comes from pixel 2 i), and its sizes (width, height) before each."""
    sizes = []
    for _ in range(times):
        sizes.append((picture.shape[1], picture.shape[0]))
        picture = cv2.pyrDown(picture).astype(np.uint8, copy=False)
    return picture, sizes


@lru_cache(maxsize=64)
def _kernel(sigma_px: float) -> NDArray[np.float32]:
    """Return a Gaussian that, applied along both axes, multiplies by `LEVELS_PER_GREY`."""
    reach_px = math.ceil(KERNEL_SIGMAS * sigma_px - 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach_px, reach_px + 1) / sigma_px) ** 2)
    kernel: NDArray[np.float32] = (weights / weights.sum() * math.sqrt(LEVELS_PER_GREY)).astype(np.float32)
    return kernel
