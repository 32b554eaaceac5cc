"""Where each walker wants to be, and who has arrived or got stuck. No chance in it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STALLED_M: Final = 0.4
"""Who wants to be elsewhere and has come no further than this in `STALLS_STEPS` is stuck."""
STALLS_STEPS: Final = 50
_SIZE: Final = 256


class Goals:
    """Rectangles that walkers want to be in, by the walkers' numbers."""

    def __init__(self) -> None:
        self._boxes = np.full((_SIZE, 4), np.nan)
        self._anchors = np.full((_SIZE, 2), np.nan)
        self._since = np.zeros(_SIZE, np.int64)

    def set(self, person: int, box_m: tuple[float, float, float, float]) -> None:
        """Set the rectangle (west, south, east, north) that a walker wants to be in."""
        while person >= len(self._boxes):
            self._boxes = np.concatenate([self._boxes, np.full_like(self._boxes, np.nan)])
            self._anchors = np.concatenate([self._anchors, np.full_like(self._anchors, np.nan)])
            self._since = np.concatenate([self._since, np.zeros_like(self._since)])
        self._boxes[person] = box_m
        self._anchors[person] = np.nan

    def clear(self, person: int) -> None:
        """Let a walker want nothing."""
        if person < len(self._boxes):
            self._boxes[person] = np.nan

    def arrived(self, persons: Ints, places_m: Floats) -> Ints:
        """Return those of the walkers (n,) at places (n, 2) who are where they want to be."""
        boxes = self._rows(persons)
        return np.asarray(persons[((places_m >= boxes[:, :2]) & (places_m <= boxes[:, 2:])).all(axis=1)])

    def remaining_m(self, persons: Ints, places_m: Floats) -> Floats:
        """Return how far (n,) each walker is from the middle of where it wants to be, as the crow flies."""
        boxes = self._rows(persons)
        return np.asarray(np.hypot(*((boxes[:, :2] + boxes[:, 2:]) / 2 - places_m).T))

    def stuck(self, persons: Ints, places_m: Floats, step: int) -> Ints:
        """Return those who want to be elsewhere but stay where they are, once in `STALLS_STEPS`; ask every step."""
        persons, places_m = persons[persons < len(self._boxes)], places_m[persons < len(self._boxes)]
        moved = ~(np.hypot(*(places_m - self._anchors[persons]).T) < STALLED_M)
        overdue = step - self._since[persons] >= STALLS_STEPS
        renewed = moved | overdue
        self._anchors[persons[renewed]] = places_m[renewed]
        self._since[persons[renewed]] = step
        wants = ~np.isnan(self._boxes[persons, 0])
        return np.asarray(persons[overdue & ~moved & wants])

    def _rows(self, persons: Ints) -> Floats:
        known = np.minimum(persons, len(self._boxes) - 1)
        return np.where((persons < len(self._boxes))[:, None], self._boxes[known], np.nan)
