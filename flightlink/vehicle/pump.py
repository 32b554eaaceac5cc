"""Evenly spaced camera poses out of a tracker, for the sealed worker's track: only instants that data bracket."""

from __future__ import annotations

from typing import Final

from flightlink.pose import CameraPose, PoseRefusal
from flightlink.vehicle.tracker import VehicleTracker

STEP_NS: Final = 50_000_000
"""20 poses a second."""
_REACH_NS: Final = 10_000_000_000
"""The tracker keeps no more than this."""


class PosePump:
    """Samples one tracker on a fixed grid of the station's UTC."""

    def __init__(self, tracker: VehicleTracker) -> None:
        self._tracker = tracker

    def new_poses(self, since_utc_ns: int, now_utc_ns: int) -> list[CameraPose]:
        """Return the poses after `since` that are settled by data on both sides; refused instants are left out.

        Args:
            since_utc_ns: time of the last pose that was returned, or 0.
            now_utc_ns: the station's clock.
        """
        covered_ns = self._tracker.covered_until_utc_ns()
        if covered_ns is None:
            return []
        until_ns = min(covered_ns, now_utc_ns)
        answers = [self._tracker.pose_at(utc_ns) for utc_ns in grid(max(since_utc_ns, until_ns - _REACH_NS), until_ns)]
        return [answer for answer in answers if isinstance(answer, CameraPose)]

    def answers(self, since_utc_ns: int, until_utc_ns: int) -> list[CameraPose | PoseRefusal]:
        """Return pose or refusal for each grid instant after `since`, up to `until`."""
        return [self._tracker.pose_at(utc_ns) for utc_ns in grid(since_utc_ns, until_utc_ns)]


def grid(since_utc_ns: int, until_utc_ns: int) -> range:
    """Return the multiples of `STEP_NS` after `since`, up to `until` inclusive."""
    return range((since_utc_ns // STEP_NS + 1) * STEP_NS, until_utc_ns + 1, STEP_NS)
