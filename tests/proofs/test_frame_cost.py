"""The benchmark `frame`: detection is taken off the frames' way, and unequal work is not compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from groundstation.benchmarks import clips
from groundstation.benchmarks.timing import module_command, timed
from groundstation.commands.other_rooms import BENCHMARKS, of_other_rooms
from groundstation.errors import StationError
from proofs.cost import frame
from tests.groundstation.conftest import CAMERA_TOML, FIXED_POSE_TOML


def way(way_s: float, *, frames: int = 100, detection_s: float = 1.0) -> dict[str, Any]:
    return {
        "frames": frames, "frames_out": frames, "masked_share": 0.1, "detection_cpu_s": detection_s, "way_cpu_s": way_s,
    }  # fmt: skip


def test_the_ratio_is_that_of_runs_side_by_side() -> None:
    """The machine was half as fast in the second round, for both."""
    figures = frame.figures_of(
        "x", [way(1.0), way(2.0)], [{"frames": 100, "cpu_s": 0.5}, {"frames": 100, "cpu_s": 1.0}]
    )
    assert figures["cpu_to_floor"] == 2.0
    assert (figures["cpu_ms"], figures["floor_cpu_ms"], figures["detection_cpu_ms"]) == (15.0, 7.5, 10.0)


@pytest.mark.parametrize(("ours", "floor"), [(99, 100), (100, 99)])
def test_unequal_work_is_not_compared(ours: int, floor: int) -> None:
    with pytest.raises(StationError, match="no ratio is honest"):
        frame.figures_of("x", [way(1.0, frames=ours)], [{"frames": floor, "cpu_s": 0.5}])


def test_the_station_finds_the_benchmark() -> None:
    assert of_other_rooms(BENCHMARKS)["frame"] is frame.measured


def test_every_figure_is_explained() -> None:
    page = (Path(__file__).parents[2] / "docs" / "performance.md").read_text(encoding="utf-8")
    figures = frame.figures_of("x", [way(1.0)], [{"frames": 100, "cpu_s": 0.5}])
    assert [name for name in figures if f"`{name}`" not in page] == []


@pytest.mark.model
def test_a_real_clip_is_redacted_and_detection_is_taken_off(tmp_path: Path) -> None:
    clip = clips.rendered(tmp_path, (640, 360), frames=30)
    told = json.loads(timed(module_command("proofs.cost.frame_way", clip.video, clip.camera)).out)
    assert (told["frames"], told["frames_out"]) == (30, 30)
    assert 0.005 < told["masked_share"] < 0.5
    assert told["detection_cpu_s"] > 0.05
    assert told["way_cpu_s"] > 0.05


@pytest.mark.model
@pytest.mark.parametrize("camera", [FIXED_POSE_TOML, CAMERA_TOML, "no camera", None])
def test_files_that_are_none_are_one_line(tmp_path: Path, camera: str | None) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    if camera is not None:
        (tmp_path / "camera.toml").write_text(camera)
    with pytest.raises(StationError, match=r"status 2: frame_way: "):
        timed(module_command("proofs.cost.frame_way", tmp_path / "text.mp4", tmp_path / "camera.toml"))
