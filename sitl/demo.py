"""`demo`: one station and one simulator a vehicle, each a child process, from the first one up to the last one down."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
import tempfile
import time
import webbrowser
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp

from groundstation.errors import BadInputError, StationError
from sitl.station_files import camera_toml, station_toml
from sitl.world.world import VehiclePlan, World

HOST: Final = "127.0.0.1"
POLL_S: Final = 0.5
READY_WITHIN_S: Final = 120.0
ENDS_WITHIN_S: Final = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPlan:
    """What to start."""

    world_file: Path
    world: World
    vehicles: tuple[VehiclePlan, ...]
    port: int
    minutes: float | None
    opens_browser: bool

    @property
    def address(self) -> str:
        """Address of the map."""
        return f"http://{HOST}:{self.port}/"


async def run_demo(plan: DemoPlan) -> None:
    """Start everything, say READY, wait, end everything; a signal to terminate cancels it.

    Raises:
        BadInputError: the port is in use.
        StationError: a child process ended by itself, or no people were ever on the map.
    """
    refuse_busy_port(plan.port)
    end_on_signals()
    epoch_utc_ns = time.time_ns()
    with tempfile.TemporaryDirectory(prefix="groundstation-demo-") as name:
        link_port, *video_ports = free_udp_ports(1 + len(plan.vehicles))
        settings = write_station_files(plan, Path(name), link_port=link_port, video_ports=video_ports)
        async with AsyncExitStack() as stack:
            station = child("groundstation", "run", str(settings))
            children = {"the station": await stack.enter_async_context(station)}
            for vehicle, video_port in zip(plan.vehicles, video_ports, strict=True):
                arguments = ["--vehicle", vehicle.name, "--station", f"{HOST}:{link_port}"]
                arguments += ["--video", f"udp://{HOST}:{video_port}", "--epoch-utc-ns", str(epoch_utc_ns)]
                simulator = child("sitl.simulate", str(plan.world_file), *arguments, "--gives-way")
                children[f"vehicle {vehicle.name}"] = await stack.enter_async_context(simulator)
            await first_or_death(people_on_map(plan.address), children, within_s=READY_WITHIN_S)
            announce(plan)
            lasts_s = None if plan.minutes is None else 60 * plan.minutes
            await first_or_death(asyncio.sleep(lasts_s or 1e9), children, within_s=None)


def end_on_signals() -> None:
    """Cancel the running task, so that its children are ended too, when the process is told to go."""
    task = asyncio.current_task()
    if task is not None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)


def announce(plan: DemoPlan) -> None:
    """Say that the map is there, and show it."""
    sys.stdout.write(f"READY {plan.address}\n")
    sys.stdout.flush()
    if plan.opens_browser:
        webbrowser.open(plan.address)


async def first_or_death(work: Any, children: dict[str, Process], *, within_s: float | None) -> None:
    """Wait for some work, but no longer than every child lives.

    Raises:
        StationError: a child ended, or the time is over.
    """
    job = asyncio.ensure_future(work)
    deaths = {asyncio.ensure_future(process.wait()): name for name, process in children.items()}
    try:
        done, _ = await asyncio.wait({job, *deaths}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (job, *deaths):
            task.cancel()
    for task, name in deaths.items():
        if task in done:
            raise StationError(f"demo: {name} ended with status {task.result()}; its own last lines say why")
    if job not in done:
        raise StationError(f"demo: nobody on the map after {within_s:.0f} s; is the machine very busy?")


async def people_on_map(address: str) -> None:
    """Wait until a density map with people in it can be fetched."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, ValueError):
                async with session.get(f"{address}api/v1/density") as answer:
                    if answer.status == 200 and has_people(await answer.json()):
                        return
            await asyncio.sleep(POLL_S)


def has_people(density: dict[str, Any]) -> bool:
    """Say whether a density map (GeoJSON) has a cell with people."""
    return any((cell["properties"].get("people") or 0) > 0 for cell in density.get("features", ()))


def write_station_files(plan: DemoPlan, folder: Path, *, link_port: int, video_ports: list[int]) -> Path:
    """Write settings and camera files into a folder and return the settings' path."""
    for vehicle in plan.vehicles:
        (folder / f"{vehicle.name}.toml").write_text(
            camera_toml(plan.world.camera, estimate=vehicle.estimate), encoding="utf-8"
        )
    settings = folder / "station.toml"
    text = station_toml(
        plan.world,
        plan.vehicles,
        port=plan.port,
        link_port=link_port,
        video_ports=video_ports,
        now=datetime.now(UTC),
    )
    settings.write_text(text, encoding="utf-8")
    return settings


def refuse_busy_port(port: int) -> None:
    """Refuse a TCP port on loopback that somebody listens on.

    Raises:
        BadInputError: it is in use.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise BadInputError(f"--port {port}: {error.strerror}; give another, for instance --port 8766") from error


def free_udp_ports(count: int) -> list[int]:
    """Return UDP ports of loopback that were free a moment ago, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(count)]
        for probe in sockets:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in sockets]


@asynccontextmanager
async def child(module: str, *arguments: str) -> AsyncIterator[Process]:
    """Run `python -m module` while the block lasts; end it by its process id.

    It has a session of its own: Ctrl-C reaches the demo alone, which then ends its children in order.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments), stdin=asyncio.subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield process
    finally:
        await asyncio.shield(_ended(process))


async def _ended(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), ENDS_WITHIN_S)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
