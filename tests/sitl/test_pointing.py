"""The pilot over HTTP, a whole station and the built-in vehicle: the gimbal truly turns, and nothing else is said."""

import asyncio
import logging
import math
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from pymavlink.dialects.v20 import all as dialect

from flightlink.attitude import wrapped_deg
from flightlink.geodesy import M_PER_DEGREE
from flightlink.mission import Mission
from flightlink.voice import READING, WORDS
from groundstation.app import run_station
from groundstation.settings import settings_from_table
from sitl.simulate import VehicleLink, fly, vehicle_link
from sitl.station_files import camera_toml
from sitl.vehicle.flown import FlownVehicle
from sitl.world.clock import WorldClock
from sitl.world.world import World

FAKE_WORKER = Path(__file__).parents[1] / "groundstation" / "fake_worker.py"
HOUR_NS = 3_600_000_000_000
PLACE_M = (12.0, 20.0)
"""East and north of home; inside the mission."""


Answer = tuple[int, dict[str, Any]]


class Hearing(FlownVehicle):
    """A vehicle that keeps every datagram it is sent."""

    heard: list[bytes]
    clock: WorldClock

    def hear(self, datagram: bytes, t_s: float) -> None:
        self.heard.append(datagram)
        super().hear(datagram, t_s)

    def words(self) -> set[tuple[str, int | None]]:
        """Return message and command of all that was said to it; every byte belongs to a whole message."""
        messages = []
        for datagram in self.heard:
            found = dialect.MAVLink(None).parse_buffer(bytearray(datagram))
            assert found
            assert sum(len(message.get_msgbuf()) for message in found) == len(datagram)
            messages += found
        assert {(message.get_srcSystem(), message.get_srcComponent()) for message in messages} == {(255, 190)}
        return {(message.get_type(), getattr(message, "command", None)) for message in messages}


def mission_over(world: World) -> Mission:
    reach_m = 60.0
    corners = [(-reach_m, -reach_m), (reach_m, -reach_m), (reach_m, reach_m), (-reach_m, reach_m)]
    places = [place(world, east_m, north_m) for east_m, north_m in corners]
    now_ns = time.time_ns()
    return Mission(
        area=tuple((corner["lon_deg"], corner["lat_deg"]) for corner in places), starts_utc_ns=now_ns - HOUR_NS,
        ends_utc_ns=now_ns + HOUR_NS, min_agl_m=1.0, max_agl_m=120.0, purpose="test",
    )  # fmt: skip


@asynccontextmanager
async def station(folder: Path, world: World, **camera: Any) -> AsyncIterator[tuple[ClientSession, str, Hearing]]:
    """Run a whole station with the world's first vehicle on its link; yields client, address and vehicle."""
    plan = world.vehicles[0]
    (folder / "camera.toml").write_text(camera_toml(world.camera))
    carried = {"name": "one", "video": "none.mp4", "system_id": plan.system_id, "file": "camera.toml", **camera}
    table = {"station": {"port": 0}, "link": [{"url": "udpin://127.0.0.1:0"}], "camera": [carried]}
    settings = settings_from_table(table, path=folder / "station.toml")
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    command = (sys.executable, str(FAKE_WORKER), "live")
    running = asyncio.create_task(run_station(settings, mission_over(world), ready=address.set_result, command=command))
    clock = WorldClock(time.time_ns())
    vehicle = Hearing(world, plan, epoch_utc_ns=clock.epoch_utc_ns)
    vehicle.heard, vehicle.clock = [], clock
    try:
        async with asyncio.timeout(40), ClientSession() as session:
            base = await address
            async with session.get(f"{base}api/v1/health") as _:
                pass
            port = await link_port(session, base)
            async with vehicle_link(vehicle, clock, ("127.0.0.1", port)) as link, flying(link):
                yield session, base, vehicle
    finally:
        running.cancel()
        await asyncio.wait([running])


async def link_port(session: ClientSession, base: str) -> int:
    while True:
        async with session.get(f"{base}api/v1/health") as answer:
            document = await answer.json()
            if answer.status == 200 and document["links"][0]["port"]:
                return int(document["links"][0]["port"])
        await asyncio.sleep(0.05)


@asynccontextmanager
async def flying(link: VehicleLink) -> AsyncIterator[None]:
    task = asyncio.create_task(fly(link))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def asked(
    session: ClientSession, base: str, system_id: int, body: Any, **more: Any
) -> tuple[int, dict[str, Any]]:
    async with session.post(f"{base}api/v1/vehicles/{system_id}/point", json=body, **more) as answer:
        return answer.status, await answer.json()


