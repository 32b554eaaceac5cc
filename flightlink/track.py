"""`PoseTrack`: the poses of one camera in order of time, and the pose at any instant between them, or a refusal.

Used inside the sealed worker too: `math` and values of this room, nothing else.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from typing import Final, Protocol

from flightlink.attitude import (
    Quaternion,
    angle_between_deg,
    attitude_from_quaternion,
    quaternion_from_attitude,
    slerp,
    wrapped_deg,
)
from flightlink.geodesy import distance_m
from flightlink.pose import CameraPose, PoseRefusal, PoseSigma

MAX_AGE_MS: Final = 250.0
"""Longest time a pose may lie from the samples behind it; 300 ms would cost 4.5 m and 9 degrees in brisk flight."""

_NS_PER_MS: Final = 1e6
_BRISK_M_PER_S: Final = 15.0
_BRISK_DEG_PER_S: Final = 30.0
"""Rates assumed where a single sample says nothing of the motion."""


class PoseSource(Protocol):
    """Anything that knows the camera's pose at an instant, or why it does not."""

    def pose_at(self, utc_ns: int) -> CameraPose | PoseRefusal:
        """Return the pose at the instant, or the refusal."""
        ...


class FixedPose:
    """The pose source of a camera that stands still."""

    def __init__(self, pose: CameraPose) -> None:
        self._pose = pose

    def pose_at(self, utc_ns: int) -> CameraPose:
        """Return the fixed pose, stamped with the instant."""
        return replace(self._pose, utc_ns=utc_ns, age_ms=0.0)


class PoseTrack:
    """Bounded, ordered pose samples of one camera; when full, the oldest is dropped.

    Args:
        max_age_ms: an instant further than this from its nearest sample is refused; never above `MAX_AGE_MS`.
        capacity: greatest number of samples kept. A whole recorded flight needs one as great as its poses.
    """

    def __init__(self, max_age_ms: float = MAX_AGE_MS, capacity: int = 4096) -> None:
        self._max_age_ms = min(max_age_ms, MAX_AGE_MS)
        self._capacity = capacity
        self._times_ns: list[int] = []
        self._poses: list[CameraPose] = []

    def __len__(self) -> int:
        return len(self._poses)

    @property
    def newest(self) -> CameraPose | None:
        """The latest sample in capture time, if any."""
        return self._poses[-1] if self._poses else None

    def add(self, pose: CameraPose) -> None:
        """Insert a sample in its place in time; one of the same instant replaces the earlier one."""
        place = bisect_left(self._times_ns, pose.utc_ns)
        if place < len(self._times_ns) and self._times_ns[place] == pose.utc_ns:
            self._poses[place] = pose
            return
        self._times_ns.insert(place, pose.utc_ns)
        self._poses.insert(place, pose)
        if len(self._poses) > self._capacity:
            del self._times_ns[0], self._poses[0]

    def pose_at(self, utc_ns: int) -> CameraPose | PoseRefusal:
        """Return the pose at the instant: interpolated between samples, held for at most `max_age_ms` beside them.

        A refusal has the cause `no_pose` (nothing was ever added) or `stale_pose`.
        """
        if not self._poses:
            return PoseRefusal(cause="no_pose", detail="no pose has arrived yet; check the link and the camera file")
        after = bisect_left(self._times_ns, utc_ns)
        if after < len(self._poses) and self._times_ns[after] == utc_ns:
            return self._poses[after]
        if self._is_bracketed(after):
            return interpolated(self._poses[after - 1], self._poses[after], utc_ns)
        return self._held(self._nearest(after, utc_ns), utc_ns)

    def _is_bracketed(self, after: int) -> bool:
        if not 0 < after < len(self._poses):
            return False
        gap_ns = self._times_ns[after] - self._times_ns[after - 1]
        return gap_ns <= 2 * self._max_age_ms * _NS_PER_MS

    def _nearest(self, after: int, utc_ns: int) -> int:
        near = [place for place in (after - 1, after) if 0 <= place < len(self._poses)]
        return min(near, key=lambda place: abs(self._times_ns[place] - utc_ns))

    def _held(self, place: int, utc_ns: int) -> CameraPose | PoseRefusal:
        pose = self._poses[place]
        age_ms = _distance_ms(pose, utc_ns) + pose.age_ms
        if age_ms > self._max_age_ms:
            where = "old" if utc_ns > pose.utc_ns else "ahead"
            limit = f"the limit is {self._max_age_ms / 1000:.2f} s"
            return PoseRefusal(cause="stale_pose", detail=f"pose {age_ms / 1000:.1f} s {where}, {limit}")
        return held(pose, utc_ns, neighbour=self._neighbour(place, utc_ns))

    def _neighbour(self, place: int, utc_ns: int) -> CameraPose | None:
        """Return the sample on the far side of the held one, when it is near enough to tell the rates."""
        other = place - 1 if utc_ns > self._times_ns[place] else place + 1
        if not 0 <= other < len(self._poses):
            return None
        gap_ms = _distance_ms(self._poses[other], self._times_ns[place])
        return self._poses[other] if gap_ms <= 2 * self._max_age_ms else None


