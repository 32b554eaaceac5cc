"""The closed loop with a real autopilot: it flies and turns at 60 m, and surveyed marks are placed from its telemetry.

Needs an `arducopter` of ArduPilot's simulator, by $ARDUCOPTER or on the PATH; flown in real time, some minutes.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flightlink.camera_file import load_camera
from flightlink.links.link import FlightLinks
from flightlink.mavlink.messages import Message
from flightlink.vehicle.state import LinkState, VehicleState
from sitl.ardupilot.binary import find_binary
from sitl.ardupilot.errors import CannotStartError
from sitl.ardupilot.flight import Crew, FlightPlan, fly
from sitl.ardupilot.gimbal import Gimbal
from sitl.demo import free_udp_ports
from sitl.station_files import camera_toml, video_latency_s
from sitl.world.clock import WorldClock
from sitl.world.errors import NotSeenError
from sitl.world.faults import Fault, FaultKind
from sitl.world.file import load_world
from sitl.world.route import Route
from sitl.world.shot import Shot, shot_from
from sitl.world.world import VehiclePlan, World
from tests.sitl.ardupilot_watch import first_free_instance
from tests.sitl.conftest import DEMO
from tests.sitl.live_loop import Camera, Measured, measured

pytestmark = [pytest.mark.sitl, pytest.mark.timeout(900)]

ROUTE = Route(centre_m=(0, 0), radius_m=60, height_m=60, bearing_deg=180, swing_deg=42, period_s=48, pan_m=26)
FLAGS = {44, 60}
"""Roll lock, pitch lock, yaw in the vehicle's frame; while it looks at a place with yaw lock, too."""
RESTARTS_S = 150.0
"""Since the world began, some seconds before the autopilot's power-on: it is on its route by then."""
HIGH_M = 57.0
"""Over this it is on its route, past take-off; the sweep of the gimbal is flown there as well."""


@pytest.fixture(scope="module")
def binary() -> Path:
    try:
        return find_binary(None, os.environ)
    except CannotStartError as reason:
        pytest.skip(str(reason))


def plan_of(world: World, *, binary: Path, folder: Path, station_port: int, video: str) -> FlightPlan:
    vehicle = VehiclePlan(name="D1", system_id=1, route=ROUTE)
    return FlightPlan(
        world=replace(world, vehicles=(vehicle,)),
        vehicle=vehicle,
        binary=binary,
        instance=first_free_instance(1),
        folder=folder / "D1",
        station=("127.0.0.1", station_port),
        video=video,
        laps=1,
        gimbal=Gimbal(),
    )


class Looker:
    """Measures the marks from when the vehicle is up until it comes down."""

    def __init__(self, world: World, links: FlightLinks, sdp: Path, clock: WorldClock) -> None:
        self.found: list[Measured] = []
        self.states: list[VehicleState] = []
        """Of the vehicle, after each part that was measured."""
        self.flags: set[int] = set()
        """Of the gimbal's reports."""
        self._world, self._links, self._sdp, self._clock = world, links, sdp, clock
        self._crew: Crew | None = None
        links.subscribe(self._hear)

    def _hear(self, _system_id: int, _component_id: int, message: Message, _received_utc_ns: int) -> None:
        if message.get_type() == "GIMBAL_DEVICE_ATTITUDE_STATUS":
            self.flags.add(int(message.flags))

    def take_on(self, crew: Crew) -> None:
        self._crew = crew

    async def run(self) -> None:
        while self._crew is None or not self._sdp.exists():  # noqa: ASYNC110 - other processes set no event of ours
            await asyncio.sleep(0.1)
        crew, camera = self._crew, Camera(str(self._sdp), latency_s=video_latency_s(self._world.camera))
        camera.start()

        def shot_at(t_s: float) -> Shot:
            return shot_from(crew.truth.at(t_s), self._world.camera.intrinsics)

        while True:
            await asyncio.sleep(0.5)
            if await self._is_high(crew):
                self.found.append(await self._measured(camera, shot_at))
                self.states.append(self._links.trackers[1].state(time.time_ns()))

    async def _is_high(self, crew: Crew) -> bool:
        with suppress(NotSeenError):
            true = await asyncio.to_thread(crew.truth.at, self._clock.world_s() - 0.5)
            return true.up_m > HIGH_M
        return False

    async def _measured(self, camera: Camera, shot_at: Callable[[float], Shot]) -> Measured:
        tracker: Callable[[], Any] = lambda: self._links.trackers.get(1)  # noqa: E731 - one line, one use
        return await measured(
            self._world, camera, tracker, shot_at, epoch_utc_ns=self._clock.epoch_utc_ns, lasts_s=5.0
        )  # fmt: skip


