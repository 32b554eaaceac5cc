"""`models measure`: on a few rendered pictures, with the real street-level network, and all that it refuses."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from groundstation.__main__ import main
from tests.vision.clips import HEIGHT_PX, WIDTH_PX, pictures
from vision.models.store import ModelError, models_dir, verified_bytes

PERSON_FROM = (WIDTH_PX // 3, HEIGHT_PX // 2)


@pytest.fixture(scope="session")
def street() -> bytes:
    try:
        return verified_bytes("person", models_dir())
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures of one rendered person each on a wall, as `models render` lays them down."""
    (tmp_path / "images").mkdir()
    lines = []
    for number, picture in enumerate(pictures(4)):
        cv2.imwrite(str(tmp_path / "images" / f"{number}.png"), picture)
        x, y = PERSON_FROM[0] + 3 * number, PERSON_FROM[1]
        lines.append({
            "image": f"{number}.png", "width": WIDTH_PX, "height": HEIGHT_PX, "boxes": [[x, y, 30, 90, "person"]],
            "heads": [[x + 15, y + 8]], "groups": [{"age": "adult"}], "light": "day", "pitch_deg": -20.0, "agl_m": 6.0,
            "fx_px": 450.0, "crowd": "alone", "hidden": [], "full_boxes": [[x, y, 30, 90]],
        })  # fmt: skip
    (tmp_path / "truth.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "manifest.json").write_text(json.dumps({"made_by": "groundstation 0.1.0, models render"}))
    return tmp_path


def measure(folder: Path, *more: str, model: str = "person") -> int:
    arguments = ["--model", model, "--images", str(folder / "images"), "--truth", str(folder / "truth.jsonl")]
    return main(["models", "measure", *arguments, *more])


@pytest.mark.model
def test_a_network_is_measured_by_its_bytes(
    folder: Path, street: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.onnx").write_bytes(street)
    assert measure(folder, "--json", "--threshold", "0.2", model=str(tmp_path / "mine.onnx")) == 0
    figures: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert figures["model"] == {
        "file": "mine.onnx", "sha256": hashlib.sha256(street).hexdigest(), "bytes": len(street),
    }  # fmt: skip
    assert (figures["threshold"], figures["threshold_chosen_on_pictures"]) == (0.2, 0)
    assert (figures["all"]["n"], figures["all"]["recall"]) == (4, 1.0)
    assert [row["light"] for row in figures["by_light"]] == ["day"]
    assert [row["from_deg"] for row in figures["by_depression_deg"]] == [20]
    assert figures["by_size_px"][0]["from_px"] == 80
    assert figures["fairness"]["age"]["groups"]["adult"]["n"] == 4


@pytest.mark.model
@pytest.mark.usefixtures("street")
def test_a_threshold_that_is_chosen_is_measured_on_other_pictures(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert measure(folder, "--json", "--person-px", "23") == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["threshold_chosen_on_pictures"], figures["all"]["pictures"]) == (2, 2)
    assert figures["seen_at"] == {"person_px": 23}
    # by the camera a body would be 45 px long: seen at half the size, this one of 90 px is as long as that
    assert figures["by_size_px"][0]["from_px"] == 40


@pytest.mark.model
@pytest.mark.usefixtures("street")
def test_the_sheet_shows_rendered_pictures_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = folder / "sheet.jpg"
    assert measure(folder, "--sheet", str(sheet), "--threshold", "0.95", "--pictures", "2") == 0
    shown = cv2.imread(str(sheet))
    assert shown is not None
    assert sheet.stat().st_size <= 300_000
    # the person is missed at such a threshold: a red frame is there
    assert (np.asarray(shown, int) @ np.array([-1, -1, 2]) > 200).any()
    assert "threshold 0.95" in capsys.readouterr().out
    (folder / "manifest.json").write_text(json.dumps({"made_by": "a photographer"}))
    assert measure(folder, "--sheet", str(sheet)) == 2
    assert "made by a photographer" in capsys.readouterr().err
    (folder / "manifest.json").unlink()
    assert measure(folder, "--sheet", str(sheet)) == 2
    assert "does not say that these pictures are rendered" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [(["--threshold", "1.5"], "--threshold 1.5: expected 0.05 to 0.95"), (["--scale", "9"], "--scale 9: expected"),
     (["--person-px", "1"], "--person-px 1: expected"), (["--pictures", "0"], "--pictures 0: expected")],
)  # fmt: skip
def test_odd_numbers_are_refused(folder: Path, more: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert measure(folder, *more) == 2
    assert said in capsys.readouterr().err


def test_what_is_no_network_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "none.onnx").write_bytes(b"no network at all")
    assert measure(folder, model=str(folder / "none.onnx")) == 2
    assert "none.onnx: the detector's file is no network" in capsys.readouterr().err
    assert measure(folder, model="nobody") == 2
    assert "--model nobody: no such file, and no detector of the manifest (" in capsys.readouterr().err


@pytest.mark.model
@pytest.mark.usefixtures("street")
def test_pictures_that_are_not_as_their_truth_says_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite(str(folder / "images" / "1.png"), np.zeros((9, 9, 3), np.uint8))
    assert measure(folder) == 2
    assert f"1.png: is 9 x 9 px, its truth {WIDTH_PX} x {HEIGHT_PX}" in capsys.readouterr().err
    (folder / "images" / "1.png").write_bytes(b"no picture")
    assert measure(folder) == 2
    assert "1.png: cannot be read as a picture" in capsys.readouterr().err
    (folder / "truth.jsonl").write_text('{"image": "0.png", "width": 9, "height": 9, "count": 3}\n')
    assert measure(folder) == 2
    assert "names no picture with boxes" in capsys.readouterr().err
    assert main(["models", "measure", "--model", "person", "--images", str(folder / "0"), "--truth", "t"]) == 2
    assert "--images is no folder" in capsys.readouterr().err
