"""The benchmarks of a live station: `latency` and `memory`, quickly, and what they refuse to call a result."""

import json
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import av
import pytest

from groundstation.__main__ import main
from groundstation.benchmarks import latency, memory
from groundstation.benchmarks.clips import Clip
from groundstation.benchmarks.floor import Recoding, recoded
from groundstation.benchmarks.memory import Sample
from groundstation.benchmarks.timing import module_command, timed
from groundstation.errors import BadInputError, StationError
from groundstation.settings import settings_from_file
from tests.groundstation.conftest import CAMERA_TOML, FIXED_POSE_TOML
from tests.groundstation.looked import HEALTH, OPENED
from tests.groundstation.test_bench_redact import gradient_video
from vision.frames import FrameMaker, Media, RedactedFrame

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
FLOOR: dict[str, list[float]] = {"lasted_ms": [10.0, 12.0, 20.0], "decoding_ms": [4.0, 4.0, 4.0]}


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    (tmp_path / "lens.toml").write_text(FIXED_POSE_TOML)
    made = gradient_video(tmp_path / "made.avi", frames=12)
    recoded(made, tmp_path / "shades.mp4", Recoding())
    return Clip(name="shades", video=tmp_path / "shades.mp4", camera=tmp_path / "lens.toml")


def explained() -> set[str]:
    return set(re.findall(r"`([a-z0-9_]+)`", PAGE.read_text(encoding="utf-8")))


def picture(utc_ms: int, *, closed_because: str = "", media: Media = Media.FMP4_FRAGMENT) -> RedactedFrame:
    return RedactedFrame(
        source="bench", utc_ns=utc_ms * 1_000_000, sequence=0, width_px=64, height_px=64, media=media, keyframe=True,
        closed_because=closed_because, data=b"x", made_by=FrameMaker.WIRE,
    )  # fmt: skip


def watched(delays_ms: list[int], *, apart_ms: int = 100) -> latency.Watched:
    seen = latency.Watched()
    for message in (OPENED, HEALTH):
        seen.take(message, 0)
    for number, delay_ms in enumerate(delays_ms):
        at_ms = 1000 + number * apart_ms
        seen.take(picture(at_ms), (at_ms + delay_ms) * 1_000_000)
    return seen


def test_latency_is_from_the_frame_s_own_time_to_its_bytes() -> None:
    figures = latency.figures_of(watched([100, 110, 120]), FLOOR)
    assert (figures["p50_ms"], figures["max_ms"]) == (110.0, 120.0)
    assert figures["p95_with_decoding_ms"] == pytest.approx(figures["p95_ms"] + 4)
    assert (figures["fps"], figures["floor_p50_ms"]) == (10.0, 12.0)


@pytest.mark.parametrize(
    ("delay_ms", "apart_ms", "reached"), [(240, 1, True), (247, 1, False), (300, 1, False), (100, 2000, False)]
)
def test_late_pictures_or_too_few_are_not_reached(delay_ms: int, apart_ms: int, reached: bool) -> None:
    assert latency.figures_of(watched([delay_ms] * 4, apart_ms=apart_ms), FLOOR)["reached"] is reached


def test_fill_is_no_picture_that_came_through() -> None:
    seen = watched([100, 100])
    seen.take(picture(5000, closed_because="no_pose"), 5_001 * 1_000_000)
    seen.take(picture(5000, media=Media.JPEG), 9_000 * 1_000_000)
    figures = latency.figures_of(seen, FLOOR)
    assert (figures["frames_out"], figures["frames_withheld"], figures["max_ms"]) == (2, 1, 100.0)
    assert figures["withheld_because"] == {"no_pose": 1}
    with pytest.raises(StationError, match="let out 0 pictures"):
        latency.figures_of(watched([]), FLOOR)


