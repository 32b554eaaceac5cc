"""Entrances at work: when parties come, and how many wait outside for room. Seeded, a queue of its own each."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from sitl.world.crowd_plan import Entrance

MOST_WAITING: Final = 2000
"""Parties outside one entrance; later ones turn round."""


class Door:
    """One entrance.

    Args:
        entrance: how many people a second, from when to when.
        rng: of this door alone, so that what goes on inside does not change who comes.
    """

    def __init__(self, entrance: Entrance, rng: np.random.Generator) -> None:
        self.entrance = entrance
        self.waiting: deque[int] = deque(maxlen=MOST_WAITING)
        """Sizes of the parties outside, the first to come first."""
        self._rng = rng
        self._next_s = entrance.from_s
        self._draw_next()

    def open_until(self, now_s: float) -> None:
        """Let everybody arrive outside who comes up to now."""
        while self._next_s <= now_s and self._next_s < self.entrance.to_s:
            size = int(self._rng.choice(self.entrance.party_sizes))
            if len(self.waiting) < MOST_WAITING:
                self.waiting.append(size)
            self._draw_next()

    def _draw_next(self) -> None:
        """Arrivals by chance: exponential gaps, of a mean that gives as many people a second as asked."""
        gap_s = float(np.mean(self.entrance.party_sizes)) / self.entrance.people_per_s
        self._next_s += self._rng.exponential(gap_s)
