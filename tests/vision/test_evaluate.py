"""The evaluation: the same room measures a clip, and only figures leave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vision.clips import HEIGHT_PX, WIDTH_PX, pictures, written
from tests.vision.test_room import messages_in
from tests.vision.test_worker import CAMERA
from vision.frames import RedactedFrame
from vision.models.store import models_dir
from vision.wire import Done, Failed, Opened


@pytest.mark.model
@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("kind", ["people", "redaction"])
def test_the_evaluation_measures_a_clip_and_says_figures_only(kind: str, tmp_path: Path) -> None:
    clip = written(tmp_path / "clip.mp4", pictures(9))
    top, left = HEIGHT_PX // 2, WIDTH_PX // 3
    truth = [
        {"frame": n, "width": WIDTH_PX, "height": HEIGHT_PX, "boxes": [[left + 3 * n, top, 30, 90, "person"]]}
        for n in range(0, 9, 2)
    ]
    (tmp_path / "truth.jsonl").write_text("".join(json.dumps(line) + "\n" for line in truth))
    camera = {
        "width_px": WIDTH_PX, "height_px": HEIGHT_PX, "fx_px": 450.0, "fy_px": 450.0, "cx_px": 239.5, "cy_px": 179.5,
        "lat_deg": CAMERA.lat_deg, "lon_deg": CAMERA.lon_deg, "alt_m": 6.0, "ground_alt_m": 0.0, "yaw_deg": 0.0,
        "pitch_deg": -20.0, "roll_deg": 0.0, "distortion": [0.0] * 5,
    }  # fmt: skip
    (tmp_path / "camera.toml").write_text("".join(f"{name} = {value}\n" for name, value in camera.items()))
    told = {
        "kind": kind, "truth": str(tmp_path / "truth.jsonl"), "images": None, "video": str(clip),
        "camera": str(tmp_path / "camera.toml"), "live": False, "models_dir": str(models_dir()),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-I", "-m", "vision.evaluate"], input=json.dumps(told).encode() + b"\n", capture_output=True,
        check=False, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    messages = messages_in(done.stdout)
    assert isinstance(messages[-1], Done), (messages, done.stderr)
    figures = next(message for message in messages if isinstance(message, dict))
    assert figures["n"] == 5
    assert figures["recall" if kind == "people" else "covered_share"] >= 0.8
    assert not any(isinstance(message, RedactedFrame | Failed) for message in messages)
    opened = next(message for message in messages if isinstance(message, Opened))
    assert opened.sealed, opened.seal
    assert "seccomp_loading" in opened.seal