async def answered(session: ClientSession, base: str, system_id: int, body: Any, *, but: set[str]) -> Answer:
    """Ask again and again until the answer has another cause."""
    while True:
        answer = await asked(session, base, system_id, body)
        if answer[1].get("cause") not in but:
            return answer
        await asyncio.sleep(0.2)


def place(world: World, east_m: float, north_m: float) -> dict[str, float]:
    home = world.home
    shrink = math.cos(math.radians(home.lat_deg))
    return {"lat_deg": home.lat_deg + north_m / M_PER_DEGREE, "lon_deg": home.lon_deg + east_m / M_PER_DEGREE / shrink}


async def until(condition: Callable[[], bool], *, within_s: float) -> None:
    async with asyncio.timeout(within_s):
        while True:
            if condition():
                return
            await asyncio.sleep(0.05)


def off_by_deg(vehicle: Hearing) -> float:
    """Return how far the true camera points from the place on the plane of home."""
    flight = vehicle.flight_at(vehicle.clock.world_s())
    east_m, north_m = PLACE_M[0] - flight.east_m, PLACE_M[1] - flight.north_m
    yaw_deg = math.degrees(math.atan2(east_m, north_m))
    pitch_deg = math.degrees(math.atan2(-flight.up_m, math.hypot(east_m, north_m)))
    return max(abs(wrapped_deg(flight.camera_yaw_deg - yaw_deg)), abs(flight.camera_pitch_deg - pitch_deg))


async def test_the_gimbal_truly_turns_to_the_place_and_nothing_else_is_said(
    tmp_path: Path, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    quick = replace(world, vehicles=tuple(
        replace(plan, profile=replace(plan.profile, slew_deg_s=400.0)) for plan in world.vehicles
    ))  # fmt: skip
    async with station(tmp_path, quick, point=True) as (session, base, vehicle):
        system_id, unready = quick.vehicles[0].system_id, {"not_one_gimbal", "link_not_ok", "no_vehicle"}
        answer = await answered(session, base, system_id, place(quick, *PLACE_M), but=unready)
        assert answer == (200, {"system_id": system_id, "result": "accepted"})
        await until(lambda: off_by_deg(vehicle) < 0.5, within_s=5)
        status, told = await asked(session, base, system_id, place(quick, 400.0, 0.0))
        assert (status, told["cause"]) in ((403, "outside_mission_area"), (429, "too_soon"))
        words = vehicle.words()
        assert words <= WORDS
        assert ("COMMAND_INT", dialect.MAV_CMD_DO_SET_ROI_LOCATION) in words
    assert f"gimbal_point vehicle={system_id} result=accepted asked_from=127.0.0.1 by=program" in caplog.text
    assert str(round(place(quick, *PLACE_M)["lat_deg"], 3)) not in caplog.text


async def test_a_station_that_only_reads_says_nothing_but_that_it_reads(tmp_path: Path, world: World) -> None:
    async with station(tmp_path, world) as (session, base, vehicle):
        system_id = world.vehicles[0].system_id
        answer = await answered(session, base, system_id, place(world, *PLACE_M), but={"no_vehicle"})
        assert (answer[0], answer[1]["cause"]) == (403, "pointing_off")
        await asyncio.sleep(2.5)
        assert vehicle.words() == READING


async def test_foreign_pages_and_nonsense_point_at_nothing(tmp_path: Path, world: World) -> None:
    async with station(tmp_path, world, point=True) as (session, base, vehicle):
        number, there = world.vehicles[0].system_id, place(world, *PLACE_M)
        foreign = {"Origin": "http://evil.example"}
        assert (await asked(session, base, number, there, headers=foreign))[0] == 403
        assert (await asked(session, base, number, there, headers={"Sec-Fetch-Site": "cross-site"}))[0] == 403
        assert (await asked(session, base, number, there, headers={"Host": "rebound.example"}))[0] == 421
        wrong_types: list[Any] = [{"lat_deg": "48", "lon_deg": 2}, {"lat_deg": True, "lon_deg": 0}]
        nonsense: list[Any] = [{}, [], {**there, "alt_m": 1}, {"lat_deg": 91, "lon_deg": 0}, *wrong_types]
        for body in nonsense:
            assert (await asked(session, base, number, body))[0] == 400
        async with session.post(f"{base}api/v1/vehicles/{number}/point", data=there) as form:
            assert form.status == 400, "a form of a foreign page needs no leave to be sent"
        async with session.get(f"{base}api/v1/vehicles/{number}/point") as read:
            assert read.status == 405
        assert (await asked(session, base, 200, there))[0] == 404
        await until(lambda: len(vehicle.heard) > 20, within_s=10)
        assert vehicle.words() <= READING
