"""One real autopilot in the simulated world: started, flown by its script, filmed from its truth, ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sitl.ardupilot.errors import AutopilotError
from sitl.ardupilot.gimbal import Gimbal
from sitl.ardupilot.launch import APART_S, Autopilot, LaunchPlan, launched
from sitl.ardupilot.link import AutopilotLink
from sitl.ardupilot.parameters import defaults_text
from sitl.ardupilot.pilot import Pilot
from sitl.ardupilot.place import lat_lon_deg
from sitl.ardupilot.script import PREPARATION, flight_script, launch_place
from sitl.ardupilot.truth import FlightTruth
from sitl.fault_ways import faulty_telemetry, faulty_video
from sitl.film import film
from sitl.vehicle.true_camera import stuck_flight, true_intrinsics
from sitl.world.clock import WorldClock
from sitl.world.faults import FaultBoard
from sitl.world.video_plan import address_from
from sitl.world.world import VehiclePlan, World

TRUTH_WITHIN_S: Final = 10.0
FREED_DEG_PER_S: Final = 60.0
"""How fast a gimbal turns back that was stuck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightPlan:
    """One vehicle and its surroundings."""

    world: World
    vehicle: VehiclePlan
    binary: Path
    instance: int
    folder: Path
    station: tuple[str, int]
    video: str | None
    """Address that the film is sent to; None flies without one."""
    remote_video: bool = False
    """Whether the film may leave this machine."""
    laps: int
    gimbal: Gimbal

    @property
    def board(self) -> FaultBoard:
        """The faults that befall the vehicle."""
        return FaultBoard(self.world.faults, vehicle=self.vehicle.name, seed=self.world.seed)


def launch_plan(plan: FlightPlan, *, pilot_port: int) -> LaunchPlan:
    """Return what to start: the vehicle stands on the ground below its route's beginning."""
    world, vehicle = plan.world, plan.vehicle
    east_m, north_m, yaw_deg = launch_place(vehicle.route)
    lat_deg, lon_deg = lat_lon_deg(world.home, east_m, north_m)
    return LaunchPlan(
        name=vehicle.name,
        binary=plan.binary,
        instance=plan.instance,
        folder=plan.folder,
        system_id=vehicle.system_id,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        alt_amsl_m=world.home.alt_amsl_m,
        yaw_deg=yaw_deg,
        defaults=defaults_text(world.camera, plan.gimbal, system_id=vehicle.system_id),
        pilot_port=pilot_port,
        station=plan.station,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """All that belongs to one running vehicle."""

    plan: FlightPlan
    autopilot: Autopilot
    pilot: Pilot
    truth: FlightTruth


@asynccontextmanager
async def aboard(plan: FlightPlan, clock: WorldClock) -> AsyncIterator[Crew]:
    """Start one vehicle while the block lasts.

    Raises:
        CannotStartError: its port is in use, or the binary is none.
    """
    home = plan.world.home
    link = AutopilotLink(lambda: round(clock.world_s() * 1e9))
    truth = FlightTruth(home, plan.gimbal)
    link.subscribe(truth.take)
    pilot = Pilot(name=plan.vehicle.name, system_id=plan.vehicle.system_id, home=home, link=link)
    port = await link.open()
    try:
        async with launched(launch_plan(plan, pilot_port=port)) as autopilot:
            yield Crew(plan=plan, autopilot=autopilot, pilot=pilot, truth=truth)
    finally:
        link.close()


OnCrew = Callable[[Crew], None]
"""Called once for each vehicle, when it is ready to take off."""


async def fly(plan: FlightPlan, clock: WorldClock, *, on_crew: OnCrew | None = None) -> None:
    """Start, prepare, fly and film one vehicle until it has landed; the world's faults befall link and film.

    Raises:
        AutopilotError: it died, fell silent, or did not fly as told (in an ExceptionGroup).
        CannotStartError: its port is in use, or the binary is none.
    """
    board = plan.board
    async with (
        faulty_telemetry(board, clock.world_s, plan.station) as sent_to,
        aboard(replace(plan, station=sent_to), clock) as crew,
        asyncio.TaskGroup() as tasks,
    ):
        beside = [tasks.create_task(crew.autopilot.watch()), tasks.create_task(crew.pilot.keep_in_touch())]
        await _prepared(crew, clock)
        if on_crew is not None:
            on_crew(crew)
        if plan.video is not None:
            beside.append(tasks.create_task(_filmed(crew, board, clock, plan.video)))
        await crew.pilot.fly(flight_script(plan.vehicle, laps=plan.laps))
        for task in beside:
            task.cancel()


async def _filmed(crew: Crew, board: FaultBoard, clock: WorldClock, video: str) -> None:
    world = crew.plan.world
    truth_at = stuck_flight(crew.truth.at, board, slew_deg_s=FREED_DEG_PER_S, since_s=clock.world_s())
    async with faulty_video(board, clock.world_s, address_from(video, world.video)) as relay:
        await film(
            world,
            truth_at,
            clock,
            video,
            by_way_of=relay,
            intrinsics_at=true_intrinsics(world.camera.intrinsics, board),
            allow_remote=crew.plan.remote_video,
        )


async def _prepared(crew: Crew, clock: WorldClock) -> None:
    """Bring a vehicle from power-on to readiness, until its truth arrives."""
    try:
        await crew.pilot.greet()
    except AutopilotError as error:
        raise AutopilotError(f"{error}{crew.autopilot.last_words}") from error
    await crew.pilot.fly(PREPARATION)
    end_s = clock.world_s() + TRUTH_WITHIN_S
    while crew.truth.newest_s() is None:
        if clock.world_s() > end_s:
            name = crew.plan.vehicle.name
            raise AutopilotError(f"vehicle {name}: sends no SIM_STATE though asked for it; is it Copter 4.5 or newer?")
        await asyncio.sleep(0.1)


async def fly_all(plans: list[FlightPlan], clock: WorldClock, *, on_crew: OnCrew | None = None) -> None:
    """Fly vehicles side by side, started one after another; the first failure ends all.

    Raises:
        AutopilotError, CannotStartError: as `fly` (in an ExceptionGroup).
    """
    async with asyncio.TaskGroup() as tasks:
        for number, plan in enumerate(plans):
            tasks.create_task(_started_later(plan, clock, after_s=number * APART_S, on_crew=on_crew))


async def _started_later(plan: FlightPlan, clock: WorldClock, *, after_s: float, on_crew: OnCrew | None) -> None:
    await asyncio.sleep(after_s)
    await fly(plan, clock, on_crew=on_crew)
