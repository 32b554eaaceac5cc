"""What the station tells the worker while it runs: poses, read line by line into a track."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, Final

from flightlink.mission import HARD_CEILING_PX_PER_M, RedactionLevel
from flightlink.optics import Optics
from flightlink.pose import CameraPose, PoseRefusal
from flightlink.track import FixedPose, PoseSource, PoseTrack
from flightlink.video_pose import VideoPoses
from vision.pose_choice import POSES_WANTED, PoseChoice
from vision.wire import Job, Order, WireError, pose_from_line

MOST_RECORDED_POSES: Final = 2_000_000
LONGEST_LINE_BYTES: Final = 64 * 1024
SET_BACK_NS: Final = 10_000_000_000
"""No pose comes so late: the station sends none older than this."""


def checked(order: Order) -> Order:
    """Return the order, unless it asks for less privacy than is allowed: the station asks rightly, the worker checks.

    Raises:
        WireError: it does.
    """
    if weakness := _weaker_than_allowed(order):
        raise WireError(f"the order is refused: {weakness}")
    return order


def _weaker_than_allowed(order: Order) -> str:
    if (order.job is Job.REPLAY) is not (order.replay is not None):
        return "a replay needs its clock, and nothing else may have one"
    if order.job is Job.REPLAY and order.video_starts_utc_ns is None:
        return "a replay needs the time of its first frame"
    if order.pose_wanted not in POSES_WANTED:
        return f"no source of poses is called {order.pose_wanted}"
    if not 0 < order.published_px_per_m <= HARD_CEILING_PX_PER_M:
        return f"published_px_per_m is {order.published_px_per_m}, it must be above 0 and at most the ceiling"
    if order.mission is None:
        return "" if order.job is Job.FILE else "a live source or a replay needs a mission"
    if order.published_px_per_m > order.mission.published_px_per_m:
        return "published_px_per_m is above the mission's"
    if order.level is RedactionLevel.FLOOR and order.mission.level is RedactionLevel.STRICT:
        return "its level is below the mission's"
    return ""


class NoPose:
    """The source of a file that comes without telemetry and without a camera pose."""

    def pose_at(self, utc_ns: int) -> PoseRefusal:
        """Refuse, always."""
        return PoseRefusal(cause="no_pose", detail=f"nothing says where the camera was at {utc_ns}")


class SharedTrack:
    """A pose track that one thread fills while another asks."""

    def __init__(self) -> None:
        self._track = PoseTrack()
        self._turn = threading.Lock()

    def add(self, pose: CameraPose) -> None:
        """Take a pose; one from long before the newest means that a clock was set back, and all begins anew."""
        with self._turn:
            newest = self._track.newest
            if newest is not None and pose.utc_ns < newest.utc_ns - SET_BACK_NS:
                self._track = PoseTrack()
            self._track.add(pose)

    def take(self, line: bytes) -> None:
        """Take a line of the pipe; a broken one is no pose."""
        with suppress(WireError):
            pose = pose_from_line(line)
            if pose is not None:
                self.add(pose)

    def pose_at(self, utc_ns: int) -> CameraPose | PoseRefusal:
        """Return the pose at an instant, or why there is none."""
        with self._turn:
            return self._track.pose_at(utc_ns)


def poses_from_lines(lines: BinaryIO) -> Iterator[CameraPose]:
    """Yield poses until their end is announced or the pipe closes.

    Raises:
        WireError: a line is no pose.
    """
    while line := lines.readline(LONGEST_LINE_BYTES):
        pose = pose_from_line(line)
        if pose is None:
            return
        yield pose


def recorded_poses(order: Order, lines: BinaryIO) -> PoseSource:
    """Return the poses of a file: all are read before its first frame.

    Raises:
        WireError: a line is no pose, or there are too many.
    """
    if order.fixed_pose is not None:
        return FixedPose(order.fixed_pose)
    poses = list(poses_from_lines(lines))
    if len(poses) > MOST_RECORDED_POSES:
        raise WireError(f"{len(poses)} poses; {MOST_RECORDED_POSES} at most")
    if not poses:
        return NoPose()
    track = PoseTrack(capacity=len(poses))
    for pose in poses:
        track.add(pose)
    return track


def live_poses(order: Order, lines: BinaryIO) -> PoseSource:
    """Return the poses of a live source, filled by a thread of its own until the pipe closes."""
    if order.fixed_pose is not None:
        return FixedPose(order.fixed_pose)
    track = SharedTrack()
    threading.Thread(target=_fill, args=(track, lines), name="poses", daemon=True).start()
    return track


def pose_choice(order: Order, link: PoseSource, *, picture_px: tuple[int, int]) -> PoseChoice:
    """Return what chooses, frame by frame, between the poses of the link and those that the video itself tells."""
    optics = Optics(picture_px=picture_px, calibrated=order.intrinsics, sigma=order.stated_sigma, may_zoom=False)
    video = VideoPoses(optics, alignment=order.alignment)
    return PoseChoice(
        link,
        video,
        wanted=order.pose_wanted,
        is_calibrated=order.is_latency_measured,
        on_model=order.terrain is not None,
    )


def _fill(track: SharedTrack, lines: BinaryIO) -> None:
    """Fill the track until the pipe closes; then the poses grow stale and the gate closes."""
    with suppress(OSError):
        while line := lines.readline(LONGEST_LINE_BYTES):
            track.take(line)
