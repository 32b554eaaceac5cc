"""The poses that a camera's worker took out of its video, as far as map, pages and alignment ask for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from flightlink.alignment import reported_attitude
from flightlink.pose import NOT_ALIGNED, CameraPose
from flightlink.track import PoseTrack

HOLDS_NS: Final = 1_000_000_000
"""A pose is shown for so long; the worker tells some each second."""
_KEPT: Final = 256


class ToldPoses:
    """The last minute's poses; bounded, the oldest are dropped."""

    def __init__(self) -> None:
        self._reported = PoseTrack(capacity=_KEPT)
        self._newest: CameraPose | None = None
        self._told_ns = 0

    def take(self, pose: CameraPose, now_ns: int) -> None:
        """Take a pose that the worker has just told."""
        self._newest, self._told_ns = pose, now_ns
        self._reported.add(_as_reported(pose))

    def newest(self, now_ns: int) -> CameraPose | None:
        """Return where the camera is now, None where the worker has told nothing lately."""
        is_now = self._newest is not None and 0 <= now_ns - self._told_ns <= HOLDS_NS
        return replace(self._newest, utc_ns=now_ns) if is_now and self._newest is not None else None

    def reported_at(self, utc_ns: int) -> CameraPose | None:
        """Return the pose at an instant of the video as it was reported, before any alignment; None where unknown."""
        answer = self._reported.pose_at(utc_ns)
        return answer if isinstance(answer, CameraPose) else None


def _as_reported(pose: CameraPose) -> CameraPose:
    attitude = reported_attitude(pose)
    return replace(
        pose,
        yaw_deg=attitude.yaw_deg,
        pitch_deg=attitude.pitch_deg,
        roll_deg=attitude.roll_deg,
        aligned_deg=NOT_ALIGNED,
    )
