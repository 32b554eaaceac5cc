"""Facts in, points out: each fault made on purpose turns its point red, with a mend."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flightlink.mission import Mission
from flightlink.pose import CameraPose, PoseRefusal
from flightlink.vehicle.state import LinkState
from groundstation.instants import NS_PER_S, utc_ns_from_text
from groundstation.preflight.cameras import CameraSeen
from groundstation.preflight.heard import Ear
from groundstation.preflight.links import link_points
from groundstation.preflight.machine import ClockWatch, Folder
from groundstation.preflight.points import check_document
from groundstation.preflight.probe import read_machine
from groundstation.preflight.sentences import SENTENCES
from tests.groundstation.looked import FINE_MACHINE, HEALTH, LINK, NOW, STATE, WAY, Looked
from tests.groundstation.messages import hear


def test_a_station_in_order_is_all_green(looked: Looked) -> None:
    points = looked.points()
    assert [point.word for point in points if not point.ok] == []
    assert {point.point for point in points} == {
        "settings", "mission", "disk", "clock", "weights", "seal", "link", "rates", "time", "gimbal", "intrinsics",
        "ground", "pose", "video",
    }  # fmt: skip
    document = check_document(points, utc_ns=NOW)
    assert (document["ok"], document["red"]) == (True, 0)


# the station


def test_without_a_mission_or_with_a_wrong_one(looked: Looked) -> None:
    looked.preflight.without_mission("")
    assert looked.red() == ["mission_missing"]
    looked.preflight.without_mission("mission.toml: ends_utc is not after starts_utc")
    points = [point for point in looked.points() if not point.ok]
    assert [point.says for point in points] == ["mission.toml: ends_utc is not after starts_utc"]


def test_outside_the_missions_time(looked: Looked) -> None:
    assert looked.red(utc_ns=NOW - 3600 * NS_PER_S) == ["mission_not_started"]
    assert looked.red(utc_ns=NOW + 7200 * NS_PER_S) == ["mission_ended"]


def test_an_area_with_its_corners_the_wrong_way_round(here: Mission, seen: CameraSeen, tmp_path: Path) -> None:
    swapped = replace(here, area=tuple((lat, lon) for lon, lat in here.area))
    assert Looked(swapped, seen, tmp_path).red() == ["mission_far"]


@pytest.mark.parametrize(("lat_deg", "lon_deg", "red"), [(48.857, 2.352, False), (51.4376, -0.942, True)])
def test_a_camera_that_stands_in_another_country(
    here: Mission, seen: CameraSeen, tmp_path: Path, lat_deg: float, lon_deg: float, red: bool
) -> None:
    assert isinstance(seen.pose, CameraPose)
    standing = replace(seen, system_id=None, pose=replace(seen.pose, lat_deg=lat_deg, lon_deg=lon_deg))
    looked = Looked(here, standing, tmp_path)
    far = [point for point in looked.points() if point.word == "mission_camera_far"]
    assert [point.about for point in far] == (["north"] if red else [])
    assert all("km from the mission's area" in point.says for point in far)


def test_an_area_as_large_as_a_county(here: Mission, seen: CameraSeen, tmp_path: Path) -> None:
    county = replace(here, area=((2.0, 48.5), (2.7, 48.5), (2.7, 49.0), (2.0, 49.0)))
    assert Looked(county, seen, tmp_path).red() == ["mission_huge"]


def test_a_full_or_closed_disk_and_missing_weights(looked: Looked) -> None:
    full = Folder(path="logs", free_bytes=10_000_000, fault="")
    looked.preflight.machine = replace(FINE_MACHINE, folders=(full, replace(full, fault="no permission")))
    assert looked.red() == ["disk_full", "disk_closed"]
    looked.preflight.machine = replace(FINE_MACHINE, weights={"person": True, "face": False})
    assert looked.red() == ["weights_wrong"]


def test_a_clock_that_is_wrong_three_ways(looked: Looked) -> None:
    looked.vehicles = {1: replace(STATE, gps_minus_station_s=7.5)}
    assert looked.red() == ["clock_off"]
    looked.vehicles = {1: STATE}
    for second in range(4):
        looked.preflight.clock.note(NOW + second * NS_PER_S + (second > 1) * NS_PER_S, second * NS_PER_S)
    assert looked.red() == ["clock_jumped"]
    assert "clock_before_build" in looked.red(utc_ns=utc_ns_from_text("2020-01-01T00:00:00Z"))


def test_a_clock_that_runs_evenly_never_jumped() -> None:
    watch = ClockWatch()
    for second in range(300):
        watch.note(NOW + second * NS_PER_S, second * NS_PER_S)
    assert watch.jump_s == 0


def test_this_machine_can_be_read(tmp_path: Path) -> None:
    machine = read_machine([tmp_path / "not" / "yet" / "there"])
    assert [folder.path for folder in machine.folders][1:] == [str(tmp_path / "not" / "yet" / "there")]
    assert all(folder.free_bytes > 0 and not folder.fault for folder in machine.folders)
    assert set(machine.weights) == {"above", "face", "person"}


# links and vehicles


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"error": "no route to the host"}, "link_broken"),
        ({"frames": 0, "peers": 0}, "link_silent"),
        ({"frames": 0, "junk_bytes": 4000}, "link_only_junk"),
        ({"frames": 0, "refused": {"unsigned": 12}}, "link_turned_away"),
    ],
)
def test_a_link_with_a_fault(looked: Looked, change: dict[str, Any], word: str) -> None:
    looked.links = (replace(LINK, **change),)
    assert looked.red() == [word]


def test_a_link_with_a_key_says_that_all_is_signed(looked: Looked) -> None:
    (plain,) = link_points([LINK], signed=())
    (signed,) = link_points([replace(LINK, refused={"unsigned": 3}, vehicles=(WAY,))], signed=(LINK.address,))
    assert plain.says == "messages: 900, senders: 1, turned away: 0; not signed"
    assert signed.says == "messages: 900, senders: 1, turned away: 3; every one signed"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"link": LinkState.STALE, "link_age_s": 4.0}, "link_stale"),
        ({"loss_share": 0.2}, "link_lossy"),
        ({"alarms": ("two_vehicles_one_system_id",)}, "link_twins"),
        ({"alarms": ("second_peer_refused",)}, "link_claimed"),
        ({"round_trip_ms": None}, "time_unanswered"),
        ({"round_trip_ms": 800.0}, "time_slow"),
    ],
)
def test_a_vehicle_with_a_fault(looked: Looked, change: dict[str, Any], word: str) -> None:
    looked.vehicles = {1: replace(STATE, **change)}
    assert looked.red() == [word]


def test_a_vehicle_of_another_number_is_named(looked: Looked, seen: CameraSeen) -> None:
    refusal = PoseRefusal(cause="no_vehicle", detail="no vehicle with system id 1 was heard yet")
    looked.seen, looked.vehicles = replace(seen, pose=refusal), {7: replace(STATE, system_id=7)}
    points = {point.word: point for point in looked.points() if not point.ok}
    assert set(points) == {"link_unheard", "pose_refused"}
    assert points["link_unheard"].mend.endswith("heard are: 7")
    assert "check the link and the system id" in points["pose_refused"].mend


def test_a_message_that_stays_away_is_named_and_a_refused_one_said(looked: Looked) -> None:
    (point,) = [point for point in looked.points(mute=("attitude",)) if not point.ok]
    assert (point.word, "ATTITUDE 0.0 of 20/s" in point.says) == ("rates_low", True)
    looked.vehicles = {1: replace(STATE, ways=(WAY,))}
    assert looked.red(mute=("attitude",)) == ["rates_refused"]


@pytest.mark.parametrize(
    ("source", "latency_s", "word"),
    [
        ("arrival", None, "time_guessed"),
        ("rtcp", None, "time_rtcp"),
        ("klv", None, "time_in_video"),
        ("arrival", 0.2, "time_arrival"),
    ],
)
def test_what_times_the_pictures(
    looked: Looked, seen: CameraSeen, source: str, latency_s: float | None, word: str
) -> None:
    looked.seen = replace(seen, latency_s=latency_s, health=replace(HEALTH, time_from=source))
    assert word in [point.word for point in looked.points() if point.point == "time"]


def test_an_ear_is_bounded() -> None:
    ear = Ear()
    for system_id in range(1, 200):
        hear(ear, until_utc_ns=NOW, system_id=system_id, seconds=1)
    assert len(ear._vehicles) <= 32
    assert ear.heard(199, NOW).rates_hz == {}


def test_every_sentence_reads_as_one() -> None:
    for word, (says, mend) in SENTENCES.items():
        assert says, word
        assert not says.endswith("."), word
        assert not mend.endswith("."), word
