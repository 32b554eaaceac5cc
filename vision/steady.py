"""Does the picture move as the poses say? A camera that is bumped, a wrong pose time, a gimbal whose yaw is stuck.

Masks are carried from look to frame by the poses. Where the picture lies elsewhere by more than masks grow meanwhile,
they may miss, and the frame is withheld. A camera that stands still is compared with how it stood at first, too: once
it points elsewhere, neither its pictures nor its counts are where the map puts them.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection
from typing import Final

from vision.glimpse import Glimpse, Shift, shift_between
from vision.masks import GROWN_SIDEWAYS, OLDEST_LOOK_NS, WALKER_M_PER_S

UNLIKE_POSE: Final = "picture_moved_unlike_pose"
WAS_MOVED: Final = "camera_was_moved"
LATE: Final = "detector_late"

FARTHEST_BEHIND_NS: Final = 1_000_000_000
"""So long the last look before a frame masks it by itself, grown by as much as people walk meanwhile.

On a slow machine looks come twice a second; a frame between two is shown while its picture bears out the poses since
the first.
"""
MOST_REMEMBERED: Final = 64
"""Frames whose look may still be under way: a second of them; policy: the oldest is forgotten."""
BODY_WIDTH_M: Final = 0.45
LEAST_GLIMPSE_PX: Final = 1.5
"""Less than this in the glimpse is not measured surely enough to hold against a pose."""
STANDS_EVERY_NS: Final = 1_000_000_000
MOST_TURNED_DEG: Final = 1.0
"""A standing camera may point elsewhere by so much, and by three of its pose's sigmas."""
SIGMAS: Final = 3.0
CHECKS: Final = 2
"""In a row: one check may have met a lorry or a flash."""
RENEWED_AFTER: Final = 60
"""Checks in a row in which the first picture told nothing although nothing moved suddenly: the light has changed."""


def allowed_m(age_ns: int) -> float:
    """Return by how much the masks of a look of this age have grown on each side."""
    return GROWN_SIDEWAYS * BODY_WIDTH_M + WALKER_M_PER_S * abs(age_ns) / 1e9


class PictureWatch:
    """Compares each frame with the last one that was looked at; asked once a frame, in their order.

    On a busy machine a frame goes out before its own look is done, masked by the looks before. It is remembered, and
    once the look is there the frames after it are compared with it.
    """

    def __init__(self) -> None:
        self._looked: Glimpse | None = None
        self._recent: deque[Glimpse] = deque(maxlen=MOST_REMEMBERED)
        self._doubt = ""

    def doubt(self, now: Glimpse, *, looked_utc_ns: Collection[int]) -> str:
        """Return why a frame may not pass, empty for no reason.

        A doubt lasts until a frame comes with its own look, or until a picture speaks against it: one that tells
        nothing does not.

        Args:
            now: The frame's.
            looked_utc_ns: When the looks were taken that mask it. One of this very frame: its masks are where people
                are, however it moved.
        """
        if now.utc_ns in looked_utc_ns:
            self._recent.clear()
            self._looked, self._doubt = now, ""
            return ""
        self._remember(now)
        self._looked = self._newest_looked(looked_utc_ns)
        if self._looked is None or not 0 < now.utc_ns - self._looked.utc_ns <= FARTHEST_BEHIND_NS:
            return LATE  # only a look ahead masks it, and nothing says that the poses carry its masks rightly
        shift = shift_between(self._looked, now)
        if shift is None and now.utc_ns - self._looked.utc_ns > OLDEST_LOOK_NS:
            return self._doubt or LATE  # so long after a look the picture must say that the poses are right
        if shift is not None:
            self._doubt = UNLIKE_POSE if _beyond_masks(shift, self._looked, now) else ""
        return self._doubt

    def _remember(self, now: Glimpse) -> None:
        if self._recent and now.utc_ns <= self._recent[-1].utc_ns:  # the clock was set back
            self._recent.clear()
        while self._recent and now.utc_ns - self._recent[0].utc_ns > FARTHEST_BEHIND_NS:
            self._recent.popleft()
        self._recent.append(now)

    def _newest_looked(self, looked_utc_ns: Collection[int]) -> Glimpse | None:
        """Return the newest frame that was looked at; no earlier one is needed again."""
        looked = [glimpse for glimpse in self._recent if glimpse.utc_ns in looked_utc_ns]
        while looked and self._recent[0] is not looked[-1]:
            self._recent.popleft()
        return looked[-1] if looked else self._looked


def _beyond_masks(shift: Shift, looked: Glimpse, now: Glimpse) -> bool:
    if not shift.found:
        return True
    return shift.px > LEAST_GLIMPSE_PX * now.shrink and shift.metres > allowed_m(now.utc_ns - looked.utc_ns)


class StandingWatch:
    """Compares a standing camera's picture, once a second, with its first one."""

    def __init__(self) -> None:
        self._first: Glimpse | None = None
        self._last: Glimpse | None = None
        self._broken = False
        self._astray = self._home = self._untold = 0
        self.moved = False

    def note(self, now: Glimpse) -> None:
        """Take a frame's glimpse; `moved` says afterwards whether the camera points elsewhere."""
        if self._first is None or self._last is None:
            self._first = self._last = now if len(now.points) else None
            return
        if abs(now.utc_ns - self._last.utc_ns) < STANDS_EVERY_NS:
            return
        shift = shift_between(self._first, now)
        if shift is not None and shift.found:
            self._told(is_home=shift.px <= most_px(now))
        else:
            self._not_told(shift_between(self._last, now), now)
        self._last = now

    def _told(self, *, is_home: bool) -> None:
        self._untold = 0
        self._astray = 0 if is_home else self._astray + 1
        self._home = self._home + 1 if is_home else 0
        if self._astray >= CHECKS:
            self.moved = True
        if self._home >= CHECKS:
            self.moved = self._broken = False

    def _not_told(self, step: Shift | None, now: Glimpse) -> None:
        """Weigh a check in which the first picture tells nothing: a sudden break before it was a blow, else light."""
        self._home = 0
        self._untold += 1
        if step is not None and (not step.found or step.px > most_px(now)):
            self._broken = True
        if self._broken:
            self._astray += 1
            self.moved = self.moved or self._astray > CHECKS
        elif self._untold >= RENEWED_AFTER and not self.moved:
            self._first, self._untold = now, 0


def most_px(now: Glimpse) -> float:
    """Return how far, in pixels of the frame, a standing camera's picture may lie from its first one."""
    turned_deg = MOST_TURNED_DEG + SIGMAS * max(now.pose.sigma.yaw_deg, now.pose.sigma.pitch_deg)
    noise_px = LEAST_GLIMPSE_PX * now.shrink
    return max(noise_px, math.tan(math.radians(min(turned_deg, 45.0))) * now.pose.intrinsics.fx_px)
