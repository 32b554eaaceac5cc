"""A camera that is awry in the simulated world: found through real messages, and put right for every command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from groundstation.__main__ import main
from groundstation.instants import text_from_utc_ns
from sitl.measure.alignment import EPOCH_UTC_NS, Clicking, evaluate_alignment, marks_in_picture
from sitl.measure.density import place_of
from sitl.measure.marks import distance_m
from sitl.measure.recorded import Span, write_telemetry
from sitl.station_files import camera_toml
from sitl.world.errors import WorldError
from sitl.world.file import load_world
from sitl.world.world import World

WORLDS = Path(__file__).parents[2] / "sitl" / "worlds"
LASTS_S = 24.0


@pytest.fixture(scope="module")
def world_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The world of the evaluation, flown round in a shorter time."""
    text = (WORLDS / "alignment.toml").read_text(encoding="utf-8")
    text = text.replace("../grounds/", f"{WORLDS.parent / 'grounds'}/").replace("period_s = 240", "period_s = 32")
    path = tmp_path_factory.mktemp("world") / "awry.toml"
    path.write_text(text.replace("lasts_s = 180", f"lasts_s = {LASTS_S}"), encoding="utf-8")
    return path


def test_after_alignment_by_five_marks_places_are_right(world_file: Path) -> None:
    figures = evaluate_alignment(world_file, seeds=1, vehicle=None, clicking=Clicking())
    assert figures["bias"] == {"yaw_deg": 3.0, "pitch_deg": 1.0}
    assert figures["position_error_m"]["before"]["median"] > 3.0
    assert figures["position_error_m"]["after"]["median"] <= 1.5
    assert figures["bias_error_deg"]["yaw_rms"] <= 0.75
    assert figures["bias_error_deg"]["pitch_rms"] <= 0.5
    assert figures["ce90_coverage"]["before"] < 0.5 < figures["ce90_coverage"]["after"]


@pytest.fixture(scope="module")
def flown(world_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Telemetry, camera file and clicked marks of one flight in a folder."""
    folder, world = tmp_path_factory.mktemp("flown"), load_world(world_file)
    plan = world.vehicles[0]
    write_telemetry(folder / "f.tlog", world, plan, Span(epoch_utc_ns=EPOCH_UTC_NS, from_s=0.0, lasts_s=LASTS_S))
    (folder / "c.toml").write_text(camera_toml(world.camera, estimate=plan.estimate, latency_s=0.0), encoding="utf-8")
    rows = [",".join(map(str, row_of(world, t_s))) for t_s in (2.0, 6.5, 11.0, 15.5, 20.0)]
    (folder / "p.csv").write_text("\n".join(["utc,u_px,v_px,lat_deg,lon_deg", *rows]) + "\n", encoding="utf-8")
    return folder


def row_of(world: World, t_s: float, place: int = 0) -> tuple[str, float, float, float, float]:
    """A mark as the true camera shows it, and where it was surveyed."""
    mark, (u_px, v_px) = marks_in_picture(world, world.vehicles[0], t_s)[place]
    lat_deg, lon_deg = place_of(world, (mark.east_m, mark.north_m))
    return text_from_utc_ns(EPOCH_UTC_NS + round(t_s * 1e9)), float(u_px), float(v_px), lat_deg, lon_deg


def test_the_command_writes_what_georeference_puts_right(
    flown: Path, world_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flight = ["--telemetry", str(flown / "f.tlog"), "--camera", str(flown / "c.toml")]
    out = flown / "c.alignment.toml"
    assert main(["align", *flight, "--points", str(flown / "p.csv"), "--out", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["bias"]["yaw_deg"] == pytest.approx(3.0, abs=1.0)
    assert said["bias"]["pitch_deg"] == pytest.approx(1.0, abs=0.6)
    assert said["after_m"] < 1.0 < 3.0 < said["before_m"]
    utc, u_px, v_px, lat_deg, lon_deg = row_of(load_world(world_file), 13.0, place=1)
    asked = ["georeference", *flight, "--at", utc, "--pixel", f"{u_px},{v_px}"]
    errors_m = []
    for more in ([], ["--alignment", str(out)]):
        assert main([*asked, *more]) == 0
        found = json.loads(capsys.readouterr().out)
        errors_m.append(distance_m((found["lat_deg"], found["lon_deg"]), (lat_deg, lon_deg)))
    assert errors_m[1] < min(1.5, errors_m[0] / 2)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("utc,u_px,v_px,lat_deg,lon_deg\n", "too_few_points"),
        ("utc,u_px,v_px,lat_deg,lon_deg\n2026-01-01T00:00:00Z,1,1,48,2\n", "point 1: no pose then: stale_pose"),
        ("utc,u_px,v_px,lat_deg,lon_deg\nnoon,1,1,48,2\n", "point 1: 'noon' is no time"),
        ("u_px,v_px\n1,1\n", "point 1: utc is missing"),
        ('{"utc": "2026-01-01T00:00:00Z"\n', "point 1: is not JSON"),
        ("\x00\x01", "point"),
    ],
)
def test_points_that_are_none_get_one_line(
    flown: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    points = tmp_path / "points.csv"
    points.write_text(text, encoding="utf-8")
    flight = ["--telemetry", str(flown / "f.tlog"), "--camera", str(flown / "c.toml")]
    assert main(["align", *flight, "--points", str(points), "--out", str(tmp_path / "a.toml")]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "points.csv" in line
    assert told in line
    assert not (tmp_path / "a.toml").exists()


def test_a_bias_that_no_mount_has_is_a_hole_in_the_world(world_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "awry.toml"
    path.write_text(world_file.read_text(encoding="utf-8").replace("yaw_deg = 3\n", "yaw_deg = 300\n"))
    with pytest.raises(WorldError, match="yaw_deg"):
        load_world(path)
