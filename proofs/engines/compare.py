"""Holds what one engine finds against another: every box has its partner, of the same place, size and score."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from vision.boxes import Boxes, iou_matrix
from vision.detectors import Detector
from vision.engine import Picture

LEAST_IOU: Final = 0.99
MOST_SCORE_OFF: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Between the boxes of two engines, over pictures."""

    boxes: int
    """From the threshold on, in either."""
    alone: int
    """Those of them without a partner within `LEAST_IOU` and `MOST_SCORE_OFF`."""
    least_iou: float
    """Of partners; 1 without any."""
    most_score_off: float
    """Of partners; 0 without any."""

    @property
    def same(self) -> bool:
        """Whether both found the same; nothing found at all is nothing shown."""
        return self.boxes > 0 and self.alone == 0

    def and_also(self, other: Difference) -> Difference:
        """Return both together."""
        return Difference(
            boxes=self.boxes + other.boxes,
            alone=self.alone + other.alone,
            least_iou=min(self.least_iou, other.least_iou),
            most_score_off=max(self.most_score_off, other.most_score_off),
        )


NONE: Final = Difference(boxes=0, alone=0, least_iou=1.0, most_score_off=0.0)


def difference(one: Detector, other: Detector, pictures: Sequence[Picture], threshold: float) -> Difference:
    """Return how the boxes of two detectors differ over pictures.

    Both are asked a little below the threshold, so that a partner just under it counts as one.

    Raises:
        DetectorError: a network failed.
    """
    found = NONE
    for picture in pictures:
        first, second = (each.find(picture, threshold=threshold - MOST_SCORE_OFF) for each in (one, other))
        found = found.and_also(_one_way(first, second, threshold)).and_also(_one_way(second, first, threshold))
    return found


def _one_way(mine: Boxes, others: Boxes, threshold: float) -> Difference:
    """Return how the boxes of one from the threshold on are met by those of the other."""
    mine = mine.kept(mine.scores >= threshold)
    if not len(mine) or not len(others):
        return Difference(boxes=len(mine), alone=len(mine), least_iou=1.0, most_score_off=0.0)
    overlaps = iou_matrix(mine.xyxy, others.xyxy)
    partner = overlaps.argmax(axis=1)
    iou = overlaps.max(axis=1)
    off = np.abs(mine.scores - others.scores[partner])
    alone = (iou < LEAST_IOU) | (off > MOST_SCORE_OFF)
    met = iou > 0.5
    return Difference(
        boxes=len(mine),
        alone=int(alone.sum()),
        least_iou=float(iou[met].min(initial=1.0)),
        most_score_off=float(off[met].max(initial=0.0)),
    )


def times_ms(
    detectors: Mapping[str, Detector], picture: Picture, rounds: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Return the median time of each detector on a picture, in ms; they take turns, so that all share what disturbs."""
    spent: dict[str, list[float]] = {name: [] for name in detectors}
    for _ in range(rounds):
        for name, detector in detectors.items():
            begun_s = clock()
            detector.find(picture, threshold=0.5)
            spent[name].append(1000 * (clock() - begun_s))
    return {name: round(median(all_ms), 1) for name, all_ms in spent.items()}
