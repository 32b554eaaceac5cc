"""How a cost grows: the exponent of its growth beyond a constant part, and the slope of a line. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

EXPONENTS: Final = np.arange(0.0, 3.001, 0.01)
FLAT: Final = 1.15
"""A cost whose largest value is not even so many times its least does not grow: what it does is noise."""


def exponent_of(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return p of the best fit of a + b size**p, a and b not negative, in hundredths; 0 for a cost that stays.

    Errors count relative to each cost, so that the small sizes say as much as the large ones.

    Args:
        sizes: three or more, above 0 and rising.
        costs: above 0.
    """
    size, cost = np.array(sizes, np.float64), np.array(costs, np.float64)
    if cost.max() < FLAT * cost.min():
        return 0.0
    misfits = [_misfit(np.stack([1 / cost, (size / size[-1]) ** power / cost], axis=1)) for power in EXPONENTS]
    return round(float(EXPONENTS[int(np.argmin(misfits))]), 2)


def _misfit(columns: FloatArray) -> float:
    """Return the least sum of squares of 1 - columns @ (a, b) with a and b not negative, columns (n, 2)."""
    ones = np.ones(len(columns))
    both = np.linalg.lstsq(columns, ones, rcond=None)[0]
    ways = [both] if (both >= 0).all() else []
    for column, unit in zip(columns.T, np.eye(2), strict=True):
        ways.append(unit * max(float(column @ ones / (column @ column)), 0.0))
    return min(float(((ones - columns @ way) ** 2).sum()) for way in ways)


def slope_of(times: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """Return the slope of the least-squares line and its standard error, values per unit of time.

    Args:
        times: three or more, not all the same.
        values: as many.
    """
    time, value = np.array(times, np.float64), np.array(values, np.float64)
    time = time - time.mean()
    spread = float((time**2).sum())
    slope = float((time * value).sum()) / spread
    rest = value - value.mean() - slope * time
    return slope, float(np.sqrt((rest**2).sum() / (len(time) - 2) / spread))
