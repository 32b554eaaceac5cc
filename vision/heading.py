"""Does the picture move the way the camera flies? A yaw that is reversed or counted from the wrong side is caught.

Between two pictures of a flying camera the ground slides by. Which way it slides in the picture follows from the way
flown and from the yaw: turn the yaw by an angle, and the sliding turns by it as well. So the angle that fits what is
seen best tells by how much the yaw is wrong; near nadir, where a yaw of 180 degrees too much looks right in every
message, too. Glimpses are made of released pictures, so nothing under a mask has a say. Pure but for its memory.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.attitude import wrapped_deg
from vision.glimpse import LEAST_POINTS, Glimpse, carried, common_motion, followed, lies_clear
from vision.masks import enu_between
from vision.steady import UNLIKE_POSE

REVERSED: Final = "yaw_looks_reversed"
WRONG: Final = "yaw_looks_wrong"

LEAST_WAY_PX: Final = 5.0
"""The ground must slide by so much, in the glimpse's pixels; its direction is then known to some degrees."""
EVERY_NS: Final = 350_000_000
"""A comparison takes some milliseconds: not every picture needs one."""
OLDEST_NS: Final = 3_000_000_000
"""What was seen longer ago is not compared: the view has changed, and the estimate of the place has drifted."""
FITS_PX: Final = 1.5
"""Points that an angle puts so near to where they are found agree with it."""
LEAST_SHARE: Final = 0.6
"""Of the points found again must agree with the best angle."""
UNLIKE_PX: Final = 4.0
UNLIKE_SHARE: Final = 0.35
"""Of the way: a picture that moves as a whole, and by so much otherwise than any yaw has it, contradicts the poses. A
height that is wrong by a fifth does not."""
COARSE_DEG: Final = 15.0
FINE_DEG: Final = 3.0
WRONG_DEG: Final = 45.0
"""From here on it is no error of a compass. Three sigmas of a consumer multicopter are 9 degrees."""
REVERSED_DEG: Final = 135.0
LEAST_TIMES: Final = 3
"""As many of the last `KEPT` answers must agree."""
KEPT: Final = 4
CLEAN_NS: Final = 10_000_000_000
"""A contradiction must be gone for so long before it is forgiven."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slide:
    """What two pictures say of the yaw."""

    utc_ns: int
    off_deg: float | None
    """The true yaw less the told one, -180 to 180: the angle that fits best. None: the picture moves as a whole, and
    no yaw makes it move as the poses say."""

    @property
    def is_wrong(self) -> bool:
        """Say whether the poses cannot be right."""
        return self.off_deg is None or abs(self.off_deg) >= WRONG_DEG


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """How points that were sought about one guess agree with the poses."""

    off_deg: float
    share: float
    """Of the points that the best yaw puts where they were found."""
    apart_px: float
    """In the median, at the best yaw."""
    agree_share: float
    """Of the points that move as one."""


def slide_between(before: Glimpse, now: Glimpse) -> Slide | None:
    """Return what two pictures say of the yaw; None where they say nothing: no way flown, no texture, no agreement."""
    if before.texture.shape != now.texture.shape or len(before.points) < LEAST_POINTS:
        return None
    way_m = enu_between(before.pose, now.pose)
    ways_m = ((0.0, 0.0), way_m, _turned(way_m, 180))
    turned, told, back = (carried(before, now, before.points, way_m=way) for way in ways_m)
    way_px = _median_px(told, turned)
    if way_px < LEAST_WAY_PX:
        return None
    fits = []
    for guess in (told, turned, back):  # as told first: ground that repeats itself could be found on either side
        fit = _fit(before, now, guess)
        if fit is not None and fit.share >= LEAST_SHARE:
            return Slide(utc_ns=now.utc_ns, off_deg=fit.off_deg)
        fits += [] if fit is None else [fit]
    sure = max(fits, key=lambda fit: fit.agree_share, default=None)
    unlike_px = max(UNLIKE_PX, UNLIKE_SHARE * way_px)
    is_unlike = sure is not None and sure.agree_share >= LEAST_SHARE and sure.apart_px >= unlike_px
    return Slide(utc_ns=now.utc_ns, off_deg=None) if is_unlike else None


def _fit(before: Glimpse, now: Glimpse, guess: NDArray[np.float32]) -> _Fit | None:
    """Return how points that are sought about a guess agree with the poses; None where too few are found."""
    kept = lies_clear(now, guess)
    if np.count_nonzero(kept) < LEAST_POINTS:
        return None
    start = before.points[kept]
    found, known = followed(before, now, start, guess[kept])
    held = known & lies_clear(now, found)
    if np.count_nonzero(held) < LEAST_POINTS:
        return None
    _, agree = common_motion(start[held], found[held])
    return _best(before, now, start[held], found[held], agree_share=float(agree.mean()))


def _best(
    before: Glimpse, now: Glimpse, start: NDArray[np.float32], found: NDArray[np.float32], *, agree_share: float
) -> _Fit:
    """Return the error of the yaw that puts points nearest to where they are found."""
    way_m = enu_between(before.pose, now.pose)

    def apart_px(off_deg: float) -> NDArray[np.float32]:
        there = carried(before, now, start, way_m=_turned(way_m, off_deg))
        return np.asarray(np.linalg.norm(there - found, axis=1), np.float32)

    def nearest(angles_deg: NDArray[np.float64]) -> float:
        apart = [np.median(apart_px(float(off_deg))) for off_deg in angles_deg]
        return float(angles_deg[int(np.argmin(apart))])

    coarse_deg = nearest(np.arange(-180.0, 180.0, COARSE_DEG))
    off_deg = nearest(coarse_deg + np.arange(-COARSE_DEG, COARSE_DEG + FINE_DEG, FINE_DEG))
    apart = apart_px(off_deg)
    return _Fit(
        off_deg=wrapped_deg(off_deg),
        share=float(np.mean(apart <= FITS_PX)),
        apart_px=float(np.median(apart)),
        agree_share=agree_share,
    )


def _turned(way_m: tuple[float, float], off_deg: float) -> tuple[float, float]:
    """Return the way as a camera sees it whose yaw is told too small by an angle: turned back by it."""
    east_m, north_m = way_m
    cosine, sine = math.cos(math.radians(off_deg)), math.sin(math.radians(off_deg))
    return east_m * cosine - north_m * sine, north_m * cosine + east_m * sine


def _median_px(some: NDArray[np.float32], others: NDArray[np.float32]) -> float:
    return float(np.median(np.linalg.norm(some - others, axis=1)))


class HeadingWatch:
    """Compares each picture of a flying camera with one of before; asked once a released picture, in their order."""

    def __init__(self) -> None:
        self._before: Glimpse | None = None
        self._said: deque[Slide] = deque(maxlen=KEPT)
        self._cause = ""
        self._last_utc_ns = 0

    def note(self, now: Glimpse) -> None:
        """Take a picture's glimpse."""
        before = self._before
        if before is None or not 0 < now.utc_ns - before.utc_ns <= OLDEST_NS:
            self._before = now
            return
        if now.utc_ns - before.utc_ns < EVERY_NS or not _has_flown(before, now):
            return
        slide, self._before = slide_between(before, now), now
        if slide is not None:
            self._said.append(slide)
            self._weigh(slide.utc_ns)

    def _weigh(self, utc_ns: int) -> None:
        wrong = [slide for slide in self._said if slide.is_wrong]
        cause = _cause(wrong) if len(wrong) >= LEAST_TIMES else ""
        if cause:
            self._cause, self._last_utc_ns = cause, utc_ns

    def doubt(self, utc_ns: int) -> str:
        """Return why neither picture nor count of an instant may pass, empty for no reason."""
        if self._cause and utc_ns - self._last_utc_ns >= CLEAN_NS and not self._still_wrong():
            self._cause = ""
        return self._cause

    def _still_wrong(self) -> bool:
        """Say whether what was seen last still speaks against the yaw; a camera that stands says nothing new."""
        return bool(self._said) and sum(slide.is_wrong for slide in self._said) * 2 > len(self._said)


