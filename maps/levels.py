"""The five levels of density and their thresholds. Public figures, named in the authorisation; none is called safe.

They follow Fruin's and Still's observations (privacy reference, section 3): from 2 people/m2 walking slows, from
3.57 contact cannot be avoided, from 5 to 5.55 forces become dangerous.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final


class Level(StrEnum):
    """How dense a place is."""

    FREE = "free"
    """Below 1 person/m2."""
    DENSE = "dense"
    """From 1."""
    WATCH = "watch"
    """From 2."""
    ALERT = "alert"
    """From 3.5."""
    CRITICAL = "critical"
    """From 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From which density, in people/m2, each level above `free` holds."""

    dense_per_m2: float = 1.0
    watch_per_m2: float = 2.0
    alert_per_m2: float = 3.5
    critical_per_m2: float = 5.0

    def __post_init__(self) -> None:
        """Refuse levels that do not rise."""
        rising = (0.0, self.dense_per_m2, self.watch_per_m2, self.alert_per_m2, self.critical_per_m2)
        if not all(lower < upper < float("inf") for lower, upper in pairwise(rising)):
            raise ValueError(f"levels must rise from above 0, got {rising[1:]} people/m2")

    def level_of(self, density_per_m2: float) -> Level:
        """Return the level of a density."""
        if density_per_m2 >= self.critical_per_m2:
            return Level.CRITICAL
        if density_per_m2 >= self.alert_per_m2:
            return Level.ALERT
        if density_per_m2 >= self.watch_per_m2:
            return Level.WATCH
        return Level.DENSE if density_per_m2 >= self.dense_per_m2 else Level.FREE


STANDARD_THRESHOLDS: Final = Thresholds()
