"""The offset between a live video and its poses, found while it runs, from what is released of it alone.

Glimpses are made of released pictures, so nothing under a mask can change what is found. The poses are those that the
pictures were given: where these are late, the pictures turn before or after them by the same time.
"""

from __future__ import annotations

import math
from collections import deque
from concurrent.futures import Executor, Future
from typing import Final

import cv2
import numpy as np

from flightlink.pose import CameraPose
from vision.glimpse import Glimpse, followed, lies_clear
from vision.turning.match import LEAST_PAIRS, Offset
from vision.turning.measured import AGREE_PX, LEAST_AGREE, LEAST_APART_S, MOST_APART_S, Turn
from vision.turning.task import matched

LEAST_POINTS: Final = 16
REMEMBERED_NS: Final = 60_000_000_000
MATCHED_EVERY_NS: Final = 20_000_000_000
SEARCH_S: Final = 1.0
"""On either side: a live latency that is off by more shows by other signs."""
MOST_KEPT: Final = 900


class OffsetWatch:
    """Asked once a released frame, in their order; `found` is replaced as a whole.

    Args:
        executor: runs the match, a few tenths of a second each 20 s.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._last: Glimpse | None = None
        self._turns: deque[tuple[int, Turn]] = deque(maxlen=MOST_KEPT)
        self._poses: deque[CameraPose] = deque(maxlen=2 * MOST_KEPT)
        self._matched_ns = 0
        self._match: Future[Offset] | None = None
        self.found: Offset | None = None
        """The last match; its `refusal` says why there is no offset."""

    def note(self, now: Glimpse) -> None:
        """Take the glimpse of a released frame."""
        if self._last is not None and not 0 < now.utc_ns - self._last.utc_ns < REMEMBERED_NS:
            self._begin_anew()
        self._matched_ns = self._matched_ns or now.utc_ns
        self._poses.append(now.pose)
        if self._last is not None and now.utc_ns - self._last.utc_ns < LEAST_APART_S * 1e9:
            return
        if self._last is not None and now.utc_ns - self._last.utc_ns <= MOST_APART_S * 1e9:
            self._measure(self._last, now)
        self._last = now
        self._match_when_due(now.utc_ns)

    def _begin_anew(self) -> None:
        self._matched_ns = 0
        self._turns.clear()
        self._poses.clear()
        self._last = None

    def _measure(self, before: Glimpse, now: Glimpse) -> None:
        moved = motion_of(before, now)
        if moved is not None:
            apart_s = (now.utc_ns - before.utc_ns) / 1e9
            middle_ns = (before.utc_ns + now.utc_ns) // 2
            self._turns.append((middle_ns, Turn(0.0, apart_s, *(part / apart_s for part in moved))))

    def _match_when_due(self, utc_ns: int) -> None:
        if self._match is not None:
            if not self._match.done():
                return
            self.found, self._match = self._match.result(), None
        while self._turns and self._turns[0][0] < utc_ns - REMEMBERED_NS:
            self._turns.popleft()
        while self._poses and self._poses[0].utc_ns < utc_ns - REMEMBERED_NS - round(SEARCH_S * 1e9):
            self._poses.popleft()
        if utc_ns - self._matched_ns >= MATCHED_EVERY_NS and len(self._turns) >= 2 * LEAST_PAIRS:
            self._matched_ns = utc_ns
            self._match = self._executor.submit(_offset, list(self._turns), list(self._poses))


def motion_of(before: Glimpse, now: Glimpse) -> tuple[float, float, float] | None:
    """Return shift of the middle (right, down, as shares of the width) and turn (rad) from one glimpse to the next."""
    start = before.points
    if before.texture.shape != now.texture.shape or len(start) < LEAST_POINTS:
        return None
    end, known = followed(before, now, start, start)
    kept = known & lies_clear(now, end)
    if np.count_nonzero(kept) < LEAST_POINTS:
        return None
    height_px, width_px = now.texture.shape
    middle = np.array([(width_px - 1) / 2, (height_px - 1) / 2], np.float32)
    motion, agree = cv2.estimateAffinePartial2D(
        start[kept] - middle, end[kept] - middle, ransacReprojThreshold=AGREE_PX, maxIters=200
    )
    if motion is None or np.count_nonzero(agree) < LEAST_AGREE * np.count_nonzero(kept):
        return None
    return float(motion[0, 2]) / width_px, float(motion[1, 2]) / width_px, math.atan2(motion[1, 0], motion[0, 0])


def _offset(turns: list[tuple[int, Turn]], poses: list[CameraPose]) -> Offset:
    begun_ns = turns[0][0]
    timed = [turn._replace(time_s=(middle_ns - begun_ns) / 1e9) for middle_ns, turn in turns]
    return matched(timed, poses, starts_utc_ns=begun_ns, search_s=SEARCH_S)
