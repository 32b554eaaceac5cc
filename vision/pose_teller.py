"""Tells the station where a camera is whose video itself tells it: without this, map and pages would not know."""

from __future__ import annotations

from typing import Final

from flightlink.video_pose import PoseFrom
from vision.pose_choice import PoseChoice
from vision.wire import PoseTold

TOLD_EVERY_NS: Final = 200_000_000


class PoseTeller:
    """Gives the pose of the last picture, some times a second and never twice."""

    def __init__(self, poses: PoseChoice) -> None:
        self._poses = poses
        self._told_ns = self._told_utc_ns = 0

    def due(self, now_ns: int) -> PoseTold | None:
        """Return what is to be sent at `now_ns` of a clock that never jumps, None for nothing."""
        placed = self._poses.placed
        if placed is None or placed.pose is None or placed.pose_from not in (PoseFrom.SEI, PoseFrom.KLV):
            return None
        if now_ns - self._told_ns < TOLD_EVERY_NS or placed.pose.utc_ns == self._told_utc_ns:
            return None
        self._told_ns, self._told_utc_ns = now_ns, placed.pose.utc_ns
        return PoseTold(pose=placed.pose, pose_from=placed.pose_from.value)
