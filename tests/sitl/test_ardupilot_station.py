"""The whole station, as users start it, on a real autopilot: telemetry, video, sealed worker, map."""

import asyncio
import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sitl.ardupilot.binary import find_binary
from sitl.ardupilot.errors import CannotStartError
from sitl.ardupilot.flight import Crew, FlightPlan, fly
from sitl.ardupilot.gimbal import Gimbal
from sitl.demo import child, free_udp_ports, has_people
from sitl.station_files import camera_toml, station_toml
from sitl.world.clock import WorldClock
from sitl.world.route import Route
from sitl.world.world import VehiclePlan, World
from tests.sitl.ardupilot_watch import first_free_instance
from tests.sitl.test_rtsp import free_tcp_port
from vision.models.card import ModelError
from vision.models.store import models_dir, verified_bytes

pytestmark = [pytest.mark.sitl, pytest.mark.model, pytest.mark.timeout(600)]

ROUTE = Route(centre_m=(0, 3), radius_m=40, height_m=30, bearing_deg=180, swing_deg=25, period_s=50, pan_m=5)
HIGH_M = 15.0
"""Well over the mission's lowest height."""
POSE_CAUSES = ("stale_pose", "no_pose", "no_position", "no_attitude", "no_gimbal", "no_clock")


@pytest.fixture(scope="module")
def binary() -> Path:
    try:
        for key in ("person", "face"):
            verified_bytes(key, models_dir())
        return find_binary(None, os.environ)
    except (CannotStartError, ModelError) as reason:
        pytest.skip(str(reason))


@pytest.fixture
def plan(binary: Path, world: World, tmp_path: Path) -> FlightPlan:
    vehicle = VehiclePlan(name="D1", system_id=1, route=ROUTE)
    link_port, video_port = free_udp_ports(2)
    return FlightPlan(
        world=replace(world, vehicles=(vehicle,), faults=()),
        vehicle=vehicle,
        binary=binary,
        instance=first_free_instance(1),
        folder=tmp_path / "D1",
        station=("127.0.0.1", link_port),
        video=f"udp://127.0.0.1:{video_port}",
        laps=1,
        gimbal=Gimbal(),
    )


def settings_of(plan: FlightPlan, folder: Path, *, port: int) -> Path:
    video_port = int(str(plan.video).rpartition(":")[2])
    ports: dict[str, Any] = {"port": port, "link_port": plan.station[1], "video_ports": [video_port]}
    (folder / "D1.toml").write_text(camera_toml(plan.world.camera), encoding="utf-8")
    text = station_toml(plan.world, (plan.vehicle,), now=datetime.now(UTC), **ports)
    (folder / "station.toml").write_text(text, encoding="utf-8")
    return folder / "station.toml"


class Reader:
    """Reads the station's health and map once a second; keeps what it said last while the vehicle was high."""

    def __init__(self, address: str, clock: WorldClock) -> None:
        self.camera: dict[str, Any] = {}
        self.maps_with_people = 0
        self._address = address
        self._clock = clock
        self._crew: Crew | None = None

    def take_on(self, crew: Crew) -> None:
        self._crew = crew

    async def run(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            while True:
                await asyncio.sleep(1.0)
                if self._crew is not None:
                    await self._look(session, self._crew)

    async def _look(self, session: aiohttp.ClientSession, crew: Crew) -> None:
        health = await self._json(session, "health")
        self.maps_with_people += has_people(await self._json(session, "density"))
        true = await asyncio.to_thread(crew.truth.at, self._clock.world_s() - 0.2)
        if true.up_m > HIGH_M and health["cameras"][0]["frames_in"]:
            self.camera = health["cameras"][0]

    async def _json(self, session: aiohttp.ClientSession, name: str) -> dict[str, Any]:
        async with session.get(f"{self._address}api/v1/{name}") as answer:
            found: dict[str, Any] = await answer.json()
            return found


async def test_the_station_maps_people_from_a_real_autopilots_flight(plan: FlightPlan, tmp_path: Path) -> None:
    port = free_tcp_port()
    clock = WorldClock(time.time_ns())
    reader = Reader(f"http://127.0.0.1:{port}/", clock)
    async with child("groundstation", "run", str(settings_of(plan, tmp_path, port=port))) as station:
        reading = asyncio.ensure_future(reader.run())
        await fly(plan, clock, on_crew=reader.take_on)
        assert station.returncode is None
        reading.cancel()
        await asyncio.wait({reading})
    causes = reader.camera["withheld_because"]
    without_pose = sum(causes.get(cause, 0) for cause in POSE_CAUSES)
    assert reader.camera["frames_in"] > 300
    assert without_pose <= 0.01 * reader.camera["frames_in"], causes
    assert reader.camera["frames_out"] > 100
    assert reader.maps_with_people > 10
