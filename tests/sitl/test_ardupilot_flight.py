"""Real autopilots: take-off, gimbal sweep, route and landing with the station's links attached.

Needs an `arducopter` of ArduPilot's simulator, by $ARDUCOPTER or on the PATH; flown in real time, some minutes.
"""

import asyncio
import os
import signal
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import av
import pytest

from flightlink.camera_file import load_camera
from flightlink.links.link import FlightLinks
from sitl.ardupilot.binary import find_binary
from sitl.ardupilot.errors import AutopilotError, CannotStartError
from sitl.ardupilot.flight import FlightPlan, fly_all, launch_plan
from sitl.ardupilot.gimbal import Gimbal
from sitl.ardupilot.launch import launched
from sitl.station_files import camera_toml
from sitl.world.clock import WorldClock
from sitl.world.route import Route
from sitl.world.world import VehiclePlan, World
from tests.sitl.ardupilot_watch import Observer, Watched, first_free_instance

pytestmark = [pytest.mark.sitl, pytest.mark.timeout(900)]

ROUTE = Route(centre_m=(0, 3), radius_m=40, height_m=22, bearing_deg=180, swing_deg=25, period_s=50, pan_m=5)
NEAR = Route(centre_m=(0, 3), radius_m=25, height_m=14, bearing_deg=90, swing_deg=20, period_s=30)


@pytest.fixture(scope="module")
def binary() -> Path:
    try:
        return find_binary(None, os.environ)
    except CannotStartError as reason:
        pytest.skip(str(reason))


@pytest.fixture
def first_instance() -> int:
    return first_free_instance(2)


def plans_of(
    world: World,
    routes: list[Route],
    *,
    binary: Path,
    first: int,
    folder: Path,
    station_port: int,
    video: str | None = None,
) -> list[FlightPlan]:
    vehicles = tuple(VehiclePlan(name=f"D{n}", system_id=n, route=route) for n, route in enumerate(routes, start=1))
    return [
        FlightPlan(
            world=replace(world, vehicles=vehicles),
            vehicle=vehicle,
            binary=binary,
            instance=first + number,
            folder=folder / vehicle.name,
            station=("127.0.0.1", station_port),
            video=video,
            laps=1,
            gimbal=Gimbal(),
        )
        for number, vehicle in enumerate(vehicles)
    ]


async def flown(
    world: World, routes: list[Route], *, binary: Path, first: int, folder: Path, video: str | None = None
) -> dict[str, Watched]:
    """Fly with the station's links attached; return what they knew of each frame."""
    epoch_utc_ns = time.time_ns()
    clock = WorldClock(epoch_utc_ns)
    camera_file = folder / "camera.toml"
    camera_file.write_text(camera_toml(world.camera), encoding="utf-8")
    cameras = {number: load_camera(camera_file) for number in range(1, len(routes) + 1)}
    links = FlightLinks(
        ["udpin://127.0.0.1:0"], cameras=cameras, now_ns=lambda: epoch_utc_ns + round(clock.world_s() * 1e9)
    )
    async with links, asyncio.TaskGroup() as tasks:
        observer = Observer(links, clock, epoch_utc_ns)
        beside = [tasks.create_task(links.run()), tasks.create_task(observer.run())]
        port = links.statuses()[0].port
        plans = plans_of(world, routes, binary=binary, first=first, folder=folder, station_port=port, video=video)
        await fly_all(plans, clock, on_crew=observer.take_on)
        for task in beside:
            task.cancel()
    return observer.flights


def assert_well_seen(flight: Watched, *, route: Route) -> None:
    figures = (
        f"{len(flight.ages_ms)} frames, {flight.fresh_share:.2%} fresh, "
        f"place {statistics.median(flight.away_m):.2f} m (worst {max(flight.away_m):.2f}), "
        f"attitude {statistics.median(flight.turned_deg):.2f} deg (worst {max(flight.turned_deg):.1f})"
    )
    sys.stdout.write(f"{figures}\n")  # shown by pytest -rP
    assert flight.fresh_share >= 0.99, (figures, flight.refusals[:3])
    heights_m = [truth.up_m for truth in flight.truths]
    assert max(heights_m) == pytest.approx(route.height_m, abs=3)
    assert heights_m[0] < 2.5
    assert heights_m[-1] < 2.5
    pitches = [truth.camera_pitch_deg for truth in flight.truths]
    assert min(pitches) < -85
    assert max(pitches) > -18
    assert statistics.median(flight.away_m) < 1.0
    assert statistics.median(flight.turned_deg) < 1.0


async def test_one_vehicle_flies_its_whole_script_and_is_filmed_from_the_truth(
    binary: Path, world: World, tmp_path: Path, first_instance: int
) -> None:
    film_file = tmp_path / "D1.ts"
    folder = tmp_path / "vehicles"
    folder.mkdir()
    async with kept(film_file) as video:
        flights = await flown(world, [ROUTE], binary=binary, first=first_instance, folder=folder, video=video)
    assert_well_seen(flights["D1"], route=ROUTE)
    with av.open(str(film_file)) as film:
        frames = sum(1 for _ in film.decode(video=0))
    assert frames > 0.5 * len(flights["D1"].ages_ms)


class Sink(asyncio.DatagramProtocol):
    """Keeps a stream of datagrams."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._file.write(data)


@asynccontextmanager
async def kept(path: Path) -> AsyncIterator[str]:
    """Yield an address and keep in a file what is sent there."""
    with path.open("wb") as file:
        loop = asyncio.get_running_loop()
        sink, _ = await loop.create_datagram_endpoint(lambda: Sink(file), local_addr=("127.0.0.1", 0))
        try:
            yield f"udp://127.0.0.1:{sink.get_extra_info('sockname')[1]}"
        finally:
            sink.close()
            await asyncio.sleep(0)


async def test_two_vehicles_at_once(binary: Path, world: World, tmp_path: Path, first_instance: int) -> None:
    flights = await flown(world, [NEAR, NEAR], binary=binary, first=first_instance, folder=tmp_path)
    assert sorted(flights) == ["D1", "D2"]
    for flight in flights.values():
        assert_well_seen(flight, route=NEAR)


async def test_a_real_one_that_is_killed_is_told_and_its_port_is_busy_before(
    binary: Path, world: World, tmp_path: Path, first_instance: int
) -> None:
    (plan,) = plans_of(world, [NEAR], binary=binary, first=first_instance, folder=tmp_path, station_port=14550)
    launch = launch_plan(plan, pilot_port=14600)
    async with launched(launch) as autopilot:
        watch = asyncio.ensure_future(autopilot.watch())
        await asyncio.sleep(2.0)
        with pytest.raises(CannotStartError, match=rf"UDP port {launch.rc_port} is in use"):
            async with launched(replace(launch, folder=tmp_path / "second")):
                pass
        os.kill(autopilot.process.pid, signal.SIGKILL)
        with pytest.raises(AutopilotError, match=r"^vehicle D1: .* ended with status -9; it last wrote: "):
            await asyncio.wait_for(watch, 10)