@pytest.mark.model
def test_latency_through_the_real_worker(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("groundstation.benchmarks.clips.LARGE_PX", (640, 480))
    assert main(["bench", "--only", "latency", "--quick", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["latency"]
    assert set(figures) - {"machine", "started_utc", "load_average"} <= explained()
    assert figures["sealed"]
    assert figures["frames_out"] > 20
    assert figures["floor_p50_ms"] < figures["p50_ms"]


def test_the_paced_floor_keeps_the_pace(clip: Clip) -> None:
    began_s = time.monotonic()
    told = json.loads(timed(module_command("groundstation.benchmarks.paced_floor", clip.video)).out)
    assert time.monotonic() - began_s > 1.0  # 12 frames, 10 a second
    assert len(told["lasted_ms"]) == len(told["decoding_ms"]) == 12
    assert all(0 < part < whole for part, whole in zip(told["decoding_ms"], told["lasted_ms"], strict=True))


def test_the_paced_floor_of_no_video_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(StationError, match=r"status 2: paced_floor: .*is no video"):
        timed(module_command("groundstation.benchmarks.paced_floor", tmp_path / "text.mp4"))


def test_a_camera_that_flies_is_refused(clip: Clip) -> None:
    clip.camera.write_text(CAMERA_TOML)
    with pytest.raises(BadInputError, match="fixed pose"):
        latency.order_of(clip)
    with pytest.raises(BadInputError, match="fixed pose"):
        memory.station_text(clip, "udp://127.0.0.1:1", now_utc_ns=0)


def test_the_station_s_settings_can_be_read(clip: Clip, tmp_path: Path) -> None:
    path = tmp_path / "station.toml"
    path.write_text(memory.station_text(clip, "udp://127.0.0.1:5600", now_utc_ns=time.time_ns()))
    (camera,) = settings_from_file(path).camera
    assert camera.video == "udp://127.0.0.1:5600"


def packet_s(packet: Any) -> float:
    return float(packet.dts * packet.time_base)


def test_a_sent_video_begins_again_and_its_time_goes_on(clip: Clip, unused_udp_port: int) -> None:
    address = f"udp://127.0.0.1:{unused_udp_port}"
    sender = subprocess.Popen(module_command("groundstation.benchmarks.sender", clip.video, address))
    try:
        with av.open(f"{address}?timeout=8000000", "r", options={"probesize": "20000"}) as reader:
            times_s = [packet_s(packet) for packet, _ in zip(reader.demux(video=0), range(20), strict=False)]
    finally:
        sender.kill()
        sender.wait()
    assert len(times_s) == 20  # more than the video's 12
    assert max(times_s) - min(times_s) == pytest.approx(1.9, abs=0.25)


@pytest.fixture
def unused_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def samples(per_s: float, *, count: int = 61) -> list[Sample]:
    return [Sample(at_s=float(n), station_mb=50.0, worker_mb=100 + per_s * n) for n in range(count)]


def health(frames_out: int) -> dict[str, Any]:
    return {"cameras": [{"frames_out": frames_out, "gate": "no_pose"}]}


def test_growth_is_told_per_hour() -> None:
    figures = memory.figures_of(samples(0.01), health(9))
    assert figures["worker_mb_per_hour"] == pytest.approx(36.0)
    assert (figures["station_mb_per_hour"], figures["station_mb"], figures["worker_most_mb"]) == (0.0, 50.0, 100.6)
    assert set(figures) <= explained()


def test_a_station_that_shows_nothing_has_no_slope() -> None:
    with pytest.raises(StationError, match="showed no picture"):
        memory.figures_of(samples(0.01), health(0))
    with pytest.raises(StationError, match="three samples"):
        memory.figures_of(samples(0.01, count=2), health(9))


def test_a_station_that_ends_is_no_result() -> None:
    child = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(2.5)'])"
    parent = f"import subprocess, sys, time; {child}; time.sleep(60)"
    station = subprocess.Popen([sys.executable, "-c", parent], text=True)
    try:
        with pytest.raises(StationError, match="has ended"):
            memory.samples_of(station, lasts_s=20.0, sleep=time.sleep)
    finally:
        station.kill()
        station.wait()


def test_a_buffer_that_grows_shows_in_what_is_resident() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "b = bytearray(60_000_000); print('there', flush=True); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    child.stdout.readline()
    assert 60 < memory.resident_mb(child.pid) < 120
    child.communicate("\n")
    with pytest.raises(StationError, match="has ended"):
        memory.resident_mb(child.pid)


@pytest.mark.parametrize("minutes", ["0", "-1", "nan", "9999"])
def test_minutes_that_are_none_are_refused(minutes: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--only", "memory", "--minutes", minutes]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.model
@pytest.mark.timeout(180)
def test_memory_of_the_real_station(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundstation.benchmarks.clips.LARGE_PX", (640, 480))
    figures = memory.measured(quick=True, minutes=0.25)
    assert figures["frames_out"] > 0
    assert 40 < figures["station_mb"] < 600
    assert 100 < figures["worker_mb"] < 2000


@pytest.mark.soak
@pytest.mark.model
@pytest.mark.timeout(4200)
def test_an_hour_of_a_whole_station_grows_by_little() -> None:
    figures = memory.measured(quick=False, minutes=60)
    assert figures["station_mb_per_hour"] < 20, figures
    assert figures["worker_mb_per_hour"] < 20, figures
