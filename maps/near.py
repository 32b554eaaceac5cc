"""Sums over whoever is near, in time that grows with the people and not with their square. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

AT_ONCE: Final = 4096
"""Places asked at once: bounds memory where a hundred thousand stand close."""


def sums_within(east_m: FloatArray, north_m: FloatArray, values: FloatArray, radius_m: float) -> FloatArray:
    """Return for each place the sums of values over all places within a radius, itself included, (k, n).

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
    points = shapely.points(east_m[known], north_m[known])
    tree = shapely.STRtree(points)
    for begin in range(0, len(points), AT_ONCE):
        some = points[begin : begin + AT_ONCE]
        about, near = tree.query(some, predicate="dwithin", distance=radius_m)
        block = known[begin : begin + AT_ONCE]
        for total, value in zip(sums, values, strict=True):
            total[block] = np.bincount(about, weights=value[known[near]], minlength=len(some))
    return sums
