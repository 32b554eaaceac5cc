"""The whole live station in one process: real links, real web, a worker that speaks the wire without pictures."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from flightlink.errors import LinkError
from flightlink.mission import Mission, RedactionLevel
from groundstation.app import load_station
from groundstation.errors import BadInputError, RefusedError
from groundstation.live_camera import live_order
from groundstation.settings import CameraTable
from tests.groundstation.conftest import CAMERA_TOML, FIXED_POSE_TOML
from tests.groundstation.station import fly, serving, settings

Fake = Callable[[str], tuple[str, ...]]
HOUR_NS = 3_600_000_000_000


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return by how many nanoseconds the station's monotonic clock is ahead; a test may let time pass."""
    ahead, monotonic_ns = [0], time.monotonic_ns
    monkeypatch.setattr("groundstation.pipeline.time.monotonic_ns", lambda: monotonic_ns() + ahead[0])
    return ahead


async def test_a_fixed_camera_fills_map_video_health_and_metrics(
    tmp_path: Path, running: Mission, fake_worker: Fake
) -> None:
    async with serving(settings(tmp_path), running, fake_worker("fixed")) as client:
        density = await client.until("density", lambda document: document["people"] > 20)
        assert density["type"] == "FeatureCollection"
        assert [f["properties"]["people"] for f in density["features"] if f["properties"]["people"]] == [30.0]
        health = await client.until("health", lambda document: document["cameras"][0]["gate"] == "open")
        (camera,) = health["cameras"]
        assert (health["status"], health["mission"]["state"], health["station"]) == ("ok", "running", "Test")
        assert (camera["name"], camera["link"], camera["sealed"], camera["codec"]) == (
            "north",
            None,
            True,
            "avc1.42C00A",
        )
        assert camera["worker"] == {"state": "running", "why": ""}
        vehicles = await client.until(
            "vehicles", lambda document: any(f["properties"]["kind"] == "footprint" for f in document["features"])
        )
        kinds = [(f["properties"]["kind"], f["geometry"]["type"]) for f in vehicles["features"]]
        assert kinds == [("area", "Polygon"), ("footprint", "Polygon")]
        history = await client.document("density/history")
        assert len(history["maps"]) == 1
        async with client._session.ws_connect(f"{client.address}api/v1/video/north") as video:
            assert await video.receive_bytes(timeout=5) == b"init"
            assert await video.receive_bytes(timeout=5) == b"+"
        async with client._session.ws_connect(f"{client.address}api/v1/live") as live:
            types = {(await live.receive_json(timeout=5))["type"] for _ in range(6)}
        assert types == {"density", "vehicles", "health", "alerts", "zones", "log"}


def between_two_workers(health: dict[str, Any]) -> bool:
    (camera,) = health["cameras"]
    return camera["restarts"] > 0 and camera["gate"] in ("worker_waiting", "worker_starting")


async def test_a_worker_that_dies_leaves_no_picture_and_a_closed_gate(
    tmp_path: Path, running: Mission, fake_worker: Fake
) -> None:
    async with serving(settings(tmp_path), running, fake_worker("crash")) as client:
        health = await client.until("health", between_two_workers)
        (camera,) = health["cameras"]
        assert health["status"] == "closed"
        assert "status 7" in camera["worker"]["why"]
        assert camera["sealed"] is False
        async with client._session.get(f"{client.address}api/v1/video/north/snapshot.jpg") as answer:
            assert answer.status == 503


async def test_the_map_freezes_at_the_end_of_the_mission(tmp_path: Path, running: Mission, fake_worker: Fake) -> None:
    ending = replace(running, ends_utc_ns=time.time_ns() + 4_000_000_000)
    async with serving(settings(tmp_path), ending, fake_worker("fixed")) as client:
        await client.until("density", lambda document: document["people"] > 20)
        frozen = await client.until("density", lambda document: document["frozen"])
        health = await client.until("health", lambda document: document["status"] == "ended")
        assert frozen["people"] > 20
        assert health["map_frozen_since_utc"] == health["mission"]["ends_utc"]
        await asyncio.sleep(1.5)
        assert await client.document("density") == frozen


async def test_a_mission_that_has_ended_starts_nothing(tmp_path: Path, running: Mission, fake_worker: Fake) -> None:
    ended = replace(running, ends_utc_ns=running.starts_utc_ns + 1)
    with pytest.raises(RefusedError):
        async with serving(settings(tmp_path), ended, fake_worker("fixed")):
            pass


async def test_a_link_port_in_use_is_one_line(tmp_path: Path, running: Mission, fake_worker: Fake) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        link = {"url": f"udpin://127.0.0.1:{taken.getsockname()[1]}"}
        with pytest.raises(LinkError) as raised:
            async with serving(settings(tmp_path, link=[link]), running, fake_worker("fixed")):
                pass
    assert "\n" not in str(raised.value)


