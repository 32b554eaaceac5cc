"""Which pose belongs to a picture that was shown: bounded, newest kept. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from flightlink.pose import CameraPose

MOST_SHOWN: Final = 1200
"""Twenty minutes of one picture a second: so long an operator may look for points in a frozen picture."""
SAME_NS: Final = 1_000_000
"""Instants are told in milliseconds."""


class ShownPictures:
    """The reported poses of one camera's newest redacted pictures; when full, the oldest is forgotten."""

    def __init__(self) -> None:
        self._poses: dict[int, CameraPose] = {}

    def add(self, pose: CameraPose, *, width_px: int, height_px: int) -> None:
        """Remember the pose of a picture of this size, taken at the pose's instant."""
        lens = pose.intrinsics.scaled_to(width_px=width_px, height_px=height_px)
        self._poses[pose.utc_ns // SAME_NS] = replace(pose, intrinsics=lens)
        while len(self._poses) > MOST_SHOWN:
            del self._poses[next(iter(self._poses))]

    def pose_at(self, utc_ns: int) -> CameraPose | None:
        """Return the pose of the picture of an instant, None where none was shown then or it is forgotten."""
        return self._poses.get(utc_ns // SAME_NS)
