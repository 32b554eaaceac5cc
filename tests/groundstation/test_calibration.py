"""`calibrate` as a user calls it: a filmed board in, a camera file out; the picture never leaves the sealed process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flightlink.camera_file import load_camera
from groundstation.__main__ import BAD_INPUT, DONE, main
from groundstation.commands.calibration.lens import camera_text
from groundstation.commands.calibration.printing import black_squares, board_svg, marker_squares, markers, print_board
from groundstation.errors import BadInputError
from tests.vision.boards import CAMERA, Studio, filmed, pattern
from vision.lens.search import Asked, Search

Run = subprocess.CompletedProcess[str]
FIGURES: dict[str, Any] = {
    "width_px": 1920, "height_px": 1080, "fx_px": 1450.123, "fy_px": 1451.0, "cx_px": 960.4, "cy_px": 541.0,
    "distortion": [-0.1, 0.02, 0.0001, -0.0002, 0.0], "fx_sigma_px": 0.4, "fy_sigma_px": 0.4, "cx_sigma_px": 0.6,
    "cy_sigma_px": 0.5, "error_px": 0.21, "hfov_deg": 67.0, "views": 38, "board": "chessboard", "advice": [],
}  # fmt: skip


def groundstation(*arguments: str | Path) -> Run:
    program = Path(sys.executable).with_name("groundstation")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=100)


def test_a_filmed_board_becomes_a_camera_file(tmp_path: Path) -> None:
    sheet = pattern(list(black_squares(10, 7)), 10, 7)
    clip = filmed(tmp_path / "secret_place.mp4", Studio().films(sheet, 15))
    out = tmp_path / "camera.toml"
    run = groundstation("calibrate", clip, "--out", out, "--json")
    assert run.returncode == DONE, run.stderr
    figures = json.loads(run.stdout)
    found = load_camera(out).intrinsics
    assert (found.width_px, found.height_px) == (CAMERA.width_px, CAMERA.height_px)
    assert found.fx_px == pytest.approx(CAMERA.fx_px, rel=0.005)
    assert found.fy_px == pytest.approx(CAMERA.fy_px, rel=0.005)
    assert abs(found.cx_px - CAMERA.cx_px) < 3
    assert abs(found.cy_px - CAMERA.cy_px) < 3
    assert figures["sealed"] is True
    assert figures["views"] >= 8
    assert "secret_place" not in out.read_text(encoding="utf-8")


def test_a_video_without_a_board_is_one_line_and_status_2(tmp_path: Path) -> None:
    clip = filmed(tmp_path / "street.mp4", (np.full((120, 160), 90 + 20 * shade, np.uint8) for shade in range(2)))
    run = groundstation("calibrate", clip, "--out", tmp_path / "camera.toml")
    assert run.returncode == BAD_INPUT
    last = run.stderr.strip().splitlines()[-1]
    assert "street.mp4: no board in any of 2 pictures; film a flat chessboard" in last
    assert list(tmp_path.glob("*.toml")) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["calibrate"], "needs VIDEO and --out"),
        (["calibrate", "none.mp4", "--out", "camera.toml"], "none.mp4: the video is not there"),
        (["calibrate", "rtsp://127.0.0.1/x", "--out", "camera.toml"], "the video is an address"),
        (["calibrate", "--print-board", "board.pdf"], "end its name in .svg"),
        (["calibrate", "x.mp4", "--print-board", "board.svg"], "leave out VIDEO"),
        (["calibrate", "--print-board", "board.svg", "--square-mm", "400"], "longer than 2000 mm"),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == BAD_INPUT
    told = capsys.readouterr().err
    assert says in told
    assert told.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", ["9", "2x9", "nine by six", "9x6x3"])
def test_a_board_that_is_none_is_told(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["calibrate", "x.mp4", "--board", words])
    assert ended.value.code == BAD_INPUT
    assert "for instance 9x6" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_told_before_the_video_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"x")
    assert main(["calibrate", str(clip), "--out", str(tmp_path / "missing" / "camera.toml")]) == BAD_INPUT
    assert "nothing can be written into" in capsys.readouterr().err


def test_a_camera_file_that_is_there_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, clip = tmp_path / "camera.toml", tmp_path / "clip.mp4"
    out.write_text("lat_deg = 48.0\n", encoding="utf-8")
    clip.write_bytes(b"x")
    assert main(["calibrate", str(clip), "--out", str(out)]) == BAD_INPUT
    assert "is there already" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == "lat_deg = 48.0\n"


def test_the_camera_file_is_read_as_it_was_solved(tmp_path: Path) -> None:
    path = tmp_path / "camera.toml"
    path.write_text(camera_text(FIGURES, utc_ns=1_790_000_000_000_000_000), encoding="utf-8")
    found = load_camera(path).intrinsics
    assert (found.fx_px, found.cy_px, found.distortion) == (1450.123, 541.0, (-0.1, 0.02, 0.0001, -0.0002, 0.0))
    comment = path.read_text(encoding="utf-8").splitlines()[0]
    assert comment.startswith("# Calibrated 2026-09-2")
    assert "38 views of a chessboard" in comment


# boards to print


def test_a_printed_chessboard_has_its_true_size(tmp_path: Path) -> None:
    size = print_board(tmp_path / "board.svg", board=(9, 6), charuco=None, square_mm=25)
    text = (tmp_path / "board.svg").read_text(encoding="utf-8")
    assert max(size) == 250
    assert 'width="297mm" height="210mm" viewBox="0 0 297 210"' in text
    assert text.count("h25.0000v25.0000h-25.0000z") == 35


def test_a_board_larger_than_a4_gets_a_sheet_of_its_own() -> None:
    svg = board_svg(list(black_squares(10, 7)), columns=10, rows=7, square_mm=60, title="x")
    assert 'width="720mm" height="552mm"' in svg


def test_a_printed_charuco_board_is_one_that_is_found() -> None:
    sheet = pattern([*black_squares(7, 5), *marker_squares(7, markers(17))], 7, 5)
    search = Search(Asked(charuco=(7, 5)))
    for picture in Studio().films(sheet, 3):
        search.look(picture)
    assert len(search.views()) == 3
    assert {len(view.image) for view in search.views()} <= set(range(16, 25))


def test_a_board_with_a_wrong_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="SVG"):
        print_board(tmp_path / "board.png", board=None, charuco=None, square_mm=25)