async def test_a_vehicle_carries_its_camera(tmp_path: Path, running: Mission, fake_worker: Fake) -> None:
    (tmp_path / "flying.toml").write_text(CAMERA_TOML + "[mount]\nyaw_deg = 0\npitch_deg = -90\nroll_deg = 0\n")
    carried = {"name": "one", "video": "clip.mp4", "system_id": 7, "file": "flying.toml"}
    both = settings(tmp_path, link=[{"url": "udpin://127.0.0.1:0"}], camera=[carried])
    async with serving(both, running, fake_worker("live")) as client:
        before = await client.until("health", lambda document: document["cameras"])
        assert before["cameras"][0]["link"]["state"] == "never"
        assert before["cameras"][0]["pose_refusal"] == "no_vehicle"
        port = before["links"][0]["port"]
        vehicle = asyncio.create_task(fly(port))
        try:
            health = await client.until("health", lambda document: document["cameras"][0]["pose_refusal"] is None)
            assert health["cameras"][0]["link"]["state"] == "connected"
            vehicles = await client.until(
                "vehicles", lambda document: [f for f in document["features"] if f["properties"]["kind"] == "vehicle"]
            )
            (point,) = (f for f in vehicles["features"] if f["properties"]["kind"] == "vehicle")
            assert point["geometry"]["coordinates"] == pytest.approx([2.352, 48.857], abs=1e-4)
            assert (point["properties"]["name"], point["properties"]["link"]) == ("one", "connected")
            assert point["properties"]["alt_home_m"] == pytest.approx(50)
            # the worker counts the poses that it was sent
            await client.until("health", lambda document: (document["cameras"][0]["frames_in"] or 0) > 5)
        finally:
            vehicle.cancel()
            await asyncio.wait([vehicle])


@pytest.mark.parametrize(
    ("camera", "allowed", "level"),
    [
        ("floor", "strict", "strict"),
        ("strict", "floor", "strict"),
        ("floor", "floor", "floor"),
        (None, "floor", "floor"),
    ],
)
def test_a_camera_may_only_be_stricter_than_its_mission(
    camera: str | None, allowed: str, level: str, running: Mission
) -> None:
    table = CameraTable(
        name="n", video="v", system_id=1, level=camera and RedactionLevel(camera), published_px_per_m=30
    )
    order = live_order(table, None, replace(running, level=RedactionLevel(allowed)), core_share=1.0)
    assert order.level == level
    assert order.published_px_per_m == running.published_px_per_m


def test_a_fixed_camera_without_a_pose_is_refused(running: Mission) -> None:
    with pytest.raises(BadInputError, match="no fixed pose"):
        live_order(CameraTable(name="n", video="v", file=Path("cam.toml")), None, running, core_share=1.0)


def test_two_missions_are_one_too_many(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    file.write_text('[mission]\n[[camera]]\nname = "n"\nvideo = "v"\nfile = "f"\n')
    with pytest.raises(BadInputError, match="keep one"):
        load_station(file, tmp_path / "mission.toml")


@pytest.mark.parametrize(("ask", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_the_station_ends_in_order_when_asked(tmp_path: Path, ask: signal.Signals, status: int) -> None:
    (tmp_path / "fixed.toml").write_text(FIXED_POSE_TOML)
    (tmp_path / "station.toml").write_text(
        '[station]\nport = 0\n[[camera]]\nname = "north"\nvideo = "missing.mp4"\nfile = "fixed.toml"\n'
        "[mission]\narea = [[2.351, 48.856], [2.353, 48.856], [2.353, 48.858]]\nstarts_utc = 2020-01-01T00:00:00Z\n"
        'ends_utc = 2099-01-01T00:00:00Z\nmin_agl_m = 1\nmax_agl_m = 99\npurpose = "test"\n'
    )
    command = (sys.executable, "-I", "-m", "groundstation", "run", str(tmp_path / "station.toml"))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as station:
        assert station.stdout is not None
        assert station.stdout.readline().startswith("serving http://127.0.0.1:")
        os.kill(station.pid, ask)
        _, err = station.communicate(timeout=30)
    assert station.returncode == status
    assert "Traceback" not in err


async def first_answer(session: ClientSession, address: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            async with session.get(address) as answer:
                if answer.status == 200:
                    return dict(await answer.json())
            await asyncio.sleep(0.05)


async def test_the_public_map_comes_a_minute_after_the_start(
    tmp_path: Path, running: Mission, fake_worker: Fake, later: list[int]
) -> None:
    async with serving(settings(tmp_path), running, fake_worker("fixed")) as client:
        await client.until("density", lambda document: document["people"] == 30)
        public = client.address + "public/api/v1/density"
        async with ClientSession() as anybody:
            async with anybody.get(public) as answer:
                assert answer.status == 503
            later[0] = 60_000_000_000
            document = await first_answer(anybody, public)
    assert (document["state"], document["budget"]["spent"]) == ("live", 0.166667)
    assert {feature["properties"]["state"] for feature in document["features"]} == {"unobserved"}, "two leaves are seen"
