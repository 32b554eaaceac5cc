"""The evaluation: the same room measures a clip, and only figures leave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import pytest

from tests.vision.clips import FPS, HEIGHT_PX, WIDTH_PX, pictures, written
from tests.vision.test_room import messages_in
from tests.vision.test_worker import CAMERA
from vision.frames import RedactedFrame
from vision.models.store import models_dir
from vision.wire import Done, Failed, Message, Opened

INTRINSICS = ("fx_px", "fy_px", "cx_px", "cy_px", "distortion")


CAMERA_FILE = {
    "width_px": WIDTH_PX, "height_px": HEIGHT_PX, "fx_px": 450.0, "fy_px": 450.0, "cx_px": 239.5, "cy_px": 179.5,
    "lat_deg": CAMERA.lat_deg, "lon_deg": CAMERA.lon_deg, "alt_m": 6.0, "ground_alt_m": 0.0, "yaw_deg": 0.0,
    "pitch_deg": -20.0, "roll_deg": 0.0, "distortion": [0.0] * 5,
}  # fmt: skip
SIZE = {"width": WIDTH_PX, "height": HEIGHT_PX}
FRAMES = 9

pytestmark = [pytest.mark.model, pytest.mark.usefixtures("weights")]


def person_in(number: int) -> list[object]:
    return [WIDTH_PX // 3 + 3 * number, HEIGHT_PX // 2, 30, 90, "person"]


def evaluated(
    folder: Path, truth: list[dict[str, Any]], *, camera: dict[str, Any] | None = None, **more: Any
) -> tuple[list[Message], str]:
    """Run the evaluation on a folder and return its messages and what it said beside them."""
    (folder / "truth.jsonl").write_text("".join(json.dumps(line) + "\n" for line in truth))
    if camera is not None:
        (folder / "camera.toml").write_text("".join(f"{name} = {value}\n" for name, value in camera.items()))
    line = {
        "kind": "people", "truth": str(folder / "truth.jsonl"), "images": None, "video": None, "live": False,
        "camera": None if camera is None else str(folder / "camera.toml"), "models_dir": str(models_dir()), **more,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-I", "-m", "vision.evaluate"], input=json.dumps(line).encode() + b"\n", capture_output=True,
        check=False, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    return messages_in(done.stdout), done.stderr.decode()


def figures_of(messages: list[Message]) -> dict[str, Any]:
    assert isinstance(messages[-1], Done), messages[-1]
    return next(message for message in messages if isinstance(message, dict))


def refusal_of(messages: list[Message]) -> str:
    last = messages[-1]
    assert isinstance(last, Failed)
    assert last.cause == "bad_input"
    return last.detail


@pytest.mark.parametrize("kind", ["people", "redaction"])
def test_the_evaluation_measures_a_clip_and_says_figures_only(kind: str, tmp_path: Path) -> None:
    clip = written(tmp_path / "clip.mp4", pictures(FRAMES))
    truth = [{"frame": n, **SIZE, "boxes": [person_in(n)]} for n in range(0, FRAMES, 2)]
    messages, _ = evaluated(tmp_path, truth, kind=kind, camera=CAMERA_FILE, video=str(clip))
    figures = figures_of(messages)
    assert figures["n"] == 5
    assert figures["recall" if kind == "people" else "covered_share"] >= 0.8
    assert "fps" not in figures
    assert not any(isinstance(message, RedactedFrame | Failed) for message in messages)
    opened = next(message for message in messages if isinstance(message, Opened))
    assert opened.sealed, opened.seal
    assert "seccomp_loading" in opened.seal


@pytest.mark.parametrize("kind", ["people", "redaction"])
def test_the_live_rate_is_of_all_frames_whatever_the_truth_names(kind: str, tmp_path: Path) -> None:
    count = 3 * FPS
    clip = written(tmp_path / "clip.mp4", pictures(count))
    truth = [{"frame": count - 1, **SIZE, "boxes": [person_in(count - 1)]}]
    messages, _ = evaluated(tmp_path, truth, kind=kind, camera=CAMERA_FILE, video=str(clip), live=True)
    # each frame is there once at least; one picture of the truth alone would be 0.3 in a second
    assert 0.2 * FPS <= figures_of(messages)["fps"] <= 1.1 * FPS


@pytest.mark.parametrize("kind", ["people", "redaction"])
def test_a_camera_of_another_shape_is_refused(kind: str, tmp_path: Path) -> None:
    clip = written(tmp_path / "clip.mp4", pictures(2))
    camera = {**CAMERA_FILE, "height_px": HEIGHT_PX // 2}
    messages, _ = evaluated(tmp_path, [{"frame": 0, **SIZE, "boxes": []}], kind=kind, camera=camera, video=str(clip))
    expected = f"{WIDTH_PX} x {HEIGHT_PX} px, but its camera takes {WIDTH_PX} x {HEIGHT_PX // 2}, another shape; give"
    assert expected in refusal_of(messages)


def test_half_a_photo_is_refused_by_name(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "photo.jpg"), next(pictures(1)))
    whole = (tmp_path / "photo.jpg").read_bytes()
    (tmp_path / "photo.jpg").write_bytes(whole[: len(whole) // 2])
    messages, _ = evaluated(tmp_path, [{"image": "photo.jpg", **SIZE, "boxes": []}], images=str(tmp_path))
    assert "photo.jpg: breaks off" in refusal_of(messages)


@pytest.mark.parametrize("lens", ["of the line", "of the camera file"])
def test_a_line_tells_where_its_camera_was(lens: str, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "photo.png"), next(pictures(1)))
    in_line = {"fx_px": CAMERA_FILE["fx_px"]} if lens == "of the line" else {}
    camera = None if in_line else {name: CAMERA_FILE[name] for name in ("width_px", "height_px", *INTRINSICS)}
    line = {"image": "photo.png", **SIZE, "boxes": [person_in(0)], **in_line}
    told = {"pitch_deg": -20.0, "agl_m": 6.0}
    true = figures_of(evaluated(tmp_path, [{**line, **told}], camera=camera, images=str(tmp_path))[0])
    assert (true["matched"], true["count_error"]) == (1, 0)
    # from a hundred times as high nobody is so tall: the line is believed, and nobody is counted
    high = figures_of(evaluated(tmp_path, [{**line, **told, "agl_m": 600}], camera=camera, images=str(tmp_path))[0])
    assert high["matched"] == high["false_alarms"] == 0


def test_a_line_that_is_no_pose_is_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "photo.png"), next(pictures(1)))
    line = {"image": "photo.png", **SIZE, "boxes": [], "fx_px": 450.0, "pitch_deg": -120.0, "agl_m": 6.0}
    assert "the truth of photo.png: pitch -120" in refusal_of(evaluated(tmp_path, [line], images=str(tmp_path))[0])


def test_figures_from_where_nothing_was_measured_come_with_a_word(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "photo.png"), next(pictures(1)))
    line = {"image": "photo.png", **SIZE, "boxes": [person_in(0)], "pitch_deg": -30}

    def warnings(**changed: Any) -> list[str]:
        return list(figures_of(evaluated(tmp_path, [{**line, **changed}], images=str(tmp_path))[0])["warnings"])

    assert warnings() == []
    (small,) = warnings(boxes=[[100, 100, 3, 5, "person"]])
    assert small.startswith("1 of 1 people are too small in the network's input: recall was not measured there")
