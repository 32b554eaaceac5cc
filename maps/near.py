"""Sums over whoever is near, in time that grows with the people and those about them, never with their square. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

PARTS: Final = 2
"""Squares of a grid in which places lie, to a radius: the finer, the fewer who stand too far off are looked at."""
PAIRS_AT_ONCE: Final = 1 << 20
"""Bounds memory where a hundred thousand stand close."""


def sums_within(east_m: FloatArray, north_m: FloatArray, values: FloatArray, radius_m: float) -> FloatArray:
    """Return for each place the sums of values over all places within a radius, itself included, (k, n).

    Places are sorted by the squares of a grid, column by column; those that can be near one lie in a few columns, and
    there one after the other.

    Args:
        east_m: (n,); a place that is NaN is near nobody, and its own sums are 0.
        north_m: (n,).
        values: (k, n).
        radius_m: the edge is within.
    """
    sums = np.zeros_like(values, dtype=np.float64)
    known = np.flatnonzero(np.isfinite(east_m) & np.isfinite(north_m))
    if not len(known):
        return sums
    side_m = radius_m / PARTS
    column, row = (np.floor((axis - axis.min()) / side_m).astype(np.int64) for axis in (east_m[known], north_m[known]))
    rows = int(row.max()) + 2 * PARTS + 1
    square = column * rows + row + PARTS
    order = np.argsort(square, kind="stable")
    known, square = known[order], square[order]
    east, north, weights = east_m[known], north_m[known], values[:, known]
    found = np.zeros_like(weights, dtype=np.float64)
    for away in range(-PARTS, PARTS + 1):
        first = np.searchsorted(square, square + away * rows - PARTS, side="left")
        count = np.searchsorted(square, square + away * rows + PARTS, side="right") - first
        for block in _blocks(count):
            about, near = _pairs(block, first, count)
            is_near = (east[about] - east[near]) ** 2 + (north[about] - north[near]) ** 2 <= radius_m**2
            about, near = about[is_near] - block.start, near[is_near]
            for total, weight in zip(found, weights, strict=True):
                total[block] += np.bincount(about, weights=weight[near], minlength=block.stop - block.start)
    sums[:, known] = found
    return sums


def _blocks(count: IntArray) -> Iterator[slice]:
    """Yield runs of places that together have about `PAIRS_AT_ONCE` others to be looked at, one place at least."""
    ends = np.cumsum(count)
    start = 0
    while start < len(count):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + PAIRS_AT_ONCE, side="right")))
        yield slice(start, stop)
        start = stop


def _pairs(block: slice, first: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """Return each place of a block beside each that is to be looked at with it: `count` from `first` on."""
    some = count[block]
    about = np.repeat(np.arange(block.start, block.stop), some)
    starts = np.repeat(first[block] - np.cumsum(some) + some, some)
    return about, starts + np.arange(len(about))
