"""Telemetry on the disk, by a whole station."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from flightlink.logbook.shelf import stored_in
from flightlink.mavlink.tlog import read_tlog
from flightlink.mission import Mission
from groundstation.errors import BadInputError
from tests.groundstation.conftest import CAMERA_TOML
from tests.groundstation.station import fly, serving, settings

Fake = Callable[[str], tuple[str, ...]]
CARRIED = {"name": "one", "video": "clip.mp4", "system_id": 7, "file": "flying.toml"}
LINK = {"url": "udpin://127.0.0.1:0"}


async def test_a_station_writes_down_what_its_vehicles_say(tmp_path: Path, running: Mission, fake_worker: Fake) -> None:
    (tmp_path / "flying.toml").write_text(CAMERA_TOML + "[mount]\nyaw_deg = 0\npitch_deg = -90\nroll_deg = 0\n")
    table = settings(tmp_path, link=[LINK], camera=[CARRIED], record={"folder": "logs"})
    async with serving(table, running, fake_worker("live")) as client:
        before = await client.until("health", lambda document: document["links"])
        vehicle = asyncio.create_task(fly(before["links"][0]["port"]))
        health = await client.until("health", lambda document: document["record"]["frames"] > 30)
        vehicle.cancel()
        await asyncio.wait([vehicle])
    (log,) = stored_in(tmp_path / "logs")
    assert health["record"]["file"] == log.path.name
    assert (health["record"]["error"], health["record"]["frames_lost"]) == ("", 0)
    records = list(read_tlog(log.path))
    assert {record.frame.system_id for record in records} == {7}
    assert {record.message.get_type() for record in records} == {"HEARTBEAT", "ATTITUDE", "GLOBAL_POSITION_INT"}
    assert all(abs(record.utc_us * 1000 - running.starts_utc_ns - 3_600_000_000_000) < 60e9 for record in records)


async def test_a_folder_that_takes_nothing_is_told_and_the_station_goes_on(
    tmp_path: Path, running: Mission, fake_worker: Fake, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "logs").write_text("a file")
    table = settings(tmp_path, record={"folder": "logs"})
    async with serving(table, running, fake_worker("fixed")) as client:
        health = await client.until("health", lambda document: document["record"]["error"])
        assert health["record"]["error"] == "File exists"
        await client.until("density", lambda document: document["people"] > 20)
    assert "logbook_fails why=File exists" in caplog.text


async def test_without_the_table_nothing_is_written(tmp_path: Path, running: Mission, fake_worker: Fake) -> None:
    async with serving(settings(tmp_path), running, fake_worker("fixed")) as client:
        health = await client.until("health", lambda document: document["cameras"])
    assert health["record"] is None
    assert stored_in(tmp_path) == []


@pytest.mark.parametrize(
    "record", [{}, {"folder": "logs", "retention_h": 0.1}, {"folder": "logs", "file_mb": 64, "total_mb": 100}]
)
def test_limits_that_contradict_each_other_are_refused(tmp_path: Path, record: dict[str, object]) -> None:
    with pytest.raises(BadInputError, match="record") as raised:
        settings(tmp_path, record=record)
    assert "\n" not in str(raised.value)