def joined(parts: list[Measured]) -> Measured:
    return Measured(
        fixes=[fix for part in parts for fix in part.fixes],
        late_ms=[late_ms for part in parts for late_ms in part.late_ms],
        refusals=[refusal for part in parts for refusal in part.refusals],
    )


async def flown(binary: Path, folder: Path, *faults: Fault) -> Looker:
    world = replace(load_world(DEMO.parent / "marks.toml"), faults=faults)
    camera_file = folder / "camera.toml"
    camera_file.write_text(camera_toml(world.camera), encoding="utf-8")
    clock = WorldClock(time.time_ns())
    (video_port,) = free_udp_ports(1)
    sdp = folder / "D1.sdp"
    links = FlightLinks(["udpin://127.0.0.1:0"], cameras={1: load_camera(camera_file)})
    async with links, asyncio.TaskGroup() as tasks:
        looker = Looker(world, links, sdp, clock)
        beside = [tasks.create_task(links.run()), tasks.create_task(looker.run())]
        port, video = links.statuses()[0].port, f"rtp://127.0.0.1:{video_port}?sdp={sdp}"
        await fly(
            plan_of(world, binary=binary, folder=folder, station_port=port, video=video), clock, on_crew=looker.take_on
        )
        for task in beside:
            task.cancel()
    return looker


async def test_marks_are_placed_from_a_real_autopilots_flight(binary: Path, tmp_path: Path) -> None:
    looker = await flown(binary, tmp_path)
    found, state = joined(looker.found), looker.states[-1]
    sys.stdout.write(f"{found.words}\n")  # shown by pytest -rP
    errors_m = [fix.error_m for fix in found.fixes]
    assert len(errors_m) > 40, "a busy machine films less"
    assert len(found.refusals) <= 0.05 * len(found.late_ms), found.refusals[:3]
    assert np.median(errors_m) <= 1.5
    assert np.percentile(errors_m, 90) <= 3.0
    assert looker.flags <= FLAGS
    assert (state.link, state.alarms) == (LinkState.OK, ())
    assert state.uid2 is not None
    assert state.round_trip_ms is not None
    assert state.loss_share is not None
    assert state.loss_share < 0.02
    assert state.messages_per_s > 40, "the rates that the station asked for"


async def test_a_restart_in_flight_costs_poses_and_never_their_truth(binary: Path, tmp_path: Path) -> None:
    """As a station hears one: silence, another clock, numbers from 0, no fix for a while. The vehicle flies on."""
    looker = await flown(binary, tmp_path, Fault(kind=FaultKind.RESTART, from_s=RESTARTS_S, lasts_s=3, fix_after_s=8))
    found = joined(looker.found)
    sys.stdout.write(f"{found.words}\n")
    errors_m = [fix.error_m for fix in found.fixes]
    assert {refusal.cause for refusal in found.refusals} & {"stale_pose", "no_position"}
    assert np.percentile(errors_m, 90) <= 3.0
    assert max(errors_m) <= 6.0
    refused = max(number for number, part in enumerate(looker.found) if part.refusals)
    assert any(part.fixes for part in looker.found[refused + 1 :]), "as before once it is over"
