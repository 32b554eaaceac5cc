"""The sealed worker as the station starts it: a child process, the real wire, generated clips, the shipped weights."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest

from flightlink.mission import RedactionLevel
from flightlink.pose import CameraPose
from maps.cells import CellCounts
from tests.vision.clips import FPS, HEIGHT_PX, WIDTH_PX, decoded, pictures, written
from tests.vision.scene import UTC_NS, lens, mission, pose
from vision.fill import NEUTRAL
from vision.frames import Media, RedactedFrame
from vision.models.store import models_dir
from vision.seal import HOLDS, TOLD
from vision.wire import (
    END_OF_POSES,
    HEADER,
    Done,
    Failed,
    Job,
    Message,
    Opened,
    Order,
    WorkerHealth,
    header_from_bytes,
    message_from_parts,
    order_line,
    pose_line,
)

pytestmark = [pytest.mark.model, pytest.mark.usefixtures("weights")]

COUNT = 24
CAMERA = pose(alt_m=6.0, pitch_deg=-20.0, intrinsics=lens(WIDTH_PX, HEIGHT_PX, 540.0))
"""Sees the clips' person, 90 px high, as 1.9 m at some 11 m."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("clips") / "clip.mp4", pictures(COUNT))


def order(video: Path | str, **changes: Any) -> Order:
    parts: dict[str, Any] = {
        "source": "north", "video": str(video), "job": Job.FILE, "models_dir": str(models_dir()), "epsg": 2154,
        "intrinsics": None, "fixed_pose": None, "mission": None, "video_starts_utc_ns": UTC_NS, "video_latency_s": 0.0,
        "level": RedactionLevel.STRICT, "published_px_per_m": 20.0,
    }  # fmt: skip
    return Order(**{**parts, **changes})


@dataclass
class Worked:
    """All that came out of a worker."""

    messages: list[Message]
    status: int
    stderr: str

    def of(self, media: Media) -> list[RedactedFrame]:
        return [one for one in self.messages if isinstance(one, RedactedFrame) and one.media is media]

    @property
    def health(self) -> WorkerHealth:
        done = self.messages[-1]
        assert isinstance(done, Done), (done, self.stderr)
        return done.health

    @property
    def failed(self) -> Failed:
        failed = self.messages[-1]
        assert isinstance(failed, Failed), (failed, self.stderr)
        return failed

    @property
    def counts(self) -> list[CellCounts]:
        return [one for one in self.messages if isinstance(one, CellCounts)]

    @property
    def video(self) -> bytes:
        return b"".join(one.data for one in self.of(Media.FMP4_INIT) + self.of(Media.FMP4_FRAGMENT))


@contextmanager
def started(line: bytes) -> Iterator[subprocess.Popen[bytes]]:
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC"}
    command = [sys.executable, "-I", "-m", "vision.worker"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment) as child:
        try:
            assert child.stdin
            child.stdin.write(line)
            child.stdin.flush()
            yield child
        finally:
            child.kill()


def message_from(pipe: IO[bytes]) -> Message | None:
    header = pipe.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    kind, text_bytes, data_bytes = header_from_bytes(header)
    return message_from_parts(kind, pipe.read(text_bytes), pipe.read(data_bytes))


def worked(what: Order, poses: list[CameraPose] | None = None) -> Worked:
    line = order_line(what) + b"".join(pose_line(one) for one in poses or []) + END_OF_POSES
    with started(line) as child:
        assert child.stdout
        assert child.stderr
        messages = []
        while (message := message_from(child.stdout)) is not None:
            messages.append(message)
        return Worked(messages, child.wait(20), child.stderr.read().decode())


def test_without_a_pose_every_frame_comes_out_masked_and_no_bound_is_claimed(tmp_path: Path) -> None:
    few = 8  # without a pose a look takes long
    found = worked(order(written(tmp_path / "clip.mp4", pictures(few))))
    health, opened = found.health, found.messages[0]
    assert (health.frames_in, health.frames_out, health.frames_withheld) == (few, few, 0)
    assert health.cap_px_per_m is None
    assert 0.005 < health.masked_share < 0.5
    assert isinstance(opened, Opened)
    assert (opened.width_px, opened.height_px, opened.fps) == (WIDTH_PX, HEIGHT_PX, FPS)
    assert opened.sealed
    assert {state for part, state in opened.seal.items() if part not in TOLD} == {HOLDS}
    assert len(found.of(Media.FMP4_FRAGMENT)) == few
    assert len(found.of(Media.JPEG)) == 1
    assert found.counts == []
    assert found.status == 0
    shown = decoded(found.video)
    assert len(shown) == few
    assert all(np.ptp(picture.astype(int), axis=2).max() == 0 for picture in shown), "R = G = B"
    assert np.ptp(shown[0]) > 50
    person_is_gone(shown)


def person_is_gone(shown: list[np.ndarray[Any, np.dtype[np.uint8]]]) -> None:
    """Where the person's head and shoulders are it is as even as fill."""
    for index, picture in list(enumerate(shown))[1:-1:5]:
        assert np.std(upper_body(picture, index)) < 8


