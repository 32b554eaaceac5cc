"""The tightest spot of each cell: density in a circle about somebody, told of many people only. Pure; decision 0073.

A crush begins on ground much smaller than a cell, and where the grid lies has nothing to do with it: the mean of a 5 m
cell passes a threshold half a minute after the crowd in it did.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maps.near import sums_within

FloatArray = NDArray[np.float64]

RADIUS_M: Final = 2.0
"""Of the circle: 12.6 m2, 44 people at the alert's 3.5 people/m2."""
LEAST_PER_M2: Final = 2.0
"""Below, nothing is told: a peak is a figure about 25 people or more."""
LEAST_FOUND: Final = 10
"""Detections in the circle, whatever each stands for."""
STEP_PER_M2: Final = 0.25
"""Told in steps of three people, downwards."""
NO_PEAK: Final = 0.0


def peaks_per_m2(
    rows: NDArray[np.int64], east_m: FloatArray, north_m: FloatArray, people: FloatArray, *, cells: int
) -> FloatArray:
    """Return for each of so many cells the largest density within `RADIUS_M` of somebody in it; 0 below the least.

    Circles that reach over the edge of what was seen hold fewer: a peak is a lower bound there.

    Args:
        rows: the cell of each found person, (n,).
        east_m: places, (n,), all of them numbers.
        north_m: (n,).
        people: how many each stands for, (n,).
        cells: number of cells.
    """
    around, found = sums_within(east_m, north_m, np.stack([people, np.ones_like(people)]), RADIUS_M)
    density = np.floor(around / (math.pi * RADIUS_M**2) / STEP_PER_M2) * STEP_PER_M2
    told = np.where((density >= LEAST_PER_M2) & (found >= LEAST_FOUND), density, NO_PEAK)
    peaks = np.full(cells, NO_PEAK)
    np.maximum.at(peaks, rows, told)
    return peaks
