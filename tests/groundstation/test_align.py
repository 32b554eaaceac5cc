"""`groundstation align` on a camera that stands still, and on points that bring their own poses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from flightlink.pose import CameraPose
from groundstation.__main__ import main
from maps.georeference import ground_from_image
from maps.request import FOCAL_FIELDS, POSE_FIELDS
from maps.terrain.files import TerrainFiles
from maps.terrain.heights import pose_on_terrain
from tests.maps.terrain.files import write_tiff
from tests.maps.tie_points import LENS, Flight, true_pose

TRUE, _, _ = true_pose(Flight(exact=True), 0.0)
WRONG = {"yaw_deg": (TRUE.yaw_deg + 3.0) % 360, "pitch_deg": TRUE.pitch_deg + 1.0}
POSE = {name: getattr(TRUE, name) for name in POSE_FIELDS} | WRONG
LENS_FIELDS = {name: getattr(LENS, name) for name in ("width_px", "height_px", *FOCAL_FIELDS)}
PIXELS = ((300.0, 200.0), (1600.0, 250.0), (960.0, 500.0), (400.0, 900.0), (1500.0, 800.0))


def rows() -> list[tuple[float, float, float, float]]:
    """Pixel and place of things that the true camera shows."""
    u_px, v_px = np.array(PIXELS).T
    seen = ground_from_image(TRUE, u_px, v_px)
    return [(float(u), float(v), float(lat), float(lon))
            for u, v, lat, lon in zip(u_px, v_px, seen.lat_deg, seen.lon_deg, strict=True)]  # fmt: skip


def test_a_camera_that_stands_still_needs_no_instants_and_its_file_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    camera, table, out = tmp_path / "fixed.toml", tmp_path / "points.csv", tmp_path / "fixed.alignment.toml"
    text = "".join(f"{name} = {value}\n" for name, value in (LENS_FIELDS | POSE).items())
    camera.write_text(text)
    table.write_text("\n".join(["u_px,v_px,lat_deg,lon_deg", *(",".join(map(str, row)) for row in rows())]))
    assert main(["align", "--camera", str(camera), "--points", str(table), "--out", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("yaw      +3.0")
    assert lines[1].startswith("pitch    +1.0")
    assert camera.read_text() == text
    camera.write_text(text + out.read_text())
    assert main(["align", "--camera", str(camera), "--points", str(table)]) == 0
    assert capsys.readouterr().out.splitlines() == lines  # the whole bias again, and not what an alignment leaves


def test_points_may_bring_their_poses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "points.jsonl"
    places = [
        {"pose": POSE | LENS_FIELDS, "u_px": u, "v_px": v, "lat_deg": lat, "lon_deg": lon, "alt_m": 0.0}
        for u, v, lat, lon in rows()
    ]
    table.write_text("\n".join(json.dumps(place) for place in places))
    assert main(["align", "--points", str(table), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["bias"]["yaw_deg"] == pytest.approx(3.0, abs=0.1)
    assert found["bias"]["pitch_deg"] == pytest.approx(1.0, abs=0.1)
    assert found["sigma"]["roll_deg"] is None


def test_a_refusal_tells_the_residuals_and_its_cause(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "points.jsonl"
    far = [(u, v, lat + 0.0005 * number, lon) for number, (u, v, lat, lon) in enumerate(rows()[:3])]
    table.write_text("\n".join(
        json.dumps({"pose": POSE | LENS_FIELDS, "u_px": u, "v_px": v, "lat_deg": lat, "lon_deg": lon})
        for u, v, lat, lon in far
    ))  # fmt: skip
    assert main(["align", "--points", str(table), "--json"]) == 2
    told = capsys.readouterr()
    assert json.loads(told.out)["error"] == "points_contradict"
    assert len(json.loads(told.out)["residuals"]) == 3
    assert "points_contradict: 3 tie points contradict each other, point" in told.err


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{}", "pose is missing"), ('{"pose": {}}', "point 1: lat_deg is missing"), ("[1]", "point"),
        ('{"pose": {"lat_deg": "x"}}', "point 1: "), ("{", "is not JSON"), ("u_px\n" + 140_000 * "1", "is no CSV"),
    ],
    ids=["empty", "no pose", "list", "no number", "cut", "endless"],
)  # fmt: skip
def test_a_line_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, told: str) -> None:
    table = tmp_path / "points.jsonl"
    table.write_text(line)
    assert main(["align", "--points", str(table)]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1


def test_points_lie_on_the_height_model_that_is_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A slope of one in twenty to the north: on a plane it would look like a camera that is tilted."""
    step_deg = 2e-5
    heights = np.tile(np.linspace(20.0, 0.0, 401, dtype=np.float32)[:, None], (1, 401))
    north, west = TRUE.lat_deg + 200 * step_deg, TRUE.lon_deg - 200 * step_deg
    dem = write_tiff(tmp_path / "slope.tif", heights, crs="EPSG:4326", west=west, north=north, step=step_deg)
    terrain = TerrainFiles().about(dem, lat_deg=TRUE.lat_deg, lon_deg=TRUE.lon_deg).grid
    stands = pose_on_terrain(TRUE, terrain)
    assert isinstance(stands, CameraPose)
    u_px, v_px = np.array(PIXELS).T
    seen = ground_from_image(stands, u_px, v_px, terrain=terrain)
    table = tmp_path / "points.jsonl"
    table.write_text("\n".join(
        json.dumps({"pose": POSE | LENS_FIELDS, "u_px": u, "v_px": v, "lat_deg": lat, "lon_deg": lon})
        for u, v, lat, lon in zip(u_px, v_px, seen.lat_deg, seen.lon_deg, strict=True)
    ))  # fmt: skip
    assert main(["align", "--points", str(table), "--dem", str(dem), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["bias"]["yaw_deg"] == pytest.approx(3.0, abs=0.15)
    assert found["bias"]["pitch_deg"] == pytest.approx(1.0, abs=0.15)
    assert found["after_m"] < 0.3
    table.write_text(table.read_text().splitlines()[0].replace('"u_px"', '"alt_m": 3, "u_px"'))
    assert main(["align", "--points", str(table), "--dem", str(dem)]) == 2
    assert "keep one of them" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert main(["align", "--points", str(tmp_path / "missing.csv")]) == 2
