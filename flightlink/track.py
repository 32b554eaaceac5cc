"""`PoseTrack`: the poses of one camera in order of time, and the pose at any instant between them, or a refusal.

Used inside the sealed worker too: `math` and values of this room, nothing else.
"""

from __future__ import annotations

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
from flightlink.pose import BEYOND, CameraPose, PoseRefusal, PoseSigma
from flightlink.timeline import Around, Timeline

MAX_AGE_MS: Final = 250.0
"""Longest time a pose may lie from the samples behind it; 300 ms would cost 4.5 m and 9 degrees in brisk flight."""

_NS_PER_MS: Final = 1e6
_SMOOTH_DEG: Final = 5.0
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
        self._timeline: Timeline[CameraPose] = Timeline(capacity=capacity)

    def __len__(self) -> int:
        return len(self._timeline)

    @property
    def newest(self) -> CameraPose | None:
        """The latest sample in capture time, if any."""
        return self._timeline.newest

    def add(self, pose: CameraPose) -> None:
        """Insert a sample in its place in time; one of the same instant replaces the earlier one."""
        self._timeline.add(pose.utc_ns, pose)

    def pose_at(self, utc_ns: int) -> CameraPose | PoseRefusal:
        """Return the pose at the instant: interpolated between samples, held for at most `max_age_ms` beside them.

        A refusal has the cause `no_pose` (nothing was ever added) or `stale_pose`.
        """
        around = self._timeline.around(utc_ns, max_age_ns=self._max_age_ms * _NS_PER_MS)
        if around is None:
            return self._refusal(utc_ns)
        pose = pose_from_samples(around, utc_ns)
        is_stale = around.is_held and pose.age_ms > self._max_age_ms
        return self._refusal(utc_ns, sample_age_ms=around.nearest.age_ms) if is_stale else pose

    def _refusal(self, utc_ns: int, sample_age_ms: float = 0.0) -> PoseRefusal:
        distance_ns, newest = self._timeline.distance_ns(utc_ns), self._timeline.newest
        if distance_ns is None or newest is None:
            return PoseRefusal(cause="no_pose", detail="no pose has arrived yet; check the link and the camera file")
        age_s, where = distance_ns / 1e9 + sample_age_ms / 1000, "old" if utc_ns > newest.utc_ns else "away"
        limit = f"the limit is {self._max_age_ms / 1000:.2f} s"
        return PoseRefusal(cause="stale_pose", detail=f"pose {age_s:.2f} s {where}, {limit}")


def pose_from_samples(around: Around[CameraPose], utc_ns: int) -> CameraPose:
    """Return the pose at an instant from the samples around it.

    Between samples: linear in place, shortest arc in attitude, the larger of the sigmas. Beside them the motion is
    carried on, and all that the camera may have moved since the sample is added to the sigma. Heights counted from
    different references are never mixed: there the nearest sample is held.
    """
    if around.before.height_reference != around.after.height_reference:
        around = replace(around, before=around.nearest, after=around.nearest, share=0.0)
    distance_ms = around.distance_ns / _NS_PER_MS
    return replace(
        _moved(around.before, around.after, around.share),
        utc_ns=utc_ns,
        intrinsics=around.nearest.intrinsics,
        sigma=_sigma(around),
        age_ms=distance_ms + max(around.before.age_ms, around.after.age_ms),
    )


def jumped_deg(turn_deg: float, share: float) -> float:
    """Return how wrong an interpolated attitude may be when the camera jumped between two samples instead of turning.

    Servo gimbals do: 15 degrees at once were recorded. Smooth turns of up to 5 degrees between samples cost nothing.
    """
    return turn_deg * min(share, 1 - share) if turn_deg > _SMOOTH_DEG else 0.0


def _sigma(around: Around[CameraPose]) -> PoseSigma:
    if not around.is_held:
        usual = larger_sigma(around.before.sigma, around.after.sigma)
        turned_deg = jumped_deg(_turn_deg(around.before, around.after), around.share)
        return grown_sigma(usual, moved_m=0.0, turned_deg=turned_deg)
    pose = around.nearest
    if around.before is around.after:
        return brisk_sigma(pose.sigma, age_s=around.distance_ns / 1e9)
    moved = _moved(around.before, around.after, around.share)
    return grown_sigma(pose.sigma, moved_m=_distance_between_m(pose, moved), turned_deg=_turn_deg(pose, moved))


def brisk_sigma(sigma: PoseSigma, *, age_s: float) -> PoseSigma:
    """Return the sigma of a sample held for a while, when nothing tells how the camera moved meanwhile."""
    return grown_sigma(sigma, moved_m=_BRISK_M_PER_S * age_s, turned_deg=_BRISK_DEG_PER_S * age_s)


def larger_sigma(one: PoseSigma, other: PoseSigma) -> PoseSigma:
    """Return the larger of each part."""
    return PoseSigma(
        horizontal_m=max(one.horizontal_m, other.horizontal_m),
        vertical_m=max(one.vertical_m, other.vertical_m),
        yaw_deg=max(one.yaw_deg, other.yaw_deg),
        pitch_deg=max(one.pitch_deg, other.pitch_deg),
        roll_deg=max(one.roll_deg, other.roll_deg),
        focal_share=max(one.focal_share, other.focal_share),
    )


def grown_sigma(sigma: PoseSigma, *, moved_m: float, turned_deg: float) -> PoseSigma:
    """Return the sigma with a possible motion added linearly, because it is a bias and not noise."""
    return PoseSigma(
        horizontal_m=min(BEYOND, sigma.horizontal_m + moved_m),  # half the Earth between two samples is no number
        vertical_m=min(BEYOND, sigma.vertical_m + moved_m),
        yaw_deg=sigma.yaw_deg + turned_deg,
        pitch_deg=sigma.pitch_deg + turned_deg,
        roll_deg=sigma.roll_deg + turned_deg,
        focal_share=sigma.focal_share,
    )


def _moved(start: CameraPose, end: CameraPose, share: float) -> CameraPose:
    """Return the pose with place and attitude at `share` of the way, also beyond 1 and across the antimeridian."""
    if start is end or share == 0:
        return start
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
        alt_amsl_m=_between_known(start.alt_amsl_m, end.alt_amsl_m, share),
    )


def _between_known(start: float | None, end: float | None, share: float) -> float | None:
    return None if start is None or end is None else _between(start, end, share)


def _between(start: float, end: float, share: float) -> float:
    return start + (end - start) * share


def _quaternion(pose: CameraPose) -> Quaternion:
    return quaternion_from_attitude(yaw_deg=pose.yaw_deg, pitch_deg=pose.pitch_deg, roll_deg=pose.roll_deg)


def _turn_deg(one: CameraPose, other: CameraPose) -> float:
    return angle_between_deg(_quaternion(one), _quaternion(other))


def _distance_between_m(one: CameraPose, other: CameraPose) -> float:
    along_m = distance_m(one.lat_deg, one.lon_deg, other.lat_deg, other.lon_deg)
    return max(along_m, abs(one.alt_m - other.alt_m))
