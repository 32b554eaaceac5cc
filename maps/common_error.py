"""What all counts of a flight are off by together, and so does not average out over cells: part of every stated error.

Light, clothing and the view make a detector find some percent too many or too few of all people alike. Variances of
cells, which add up as if each erred for itself, know nothing of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

COMMON_SHARE: Final = 0.08
"""One standard deviation, of the people. Whole rendered worlds were off by .044 to .067 (decision 0072); real crowds,
of which nothing is known here, are given half as much again."""


def with_common(variance: float, people: float) -> float:
    """Return the variance of a number of people with the common error in it."""
    return variance + (COMMON_SHARE * people) ** 2


def sigma_of_total(parts: Iterable[tuple[float, float]]) -> float:
    """Return the standard deviation of a sum of (people, sigma), whose sigmas have the common error in them.

    Of what is each part's own the variances add up; the common errors themselves do.
    """
    listed = list(parts)
    total = math.fsum(people for people, _ in listed)
    own = math.fsum(max(sigma**2 - (COMMON_SHARE * people) ** 2, 0.0) for people, sigma in listed)
    return math.sqrt(with_common(own, total))
