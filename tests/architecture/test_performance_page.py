"""The page about performance: its results are those of the figures beside it, and so are its plots."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tools.performance import BEGIN, END, FIGURES, PAGE, PICTURES, SERIES, filled_page, plots, write
from tools.plots import Line, Plot, svg_of

WHERE: dict[str, Any] = {
    "machine": {"cpu": "Example 3000", "cores": 2, "python": "3.11.7"}, "started_utc": "2026-11-23T02:40:00Z",
    "load_average": [0.1, 0.2, 0.3],
}  # fmt: skip
ROW: dict[str, Any] = {
    "ms": 20.0, "station_ms": 8.0, "count_ms": 12.0, "wire_ms": 2.0, "fuse_ms": 2.0, "publish_ms": 3.0, "serve_ms": 1.0,
    "cells": 10, "state_bytes": 1_500_000,
}  # fmt: skip


def scaling(exponent: float) -> dict[str, Any]:
    rows = [{**ROW, "ms": 20.0 * size} for size in (1, 2, 4)]
    series = {"exponent": exponent, "exponent_station": 0.5, "exponent_state": 0.25, "sizes": [1, 2, 4], "rows": rows}
    state = {"state_growth": 0.99, "ground_m": 2400}
    return {**dict.fromkeys(SERIES, series), "state": state, "state_bounded": True, **WHERE}


def memory(worker_mb: float) -> dict[str, Any]:
    sizes = {f"{name}_{what}": 5.0 for name in ("station", "worker") for what in ("mb", "most_mb")}
    slopes = {
        f"{name}_mb_per_hour{what}": 0.5 for name in ("station", "worker") for what in ("", "_sigma")
    }  # fmt: skip
    samples = [[0.0, 100.0, worker_mb], [60.0, 101.0, worker_mb], [120.0, 101.0, worker_mb]]
    return {**sizes, **slopes, "minutes": 2.0, "frames_out": 3000, "samples": samples, **WHERE}


def frame(ratio: float) -> dict[str, Any]:
    clip = {"cpu_ms": 12.0, "detection_cpu_ms": 15.0, "floor_cpu_ms": 6.0, "cpu_to_floor": ratio}
    return {"cpu_to_floor": ratio, "clips": {"vtest": clip}, **WHERE}


@pytest.fixture
def tree(root: Path, tmp_path: Path) -> Path:
    for folder in (PICTURES, "docs/figures"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copyfile(root / PAGE, tmp_path / PAGE)
    return tmp_path


def test_the_page_is_as_its_figures(root: Path) -> None:
    figures = json.loads((root / FIGURES).read_text(encoding="utf-8"))
    page = (root / PAGE).read_text(encoding="utf-8")
    assert filled_page(page, figures) == page
    for name, text in plots(figures).items():
        assert (root / PICTURES / name).read_text(encoding="utf-8") == text


def test_new_figures_leave_those_of_the_other_benchmarks(tree: Path) -> None:
    write(tree, {"frame": frame(2.0), "memory": memory(400.0)})
    write(tree, {"frame": frame(2.1)})
    page = (tree / PAGE).read_text(encoding="utf-8")
    assert "| CPU per redacted frame without detection | <= 2.2 times the floor | 2.1 | yes |" in page
    assert "Over 2 minutes with 3000 frames shown." in page
    assert set(json.loads((tree / FIGURES).read_text(encoding="utf-8"))) == {"frame", "memory"}
    assert "400" in (tree / PICTURES / "memory.svg").read_text(encoding="utf-8")


def test_what_is_not_reached_is_said() -> None:
    page = filled_page(f"{BEGIN}\n{END}", {"frame": frame(2.3), "scaling": scaling(1.06)})
    assert page.count("**no**") == 1 + len(SERIES)
    assert filled_page(page, {"frame": frame(2.2), "scaling": scaling(1.05)}).count("**no**") == 0


def test_a_page_without_a_place_for_them_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the lines"):
        filled_page("# Performance", {})


@pytest.mark.parametrize("is_log", [True, False])
def test_a_line_lies_within_its_axes_and_is_named(is_log: bool) -> None:
    line = Line(name="all <of it>", x=[1, 30, 100_000], y=[0.2, 7, 912.5])
    plot = Plot(title="Cost", x_label="people", y_label="ms", lines=[line, line], is_log=is_log)
    drawing = ET.fromstring(svg_of(plot))  # noqa: S314 - our own text
    names = [text.text for text in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert names.count("all <of it>") == 2
    for drawn in drawing.iter("{http://www.w3.org/2000/svg}polyline"):
        points = [tuple(map(float, point.split(","))) for point in drawn.attrib["points"].split()]
        assert len(points) == 3
        assert all(64 <= x <= 624 and 40 <= y <= 296 for x, y in points)
        assert points[0][0] < points[1][0] < points[2][0]
        assert points[0][1] > points[1][1] > points[2][1]
