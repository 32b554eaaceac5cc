"""A crowd that grows: how dense a place will soon be if it goes on as lately. Pure state; decision 0075.

Of people who stand close as many too many are found as too few of a crush, so that one figure cannot tell them apart.
Time does: who stands, stands; a crush builds up by a person/m2 in some ten or twenty seconds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from maps.cells import CellId
from maps.peaks import LEAST_PER_M2, STEP_PER_M2

NS_PER_S: Final = 1_000_000_000
USUAL_S: Final = 20.0
"""Time constant of the density that a place had."""
NOISE_PER_M2: Final = 0.4
"""A place is this much denser than it was before it is said to grow: figures of those who stand waver by less."""
MOST_PER_M2: Final = 1.0
"""More growth than this tells nothing more."""
AHEAD: Final = 2.0
"""What a place grew by beyond the noise is taken to come again so many times."""
THIN_PER_M2: Final = LEAST_PER_M2 - STEP_PER_M2
"""Taken where a place was seen and no peak was told: it was below that."""


class Growth:
    """Remembers which density each place had; asked map by map, in order of time."""

    def __init__(self) -> None:
        self._usual: dict[CellId, float] = {}
        self._utc_ns: int | None = None

    def __len__(self) -> int:
        """Return the number of places remembered: those of the last map."""
        return len(self._usual)

    def take(self, utc_ns: int, peaks: Mapping[CellId, float]) -> dict[CellId, float]:
        """Take in the peaks of an instant and return what they soon are, people/m2; a place first seen does not grow.

        Args:
            utc_ns: the instant; one before the last begins anew.
            peaks: of every place that is seen; 0 where it is not dense.
        """
        if self._utc_ns is None or utc_ns < self._utc_ns:
            self._usual, self._utc_ns = {}, utc_ns
        share = -math.expm1((self._utc_ns - utc_ns) / NS_PER_S / USUAL_S)
        before = {cell: self._usual.get(cell, max(peak, THIN_PER_M2)) for cell, peak in peaks.items()}
        self._usual = {
            cell: before[cell] + share * (max(peak, THIN_PER_M2) - before[cell]) for cell, peak in peaks.items()
        }
        self._utc_ns = utc_ns
        return {cell: foreseen_per_m2(peak, before[cell]) for cell, peak in peaks.items()}


def foreseen_per_m2(peak_per_m2: float, usual_per_m2: float) -> float:
    """Return how dense a place soon is that was as usual before; never less than it is."""
    grown = min(max(peak_per_m2 - usual_per_m2 - NOISE_PER_M2, 0.0), MOST_PER_M2)
    return peak_per_m2 + AHEAD * grown