def upper_body(picture: np.ndarray[Any, np.dtype[np.uint8]], index: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    top, left = HEIGHT_PX // 2, WIDTH_PX // 3 + 3 * index
    return picture[top + 2 : top + 40, left + 4 : left + 28, 0]


def test_in_the_clip_itself_the_person_is_there() -> None:
    for index, picture in enumerate(pictures(3)):
        assert np.std(upper_body(picture, index)) > 18


def test_with_a_fixed_pose_people_are_counted_and_the_bound_is_told(clip: Path) -> None:
    found = worked(order(clip, fixed_pose=CAMERA, mission=mission()))
    health = found.health
    assert (health.frames_in, health.frames_out) == (COUNT, COUNT)
    assert health.cap_px_per_m == 20
    assert 0 < health.masked_share < 0.5
    assert found.counts
    assert all(counts.source == "north" and counts.utc_ns >= UTC_NS for counts in found.counts)
    assert max(sum(cell.people for cell in counts.cells) for counts in found.counts) >= 1
    assert {frame.closed_because for frame in found.of(Media.FMP4_FRAGMENT)} == {""}
    person_is_gone(decoded(found.video))


def test_poses_that_cover_half_the_flight_open_half_of_it(clip: Path) -> None:
    poses = [replace(CAMERA, utc_ns=UTC_NS + tenth * 10**8) for tenth in range(12)]
    found = worked(order(clip, mission=mission(), level=RedactionLevel.STRICT), poses)
    causes = [frame.closed_because for frame in found.of(Media.FMP4_FRAGMENT)]
    assert causes[:12] == [""] * 12
    assert set(causes[15:]) == {"stale_pose"}
    assert found.health.withheld_because == {"stale_pose": causes.count("stale_pose")}
    assert all((picture == NEUTRAL).all() for picture in decoded(found.video)[-5:])


def test_a_mission_that_has_ended_shows_and_counts_nothing(clip: Path) -> None:
    past = mission(starts_utc_ns=1, ends_utc_ns=UTC_NS)
    found = worked(order(clip, fixed_pose=CAMERA, mission=past))
    assert found.health.withheld_because == {"mission_ended": COUNT}
    assert found.health.frames_out == 0
    assert found.health.cap_px_per_m is None
    assert found.counts == []
    assert all((picture == NEUTRAL).all() for picture in decoded(found.video)), "even grey to the last pixel"


def test_flying_too_high_shows_and_counts_nothing(clip: Path) -> None:
    found = worked(order(clip, fixed_pose=CAMERA, mission=mission(max_agl_m=5.0), with_video=False))
    assert found.health.withheld_because == {"outside_altitude_band": COUNT}
    assert found.counts == []
    assert not found.of(Media.FMP4_FRAGMENT)


def test_floor_keeps_colour(clip: Path) -> None:
    loose = mission(level=RedactionLevel.FLOOR)
    found = worked(order(clip, level=RedactionLevel.FLOOR, fixed_pose=CAMERA, mission=loose))
    assert found.health.frames_out == COUNT
    assert np.ptp(decoded(found.video)[0].astype(int), axis=2).max() > 60


@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_weights_that_are_missing_or_changed_stop_the_worker_before_any_picture(
    harm: str, clip: Path, tmp_path: Path
) -> None:
    for path in models_dir().glob("*.onnx"):
        data = path.read_bytes()
        (tmp_path / path.name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    if harm == "missing":
        (tmp_path / "person.onnx").unlink()
    found = worked(order(clip, models_dir=str(tmp_path)))
    assert found.failed.cause == "models"
    assert "make setup" in found.failed.detail
    assert len(found.messages) == 1
    assert found.status == 1


def test_a_file_that_is_no_video_is_one_line_of_bad_input(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("this is no video\n" * 100)
    found = worked(order(tmp_path / "notes.mp4"))
    assert found.failed.cause == "bad_input"
    assert "notes.mp4" in found.failed.detail
    assert "\n" not in found.failed.detail
    assert "Traceback" not in found.stderr
    assert len(found.messages) == 1


def test_an_order_for_less_privacy_than_the_mission_s_is_refused(clip: Path) -> None:
    found = worked(order(clip, mission=mission(), level=RedactionLevel.FLOOR, fixed_pose=CAMERA))
    assert found.failed.cause == "internal"
    assert "level" in found.failed.detail


def test_a_picture_that_changes_its_size_on_the_way_stays_masked(tmp_path: Path) -> None:
    parts = [
        written(tmp_path / f"{number}.h264", pictures(8, width_px=width_px, height_px=height_px)).read_bytes()
        for number, (width_px, height_px) in enumerate([(WIDTH_PX, HEIGHT_PX), (320, 240), (WIDTH_PX, HEIGHT_PX)])
    ]
    video = tmp_path / "changing.h264"
    video.write_bytes(b"".join(parts))
    found = worked(order(video, fixed_pose=CAMERA, mission=mission()))
    assert (found.health.frames_in, found.health.frames_out) == (24, 24)
    assert {picture.shape for picture in decoded(found.video)} == {(HEIGHT_PX, WIDTH_PX, 3)}
