"""Poses on the worker's pipe, and the outlet."""

from __future__ import annotations

import io
import os
import threading
from dataclasses import replace

import pytest

from flightlink.pose import CameraPose, PoseRefusal
from flightlink.track import FixedPose, PoseSource, PoseTrack
from tests.vision.scene import UTC_NS, pose
from tests.vision.test_wire import ORDER
from vision.frames import FrameMaker, Media, RedactedFrame
from vision.outlet import Outlet
from vision.posts import LONGEST_LINE_BYTES, NoPose, live_poses, recorded_poses
from vision.wire import (
    END_OF_POSES,
    HEADER,
    Failed,
    Job,
    WireError,
    header_from_bytes,
    message_from_parts,
    pose_line,
)


def lines(*poses: CameraPose, end: bytes = END_OF_POSES) -> io.BytesIO:
    return io.BytesIO(b"".join(pose_line(one) for one in poses) + end)


FILE = replace(ORDER, job=Job.FILE, fixed_pose=None)


def test_a_fixed_pose_needs_no_lines() -> None:
    for source in (recorded_poses(ORDER, io.BytesIO()), live_poses(ORDER, io.BytesIO())):
        assert isinstance(source, FixedPose)


def test_a_file_without_poses_has_none_at_any_time() -> None:
    source = recorded_poses(FILE, lines())
    assert isinstance(source, NoPose)
    refusal = source.pose_at(UTC_NS)
    assert isinstance(refusal, PoseRefusal)
    assert refusal.cause == "no_pose"


def test_the_poses_of_a_file_are_all_read_before_it() -> None:
    flight = [pose(utc_ns=UTC_NS + n * 10**8) for n in range(5000)]
    source = recorded_poses(FILE, lines(*flight))
    assert isinstance(source, PoseTrack)
    assert len(source) == 5000
    assert isinstance(source.pose_at(UTC_NS), CameraPose)
    assert isinstance(source.pose_at(UTC_NS - 10**9), PoseRefusal)


@pytest.mark.parametrize("end", [b"", END_OF_POSES])
def test_poses_end_with_their_end_or_with_the_pipe(end: bytes) -> None:
    source = recorded_poses(FILE, lines(pose(), end=end))
    assert isinstance(source.pose_at(UTC_NS), CameraPose)


@pytest.mark.parametrize(
    "junk", [b"junk\n", b"[]\n", b"{}\n", b"x" * (LONGEST_LINE_BYTES + 5), b'{"pose": {"lat_deg": 1}}\n']
)
def test_junk_among_the_poses_of_a_file_is_refused(junk: bytes) -> None:
    with pytest.raises(WireError, match="neither a pose nor the end"):
        recorded_poses(FILE, io.BytesIO(pose_line(pose()) + junk))


def filled(*parts: bytes) -> PoseSource:
    """Return the poses of a live source, once all of these lines are read."""
    source = live_poses(replace(ORDER, fixed_pose=None), io.BytesIO(b"".join(parts)))
    for thread in threading.enumerate():
        if thread.name == "poses":
            thread.join(5)
    return source


def test_one_broken_line_does_not_end_the_poses_of_a_live_source() -> None:
    later = pose(utc_ns=UTC_NS + 10**9)
    source = filled(pose_line(pose()), b"junk\n", b'{"pose": {"lat_deg": NaN}}\n', pose_line(later), END_OF_POSES)
    assert isinstance(source.pose_at(later.utc_ns), CameraPose)


def test_when_the_clock_was_set_back_the_poses_begin_anew() -> None:
    """A full track would drop each new pose as its oldest, for as long as the clock was set back."""
    flight = [pose(utc_ns=UTC_NS + n * 5 * 10**7) for n in range(5000)]
    back = pose(utc_ns=UTC_NS - 3600 * 10**9)
    source = filled(*(pose_line(one) for one in flight), pose_line(back))
    assert isinstance(source.pose_at(back.utc_ns), CameraPose)
    assert isinstance(source.pose_at(flight[-1].utc_ns), PoseRefusal)


@pytest.mark.parametrize("rest", [b"junk\n", b"[]\n", b""])
def test_live_poses_that_break_off_grow_stale(rest: bytes) -> None:
    threads = threading.active_count()
    source = live_poses(replace(ORDER, fixed_pose=None), io.BytesIO(pose_line(pose()) + rest))
    for thread in threading.enumerate():
        if thread.name == "poses":
            thread.join(5)
    assert threading.active_count() == threads
    assert isinstance(source.pose_at(UTC_NS), CameraPose)
    refusal = source.pose_at(UTC_NS + 10**9)
    assert isinstance(refusal, PoseRefusal)
    assert refusal.cause == "stale_pose"


# the outlet


def test_messages_of_several_threads_leave_whole() -> None:
    """A pipe of 64 KiB, pictures of 100 KiB: no message is torn by another."""
    reader, writer = os.pipe()
    outlet = Outlet(writer)
    frame = RedactedFrame(
        source="n", sequence=0, utc_ns=0, media=Media.JPEG, keyframe=True, width_px=1, height_px=1, closed_because="",
        data=b"x" * 100_000, made_by=FrameMaker.GATE,
    )  # fmt: skip
    senders = [
        threading.Thread(target=outlet.send, args=(replace(frame, sequence=n, made_by=FrameMaker.GATE),))
        for n in range(6)
    ]
    for sender in senders:
        sender.start()
    with os.fdopen(reader, "rb") as pipe:
        found = []
        for _ in senders:
            kind, text_bytes, data_bytes = header_from_bytes(pipe.read(HEADER.size))
            found.append(message_from_parts(kind, pipe.read(text_bytes), pipe.read(data_bytes)))
    os.close(writer)
    assert sorted(one.sequence for one in found if isinstance(one, RedactedFrame)) == list(range(6))


def test_a_station_that_is_gone_stops_the_worker() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with pytest.raises(BrokenPipeError):
        Outlet(writer).send(Failed(cause="x", detail="y"))
    os.close(writer)
