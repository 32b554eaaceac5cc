"""Intervals of shares, at 95 %. Pure.

E. B. Wilson, Probable inference, 1927; for the difference of two shares, R. G. Newcombe, Statistics in Medicine 17,
1998, his method 10.
"""

from __future__ import annotations

import math
from typing import Final

Z: Final = 1.959964
"""Of the normal distribution, two-sided 95 %."""


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the interval of a share; (0, 1) of nothing."""
    if n == 0:
        return 0.0, 1.0
    share, squared = hits / n, Z * Z
    middle = (share + squared / (2 * n)) / (1 + squared / n)
    half = Z * math.sqrt(share * (1 - share) / n + squared / (4 * n * n)) / (1 + squared / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def difference(more: tuple[int, int], less: tuple[int, int]) -> tuple[float, float, float]:
    """Return the difference of two shares, each hits and number, and the ends of its interval."""
    (share_more, share_less) = (hits / max(n, 1) for hits, n in (more, less))
    (low_more, high_more), (low_less, high_less) = wilson(*more), wilson(*less)
    gap = share_more - share_less
    low = gap - math.hypot(share_more - low_more, high_less - share_less)
    return gap, low, gap + math.hypot(high_more - share_more, share_less - low_less)
