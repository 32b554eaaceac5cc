"""The person detectors as values: from where each sees people, at which size and score. Pure; decision 0065.

| depression | street-level network, recall of people alone | network for steep views |
| ---------- | --------------------------------------------- | ----------------------- |
| to 60      | 0.98 from 40 px of height                     | see `above` in vision/models/manifest.toml: |
| 65         | 0.51                                          | its table is measured when its file is adopted |
| from 80    | 0.10                                          |                         |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maps.counting import SATURATED_PER_M2
from vision.crosscheck import SURE_SCORE
from vision.models.card import Use
from vision.recall import STREET_RECALL, RecallTable

FloatArray = NDArray[np.float64]

BOTH_FROM_DEG: Final = 20.0
"""Ground seen less steeply is counted by the street-level network alone. From here on the one for steep views finds as
many people alone and several times as many in crowds (decision 0072)."""
ABOVE_FIRST_DEG: Final = 45.0
"""From this depression of the axis on the network for steep views has first call on what a look or a count may cost."""
ABOVE_ALONE_DEG: Final = 60.0
"""Ground seen more steeply is counted by the one for steep views alone; between, by both."""
LEAST_COUNTED_RECALL: Final = 0.5
"""Where a network finds less of the people, its figure is none: the ground is not observed by it."""
MASK_THRESHOLD: Final = 0.13
COUNT_THRESHOLDS: Final = (0.24, 0.2)
"""Least score to count, seen from the side and steeply: the network is less sure of what it sees from above."""
LEVEL_PERSON_PX: Final = 45.0
STEEP_PERSON_PX: Final = 140.0
"""A person in the middle of the ground seen is brought to this height in the network's input.

Seen from the side 45 px are enough (measured on street video); the steeper the view, the more a count needs.
"""
STEEP_LOOK_PX: Final = 80.0
"""The same for masks, within their budget: at 45 px children seen steeply were missed more often than others."""
LEAST_PERSON_PX: Final = 22.0
"""Smaller than this in the network's input, people are not found often enough to call a place observed."""


STREET_HIDING_M: Final = 0.21
"""c of `maps.occlusion`: measured on rendered people, 24 to 39 degrees of depression (decision 0035)."""
STEEP_HIDING_M: Final = 0.03
"""The same of the network for steep views, where crowds are looked at finely (decision 0072)."""
STEEP_LEAST_SHARE: Final = 0.6
"""Its boxes hold what is seen of a body: of 100 people who stood alone 15 to 35 were shorter in theirs than the least
person of `vision.plausible`, and of 100 in crowds 60 (decision 0072)."""
STEEP_CROWD_THRESHOLD: Final = 0.2
"""Least score in a crowd, where background that could be taken for somebody does not show (decision 0072)."""
STEEP_SAME_PERSON_SHARE: Final = 0.5
"""From above, a shadow or an arm is found beside the person whom it belongs to: of 18 false finds in real pictures 7
were such. People seen so hardly cover each other: in rendered crowds F1 goes from .79 to .81."""


STEEP_ENOUGH_PX: Final = 20.0
"""Without a pose: a finer look at people who are as large already finds above all what resembles people (measured,
decision 0065)."""


STEEP_COLOURLESS_FACTOR: Final = 1.3
"""Thermal pictures show more that is as warm as a person and as large: on thermal pictures F1 is best from
0.39 on, in colour from about 0.3."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """How one person detector is used. Pairs: in a view from the side, and in a steep one."""

    mask_threshold: float
    sure_threshold: float
    """From this score a box masks whatever its size; a weaker one only if a person can be so tall there."""
    count_thresholds: tuple[float, float]
    look_person_px: tuple[float, float]
    """Wanted height of a person in the network's input, for masks."""
    count_person_px: tuple[float, float]
    most_scale: float
    """A picture is enlarged at most so many times."""
    least_person_px: float
    """Smaller in the network's input, people are not found often enough."""
    saturated_per_m2: float
    """Found people/m2 from which a count is a lower bound."""
    recall: RecallTable
    hiding_m: float
    """How much of who stands behind somebody is lost (`maps.occlusion`)."""
    least_share: float = 1.0
    """Of the height of the least person a box must show so much to count (`vision.plausible`)."""
    crowd_threshold: float = np.inf
    """Least score of who counts in a crowd, which is looked at a second time and finer; infinite: it is not."""
    colourless_factor: float = 1.0
    """Times the count's least score in a picture without any colour: thermal, or infra-red by night."""
    enough_px: float = np.inf
    """Without a pose: where people are seen so large, the longer side in the network's input, no finer scale counts."""
    same_person_share: float = 1.0
    """A box of which more than this lies in a surer one is a part of the same person, and does not count."""


STREET: Final = Network(
    mask_threshold=MASK_THRESHOLD,
    sure_threshold=SURE_SCORE,
    count_thresholds=COUNT_THRESHOLDS,
    look_person_px=(LEVEL_PERSON_PX, STEEP_LOOK_PX),
    count_person_px=(LEVEL_PERSON_PX, STEEP_PERSON_PX),
    most_scale=2.0,
    least_person_px=LEAST_PERSON_PX,
    saturated_per_m2=SATURATED_PER_M2,
    recall=STREET_RECALL,
    hiding_m=STREET_HIDING_M,
)


def network_from_use(use: Use) -> Network:
    """Return the network for steep views as the manifest says that it is to be used."""
    table = RecallTable(
        depressions_deg=use.recall_depressions_deg, heights_px=use.recall_heights_px, recalls=use.recalls
    )
    return Network(
        mask_threshold=use.mask_threshold,
        sure_threshold=use.sure_threshold,
        count_thresholds=(use.count_threshold, use.count_threshold),
        look_person_px=(use.look_person_px, use.look_person_px),
        count_person_px=(use.count_person_px, use.count_person_px),
        most_scale=4.0,
        least_person_px=table.least_height_px(LEAST_COUNTED_RECALL, from_deg=ABOVE_ALONE_DEG),
        saturated_per_m2=use.saturated_per_m2,
        recall=table,
        hiding_m=STEEP_HIDING_M,
        least_share=STEEP_LEAST_SHARE,
        crowd_threshold=STEEP_CROWD_THRESHOLD,
        colourless_factor=STEEP_COLOURLESS_FACTOR,
        enough_px=STEEP_ENOUGH_PX,
        same_person_share=STEEP_SAME_PERSON_SHARE,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Networks:
    """The person detectors that this worker has."""

    street: Network = STREET
    above: Network | None = None
    missing: str = ""
    """Why the manifest's network for steep views is not among them; empty when it is, or when none ships."""

    @property
    def counting_above(self) -> Network | None:
        """The network for steep views, if it finds enough people there at any size; else it only masks."""
        return self.above if self.above is not None and np.isfinite(self.above.least_person_px) else None


STREET_ONLY: Final = Networks()
