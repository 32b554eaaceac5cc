"""A crowd seen from the side, in which the street-level network is blind: who masks then, and what is not counted.

In a view whose ground is all seen flatly the street-level network masks alone, as street video needs. Once a second the
network for steep views looks as well, on a budget of its own; where it finds people whom no mask covers it stays for a
while. As long as such people are seen, flat ground is not observed by anybody: the street-level network's count of it
would be a low number that looks sure (decision 0077). Pure but for what it remembers: until when.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.uniting import depressions_of

GLANCE_EVERY_NS: Final = 1_000_000_000
STAYS_NS: Final = 10_000_000_000
CROWD_THRESHOLD: Final = 0.3
"""Least score that masks while it stays: what scores less are hardly ever people in a flat view."""
GLANCE_THRESHOLD: Final = 0.4
"""Least score that masks at a glance that found no crowd."""
UNCOVERED: Final = 6
"""So many people whom no mask covers are a crowd; in street video it finds none to four (265 looks), there 5 to 78."""
FLAT_DEG: Final = 35.0
"""People seen less steeply are asked; beyond, the street-level network is known to miss many (`vision.plan`)."""
LEAST_COUNTED_DEG: Final = 25.0
"""In a crowd ground seen less steeply is not counted: of 2,600 people on it 440 were told, hardly any as a bound."""
FLAT_CROWD: Final = "crowd_seen_flatly"


@dataclass(slots=True)
class FlatCrowds:
    """Whether such a crowd is seen, and when the other network looks; for one camera."""

    _glanced_utc_ns: int | None = field(default=None, init=False)
    _until_utc_ns: int | None = field(default=None, init=False)

    def is_due(self, utc_ns: int) -> bool:
        """Say whether the other network is to look at a frame of this instant where it does not anyway."""
        glanced = self._glanced_utc_ns
        return self.are_seen(utc_ns) or glanced is None or abs(utc_ns - glanced) >= GLANCE_EVERY_NS

    def are_seen(self, utc_ns: int) -> bool:
        """Say whether people whom no mask of the street-level network covered were seen lately."""
        until = self._until_utc_ns
        return until is not None and until - 2 * STAYS_NS <= utc_ns < until

    def note(self, found: Boxes, street: Boxes, frame: CappedFrame) -> None:
        """Take what the network for steep views found in a frame and what the street-level one masked there.

        Args:
            found: Of plausible size, (n,).
            street: What hides by the street-level network, (m,).
            frame: Seen by both.
        """
        self._glanced_utc_ns = frame.utc_ns
        sure = found.kept(found.scores >= CROWD_THRESHOLD)
        flat = sure.kept(depressions_of(sure, frame) <= FLAT_DEG)
        if np.count_nonzero(~_covered(flat, street)) >= UNCOVERED:
            self._until_utc_ns = frame.utc_ns + STAYS_NS

    def masking(self, found: Boxes, utc_ns: int) -> Boxes:
        """Return which finds of a look beside the other network mask."""
        return found.kept(found.scores >= (CROWD_THRESHOLD if self.are_seen(utc_ns) else GLANCE_THRESHOLD))

    def least_counted_deg(self, utc_ns: int) -> float:
        """Return the depression from which ground is counted."""
        return LEAST_COUNTED_DEG if self.are_seen(utc_ns) else 0.0

    def doubt(self, frame: CappedFrame) -> str:
        """Return why most of a frame is not counted, empty where it is."""
        flat = frame.pose is not None and -frame.pose.pitch_deg < LEAST_COUNTED_DEG
        return FLAT_CROWD if flat and self.are_seen(frame.utc_ns) else ""


def _covered(found: Boxes, masked: Boxes) -> NDArray[np.bool_]:
    """Return (n,) whether the middle of a find lies in any box that masks."""
    middles = (found.xyxy[:, None, :2] + found.xyxy[:, None, 2:]) / 2
    inside = (middles >= masked.xyxy[None, :, :2]) & (middles <= masked.xyxy[None, :, 2:])
    return np.asarray(np.any(np.all(inside, axis=2), axis=1))
