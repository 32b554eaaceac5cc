"""Sums over whoever is near, in time that grows with the people and not with their square. Pure."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


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
    pairs = shapely.STRtree(points).query(points, predicate="dwithin", distance=radius_m)
    about, near = known[pairs[0]], known[pairs[1]]
    for total, value in zip(sums, values, strict=True):
        total += np.bincount(about, weights=value[near], minlength=len(east_m))
    return sums
