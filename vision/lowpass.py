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

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.scale import DensityBound
from vision.smoothing import Halves, Part, Picture

BANDS_PER_OCTAVE: Final = 4
UNTOUCHED_STEP: Final = -1
"""Up to this step (0.84) nothing is smoothed; from there to 1 a diagonal still holds lines finer than the cap."""
SLAB_BLOCKS: Final = 8
"""Bands are cut into slabs so many blocks high: they stay in the processor's cache, and a ring skips its middle."""
MAX_RATIO: Final = 64.0
"""Beyond this a pixel has no usable bound; it is filled instead."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """Where a band fades into what is not smoothed: cut off by a hard edge, fine lines would leave a pattern of it."""

    part: Part
    weight: NDArray[np.float32]
    """Of the band, 0 to 1, over the part."""


@dataclass(frozen=True, slots=True)
class Band:
    """A rectangle of the picture and where in it one ratio holds."""

    ratio: float
    part: Part
    inside: NDArray[np.uint8] | None
    """uint8 of the part's size, 255 where the band holds; None: everywhere in the rectangle."""
    ramp: Ramp | None


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
        result, halves = picture.copy(), Halves(picture)
        for band in self.bands:
            _apply(band, halves, result)
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
    bands = tuple(band for step in np.unique(steps[steps > UNTOUCHED_STEP]) for band in _bands(int(step), steps, grid))
    unbounded = ~(ratio <= MAX_RATIO)
    return LowPass(bands, grid.mask(unbounded) if unbounded.any() else None)


@dataclass(frozen=True, slots=True)
class BlockGrid:
    """Square blocks of `step_px` over a picture; the last row and column may reach beyond it."""

    step_px: int
    width_px: int
    height_px: int

    def part(self, rows: slice, columns: slice) -> Part:
        """Return the pixels of a rectangle of blocks."""
        return Part(
            rows.start * self.step_px,
            min(rows.stop * self.step_px, self.height_px),
            columns.start * self.step_px,
            min(columns.stop * self.step_px, self.width_px),
        )

    def within(self, part: Part) -> BlockGrid:
        """Return the grid of a part that begins at a block."""
        return BlockGrid(self.step_px, part.right - part.left, part.bottom - part.top)

    def mask(self, blocks: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """Return uint8 (height, width), 255 in the given blocks."""
        size = (blocks.shape[1] * self.step_px, blocks.shape[0] * self.step_px)
        pixels = cv2.resize(blocks.astype(np.uint8) * 255, size, interpolation=cv2.INTER_NEAREST)
        return pixels[: self.height_px, : self.width_px].astype(np.uint8, copy=False)


def _bands(step: int, steps: NDArray[np.int32], grid: BlockGrid) -> Iterator[Band]:
    """Yield the parts of one band: its blocks, and the untouched blocks around them, into which it fades."""
    core, untouched = steps == step, steps == UNTOUCHED_STEP
    nodes = _touched(_framed(core))
    faded = _touched(nodes) & untouched
    for rows, columns in _rectangles(core | faded):
        part, whole = grid.part(rows, columns), core[rows, columns].all()
        inside = None if whole else grid.within(part).mask(core[rows, columns])
        yield Band(2 ** (step / BANDS_PER_OCTAVE), part, inside, _ramp(faded, nodes, rows, columns, grid))


def _framed(blocks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the blocks with a frame of unset ones around them."""
    framed = np.zeros((blocks.shape[0] + 2, blocks.shape[1] + 2), np.bool_)
    framed[1:-1, 1:-1] = blocks
    return framed


def _touched(squares: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return where any of four neighbours in a square is set: one row and one column fewer."""
    touched: NDArray[np.bool_] = squares[:-1, :-1] | squares[1:, :-1] | squares[:-1, 1:] | squares[1:, 1:]
    return touched


def _ramp(
    faded: NDArray[np.bool_], nodes: NDArray[np.bool_], rows: slice, columns: slice, grid: BlockGrid
) -> Ramp | None:
    """Return the weights around the faded blocks of a rectangle: from 1 at the band's edge to 0, a block away."""
    where = faded[rows, columns]
    if not where.any():
        return None
    down, across = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    rows = slice(rows.start + int(down[0]), rows.start + int(down[-1]) + 1)
    columns = slice(columns.start + int(across[0]), columns.start + int(across[-1]) + 1)
    corners = nodes[rows.start : rows.stop + 1, columns.start : columns.stop + 1].astype(np.float32)
    size = (corners.shape[1] * grid.step_px, corners.shape[0] * grid.step_px)
    part, half_px = grid.part(rows, columns), grid.step_px // 2
    weight = cv2.resize(corners, size, interpolation=cv2.INTER_LINEAR)[half_px:, half_px:]
    return Ramp(part, np.ascontiguousarray(weight[: part.bottom - part.top, : part.right - part.left], np.float32))


def _rectangles(where: NDArray[np.bool_]) -> Iterator[tuple[slice, slice]]:
    """Yield rectangles of blocks, as rows and columns, that hold all the given ones."""
    for top in range(0, where.shape[0], SLAB_BLOCKS):
        slab = where[top : top + SLAB_BLOCKS]
        if not slab.any():
            continue
        rows = top + np.flatnonzero(slab.any(axis=1))
        columns = _framed(np.atleast_2d(slab.any(axis=0)))[1]
        ends = np.flatnonzero(columns[1:] != columns[:-1])
        for left, right in ends.reshape(-1, 2).tolist():
            yield slice(int(rows[0]), int(rows[-1]) + 1), slice(left, right)


def _apply(band: Band, halves: Halves, result: Picture) -> None:
    strong, target = halves.smoothed(band.ratio, band.part), band.part.of(result)
    if band.inside is None:
        target[...] = strong
    else:
        cv2.copyTo(strong, band.inside, target)
    if band.ramp is not None:
        weak, strong = band.ramp.part.of(result), band.part.within(band.ramp.part).of(strong)
        weak[...] = cv2.blendLinear(strong, weak, band.ramp.weight, 1 - band.ramp.weight)
