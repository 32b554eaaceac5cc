"""What a live video carries beside its pictures: poses are read, sound and other data are not."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from flightlink.optics import Optics
from flightlink.pose import CameraPose
from flightlink.video_pose import VideoPoses
from tests.flightlink.klv_bytes import items, packet
from tests.flightlink.test_sei import payload, told
from vision.clock import LiveClock
from vision.pose_choice import PoseChoice
from vision.pose_teller import TOLD_EVERY_NS, PoseTeller
from vision.posts import NoPose
from vision.raw.source import Source, opened_stream

FPS, FRAMES, SIZE = 25, 30, (96, 64)
LATE_US = 120_000


@pytest.fixture(autouse=True)
def settled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.clock.SETTLING_NS", 0)


def sei_nal(text: bytes) -> bytes:
    size = b"\xff" * (len(text) // 255) + bytes([len(text) % 255])
    return b"\x00\x00\x00\x01\x06\x05" + size + text + b"\x80"


def written(path: Path, *, begun_us: int, klv: bool = False, sei: bool = False, off_us: int = 0) -> Path:
    """A transport stream with sound, whose frames were taken from `begun_us` on."""
    with av.open(str(path), "w", format="mpegts") as out:
        video: Any = out.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "tune": "zerolatency"})
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        sound: Any = out.add_stream("mp2", rate=48_000, layout="mono")
        data: Any = out.add_data_stream("klv") if klv else None
        for number in range(FRAMES):
            utc_us = begun_us + number * 1_000_000 // FPS + off_us
            if data is not None:
                out.mux(stamped(packet(items(utc_us)), data, number))
            picture = np.full((SIZE[1], SIZE[0]), number, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            for coded in video.encode(frame):
                record = payload(told(number) | {"utc_us": utc_us})
                out.mux(stamped(sei_nal(record) + bytes(coded), video, number) if sei else coded)
            tone = av.AudioFrame.from_ndarray(np.zeros((1, 1920), np.int16), format="s16", layout="mono")
            tone.sample_rate, tone.pts, tone.time_base = 48_000, number * 1920, Fraction(1, 48_000)
            out.mux(sound.encode(tone))
        out.mux(video.encode(None))
    return path


def stamped(data: bytes, stream: Any, number: int) -> av.Packet[Any]:
    made: av.Packet[Any] = av.Packet(data)
    made.stream, made.time_base = stream, Fraction(1, 90_000)
    made.pts = made.dts = number * 90_000 // FPS
    return made


class Counted:
    """A container that counts the packets it hands out, by kind."""

    def __init__(self, container: Any) -> None:
        self._container = container
        self.taken: Counter[str] = Counter()

    def demux(self, *streams: Any) -> Iterator[Any]:
        for one in self._container.demux(*streams):
            self.taken[one.stream.type] += bool(one.size)
            yield one

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)


def opened(path: Path) -> tuple[Source, Counted]:
    source = opened_stream(str(path))
    source.play_live(paced=False)
    source._container = Counted(source._container)  # type: ignore[assignment]
    return source, source._container  # type: ignore[return-value]


def choice(wanted: str = "auto") -> PoseChoice:
    return PoseChoice(NoPose(), VideoPoses(Optics(picture_px=SIZE)), wanted=wanted)


def frames(source: Source, poses: PoseChoice) -> Iterator[tuple[int, CameraPose | None]]:
    """Instant and pose of each frame until the stream ends."""
    live = source.live_frames(LiveClock(latency_ns=0))
    for _ in range(FRAMES):
        raw = next(live)
        answer = poses.pose_at(raw.utc_ns)
        yield raw.utc_ns, answer if isinstance(answer, CameraPose) else None


def now_us() -> int:
    return time.time_ns() // 1000


@pytest.mark.parametrize("kind", ["klv", "sei"])
def test_a_live_stream_tells_its_own_poses_and_times(tmp_path: Path, kind: str) -> None:
    begun_us = now_us() - LATE_US - FRAMES * 1_000_000 // FPS
    path = written(tmp_path / "live.ts", begun_us=begun_us, **{kind: True})
    source, counted = opened(path)
    poses = choice()
    with source:
        source.listen(poses)
        seen = list(frames(source, poses))
    assert len(seen) == FRAMES
    assert [utc_ns for utc_ns, _ in seen[2:]] == pytest.approx(
        [(begun_us + number * 40_000) * 1000 for number in range(2, FRAMES)], abs=20_000
    )
    assert all(pose is not None for _, pose in seen[2:])
    assert poses.placed is not None
    assert (poses.placed.pose_from.value, poses.placed.time.source.value) == (kind, kind)
    assert counted.taken["audio"] == 0
    assert counted.taken["data"] == (FRAMES if kind == "klv" else 0)


@pytest.mark.parametrize("wanted", ["mavlink", "sei"])
def test_a_klv_stream_that_nobody_asked_for_is_not_read(tmp_path: Path, wanted: str) -> None:
    source, counted = opened(written(tmp_path / "live.ts", begun_us=now_us(), klv=True))
    poses = choice(wanted)
    with source:
        source.listen(poses)
        assert all(pose is None for _, pose in frames(source, poses))
    assert counted.taken.keys() - {"video"} == set()


def test_a_clock_that_is_an_hour_off_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "live.ts", begun_us=now_us(), klv=True, sei=True, off_us=-3_600_000_000)
    source, _ = opened(path)
    poses = choice()
    with source:
        source.listen(poses)
        assert all(pose is None for _, pose in frames(source, poses))
    assert poses.placed is not None
    assert poses.placed.video_refused == {"wrong_time": 2 * FRAMES}
    assert poses.placed.refusal == "wrong_time"
    assert poses.placed.time.source.value == "arrival"


def test_the_station_is_told_some_times_a_second(tmp_path: Path) -> None:
    path = written(tmp_path / "live.ts", begun_us=now_us() - LATE_US, sei=True)
    source, _ = opened(path)
    poses = choice()
    teller = PoseTeller(poses)
    assert teller.due(TOLD_EVERY_NS) is None
    with source:
        source.listen(poses)
        times_ns = (TOLD_EVERY_NS * 10 + number * 40_000_000 for number, _ in enumerate(frames(source, poses)))
        told_poses = [teller.due(now_ns) for now_ns in times_ns]
    said = [one for one in told_poses if one is not None]
    assert 5 <= len(said) <= 7
    assert {one.pose_from for one in said} == {"sei"}
    assert len({one.pose.utc_ns for one in said}) == len(said)
