"""A real station with its sealed worker and a simulated vehicle, each a process; and a viewer over its web."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import aiohttp

import sitl
from proofs.chaos.viewer import Subscription
from sitl.demo import HOST, DemoPlan, free_udp_ports, write_station_files
from sitl.world.file import load_world

WORLD: Final = Path(sitl.__path__[0]) / "worlds" / "quiet.toml"
RETRY_S: Final = 0.1
ENDS_WITHIN_S: Final = 5.0


def free_tcp_port() -> int:
    """Return a TCP port of loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def state_of(pid: int) -> str:
    """Return the letter of a process's state; `-` when it is gone, `Z` when it is dead and unburied."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "-"


def is_gone(pid: int) -> bool:
    """Say whether a process runs no more."""
    return state_of(pid) in "-Z"


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started and that live."""
    with suppress(OSError):
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
        return [child for child in map(int, text.split()) if not is_gone(child)]
    return []


@dataclass(slots=True, kw_only=True)
class Running:
    """A station and its simulator at work."""

    station: Process
    simulator: Process
    address: str
    subscriptions: list[Subscription] = field(default_factory=list)
    snapshots: list[tuple[float, int, bytes]] = field(default_factory=list)
    """Instant, status and body of each answer to a request for the snapshot."""

    @property
    def workers(self) -> list[int]:
        """The station's sealed workers."""
        return children_of(self.station.pid)

    def tell(self, fault: dict[str, Any]) -> None:
        """Tell the simulator of a fault that begins now."""
        if self.simulator.stdin is None:
            raise RuntimeError("the simulator was started without this pipe")
        self.simulator.stdin.write(json.dumps(fault).encode() + b"\n")

    def signal(self, pid: int, number: signal.Signals) -> None:
        """Send one of our own processes a signal."""
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@asynccontextmanager
async def running() -> AsyncIterator[Running]:
    """Start a station and one vehicle in a quiet world, watch its video, and end all of it."""
    world = load_world(WORLD)
    vehicle = world.vehicles[0]
    plan = DemoPlan(
        world_file=WORLD,
        world=replace(world, vehicles=(vehicle,)),
        vehicles=(vehicle,),
        port=free_tcp_port(),
        minutes=None,
        opens_browser=False,
    )
    with tempfile.TemporaryDirectory(prefix="groundstation-proof-") as name:
        link_port, video_port = free_udp_ports(2)
        settings = write_station_files(plan, Path(name), link_port=link_port, video_ports=[video_port])
        async with AsyncExitStack() as stack:
            station = await stack.enter_async_context(_child("groundstation", "run", str(settings)))
            arguments = ["--vehicle", vehicle.name, "--station", f"{HOST}:{link_port}"]
            arguments += ["--video", f"udp://{HOST}:{video_port}"]
            simulator = await stack.enter_async_context(_child("sitl.simulate", str(WORLD), *arguments))
            one = Running(station=station, simulator=simulator, address=plan.address)
            viewers = [asyncio.create_task(_watch(one, vehicle.name)), asyncio.create_task(_ask(one, vehicle.name))]
            try:
                yield one
            finally:
                for viewer in viewers:
                    viewer.cancel()
                await asyncio.wait(viewers)


@asynccontextmanager
async def _child(module: str, *arguments: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments), stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True
    )
    try:
        yield process
    finally:
        for end in (process.terminate, process.kill):
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                end()
            with suppress(TimeoutError):
                async with asyncio.timeout(ENDS_WITHIN_S):
                    await process.wait()


async def _watch(one: Running, camera: str) -> None:
    """Keep a viewer on the video: connect, read until it ends, connect again."""
    async with aiohttp.ClientSession() as session:
        while True:
            with suppress(aiohttp.ClientError, ConnectionError):
                async with session.ws_connect(f"{one.address}api/v1/video/{camera}", max_msg_size=0) as socket:
                    await _read(one, socket)
            await asyncio.sleep(RETRY_S)


async def _read(one: Running, video: aiohttp.ClientWebSocketResponse) -> None:
    mine: Subscription | None = None
    try:
        async for message in video:
            if message.type is not aiohttp.WSMsgType.BINARY:
                continue
            if mine is None:
                mine = Subscription(message.data)
                one.subscriptions.append(mine)
                continue
            mine.fragments.append(message.data)
            mine.times_s.append(time.monotonic())
    finally:
        if mine is not None:
            mine.ended_s = time.monotonic()


async def _ask(one: Running, camera: str) -> None:
    """Ask for the snapshot several times a second."""
    async with aiohttp.ClientSession() as session:
        while True:
            with suppress(aiohttp.ClientError, ConnectionError):
                async with session.get(f"{one.address}api/v1/video/{camera}/snapshot.jpg") as answer:
                    one.snapshots.append((time.monotonic(), answer.status, await answer.read()))
            await asyncio.sleep(RETRY_S)