def interpolated(before: CameraPose, after: CameraPose, utc_ns: int) -> CameraPose:
    """Return the pose between two samples: linear in place, shortest arc in attitude, the larger of the sigmas."""
    share = (utc_ns - before.utc_ns) / (after.utc_ns - before.utc_ns)
    nearest = before if share < 0.5 else after
    return replace(
        _moved(before, after, share),
        utc_ns=utc_ns,
        intrinsics=nearest.intrinsics,
        sigma=larger_sigma(before.sigma, after.sigma),
        age_ms=_distance_ms(nearest, utc_ns) + max(before.age_ms, after.age_ms),
    )


def held(pose: CameraPose, utc_ns: int, *, neighbour: CameraPose | None) -> CameraPose:
    """Return the pose carried on to a near instant; all that it may have moved meanwhile is added to the sigma.

    Args:
        pose: the nearest sample.
        utc_ns: the instant, beside the sample and on the side away from the neighbour.
        neighbour: the sample next to it, which tells the rates; None assumes brisk flight and does not move the pose.
    """
    age_s = _distance_ms(pose, utc_ns) / 1000
    if neighbour is None:
        sigma = grown_sigma(pose.sigma, moved_m=_BRISK_M_PER_S * age_s, turned_deg=_BRISK_DEG_PER_S * age_s)
        return replace(pose, utc_ns=utc_ns, sigma=sigma, age_ms=pose.age_ms + age_s * 1000)
    share = (utc_ns - neighbour.utc_ns) / (pose.utc_ns - neighbour.utc_ns)
    moved = _moved(neighbour, pose, share)
    sigma = grown_sigma(pose.sigma, moved_m=_distance_between_m(pose, moved), turned_deg=_turn_deg(pose, moved))
    return replace(moved, utc_ns=utc_ns, sigma=sigma, age_ms=pose.age_ms + age_s * 1000)


def larger_sigma(one: PoseSigma, other: PoseSigma) -> PoseSigma:
    """Return the larger of each part."""
    return PoseSigma(
        horizontal_m=max(one.horizontal_m, other.horizontal_m),
        vertical_m=max(one.vertical_m, other.vertical_m),
        yaw_deg=max(one.yaw_deg, other.yaw_deg),
        pitch_deg=max(one.pitch_deg, other.pitch_deg),
        roll_deg=max(one.roll_deg, other.roll_deg),
    )


def grown_sigma(sigma: PoseSigma, *, moved_m: float, turned_deg: float) -> PoseSigma:
    """Return the sigma with a possible motion added linearly, because it is a bias and not noise."""
    return PoseSigma(
        horizontal_m=sigma.horizontal_m + moved_m,
        vertical_m=sigma.vertical_m + moved_m,
        yaw_deg=sigma.yaw_deg + turned_deg,
        pitch_deg=sigma.pitch_deg + turned_deg,
        roll_deg=sigma.roll_deg + turned_deg,
    )


def _moved(start: CameraPose, end: CameraPose, share: float) -> CameraPose:
    """Return `end` with place and attitude at `share` of the way, also beyond 1 and across 180 degrees of longitude."""
    attitude = attitude_from_quaternion(slerp(_quaternion(start), _quaternion(end), share))
    lon_step_deg = wrapped_deg(end.lon_deg - start.lon_deg)
    return replace(
        end,
        lat_deg=max(-90.0, min(90.0, _between(start.lat_deg, end.lat_deg, share))),
        lon_deg=wrapped_deg(start.lon_deg + lon_step_deg * share),
        alt_m=_between(start.alt_m, end.alt_m, share),
        ground_alt_m=_between(start.ground_alt_m, end.ground_alt_m, share),
        yaw_deg=attitude.yaw_deg,
        pitch_deg=attitude.pitch_deg,
        roll_deg=attitude.roll_deg,
    )


def _between(start: float, end: float, share: float) -> float:
    return start + (end - start) * share


def _quaternion(pose: CameraPose) -> Quaternion:
    return quaternion_from_attitude(yaw_deg=pose.yaw_deg, pitch_deg=pose.pitch_deg, roll_deg=pose.roll_deg)


def _turn_deg(one: CameraPose, other: CameraPose) -> float:
    return angle_between_deg(_quaternion(one), _quaternion(other))


def _distance_between_m(one: CameraPose, other: CameraPose) -> float:
    along_m = distance_m(one.lat_deg, one.lon_deg, other.lat_deg, other.lon_deg)
    return max(along_m, abs(one.alt_m - other.alt_m))


def _distance_ms(pose: CameraPose, utc_ns: int) -> float:
    return abs(utc_ns - pose.utc_ns) / _NS_PER_MS
