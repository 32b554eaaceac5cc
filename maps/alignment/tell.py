"""What tie points can tell and what not: axes about which they say too little, and the one that contradicts the others.

Pure functions over numpy arrays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from maps.alignment.points import Sights
from maps.alignment.solve import Fit, fitted

Axes = tuple[bool, bool, bool]
"""Yaw, pitch, roll."""

LARGEST_SIGMA: Final = np.radians([5.0, 3.0, 2.0])
"""An angle known no better is not told."""
SIGNIFICANT: Final = 3.0
"""A bias of so many of its sigmas stands out."""
ROLL: Final = 2
LEAST_LEFT: Final = 3
"""So many points must agree before one is called wrong: of fewer nobody knows which one is."""
ONE_WRONG_OF: Final = 4
"""At most one point of so many is left out."""
DOUBT: Final = 3.09
"""Misfits beyond this normal deviate (one chance in a thousand) are a contradiction."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Told:
    """What the sights tell together."""

    fit: Fit
    told: Axes
    """About which axes they tell anything."""
    wrong: tuple[int, ...]
    """Places of the sights that contradict the others; the fit is without them."""
    agrees: bool
    """Whether those that are left agree within their errors."""


def told_by(sights: Sights) -> Told:
    """Return what sights tell, without those that contradict the others."""
    kept = list(range(len(sights)))
    wrong: list[int] = []
    told = _told(sights)
    while not told.agrees and len(wrong) < len(sights) // ONE_WRONG_OF and len(kept) > LEAST_LEFT:
        worst = int(np.argmax(told.fit.relief))
        sights = sights.without(worst)
        wrong.append(kept.pop(worst))
        told = _told(sights)
    return Told(fit=told.fit, told=told.told, wrong=tuple(sorted(wrong)), agrees=told.agrees)


def _told(sights: Sights) -> Told:
    """Return the fit with as many axes free as the sights can tell; the least known is given up first."""
    free: Axes = (True, True, True)
    while True:
        fit = fitted(sights, free)
        unknown = _unknown(fit, sights, free)
        if unknown is None or sum(free) == 1:
            told: Axes = free if unknown is None else (False, False, False)
            return Told(fit=fit, told=told, wrong=(), agrees=agrees(fit))
        yaw, pitch, roll = (is_free and axis != unknown for axis, is_free in enumerate(free))
        free = (yaw, pitch, roll)


def _unknown(fit: Fit, sights: Sights, free: Axes) -> int | None:
    """Return the free axis about which the fit says least, None where it tells of all.

    Roll is hard to tell and seldom off: where neither is it known better than the pose states nor stands out, putting
    it right would do harm.
    """
    sigma, stated = fit.sigma_rad, sights.stated_rad.max(axis=0)
    is_told = sigma <= LARGEST_SIGMA
    is_told[ROLL] &= sigma[ROLL] <= max(stated[ROLL], abs(fit.bias_rad[ROLL]) / SIGNIFICANT)
    share = np.where(np.array(free) & ~is_told, sigma / LARGEST_SIGMA, 0.0)
    return int(np.argmax(share)) if share.max() > 0 else None


def agrees(fit: Fit) -> bool:
    """Say whether misses are as large as the errors behind them allow (Wilson and Hilferty, 1931, for chi-squared)."""
    if not fit.is_sound:
        return False
    if fit.freedom <= 0:
        return True
    spread = 2 / (9 * fit.freedom)
    return math.cbrt(fit.misfit / fit.freedom) <= 1 - spread + DOUBT * math.sqrt(spread)
