"""Where found people stand so close that a finer look has to tell them apart, and what counts after it. Pure; 0072.

The network for steep views finds nearly everybody who stands alone at 40 px, and half of a crowd: there one cell of its
output holds two heads. Where many are found on little ground, that part of the picture is seen a second time, as
finely as the budget of a count allows. There a lower score counts as well: among people there is little else to be
taken for somebody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maps.occlusion import others_per_m2
from vision.boxes import Boxes, union
from vision.capped import CappedFrame
from vision.counter import ground_points
from vision.engine import MAX_SIDE_PX
from vision.plausible import scale_at

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

FROM_PER_M2: Final = 0.5
"""Found others around somebody, people/m2, from which the place is a crowd: ten within `AROUND_M`."""
REACH_M: Final = 1.5
"""Who stands so near to somebody in a crowd stands in it."""
WANTED_PX_PER_M: Final = 62.0
"""Of ground, in the network's input: the root of the pixels that a square metre shows there, so that slanting ground
needs more. At 46 degrees a person is 112 px tall then."""
LEAST_GAIN: Final = 1.2
"""A look that is finer by less tells nobody apart whom the first one did not."""
MOST_APART_PER_M2: Final = 3.0
"""As many found people/m2 were told apart at `WANTED_PX_PER_M`, and fewer the coarser the look: beyond, in rendered
crowds, a fifth of the people and more are missed (decision 0072)."""
HIDDEN: Final = ((25.0, 30.0, 38.0, 46.0), (0.2, 0.25, 0.7, 1.0))
"""Depression, degrees, and what is left of that figure: the flatter the view, the more people hide each other."""
MARGIN: Final = 0.6
"""Around the crowd's boxes, of their height: people are cut off at no edge."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """People found so close together that they have to be seen finer."""

    boxes: Boxes
    """Who, in the frame's pixels."""
    east_m: FloatArray
    """Where they stand, from the camera's foot, (n,)."""
    north_m: FloatArray
    px_per_m: float
    """Of ground there, in the frame: the root of the pixels of a square metre; the median."""


@dataclass(frozen=True, slots=True)
class Closer:
    """A part of a frame that is looked at once more."""

    rows: slice
    columns: slice
    scale: float
    """Of the network's input to the frame."""

    def in_frame(self, found: Boxes) -> Boxes:
        """Return boxes of the part in the frame's pixels."""
        corner = np.array([self.columns.start, self.rows.start] * 2, np.float32)
        return found.moved_to(found.xyxy + corner)


def crowd_among(found: Boxes, frame: CappedFrame) -> Crowd | None:
    """Return who of the found people stands in a crowd; None without one, or without a pose."""
    if frame.pose is None or not len(found):
        return None
    east_m, north_m = _places_m(found, frame)
    crowded = others_per_m2(east_m, north_m) >= FROM_PER_M2
    if not crowded.any():
        return None
    boxes = found.kept(crowded)
    centre_u, centre_v = boxes.centres().astype(np.float64).T
    scale = scale_at(frame, centre_u, centre_v)
    px_per_m = None if scale is None else scale.px_per_m * np.sqrt(scale.steepness)
    if px_per_m is None or not (np.nan_to_num(px_per_m) > 0).any():
        return None
    return Crowd(
        boxes=boxes,
        east_m=east_m[crowded],
        north_m=north_m[crowded],
        px_per_m=float(np.nanmedian(px_per_m[~(px_per_m <= 0)])),
    )


def closer_look(
    crowd: Crowd, frame: CappedFrame, *, scale: float, most_scale: float, budget_px: float
) -> Closer | None:
    """Return how a crowd is seen finer than at a scale within a budget of input pixels; None where it cannot be.

    Args:
        crowd: in the frame.
        frame: in which it was found.
        scale: at which it was.
        most_scale: a picture is enlarged at most so many times.
        budget_px: what is left of the count's.
    """
    margin = np.float32(MARGIN * float(np.median(crowd.boxes.heights_px())))
    low = np.floor(crowd.boxes.xyxy[:, :2].min(axis=0) - margin)
    high = np.ceil(crowd.boxes.xyxy[:, 2:].max(axis=0) + margin)
    left, top = np.maximum(low, 0).astype(int).tolist()
    right, bottom = np.minimum(high, (frame.width_px, frame.height_px)).astype(int).tolist()
    wide, tall = right - left, bottom - top
    affordable = np.sqrt(max(budget_px, 0.0) / (wide * tall))
    finer = float(min(WANTED_PX_PER_M / crowd.px_per_m, most_scale, affordable, MAX_SIDE_PX / max(wide, tall)))
    return Closer(slice(top, bottom), slice(left, right), finer) if finer >= LEAST_GAIN * scale else None


def told_apart(coarse: Boxes, fine: Boxes, crowd: Crowd, frame: CappedFrame, *, scale: float) -> Boxes:
    """Return who counts: outside the crowd those of the first look, within it those of the finer one.

    Args:
        coarse: who counts by the first look.
        fine: who counts by the finer one; the same as `coarse` where there was none.
        crowd: where.
        frame: in whose pixels all are.
        scale: of the finer look.
    """
    crowded = fine.kept(_within(fine, crowd, frame))
    return union(coarse.kept(~_within(coarse, crowd, frame)), limited(crowded, frame, scale=scale))


def limited(people: Boxes, frame: CappedFrame, *, scale: float) -> Boxes:
    """Return people of a crowd with how many on a square metre were told apart where each stands.

    Args:
        people: in the frame's pixels.
        frame: in which they were found.
        scale: of the look that found them.
    """
    centre_u, centre_v = people.centres().astype(np.float64).T
    at = scale_at(frame, centre_u, centre_v)
    if at is None:
        return people
    sharp = np.clip(scale * np.nan_to_num(at.px_per_m) * np.sqrt(at.steepness) / WANTED_PX_PER_M, 0.0, 1.0)
    apart = MOST_APART_PER_M2 * sharp * np.interp(np.degrees(np.arcsin(at.steepness)), *HIDDEN)
    return replace(people, apart_per_m2=apart.astype(np.float32))


def _within(boxes: Boxes, crowd: Crowd, frame: CappedFrame) -> BoolArray:
    """Say of boxes (n,) whether they stand in the crowd."""
    east_m, north_m = _places_m(boxes, frame)
    apart = np.hypot(east_m[:, None] - crowd.east_m, north_m[:, None] - crowd.north_m)
    return np.asarray(np.nan_to_num(apart, nan=np.inf).min(axis=1, initial=np.inf) <= REACH_M)


def _places_m(boxes: Boxes, frame: CappedFrame) -> tuple[FloatArray, FloatArray]:
    if frame.pose is None:
        nowhere = np.full(len(boxes), np.nan)
        return nowhere, nowhere
    points = ground_points(frame.pose, boxes, frame.terrain)
    return points.east_m, points.north_m
