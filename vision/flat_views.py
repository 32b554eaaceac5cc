"""A crowd seen from the side: there the network for steep views looks beside the street-level one, on its own budget.

In a view whose ground is all seen flatly the street-level network masks alone, as street video needs; in a crowd it is
blind (decision 0077). So once a second the other one looks as well, and where it finds people whom no mask covers it
stays for a while. Pure but for what it remembers: until when.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.boxes import Boxes

GLANCE_EVERY_NS: Final = 1_000_000_000
STAYS_NS: Final = 10_000_000_000
CROWD_THRESHOLD: Final = 0.3
"""Least score that masks while it stays: what scores less are hardly ever people in a flat view."""
GLANCE_THRESHOLD: Final = 0.4
"""Least score that masks at a glance that found no crowd."""
UNCOVERED: Final = 3
"""So many people whom no mask covers are a crowd; in street video it finds none, one or two."""


@dataclass(slots=True)
class Beside:
    """When the other network looks, for one camera."""

    _glanced_utc_ns: int | None = field(default=None, init=False)
    _stays_until_utc_ns: int | None = field(default=None, init=False)

    def is_due(self, utc_ns: int) -> bool:
        """Say whether it is to look at a frame of this instant."""
        return self._stays_at(utc_ns) or (
            self._glanced_utc_ns is None or abs(utc_ns - self._glanced_utc_ns) >= GLANCE_EVERY_NS
        )

    def masking(self, found: Boxes, masked: Boxes, utc_ns: int) -> Boxes:
        """Return which of its finds mask, and remember whether it is to stay.

        Args:
            found: What it found of plausible size, from `CROWD_THRESHOLD` on.
            masked: What hides already.
            utc_ns: The frame's instant.
        """
        self._glanced_utc_ns = utc_ns
        if np.count_nonzero(~_covered(found, masked)) >= UNCOVERED:
            self._stays_until_utc_ns = utc_ns + STAYS_NS
        least = CROWD_THRESHOLD if self._stays_at(utc_ns) else GLANCE_THRESHOLD
        return found.kept(found.scores >= least)

    def _stays_at(self, utc_ns: int) -> bool:
        until = self._stays_until_utc_ns
        return until is not None and until - 2 * STAYS_NS <= utc_ns < until


def _covered(found: Boxes, masked: Boxes) -> NDArray[np.bool_]:
    """Return (n,) whether the middle of a find lies in any box that masks."""
    middles = (found.xyxy[:, None, :2] + found.xyxy[:, None, 2:]) / 2
    inside = (middles >= masked.xyxy[None, :, :2]) & (middles <= masked.xyxy[None, :, 2:])
    return np.asarray(np.any(np.all(inside, axis=2), axis=1))
