"""People hide people: how many of those who stand around a found person the camera cannot tell apart. Pure functions.

A standing person hides from a camera at the depression d a strip of ground behind, L = h / tan(d) long. At a true
density D the number of people in somebody's strip towards the camera is about Poisson with the mean 2 a L D, and each
of them leaves a share q of the recall. So the recall at D is

    r(D) = r0 exp(-c L D),   c = 2 a (1 - q)

and the density found is D r(D). It is turned round by a fixed point, person by person, with the density of the other
found people around. Found density has its maximum at D = 1 / (c L): there more people no longer show, and the figure is
a lower bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maps.near import sums_within

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

HIDING_HEIGHT_M: Final = 1.6
"""h: from the ground to what tells a person from the next."""
AROUND_M: Final = 2.5
"""Radius in which the others are counted, and longest strip: what stands farther off is not known to be as dense."""
STEEPEST_RAD: Final = math.radians(89)
SHALLOWEST_RAD: Final = math.radians(5)
ROUNDS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hiding:
    """What found people stand for; both arrays are (n,)."""

    recall: FloatArray
    """Share of the people there that is found, in (0, 1]."""
    lower_bound: BoolArray
    """More people there would not show."""


def hiding(others: FloatArray, strips_m: FloatArray, alone: FloatArray, hiding_m: FloatArray | float) -> Hiding:
    """Return what each found person stands for.

    Args:
        others: (n,) others found around each, people/m2 (`others_per_m2`).
        strips_m: (n,) L there (`strip_lengths_m`).
        alone: (n,) r0, the recall of people who stand alone there, in (0, 1].
        hiding_m: c, (n,) or one for all: how much of who stands behind somebody the detector loses.
    """
    density, lower_bound = true_density(others, hiding_m * strips_m, alone)
    return Hiding(recall=alone * np.exp(-hiding_m * strips_m * density), lower_bound=lower_bound)


def strip_lengths_m(east_m: FloatArray, north_m: FloatArray, *, height_m: float) -> FloatArray:
    """Return L, (n,): how much ground a person at (n,) places from the camera's foot hides, at most `AROUND_M`.

    Args:
        east_m: (n,); NaN for no place.
        north_m: (n,).
        height_m: of the camera over the middle of bodies.
    """
    along_m = np.nan_to_num(np.hypot(east_m, north_m), nan=math.inf)
    depression = np.clip(np.arctan2(max(height_m, 0.0), along_m), SHALLOWEST_RAD, STEEPEST_RAD)
    return np.asarray(np.minimum(HIDING_HEIGHT_M / np.tan(depression), AROUND_M), np.float64)


def others_per_m2(east_m: FloatArray, north_m: FloatArray) -> FloatArray:
    """Return for each of (n,) places the others within `AROUND_M`, by the area of the circle."""
    near = sums_within(east_m, north_m, np.ones((1, len(east_m))), AROUND_M)[0]
    return np.asarray(np.maximum(near - 1, 0.0) / (math.pi * AROUND_M**2))


def true_density(found_per_m2: FloatArray, hiding_m2: FloatArray, alone: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Return the density D (n,) with D r0 exp(-hiding D) = found, and where found lies at or above its maximum.

    Args:
        found_per_m2: (n,) others found around each.
        hiding_m2: (n,) c L.
        alone: (n,) r0.
    """
    most = alone / (math.e * hiding_m2)
    beyond = found_per_m2 >= most
    start = np.minimum(found_per_m2, most) / alone
    density = start
    for _ in range(ROUNDS):
        density = start * np.exp(np.minimum(hiding_m2 * density, 1.0))
    return np.where(beyond, 1 / hiding_m2, np.minimum(density, 1 / hiding_m2)), beyond
