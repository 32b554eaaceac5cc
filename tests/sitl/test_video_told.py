"""A camera whose video the vehicle tells by itself: opened, opened anew when it moves, never at a foreign host."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flightlink.links.reach import discovery
from groundstation.errors import BadInputError
from groundstation.settings import settings_from_table
from sitl.world.world import World
from tests.sitl.flown_station import health_of, station

OWN, OTHER, FOREIGN = "rtsp://127.0.0.1:8554/day", "rtsp://me:secret@127.0.0.1:8554/zoom", "rtsp://10.6.6.6:554/day"


@pytest.fixture
def telling(world: World) -> World:
    """Return a world whose first vehicle tells one stream."""
    plans = tuple(replace(plan, profile=replace(plan.profile, video_streams=1)) for plan in world.vehicles)
    return replace(world, vehicles=plans)


@pytest.fixture(autouse=True)
def asked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(discovery.RENEW_NS, 269, 300_000_000)


async def test_the_video_opens_by_itself_and_anew_when_it_moves(tmp_path: Path, telling: World) -> None:
    async with station(tmp_path, telling, video="auto") as (session, base, vehicle):
        waiting = await health_of(session, base, lambda camera: camera["gate"] == "no_video_stream")
        assert (waiting["worker"]["state"], waiting["video"]["address"]) == ("seeking", None)
        vehicle.tell_video(OWN)
        opened = await health_of(session, base, lambda camera: camera["worker"]["state"] == "running")
        assert opened["video"] == {"address": OWN, "refusal": None, "says": None}
        assert opened["restarts"] == 0
        vehicle.tell_video(OTHER)
        moved = await health_of(session, base, lambda camera: camera["video"]["address"] != OWN)
        assert moved["video"]["address"] == "rtsp://127.0.0.1:8554/zoom", "without its password"
        again = await health_of(
            session, base, lambda camera: camera["restarts"] == 1 and camera["worker"]["state"] == "running"
        )
        assert again["video"]["address"] == "rtsp://127.0.0.1:8554/zoom"


async def test_a_foreign_host_is_refused_and_changes_nothing_that_runs(tmp_path: Path, telling: World) -> None:
    async with station(tmp_path, telling, video="auto") as (session, base, vehicle):
        vehicle.tell_video(FOREIGN)
        closed = await health_of(session, base, lambda camera: camera["gate"] == "video_host_refused")
        assert closed["worker"]["state"] == "seeking"
        assert closed["video"]["refusal"] == "video_host_refused"
        assert "10.6.6.6" in closed["video"]["says"]
        vehicle.tell_video(OWN)
        await health_of(session, base, lambda camera: camera["worker"]["state"] == "running")
        vehicle.tell_video(FOREIGN)
        forged = await health_of(session, base, lambda camera: camera["video"]["refusal"])
        assert (forged["worker"]["state"], forged["restarts"]) == ("running", 0)


async def test_a_host_that_the_settings_name_is_opened(tmp_path: Path, telling: World) -> None:
    async with station(tmp_path, telling, video="auto", video_hosts=["10.6.6.6"]) as (session, base, vehicle):
        vehicle.tell_video(FOREIGN)
        opened = await health_of(session, base, lambda camera: camera["worker"]["state"] == "running")
        assert opened["video"]["address"] == FOREIGN


@pytest.mark.parametrize(
    ("camera", "why"),
    [
        ({"file": "f.toml"}, "only a vehicle"),
        ({"system_id": 1, "video": "v.mp4", "video_hosts": ["10.0.0.1"]}, "only with video = auto"),
    ],
)
def test_settings_that_make_no_sense_are_one_line(tmp_path: Path, camera: dict[str, Any], why: str) -> None:
    table = {"link": [{"url": "udpin://127.0.0.1:0"}], "camera": [{"name": "one", **camera}]}
    with pytest.raises(BadInputError, match=why) as raised:
        settings_from_table(table, path=tmp_path / "station.toml")
    assert "\n" not in str(raised.value)


def test_without_a_word_the_vehicle_is_asked(tmp_path: Path) -> None:
    table = {"link": [{"url": "udpin://127.0.0.1:0"}], "camera": [{"name": "one", "system_id": 1}]}
    assert settings_from_table(table, path=tmp_path / "station.toml").camera[0].video == "auto"