def _cause(wrong: list[Slide]) -> str:
    """Return what slides say together that contradict the poses."""
    angles_deg = [slide.off_deg for slide in wrong if slide.off_deg is not None]
    if len(angles_deg) < LEAST_TIMES:
        return UNLIKE_POSE if len(wrong) == KEPT else ""  # a wall along the way may move otherwise for a moment
    if not agree(angles_deg):
        return WRONG
    return REVERSED if sum(abs(off_deg) >= REVERSED_DEG for off_deg in angles_deg) >= LEAST_TIMES else WRONG


def agree(angles_deg: list[float]) -> bool:
    """Say whether errors of the yaw are one error: none further than `WRONG_DEG` from the last."""
    return all(abs(wrapped_deg(off_deg - angles_deg[-1])) < WRONG_DEG for off_deg in angles_deg)


def _has_flown(before: Glimpse, now: Glimpse) -> bool:
    """Say whether the ground in the middle has slid far enough by the poses to be worth a comparison."""
    east_m, north_m = enu_between(before.pose, now.pose)
    height, width = now.clear.shape
    middle = np.array([width / 2 * now.shrink]), np.array([height / 2 * now.shrink])
    px_per_m = float(now.bound.at(*middle)[0]) * now.bound.on_the_ground / now.shrink
    return math.hypot(east_m, north_m) * px_per_m >= LEAST_WAY_PX
