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
from vision.glimpse import LEAST_POINTS, Glimpse, carried, followed, lies_clear
from vision.masks import enu_between

REVERSED: Final = "yaw_looks_reversed"
WRONG: Final = "yaw_looks_wrong"

LEAST_WAY_PX: Final = 5.0
"""The ground must slide by so much, in the glimpse's pixels; its direction is then known to some degrees."""
OLDEST_NS: Final = 3_000_000_000
"""What was seen longer ago is not compared: the view has changed, and the estimate of the place has drifted."""
FITS_PX: Final = 1.5
"""Points that an angle puts so near to where they are found agree with it."""
LEAST_SHARE: Final = 0.6
"""Of the points found again must agree with the best angle."""
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
    off_deg: float
    """The true yaw less the told one, -180 to 180: the angle that fits best."""


def slide_between(before: Glimpse, now: Glimpse) -> Slide | None:
    """Return what two pictures say of the yaw; None where they say nothing: no way flown, no texture, no agreement."""
    if before.texture.shape != now.texture.shape or len(before.points) < LEAST_POINTS:
        return None
    way_m = enu_between(before.pose, now.pose)
    turned, told, back = (
        carried(before, now, before.points, way_m=way) for way in ((0.0, 0.0), way_m, _turned(way_m, 180))
    )
    if _median_px(told, turned) < LEAST_WAY_PX:
        return None
    # as told first: ground that repeats itself could be found on either side
    for guess in (told, turned, back):
        off_deg = _off_deg(before, now, guess)
        if off_deg is not None:
            return Slide(utc_ns=now.utc_ns, off_deg=off_deg)
    return None


def _off_deg(before: Glimpse, now: Glimpse, guess: NDArray[np.float32]) -> float | None:
    """Return the error of the yaw where most points, sought about a guess, agree with one."""
    kept = lies_clear(now, guess)
    if np.count_nonzero(kept) < LEAST_POINTS:
        return None
    start = before.points[kept]
    found, known = followed(before, now, start, guess[kept])
    held = known & lies_clear(now, found)
    if np.count_nonzero(held) < LEAST_POINTS:
        return None
    off_deg, share = _best_angle(before, now, start[held], found[held])
    return off_deg if share >= LEAST_SHARE else None


def _best_angle(
    before: Glimpse, now: Glimpse, start: NDArray[np.float32], found: NDArray[np.float32]
) -> tuple[float, float]:
    """Return the error of the yaw that puts points nearest to where they are found, and the share that it fits."""
    way_m = enu_between(before.pose, now.pose)

    def apart_px(off_deg: float) -> NDArray[np.float32]:
        there = carried(before, now, start, way_m=_turned(way_m, off_deg))
        return np.asarray(np.linalg.norm(there - found, axis=1), np.float32)

    def nearest(angles_deg: NDArray[np.float64]) -> float:
        apart = [np.median(apart_px(float(off_deg))) for off_deg in angles_deg]
        return float(angles_deg[int(np.argmin(apart))])

    coarse_deg = nearest(np.arange(-180.0, 180.0, COARSE_DEG))
    off_deg = nearest(coarse_deg + np.arange(-COARSE_DEG, COARSE_DEG + FINE_DEG, FINE_DEG))
    return wrapped_deg(off_deg), float(np.mean(apart_px(off_deg) <= FITS_PX))


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
        if not _has_flown(before, now):
            return
        slide, self._before = slide_between(before, now), now
        if slide is not None:
            self._said.append(slide)
            self._weigh(slide.utc_ns)

    def _weigh(self, utc_ns: int) -> None:
        wrong = [slide for slide in self._said if abs(slide.off_deg) >= WRONG_DEG]
        if len(wrong) >= LEAST_TIMES and agree(wrong):
            reversed_times = sum(abs(slide.off_deg) >= REVERSED_DEG for slide in wrong)
            self._cause = REVERSED if reversed_times >= LEAST_TIMES else WRONG
            self._last_utc_ns = utc_ns

    def doubt(self, utc_ns: int) -> str:
        """Return why neither picture nor count of an instant may pass, empty for no reason."""
        if self._cause and utc_ns - self._last_utc_ns >= CLEAN_NS and not self._still_wrong():
            self._cause = ""
        return self._cause

    def _still_wrong(self) -> bool:
        """Say whether what was seen last still speaks against the yaw; a camera that stands says nothing new."""
        return bool(self._said) and sum(abs(slide.off_deg) >= WRONG_DEG for slide in self._said) * 2 > len(self._said)


def agree(slides: list[Slide]) -> bool:
    """Say whether slides tell of one error of the yaw: none further than `WRONG_DEG` from the last."""
    return all(abs(wrapped_deg(slide.off_deg - slides[-1].off_deg)) < WRONG_DEG for slide in slides)


def _has_flown(before: Glimpse, now: Glimpse) -> bool:
    """Say whether the ground in the middle has slid far enough by the poses to be worth a comparison."""
    east_m, north_m = enu_between(before.pose, now.pose)
    height, width = now.clear.shape
    middle = np.array([width / 2 * now.shrink]), np.array([height / 2 * now.shrink])
    px_per_m = float(now.bound.at(*middle)[0]) * now.bound.on_the_ground / now.shrink
    return math.hypot(east_m, north_m) * px_per_m >= LEAST_WAY_PX
