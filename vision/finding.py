"""Choose the scales at which the network sees people at its best size, and unite what it finds there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from vision.boxes import Boxes, nms, union
from vision.detectors import PERSON_IOU, Detector
from vision.engine import MAX_SIDE_PX, Picture

BEST_PERSON_PX: Final = (45.0, 80.0)
"""Height of a person in the network's input at which it finds most (measured on street video and oblique stills)."""
TOLERATED_PERSON_PX: Final = 160.0
"""Up to this height recall holds (measured on street video), so that one scale may serve near and far."""
SCALE_LIMITS: Final = (0.25, 4.0)
BUDGET_PX: Final = 2_000_000
"""Most input pixels of one scale: about twice 1280 x 736."""
LARGEST_RUN_PX: Final = 2.1 * 10**6
"""Input pixels of one run; a larger picture is looked at in tiles, so that memory stays bounded."""
TILE_PX: Final = 1280
"""Of the network's input, a side."""
TILE_OVERLAP_PX: Final = 160
"""Nobody who is as tall as the network sees well is cut by both tiles."""
_LONG_SIDES_WITHOUT_POSE_PX: Final = (640.0, 1280.0)
_LONGEST_SIDE_PX: Final = 2560.0
_LONG_FROM_PX: Final = 1600
"""From this long side on people of a photograph may be too small at `_LONG_SIDES_WITHOUT_POSE_PX`."""


def find_people(
    detector: Detector, picture: Picture, scales: Sequence[float], threshold: float, *, iou: float = PERSON_IOU
) -> Boxes:
    """Return persons found at any of the scales, in the picture's pixels, by falling score.

    Args:
        detector: the person detector.
        picture: uint8 (h, w, 3) BGR or (h, w) grey.
        scales: how much larger the network sees the picture, one pass each.
        threshold: least score.
        iou: boxes that overlap a better one by more are dropped. One keeps them all, which covers a little more.

    Raises:
        DetectorError: the picture is unfit or too large, or a network's answer is not sound.
    """
    return each_once([found_at(scale, detector, picture, threshold) for scale in scales], iou)


def each_once(found: Sequence[Boxes], iou: float = PERSON_IOU) -> Boxes:
    """Return what was found at several scales, each person once."""
    return found[0] if len(found) == 1 else nms(union(*found), iou)


def found_at(scale: float, detector: Detector, picture: Picture, threshold: float) -> Boxes:
    """Return what is found at one scale: in one run, or tile by tile where that would take too much memory."""
    height, width = picture.shape[:2]
    if width * height * scale**2 <= LARGEST_RUN_PX:
        return detector.find(picture, threshold=threshold, scale=scale)
    found = [
        _of_tile(tile, detector.find(picture[tile.rows, tile.columns], threshold=threshold, scale=scale))
        for tile in _tiles(width, height, scale)
    ]
    return nms(union(*found), PERSON_IOU)


@dataclass(frozen=True, slots=True)
class _Tile:
    """A part of a picture, and the part of that in which its people count; pixels of the picture."""

    rows: slice
    columns: slice
    own: tuple[float, float, float, float]
    """Left, top, right, bottom: whoever stands outside is whole in the next tile."""


def _tiles(width: int, height: int, scale: float) -> list[_Tile]:
    overlap = math.ceil(TILE_OVERLAP_PX / scale)
    return [
        _Tile(slice(*rows[:2]), slice(*columns[:2]), (columns[2], rows[2], columns[3], rows[3]))
        for rows in _cuts(height, math.ceil(TILE_PX / scale), overlap)
        for columns in _cuts(width, math.ceil(TILE_PX / scale), overlap)
    ]


def _cuts(side: int, tile: int, overlap: int) -> list[tuple[int, int, float, float]]:
    """Return for each tile along a side from where to where it reaches and from where to where it counts."""
    many = max(1, math.ceil((side - overlap) / (tile - overlap)))
    starts = [round(number * (side - tile) / (many - 1)) for number in range(many)] if many > 1 else [0]
    ends = [min(start + tile, side) for start in starts]
    seams = [(end + start) / 2 for end, start in zip(ends, starts[1:], strict=False)]
    return list(zip(starts, ends, [-math.inf, *seams], [*seams, math.inf], strict=True))


def _of_tile(tile: _Tile, found: Boxes) -> Boxes:
    """Return the boxes of a tile that are its own, in the picture's pixels."""
    corner = np.array([tile.columns.start, tile.rows.start] * 2, np.float32)
    moved = found.moved_to(found.xyxy + corner)
    x, y = moved.centres().T
    left, top, right, bottom = tile.own
    return moved.kept((x >= left) & (x < right) & (y >= top) & (y < bottom))


def scales_for(
    *,
    person_px_near: float,
    person_px_far: float,
    width_px: int,
    height_px: int,
    best_px: tuple[float, float] = BEST_PERSON_PX,
) -> tuple[float, ...]:
    """Return one scale, or two when people differ too much in size, smallest first.

    The farthest people land at the lower end of `best_px`. If the nearest then exceed `TOLERATED_PERSON_PX`, a
    second, smaller scale puts them at its upper end.

    Args:
        person_px_near: height in the picture of a standing person where the picture's scale is largest.
        person_px_far: the same where it is smallest.
        width_px: of the picture.
        height_px: of the picture.
        best_px: wanted heights in the network's input, least and most. In clear video a least height of 26 px still
            found 0.91 of the people, at a third of the cost.
    """
    low_px, high_px = best_px
    most = _largest_scale(width_px, height_px)
    far, near = (_limited(scale, most) for scale in (low_px / person_px_far, high_px / person_px_near))
    return (far,) if far <= near or far * person_px_near <= TOLERATED_PERSON_PX else (near, far)


def scales_without_pose(width_px: int, height_px: int) -> tuple[float, ...]:
    """Return two scales, smallest first, for a picture in which people may have any size."""
    most = _largest_scale(width_px, height_px)
    longest_px = max(width_px, height_px)
    return tuple(dict.fromkeys(_limited(side_px / longest_px, most) for side_px in _LONG_SIDES_WITHOUT_POSE_PX))


def finer_scales_without_pose(width_px: int, height_px: int) -> tuple[float, ...]:
    """Return the scales of `scales_without_pose` and, for a large photograph, one at which it is seen in full."""
    longest_px = max(width_px, height_px)
    finest = (min(1.0, _LONGEST_SIDE_PX / longest_px),) if longest_px > _LONG_FROM_PX else ()
    return tuple(dict.fromkeys((*scales_without_pose(width_px, height_px), *finest)))


def _limited(scale: float, most: float) -> float:
    return min(max(scale, SCALE_LIMITS[0]), most)


def _largest_scale(width_px: int, height_px: int) -> float:
    """Return the scale beyond which one pass costs too much."""
    budget = math.sqrt(BUDGET_PX / (width_px * height_px))
    return min(SCALE_LIMITS[1], budget, MAX_SIDE_PX / max(width_px, height_px))
