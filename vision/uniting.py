"""What two person detectors found in one frame, as one list of people to count. Pure; decision 0065.

With a pose each place belongs to the network that finds more there, and a band of angles to both. Without one, a
picture is taken as seen steeply where the network for steep views is clearly the surer one, else as seen from the side.
Masks never come here: nothing that a network found is taken away from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.boxes import Boxes, iou_matrix, nms, shared_of_smaller, union
from vision.capped import CappedFrame
from vision.crowds import Crowd, told_apart
from vision.finding import each_once
from vision.networks import ABOVE_FIRST_DEG, Network, Networks
from vision.plan import Pass, above_share, count_threshold
from vision.plausible import plausible, scale_at

CROSS_IOU: Final = 0.3
"""Boxes of two networks that overlap more are one person: lower than within one, whose boxes have one habit."""
SUREST: Final = 5
"""So many of a network's best finds say how sure it is of a picture."""
SURER_FACTOR: Final = 1.2
"""Without a pose the network for steep views counts where it is so many times as sure as the street-level one: in
street video it is about as sure, and finds people where none are. F1 .81 so, .63 where both counted."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one network found, in the frame's pixels."""

    network: Network
    boxes: Boxes
    by_scale: tuple[tuple[float, Boxes], ...] = ()
    """The same as each scale showed them, smallest scale first."""
    crowd: tuple[Crowd, Boxes | None, float] | None = None
    """A crowd among them, who was found in it by a finer look, if there was one, and the finest scale of both."""

    def large_enough(self, least_score: float) -> Boxes:
        """Return what was found up to the first scale at which people are large enough; all where they never are."""
        for number, (scale, boxes) in enumerate(self.by_scale):
            if scale * typical_px(boxes.kept(boxes.scores >= least_score)) >= self.network.enough_px:
                return each_once([boxes for _, boxes in self.by_scale[: number + 1]])
        return self.boxes


def typical_px(boxes: Boxes) -> float:
    """Return the median of the boxes' longer sides, weighed by the square of their scores; 0 without any."""
    if not len(boxes):
        return 0.0
    longer_px = (boxes.xyxy[:, 2:] - boxes.xyxy[:, :2]).max(axis=1)
    order = np.argsort(longer_px)
    weights = np.cumsum(boxes.scores[order].astype(np.float64) ** 2)
    return float(longer_px[order][np.searchsorted(weights, weights[-1] / 2)])


def countable(found: Sequence[Found], passes: Sequence[Pass], frame: CappedFrame) -> Boxes:
    """Return the boxes that count as people: sure enough, as tall as a person can be there, each person once.

    Args:
        found: By each network that looked; one whose pass is not among those that count is left out.
        passes: Whose people count, and where; one or two.
        frame: Where they were found.
    """
    parts = [(each, _of_pass(found, each, frame)) for each in passes]
    if len(parts) == 1:
        return parts[0][1]
    (street, from_side), (above, from_above) = parts
    if frame.pose is None or frame.bound is None:
        return without_pose((street.network, from_side), (above.network, from_above))
    return united(from_side, from_above) if above_share(frame) == 0 else united(from_above, from_side)


def _of_pass(found: Sequence[Found], which: Pass, frame: CappedFrame) -> Boxes:
    own = next(each for each in found if each.network is which.network)
    threshold = count_threshold(frame, which.network)
    boxes = own.large_enough(threshold) if frame.pose is None or frame.bound is None else own.boxes
    counted = counting(boxes.kept(boxes.scores >= threshold), which, frame)
    share = which.network.same_person_share
    each_once_found = counted if share >= 1 else nms(counted, share, shared_of_smaller)
    return each_once_found if own.crowd is None else _of_crowd(each_once_found, counted, own.crowd, which, frame)


def _of_crowd(
    alone: Boxes, coarse: Boxes, crowd: tuple[Crowd, Boxes | None, float], which: Pass, frame: CappedFrame
) -> Boxes:
    """Return those who stand alone, and those of a crowd: there who covers another is somebody else."""
    where, fine, scale = crowd
    if fine is None:
        return told_apart(alone, coarse, where, frame, scale=scale)
    return told_apart(alone, counting(fine, which, frame), where, frame, scale=scale)


def judging(found: Sequence[Found], frame: CappedFrame, networks: Networks) -> Boxes:
    """Return the boxes whose sizes may be held against the pose: steeply seen, those of the network for it alone.

    The street-level one finds hardly anybody there, and what it finds is several people in one box.

    Args:
        found: By each network that looked at the frame.
        frame: Where they were found.
        networks: That there are; without one for steep views the street-level one is believed everywhere.
    """
    if networks.above is None:
        return union(*(each.boxes for each in found))
    steep = [(each, depressions_of(each.boxes, frame) >= ABOVE_FIRST_DEG) for each in found]
    return union(*(each.boxes.kept(at if each.network is networks.above else ~at) for each, at in steep))


def counting(boxes: Boxes, which: Pass, frame: CappedFrame) -> Boxes:
    """Return the boxes that can be people, where the network counts."""
    fits = plausible(boxes, frame, least_share=which.network.least_share)
    return boxes.kept(fits & which.counts_at(depressions_of(boxes, frame)))


def depressions_of(boxes: Boxes, frame: CappedFrame) -> NDArray[np.float64]:
    """Return how steeply the middle of each box is seen, degrees (n,); NaN where that is not known."""
    centre_u, centre_v = boxes.centres().astype(np.float64).T
    scale = scale_at(frame, centre_u, centre_v)
    return np.full(len(boxes), np.nan) if scale is None else np.degrees(np.arcsin(scale.steepness))


def united(first: Boxes, second: Boxes, iou: float = CROSS_IOU) -> Boxes:
    """Return the first boxes, and those of the second that are somebody else."""
    if not len(first) or not len(second):
        return union(first, second)
    return union(first, second.kept(iou_matrix(second.xyxy, first.xyxy).max(axis=1) <= iou))


def sureness(boxes: Boxes, network: Network) -> float:
    """Return how sure a network is that it sees people in a picture: its best scores by what it calls sure.

    The sum of the best `SUREST` over their number, so that one find alone says little.
    """
    best = np.sort(boxes.scores)[::-1][:SUREST]
    return float(best.sum()) / (SUREST * network.sure_threshold)


def without_pose(street: tuple[Network, Boxes], above: tuple[Network, Boxes]) -> Boxes:
    """Return the people in a picture of which nobody knows from where it was taken."""
    is_steep = sureness(above[1], above[0]) >= SURER_FACTOR * sureness(street[1], street[0])
    return above[1] if is_steep else street[1]
