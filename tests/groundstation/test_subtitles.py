"""DJI subtitles as the telemetry of a video: they begin with it, and a mission's time needs their zone."""

import dataclasses
from pathlib import Path

import pytest

from groundstation.errors import BadInputError
from groundstation.flight import GIVEN, NO_TIME, NO_ZONE, FlightFiles, load_flight
from tests.groundstation.conftest import CAMERA_TOML, MISSION_TOML

WALL = "2026-07-14 18:00:00.000\n"
TEXT = "[latitude: 48.857001] [longitude: 2.352001] [rel_alt: 40.0 abs_alt: 9.0] [gb_yaw: 5 gb_pitch: -45 gb_roll: 0]"
STARTS_NS = 1_784_052_000 * 10**9  # 18:00:00 UTC


@pytest.fixture
def files(tmp_path: Path) -> FlightFiles:
    for name, text in {
        "clip.mp4": "opened by the worker",
        "cam.toml": CAMERA_TOML,
        "m.toml": f"[mission]\n{MISSION_TOML}",
    }.items():
        (tmp_path / name).write_text(text)
    return FlightFiles(video=tmp_path / "clip.mp4", telemetry=tmp_path / "clip.SRT", camera=tmp_path / "cam.toml")


def subtitles(files: FlightFiles, *, wall: str = WALL) -> FlightFiles:
    assert files.telemetry is not None
    cue = "{}\n00:00:00,{}00 --> 00:00:01,000\n" + wall + TEXT + "\n\n"
    files.telemetry.write_text("".join(cue.format(number + 1, number) for number in range(1, 4)))
    return files


def test_poses_begin_with_the_video_whatever_the_clock(files: FlightFiles) -> None:
    by_wall = load_flight(subtitles(files, wall=WALL.replace("00.000", "00.100")))
    assert (by_wall.video_starts_utc_ns, by_wall.video_starts_source) == (STARTS_NS, NO_ZONE)
    bare = load_flight(subtitles(files, wall=""))
    assert (bare.video_starts_utc_ns, bare.video_starts_source) == (0, NO_TIME)
    for flight in (by_wall, bare):
        assert flight.poses[0].utc_ns - flight.video_starts_utc_ns == 100_000_000


def test_a_mission_needs_the_zone(files: FlightFiles) -> None:
    missioned = dataclasses.replace(subtitles(files), mission=files.video.with_name("m.toml"))
    with pytest.raises(BadInputError, match="--video-starts"):
        load_flight(missioned)
    flight = load_flight(dataclasses.replace(missioned, video_starts_utc_ns=STARTS_NS))
    assert (flight.video_starts_source, flight.poses[0].utc_ns) == (GIVEN, STARTS_NS + 100_000_000)
