"""Worlds on paper: the detectors' stand-in errs as measured, and a crush is told in time while a calm crowd is not."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from groundstation.__main__ import main
from proofs.paper.crowds import CALM_PER_M2, WORLDS, crossing_s, crush_of, dense_of, tightest_per_m2
from proofs.paper.dense import evaluate_dense
from proofs.paper.finds import FOUND, Eye, found_share
from proofs.paper.fusion import TOLERATED_SHARE, evaluate_fusion
from proofs.paper.safety import Asked, evaluate_safety, hour_seeds
from proofs.paper.station import Watching, Written, black_frame, counted, pose_of, watched
from sitl.crowd.crowd import Crowd, People
from sitl.vehicle.flown import true_flight_of
from sitl.world.file import load_world
from sitl.world.shot import Shot, shot_from
from tests.vision.steep import use
from vision.networks import Networks, network_from_use
from vision.raw.cap import Cap
from vision.raw.frames import RawFrame

ABOVE = network_from_use(
    use(recall_depressions_deg=(25.0, 60.0, 90.0), recalls=((0.9, 1.0, 1.0), (0.9, 1.0, 1.0), (0.9, 1.0, 1.0)))
)
BOTH = Networks(above=ABOVE)


def seen(t_s: float = 20.0) -> tuple[People, Shot]:
    world = load_world(WORLDS / "crush.toml")
    shot = shot_from(true_flight_of(world, world.vehicles[0])(t_s), world.camera.intrinsics)
    return Crowd(world).people_at(t_s), shot


def test_finds_over_people_are_as_measured_and_the_flight_s_factor_is_its_own() -> None:
    people, shot = seen()
    place_m = np.column_stack([people.east_m, people.north_m, np.zeros(len(people))])
    pixels, depth_m = shot.projected(place_m)
    k = shot.intrinsics
    inside = (depth_m > 0) & (np.abs(pixels - (k.cx_px, k.cy_px)) < (k.cx_px, k.cy_px)).all(axis=1)
    wanted = float(found_share(people, shot)[inside].sum())
    times = [20.0 + 4 * step for step in range(40)]
    found = np.mean([len(Eye(seed=7, factor=1.0).finds(people, shot, t_s)) for t_s in times])
    fewer = np.mean([len(Eye(seed=7, factor=0.7).finds(people, shot, t_s)) for t_s in times])
    assert found == pytest.approx(wanted, rel=0.08)
    assert fewer == pytest.approx(0.7 * wanted, rel=0.08)
    assert {Eye.drawn(seed).factor for seed in range(3)} != {1.0}


def test_who_is_missed_stays_missed_for_a_while() -> None:
    people, shot = seen()
    eye = Eye(seed=3, factor=0.8)
    now, soon, late = (len(eye.finds(people, shot, t_s)) for t_s in (20.0, 20.01, 60.0))
    assert abs(now - soon) <= 2
    assert eye.finds(people, shot, 20.0).xyxy.tolist() == eye.finds(people, shot, 20.0).xyxy.tolist()
    assert late > 0


def test_the_table_falls_with_density_where_people_hide_each_other() -> None:
    assert all(row[-1] < row[0] for row in FOUND)
    assert FOUND[0][-1] < FOUND[-1][-1]


def test_a_crush_on_paper_is_told_within_ten_seconds() -> None:
    figures = evaluate_safety(Asked(crushes=1, quiet_hours=0.0, busy_hours=0.0, dense_hours=0.0), BOTH, lambda _: None)
    assert figures["crush"]["true_events"] == 1
    assert figures["crush"]["missed"] == 0
    assert figures["crush"]["seconds_to_alert"]["max"] <= 10
    assert figures["quiet"] == {
        "worlds": 0, "hours": 0.0, "true_events": 0, "false_alarms": 0, "false_per_hour": None
    }  # fmt: skip


def test_a_detector_that_finds_nobody_misses_the_crush(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proofs.paper.finds.FOUND", tuple((0.05,) * 6 for _ in FOUND))
    figures = evaluate_safety(Asked(crushes=1, quiet_hours=0.0, busy_hours=0.0, dense_hours=0.0), BOTH, lambda _: None)
    assert figures["crush"]["missed"] == 1
    assert figures["crush"]["seconds_to_alert"] is None


def test_crushes_differ_and_the_same_seed_is_the_same() -> None:
    first, again, other = crush_of(1), crush_of(1), crush_of(2)
    assert first == again
    assert first.crowd.entrances != other.crowd.entrances
    assert first.vehicles[0].route != other.vehicles[0].route


def test_a_calm_crowd_never_crosses_and_raises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = load_world(WORLDS / "quiet.toml")
    monkeypatch.setattr("proofs.paper.crowds.LONGEST_S", 10.0)
    assert crossing_s(quiet) is None
    seconds = watched(quiet, BOTH, Watching(from_s=0.0, to_s=12.0, count_every_s=1.0))
    assert [instant.compared.t_s for instant in seconds] == [float(t_s) for t_s in range(2, 12)]
    assert not any(peak for instant in seconds for peak in instant.peaks.values())
    true_people = sum(instant.compared.true_people for instant in seconds)
    assert sum(instant.compared.people for instant in seconds) == pytest.approx(true_people, rel=0.35)


def test_dense_crowds_are_as_dense_as_their_seed_says_and_nobody_is_over_the_threshold() -> None:
    first, again, other = dense_of(1), dense_of(1), dense_of(2)
    assert first == again
    peaks = [tightest_per_m2(world) for world in (first, other)]
    assert peaks[0] != peaks[1]
    assert all(CALM_PER_M2[0] - 0.1 <= peak <= CALM_PER_M2[1] + 0.1 for peak in peaks)
    assert crossing_s(other) is None


@pytest.mark.parametrize(("found", "alarms"), [(0.6, 0), (1.6, 1)])
def test_a_calm_crowd_is_told_by_its_true_density_where_too_many_are_found(
    found: float, alarms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proofs.paper.finds.FOUND", tuple((found,) * 6 for _ in FOUND))
    monkeypatch.setattr("proofs.paper.dense.LASTS_S", 12.0)
    rows = evaluate_dense([4], BOTH, lambda _: None)
    assert [row["worlds"] for row in rows] == [0, 0, 1, 0]
    assert rows[2]["worlds_with_an_alarm"] == alarms
    assert (rows[2]["alarms"] >= 1, rows[2]["told_share_of_time"] > 0) == (alarms == 1, alarms == 1)
    assert rows[0]["alarms_per_hour"] is None


def test_seeds_go_on_where_a_part_ended() -> None:
    assert [*hour_seeds(1, 0.5, 600.0), *hour_seeds(4, 0.5, 600.0)] == [1, 2, 3, 4, 5, 6]
    assert len(hour_seeds(1, 0.0, 600.0)) == 0
    assert len(hour_seeds(1, 0.001, 600.0)) == 1


def test_what_is_worked_with_on_paper_is_what_the_cap_makes_of_a_black_picture() -> None:
    world = load_world(WORLDS / "crush.toml")
    pose = pose_of(world, true_flight_of(world, world.vehicles[0])(3.0), 1_000_000_000)
    for sized in (pose, dataclasses.replace(pose, intrinsics=pose.intrinsics.scaled_to(width_px=3840, height_px=2160))):
        k = sized.intrinsics
        black = np.zeros((k.height_px, k.width_px), np.uint8)
        capped, paper = Cap().capped(RawFrame(black, index=0, utc_ns=pose.utc_ns), sized), black_frame(sized)
        assert np.array_equal(capped.pixels, paper.pixels)
        assert capped.pose == paper.pose
        assert capped.bound is not None
        assert paper.bound is not None
        assert np.array_equal(capped.bound.px_per_m, paper.bound.px_per_m)


def test_a_crowd_written_down_is_the_crowd() -> None:
    world = load_world(WORLDS / "quiet.toml")
    written, crowd = Written.of(world, [3.0, 1.5, 3.0]), Crowd(world)
    for t_s in (1.5, 3.0):
        assert written.people_at(t_s).east_m.tolist() == crowd.people_at(t_s).east_m.tolist()


def test_vehicles_count_by_turns() -> None:
    world = load_world(WORLDS / "quiet.toml")
    sent = counted(world, BOTH, Watching(from_s=1.0, to_s=3.0, count_every_s=1.0))
    began = min(counts.utc_ns for counts in sent[0])
    assert [[(counts.utc_ns - began) / 1e9 for counts in each] for each in sent] == [[0.0, 1.0], [0.5, 1.5]]


def test_the_command_prints_one_document(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    above = dataclasses.make_dataclass("Any", [("network", object)])(ABOVE)
    monkeypatch.setattr("vision.room.above_from_models", lambda *_, **__: (above, ""))
    assert (
        main(
            [
                "evaluate",
                "safety",
                "--crushes",
                "0",
                "--quiet-hours",
                "0",
                "--busy-hours",
                "0",
                "--dense-hours",
                "0",
                "--json",
            ]
        )
        == 0
    )
    assert json.loads(capsys.readouterr().out)["crush"]["worlds"] == 0
    assert main(["evaluate", "safety", "--crushes", "-1"]) == 2
    assert "--crushes must be" in capsys.readouterr().err
    assert main(["evaluate", "safety", "--seed", "0"]) == 2
    assert "expected 1 or more" in capsys.readouterr().err


def test_without_the_detector_for_steep_views_it_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vision.room.above_from_models", lambda *_, **__: (None, "above_missing"))
    assert main(["evaluate", "safety", "--crushes", "1"]) == 1
    assert "above_missing" in capsys.readouterr().err


def test_drones_that_see_one_crowd_are_one_crowd_and_their_sum_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proofs.paper.fusion.DENSITIES_PER_M2", (0.3, 2.0))
    figures = evaluate_fusion(seed=1)
    assert figures["largest_total_error"] <= TOLERATED_SHARE
    assert figures["control_sum_of_drones_fails"]
    assert [row["per_m2"] for row in figures["by_density_per_m2"]] == [0.3, 2.0]


def test_fusion_refuses_a_seed_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "fusion", "--seed", "-1"]) == 2
    assert "expected 0 or more" in capsys.readouterr().err
