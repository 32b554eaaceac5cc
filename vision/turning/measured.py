"""How the whole picture moves between two frames: shift of its middle and turn, per second. No point is kept."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.capped import CappedFrame

Bytes = NDArray[np.uint8]
Points = NDArray[np.float32]

WIDTH_PX: Final = 320
LEAST_APART_S: Final = 0.055
"""Pairs of frames nearer than this tell more noise than motion."""
MOST_APART_S: Final = 0.5
MOST_POINTS: Final = 150
APART_PX: Final = 8
LEAST_CORNER: Final = 0.01
WINDOW_PX: Final = 15
LEVELS: Final = 4
LEAST_POINTS: Final = 20
LEAST_AGREE: Final = 0.5
"""Of the points found again must move as one: else something large moves, or the picture is of something else."""
AGREE_PX: Final = 1.0


class Turn(NamedTuple):
    """The picture's motion between two frames."""

    time_s: float
    """Of the middle between both, since the first frame."""
    apart_s: float
    right_per_s: float
    """Shift of what stands in the middle, as a share of the picture's width per second."""
    down_per_s: float
    turned_per_s: float
    """Turn of the picture's content, radians per second, clockwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    time_s: float
    grey: Bytes


def turns_of(frames: Iterable[CappedFrame]) -> Iterator[Turn]:
    """Yield the motion between frames, in order; pairs that tell nothing are left out."""
    last: _Seen | None = None
    for frame in frames:
        seen = _Seen(time_s=frame.utc_ns / 1e9, grey=_small(frame.pixels))
        if last is not None and seen.time_s - last.time_s < LEAST_APART_S:
            continue
        if last is not None and seen.time_s - last.time_s <= MOST_APART_S and seen.grey.shape == last.grey.shape:
            turn = turn_between(last.grey, seen.grey, begun_s=last.time_s, ended_s=seen.time_s)
            if turn is not None:
                yield turn
        last = seen


def rehearse() -> None:
    """Do everything once on noise, so that every library has loaded all it needs before the seal."""
    grey = np.random.default_rng(0).integers(0, 255, (90, WIDTH_PX), np.uint8)
    turn_between(_small(grey), _small(grey), begun_s=0.0, ended_s=1.0)


def _small(pixels: Bytes) -> Bytes:
    grey = pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
    height_px, width_px = grey.shape
    size = (WIDTH_PX, max(1, round(height_px * WIDTH_PX / width_px)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def turn_between(before: Bytes, after: Bytes, *, begun_s: float, ended_s: float) -> Turn | None:
    """Return the one motion on which most points agree, None where nothing is told.

    Args:
        before: uint8 (height, width).
        after: the same size, later.
        begun_s: time of `before`.
        ended_s: time of `after`.
    """
    corners = cv2.goodFeaturesToTrack(before, MOST_POINTS, LEAST_CORNER, APART_PX)
    if corners is None or len(corners) < LEAST_POINTS:
        return None
    start = np.asarray(corners, np.float32).reshape(-1, 2)
    found, status, _ = cv2.calcOpticalFlowPyrLK(
        before, after, start, start.copy(), winSize=(WINDOW_PX, WINDOW_PX), maxLevel=LEVELS
    )
    kept = np.asarray(status).ravel() > 0
    if np.count_nonzero(kept) < LEAST_POINTS:
        return None
    middle = np.array([(before.shape[1] - 1) / 2, (before.shape[0] - 1) / 2], np.float32)
    return _common(start[kept] - middle, np.asarray(found, np.float32).reshape(-1, 2)[kept] - middle, begun_s, ended_s)


def _common(start: Points, end: Points, begun_s: float, ended_s: float) -> Turn | None:
    motion, agree = cv2.estimateAffinePartial2D(start, end, ransacReprojThreshold=AGREE_PX, maxIters=400)
    if motion is None or np.count_nonzero(agree) < LEAST_AGREE * len(start):
        return None
    apart_s = ended_s - begun_s
    return Turn(
        time_s=(begun_s + ended_s) / 2,
        apart_s=apart_s,
        right_per_s=float(motion[0, 2]) / WIDTH_PX / apart_s,
        down_per_s=float(motion[1, 2]) / WIDTH_PX / apart_s,
        turned_per_s=math.atan2(motion[1, 0], motion[0, 0]) / apart_s,
    )
