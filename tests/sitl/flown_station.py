"""A whole station in this process, the built-in vehicle on its link; the worker speaks the wire without pictures."""

import asyncio
import math
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from pymavlink.dialects.v20 import all as dialect

from flightlink.geodesy import M_PER_DEGREE
from flightlink.mission import Mission
from groundstation.app import run_station
from groundstation.settings import settings_from_table
from sitl.simulate import VehicleLink, fly, vehicle_link
from sitl.station_files import camera_toml
from sitl.vehicle.flown import FlownVehicle
from sitl.world.clock import WorldClock
from sitl.world.world import World

FAKE_WORKER = Path(__file__).parents[1] / "groundstation" / "fake_worker.py"
HOUR_NS = 3_600_000_000_000


class Hearing(FlownVehicle):
    """A vehicle that keeps every datagram it is sent."""

    heard: list[bytes]
    clock: WorldClock

    def hear(self, datagram: bytes, t_s: float) -> None:
        self.heard.append(datagram)
        super().hear(datagram, t_s)

    def tell_video(self, *uris: str) -> None:
        """Tell these addresses from now on to who asks for the camera's streams."""
        self._video_uris = uris

    def words(self) -> set[tuple[str, int | None]]:
        """Return message and command of all that was said to it; every byte belongs to a whole message."""
        messages = []
        for datagram in self.heard:
            found = dialect.MAVLink(None).parse_buffer(bytearray(datagram))
            assert found
            assert sum(len(message.get_msgbuf()) for message in found) == len(datagram)
            messages += found
        assert {(message.get_srcSystem(), message.get_srcComponent()) for message in messages} == {(253, 190)}
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
    table = {
        "station": {"port": 0, "exercise": True},
        "sign_in": {"by_itself": True},
        "link": [{"url": "udpin://127.0.0.1:0"}],
        "camera": [carried],
    }
    settings = settings_from_table(table, path=folder / "station.toml")
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    command = (sys.executable, str(FAKE_WORKER), "live")
    running = asyncio.create_task(run_station(settings, mission_over(world), ready=address.set_result, command=command))
    clock = WorldClock(time.time_ns())
    vehicle = Hearing(world, plan, epoch_utc_ns=clock.epoch_utc_ns)
    vehicle.heard, vehicle.clock = [], clock
    try:
        async with asyncio.timeout(100), ClientSession() as session:
            base = await address
            port = await link_port(session, base)
            async with vehicle_link(vehicle, clock, ("127.0.0.1", port)) as link, flying(link):
                yield session, base, vehicle
    finally:
        running.cancel()
        await asyncio.wait([running])


async def health_of(session: ClientSession, base: str, condition: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """Return the first health of a camera that meets a condition."""
    async with asyncio.timeout(60):
        while True:
            async with session.get(f"{base}api/v1/health") as answer:
                document = await answer.json()
            if answer.status == 200 and condition(document["cameras"][0]):
                return dict(document["cameras"][0])
            await asyncio.sleep(0.1)


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
