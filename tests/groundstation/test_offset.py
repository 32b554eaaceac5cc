"""`groundstation offset` from the command line: a made-up pan whose clock is late by a known time."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from groundstation.errors import BadInputError
from groundstation.offset import REFUSALS, OffsetFiles, document_of, measured_offset
from tests.flightlink.klv_bytes import items, packet

UTC_US = 1_790_000_000_000_000
LATE_S = 0.3
FPS, SECONDS = 15, 6
FOV_DEG, WIDTH_PX, HEIGHT_PX = 40.0, 320, 180


def yaw_deg(t_s: float) -> float:
    return 180 + 9 * math.sin(1.1 * t_s) + 4 * math.sin(2.7 * t_s + 1)


@pytest.fixture(scope="module")
def panned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a level camera's pan over far hills, and its packets."""
    folder = tmp_path_factory.mktemp("pan")
    rough = np.random.default_rng(5).integers(0, 255, (40, 260), np.uint8)
    hills = np.asarray(cv2.resize(rough, (2600, HEIGHT_PX), interpolation=cv2.INTER_CUBIC), np.uint8)
    focal_px = WIDTH_PX / 2 / math.tan(math.radians(FOV_DEG / 2))
    with av.open(str(folder / "pan.mp4"), "w") as out:
        video: Any = out.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "crf": "18"})
        video.width, video.height, video.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        for number in range(FPS * SECONDS):
            turned_px = math.radians(yaw_deg(number / FPS + 2) - 180) * focal_px
            shift = np.array([[1.0, 0, WIDTH_PX / 2 - 1300 - turned_px], [0, 1, 0]])
            picture = np.asarray(cv2.warpAffine(hills, shift, (WIDTH_PX, HEIGHT_PX)), np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    told = (packet(items(UTC_US + number * 50_000, **looks(number / 20))) for number in range(20 * (SECONDS + 5)))
    (folder / "pan.klv").write_bytes(b"".join(told))
    return folder


def looks(t_s: float) -> dict[str, float]:
    level = {"heading": 0.0, "pitch": 0.0, "roll": 0.0, "elevation": 0.0}
    return level | {"azimuth": yaw_deg(t_s), "hfov": FOV_DEG, "vfov": 23.0}


def test_the_command_finds_how_late_the_pictures_came(panned: Path) -> None:
    """The first picture was taken 2 s into the telemetry, and is said to have arrived 0.3 s later."""
    arrived = "2026-09-21T14:13:22.300Z"
    command = [sys.executable, "-m", "groundstation", "offset", str(panned / "pan.mp4")]
    command += ["--telemetry", str(panned / "pan.klv"), "--video-starts", arrived, "--json", "--search", "2"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["offset_s"] == pytest.approx(-LATE_S, abs=0.02)
    assert found["video_latency_s"] == pytest.approx(LATE_S, abs=0.02)
    assert abs(found["offset_s"] + LATE_S) <= 4 * found["sigma_s"] + 0.005
    assert found["correlation"] > 0.9
    assert found["pairs"] > 60
    assert found["video_starts"].startswith("2026-09-21T14:13:2")


def test_a_latency_is_told_only_where_the_arrival_was() -> None:
    figures = {"offset_s": -0.2, "sigma_s": 0.004, "correlation": 0.99, "pairs": 80, "sealed": True}
    assert document_of(figures, starts_ns=0, is_given=True)["video_latency_s"] == 0.2
    assert document_of(figures, starts_ns=0, is_given=False)["video_latency_s"] is None
    for offset_s in (0.2, -11.0):
        assert document_of(figures | {"offset_s": offset_s}, starts_ns=0, is_given=True)["video_latency_s"] is None


SAYS = (
    "import json, sys; from vision.order import pose_from_line; from vision.wire import *;"
    "from vision.tally import Tally; json.loads(sys.stdin.buffer.readline());"
    "n = sum(1 for _ in iter(lambda: pose_from_line(sys.stdin.buffer.readline()), None));"
    "out = sys.stdout.buffer; f = {{'refusal': {refusal!r}, 'offset_s': 0.0, 'sigma_s': 0.0, 'correlation': 0.1,"
    "'pairs': n, 'sealed': True}}; out.write(packed(Figures(f)));"
    "out.write(packed(Done(health=Tally(cap_px_per_m=None).health(0, 0), seconds=0.0)))"
)


@pytest.mark.parametrize("refusal", ["no rotation to match", ""])
def test_a_refusal_says_what_to_do_and_all_poses_are_handed_over(panned: Path, refusal: str) -> None:
    files = OffsetFiles(video=panned / "pan.mp4", telemetry=panned / "pan.klv")
    command = (sys.executable, "-c", SAYS.format(refusal=refusal))
    if refusal:
        with pytest.raises(BadInputError, match="no rotation to match"):
            measured_offset(files, command=command)
        return
    assert measured_offset(files, command=command)["pairs"] == 20 * (SECONDS + 5)


def test_every_refusal_of_the_match_has_its_sentence() -> None:
    source = Path("vision/turning/match.py").read_text(encoding="utf-8")
    for word in REFUSALS:
        assert f'"{word}"' in source
