"""What is remembered of frames until the people of a later one are found: small grey pictures, for a second and a half.

They stay in the sealed room, like the capped frames that they are made of; each holds less than its frame.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Final, NoReturn

import cv2
import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose
from maps.terrain.grid import TerrainGrid
from vision.capped import CappedFrame

Bytes = NDArray[np.uint8]

WIDEST_PX: Final = 1280
"""Larger frames are remembered smaller."""
APART_NS: Final = 140_000_000
KEPT: Final = 12
"""Moments: a count is done within a second of its frame, and asks for one a third of a second before it."""
GOOD_STEP_NS: Final = 300_000_000
SHORTEST_STEP_S: Final = 0.15
LONGEST_STEP_S: Final = 0.6
"""In less nobody moves by enough pixels, in more bodies turn and cross."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Moment:
    """What is remembered of a frame until the count of a later one: grey, and no larger than it needs to be."""

    utc_ns: int
    grey: Bytes
    pose: CameraPose
    """With the intrinsics of `grey`."""
    terrain: TerrainGrid | None
    frame_px: tuple[int, int]
    """Width and height of the frame."""

    def shrunk(self, scale: float) -> Moment:
        """Return it smaller; never larger."""
        if scale >= 1:
            return self
        height, width = self.grey.shape
        size = max(1, round(width * scale)), max(1, round(height * scale))
        pose = replace(self.pose, intrinsics=self.pose.intrinsics.scaled_to(width_px=size[0], height_px=size[1]))
        return replace(
            self, grey=np.asarray(cv2.resize(self.grey, size, interpolation=cv2.INTER_AREA), np.uint8), pose=pose
        )

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied."""
        raise TypeError("a moment cannot be serialised")


def moment_of(frame: CappedFrame) -> Moment | None:
    """Return what is remembered of a frame; None without a pose."""
    if frame.pose is None:
        return None
    grey = frame.pixels if frame.pixels.ndim == 2 else cv2.cvtColor(frame.pixels, cv2.COLOR_BGR2GRAY)
    size = frame.width_px, frame.height_px
    whole = Moment(
        utc_ns=frame.utc_ns, grey=np.asarray(grey, np.uint8), pose=frame.pose, terrain=frame.terrain, frame_px=size
    )
    return whole.shrunk(WIDEST_PX / max(size))


class Moments:
    """The last moments of one camera, some times a second; policy: the oldest is forgotten."""

    def __init__(self) -> None:
        self._kept: deque[Moment] = deque(maxlen=KEPT)

    def note(self, frame: CappedFrame) -> None:
        """Take a frame, in order; one that is not after the last begins anew."""
        if self._kept and frame.utc_ns <= self._kept[-1].utc_ns:
            self._kept.clear()
        if self._kept and frame.utc_ns - self._kept[-1].utc_ns < APART_NS:
            return
        moment = moment_of(frame)
        if moment is not None:
            self._kept.append(moment)

    def before(self, frame: CappedFrame) -> Moment | None:
        """Return the moment nearest to a good step before a frame."""
        steps = ((frame.utc_ns - moment.utc_ns, moment) for moment in self._kept)
        fit = [(abs(step_ns - GOOD_STEP_NS), moment) for step_ns, moment in steps if fits(step_ns)]
        return min(fit, key=lambda one: one[0])[1] if fit else None


def fits(step_ns: int) -> bool:
    """Say whether a step is neither too short nor too long."""
    return SHORTEST_STEP_S <= step_ns / 1e9 <= LONGEST_STEP_S
