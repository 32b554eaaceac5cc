"""Makers of the station's tests: a whole station in this process, a client of its pages, a vehicle that flies by."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from pymavlink.dialects.v20 import common as mavlink

from flightlink.mission import Mission
from groundstation.app import run_station
from groundstation.settings import Settings, settings_from_table
from tests.groundstation.conftest import FIXED_POSE_TOML


def settings(folder: Path, **more: Any) -> Settings:
    (folder / "fixed.toml").write_text(FIXED_POSE_TOML)
    table: dict[str, Any] = {
        "station": {"port": 0, "name": "Test"},
        "sign_in": {"by_itself": True},
        "camera": [{"name": "north", "video": "clip.mp4", "file": "fixed.toml"}],
    }
    return settings_from_table({**table, **more}, path=folder / "station.toml")


class Client:
    def __init__(self, session: ClientSession, address: str) -> None:
        self._session = session
        self.address = address

    async def document(self, topic: str) -> dict[str, Any]:
        async with self._session.get(f"{self.address}api/v1/{topic}") as answer:
            return dict(await answer.json())

    async def until(self, topic: str, condition: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        async with asyncio.timeout(20):
            while True:
                document = await self.document(topic)
                if "error" not in document and condition(document):
                    return document
                await asyncio.sleep(0.05)


@asynccontextmanager
async def serving(settings: Settings, mission: Mission, command: tuple[str, ...], **more: Any) -> AsyncIterator[Client]:
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    station = asyncio.create_task(run_station(settings, mission, ready=address.set_result, command=command, **more))
    try:
        while not address.done():
            await asyncio.sleep(0.01)
            if station.done():
                await station
        async with ClientSession() as session:
            yield Client(session, address.result())
    finally:
        station.cancel()
        await asyncio.wait([station])


async def fly(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.connect(("127.0.0.1", port))
        voice = mavlink.MAVLink(None, srcSystem=7, srcComponent=1)
        boot = time.monotonic()
        while True:
            boot_ms = int((time.monotonic() - boot) * 1000) + 1000
            for message in (
                voice.heartbeat_encode(2, 3, 0, 0, 4),
                voice.attitude_encode(boot_ms, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
                voice.global_position_int_encode(boot_ms, 488570000, 23520000, 85000, 50000, 0, 0, 0, 0),
            ):
                link.send(message.pack(voice))
                voice.seq = (voice.seq + 1) % 256
            await asyncio.sleep(0.05)
