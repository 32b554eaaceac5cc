"""A replay by the whole station: one clock for telemetry, video, map and mission, and never mistaken for live."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flightlink.logbook.logbook import record_of
from flightlink.mavlink.framing import Framer
from flightlink.mission import Mission
from groundstation.app import REPLAY_LEAD_NS, load_station
from groundstation.errors import BadInputError, RefusedError
from groundstation.instants import utc_ns_from_text
from groundstation.settings import Settings
from tests.flightlink.packets import FakeVehicle
from tests.groundstation.conftest import CAMERA_TOML
from tests.groundstation.station import serving, settings

Fake = Callable[[str], tuple[str, ...]]
S = 1_000_000_000
BEGUN = datetime(2026, 7, 14, 18, 30, 0, 500_000, tzinfo=UTC)
BEGUN_NS = round(BEGUN.timestamp() * 1e9)
CARRIED = {"name": "one", "video": "clip.mp4", "system_id": 7, "file": "flying.toml", "video_starts_utc": BEGUN}
MOUNT = "[mount]\nyaw_deg = 0\npitch_deg = -90\nroll_deg = 0\n"


def lat_deg_at(elapsed_s: float) -> float:
    return 48.8566 + elapsed_s * 1e-5


def log(path: Path, seconds: float) -> None:
    """Write what a station would have heard of a vehicle that flies north at 1.1 m/s."""
    vehicle, records = FakeVehicle(system_id=7, lon_deg=2.352), []
    for step in range(round(seconds * 10)):
        vehicle.lat_deg = lat_deg_at(step / 10)
        for raw in (vehicle.heartbeat(), *vehicle.moment(1000 + step * 100)):
            (frame,) = Framer().feed_datagram(raw)
            records.append(record_of(frame, BEGUN_NS + step * S // 10))
    path.write_bytes(b"".join(records))


@pytest.fixture
def recorded(mission: Mission) -> Mission:
    """Return the mission under which the recording was made; it is over."""
    return replace(mission, starts_utc_ns=BEGUN_NS - 60 * S, ends_utc_ns=BEGUN_NS + 600 * S)


def replay(folder: Path, speed: float, *, seconds: float = 90, **more: Any) -> Settings:
    log(folder / "flight.tlog", seconds)
    (folder / "flying.toml").write_text(CAMERA_TOML + MOUNT)
    table: dict[str, Any] = {"link": [{"url": "tlog://flight.tlog"}], "camera": [CARRIED], "replay": {"speed": speed}}
    return settings(folder, **{**table, **more})


def without_lead() -> int:
    """Return a clock of which the lead is over at the start of the replay."""
    return time.monotonic_ns() - REPLAY_LEAD_NS


@pytest.mark.parametrize("speed", [0.25, 10.0])
async def test_telemetry_runs_in_its_own_recorded_time(
    tmp_path: Path, recorded: Mission, fake_worker: Fake, monkeypatch: pytest.MonkeyPatch, speed: float
) -> None:
    monkeypatch.setattr("groundstation.app.REPLAY_LEAD_NS", 0)
    async with serving(replay(tmp_path, speed), recorded, fake_worker("live")) as client:
        begun_s = time.monotonic()
        known = await client.until("vehicles", lambda document: len(points(document)) == 1)
        await asyncio.sleep(1.0)
        later = await client.until("vehicles", lambda document: document["utc"] > known["utc"])
        real_s = time.monotonic() - begun_s
        for document in (known, later):
            elapsed_s, lat_deg = (
                (utc_ns_from_text(document["utc"]) - BEGUN_NS) / S,
                points(document)[0]["coordinates"][1],
            )
            behind_s = (lat_deg_at(elapsed_s) - lat_deg) / 1e-5
            assert -0.02 < behind_s < 0.2 + 2.0 * speed, "never ahead of the clock, and soon where it is"
        recorded_s = (utc_ns_from_text(later["utc"]) - utc_ns_from_text(known["utc"])) / S
        assert 0.3 * speed < recorded_s < speed * (real_s + 0.5)
        health = await client.until("health", lambda document: document["cameras"][0]["pose_refusal"] is None)
        assert health["cameras"][0]["link"]["state"] == "connected"
        assert health["mission"]["state"] == "running", "at the recorded time"
        assert (health["replay"]["times_as_fast"], health["replay"]["starts_utc"]) == (
            speed,
            "2026-07-14T18:30:00.500Z",
        )
        assert "Nothing that is shown is live" in health["replay"]["says"]


def points(vehicles: dict[str, Any]) -> list[dict[str, Any]]:
    return [f["geometry"] for f in vehicles["features"] if f["properties"]["kind"] == "vehicle" and f["geometry"]]


async def test_a_video_by_the_same_clock_counts_shows_and_ends(
    tmp_path: Path, recorded: Mission, fake_worker: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("groundstation.app.REPLAY_LEAD_NS", 0)
    async with serving(replay(tmp_path, 2.0), recorded, fake_worker("played")) as client:
        density = await client.until("density", lambda document: document["people"] > 20)
        assert 0 < (utc_ns_from_text(density["utc"]) - BEGUN_NS) / S < 30
        async with client._session.get(f"{client.address}api/v1/video/one/snapshot.jpg") as answer:
            assert answer.status == 200, "its age is that of the recorded time"
        async with client._session.get(f"{client.address}public/api/v1/density") as answer:
            assert answer.status == 503
        ended = await client.until("health", lambda document: document["cameras"][0]["worker"]["state"] == "ended")
        (camera,) = ended["cameras"]
        assert (camera["gate"], camera["restarts"], camera["worker"]["why"]) == ("worker_ended", 0, "")


async def test_what_lies_outside_the_mission_stays_outside(
    tmp_path: Path, recorded: Mission, fake_worker: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("groundstation.app.REPLAY_LEAD_NS", 0)
    ending = replace(recorded, ends_utc_ns=BEGUN_NS + 8 * S)
    async with serving(replay(tmp_path, 10.0), ending, fake_worker("played")) as client:
        health = await client.until("health", lambda document: document["status"] == "ended")
        assert health["replay"]["times_as_fast"] == 10.0
        before = replace(ending, ends_utc_ns=BEGUN_NS - S)
    with pytest.raises(RefusedError, match="ended"):
        async with serving(replay(tmp_path, 1.0), before, fake_worker("played")):
            pass


async def test_a_recording_that_is_over_says_so(
    tmp_path: Path, recorded: Mission, fake_worker: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("groundstation.app.REPLAY_LEAD_NS", 0)
    async with serving(replay(tmp_path, 10.0, seconds=3), recorded, fake_worker("live")) as client:
        health = await client.until("health", lambda document: document["links"][0]["error"])
        assert health["links"][0]["error"] == "the recording is at its end"


LIVE_LINK = {"link": [{"url": "udpin://127.0.0.1:0"}]}


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"replay": None}, r"a \[replay\] table beside tlog"),
        ({"replay": None, **LIVE_LINK}, r"a \[replay\] table beside video_starts_utc of one"),
        (LIVE_LINK, "udpin://127.0.0.1:0 is live"),
        ({"camera": [{**CARRIED, "video": "rtsp://10.0.0.1/x"}]}, "rtsp://10.0.0.1/x is live"),
        ({"camera": [{**CARRIED, "video_starts_utc": None}]}, "video_starts_utc of camera one"),
        ({"record": {"folder": "logs"}}, r"no \[record\]"),
        ({"replay": {"speed": 0.2}}, "greater than or equal to 0.25"),
        ({"replay": {"speed": 11}}, "less than or equal to 10"),
        ({"replay": {"starts_utc": datetime(2026, 7, 14)}}, "timezone"),  # noqa: DTZ001 - that is the fault
    ],
)
def test_a_station_is_live_or_a_replay(tmp_path: Path, more: dict[str, Any], why: str) -> None:
    with pytest.raises(BadInputError, match=why) as raised:
        replay(tmp_path, 1.0, **more)
    assert "\n" not in str(raised.value)


def test_the_command_sets_another_speed(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    file.write_text(
        '[replay]\n[[link]]\nurl = "tlog://a.tlog"\n[[camera]]\nname = "n"\nvideo = "v"\nsystem_id = 1\n'
        'video_starts_utc = 2026-07-14T18:00:00Z\n[mission]\npurpose = "x"\n'
        "area = [[2.351, 48.856], [2.353, 48.856], [2.353, 48.858]]\nmin_agl_m = 1\nmax_agl_m = 99\n"
        "starts_utc = 2020-01-01T00:00:00Z\nends_utc = 2099-01-01T00:00:00Z\n"
    )
    loaded, _ = load_station(file, None, speed=4.0)
    assert loaded.replay is not None
    assert loaded.replay.speed == 4.0
    assert loaded.link[0].url == f"tlog://{tmp_path / 'a.tlog'}"
    with pytest.raises(BadInputError, match=r"expected 0\.25 to 10"):
        load_station(file, None, speed=20)
    file.write_text(file.read_text().replace("[replay]\n", "").replace("tlog://a.tlog", "udpin://127.0.0.1:0")
                    .replace("video_starts_utc = 2026-07-14T18:00:00Z\n", ""))  # fmt: skip
    with pytest.raises(BadInputError, match=r"no \[replay\]"):
        load_station(file, None, speed=2)
