"""Where a count's recall was measured, and how much of an evaluation lies outside: figures from there come with a word.

Not a matter of taste: outside, nobody knows what share of the people a found person stands for (`vision.recall`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.capped import CappedFrame
from vision.finding import TOLERATED_PERSON_PX
from vision.networks import ABOVE_ALONE_DEG, Networks
from vision.plan import Pass, count_passes
from vision.truth import TruthPicture

WORTH_A_WORD: Final = 0.05
"""Share of the people, or of the pictures, from which it is said."""


@dataclass(slots=True)
class KnownRange:
    """Pictures added one at a time; warnings at the end."""

    _pictures: int = 0
    _steep: int = 0
    _people: int = 0
    _small: int = 0
    _large: int = 0

    def add(self, truth: TruthPicture, frame: CappedFrame, networks: Networks) -> None:
        """Add a picture as it was looked at for its count."""
        depression_deg = truth.depression_deg if frame.pose is None else -frame.pose.pitch_deg
        self._pictures += 1
        is_steep = depression_deg is not None and depression_deg > ABOVE_ALONE_DEG
        self._steep += is_steep and networks.counting_above is None
        longest_px = (truth.xyxy[:, 2:] - truth.xyxy[:, :2]).max(axis=1, initial=0) * frame.width_px / truth.width_px
        passes = count_passes(frame, networks)
        self._people += len(longest_px)
        self._small += int(np.all([_too_small(longest_px, one) for one in passes], axis=0).sum())
        self._large += int(np.all([_too_large(longest_px, one) for one in passes], axis=0).sum())

    def warnings(self) -> list[str]:
        """Return a sentence for each way in which much lies outside of what was measured."""
        said = [
            (self._steep, self._pictures, f"pictures look down more steeply than {ABOVE_ALONE_DEG:.0f} degrees"),
            (self._small, self._people, "people are too small in the network's input"),
            (self._large, self._people, "people are too large in the network's input"),
        ]
        return [
            f"{count} of {whole} {what}: recall was not measured there, the counts are not calibrated"
            for count, whole, what in said
            if count > WORTH_A_WORD * whole
        ]


def _too_small(longest_px: NDArray[np.float64], one: Pass) -> NDArray[np.bool_]:
    """Say of people in the picture whether a network sees them too small at its largest scale."""
    small: NDArray[np.bool_] = longest_px * max(one.scales) < one.network.least_person_px
    return small


def _too_large(longest_px: NDArray[np.float64], one: Pass) -> NDArray[np.bool_]:
    large: NDArray[np.bool_] = longest_px * min(one.scales) > TOLERATED_PERSON_PX
    return large
