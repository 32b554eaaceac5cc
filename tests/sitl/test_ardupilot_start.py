"""Several vehicles from start to failure, with programs that are no autopilots: one line, and nobody left behind."""

import asyncio
import socket
import time
from pathlib import Path

import pytest

from sitl.ardupilot import flight, pilot
from sitl.ardupilot.errors import AutopilotError, CannotStartError
from sitl.ardupilot.flight import FlightPlan, fly_all, launch_plan
from sitl.ardupilot.gimbal import Gimbal
from sitl.ardupilot.place import east_north_m
from sitl.ardupilot.script import launch_place
from sitl.world.clock import WorldClock
from sitl.world.world import World
from tests.sitl.test_ardupilot_launch import INSTANCE, is_alive, program

WAITS = "echo $$ > pid; echo Waiting for something; exec sleep 63"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pilot, "FIRST_HEARTBEAT_S", 1.0)
    monkeypatch.setattr(flight, "APART_S", 0.3)


def plans_of(world: World, binary: Path, folder: Path, *, vehicles: int) -> list[FlightPlan]:
    return [
        FlightPlan(
            world=world,
            vehicle=vehicle,
            binary=binary,
            instance=INSTANCE + 10 + number,
            folder=folder / vehicle.name,
            station=("127.0.0.1", 14550),
            video=None,
            laps=1,
            gimbal=Gimbal(),
        )
        for number, vehicle in enumerate(world.vehicles[:vehicles])
    ]


def started(folder: Path) -> list[int]:
    return [int(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*/pid"))]


def only_error(failure: BaseException) -> BaseException:
    while isinstance(failure, BaseExceptionGroup):
        (failure,) = failure.exceptions
    return failure


async def failed(plans: list[FlightPlan]) -> BaseException:
    with pytest.raises(ExceptionGroup) as caught:
        await asyncio.wait_for(fly_all(plans, WorldClock(time.time_ns())), 20)
    return only_error(caught.value)


async def test_one_that_runs_but_never_speaks_is_told_with_what_it_wrote(world: World, tmp_path: Path) -> None:
    error = await failed(plans_of(world, program(tmp_path, WAITS), tmp_path, vehicles=1))
    assert isinstance(error, AutopilotError)
    says = "the autopilot sent no heartbeat within 1 s; it last wrote: Waiting for something"
    assert str(error) == f"vehicle {world.vehicles[0].name}: {says}"
    (process_id,) = started(tmp_path)
    assert not is_alive(process_id)


async def test_when_the_second_dies_the_first_is_ended_too(world: World, tmp_path: Path) -> None:
    binary = program(tmp_path, f'case "$*" in *"--instance {INSTANCE + 11} "*) exit 9;; esac; {WAITS}')
    error = await failed(plans_of(world, binary, tmp_path, vehicles=2))
    assert isinstance(error, AutopilotError)
    assert f"vehicle {world.vehicles[1].name}: " in str(error)
    assert "ended with status 9 without a word" in str(error)
    (process_id,) = started(tmp_path)
    assert not is_alive(process_id)


async def test_two_of_one_number_are_refused_by_their_port(world: World, tmp_path: Path) -> None:
    (plan,) = plans_of(world, program(tmp_path, WAITS), tmp_path, vehicles=1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as busy:
        busy.bind(("0.0.0.0", 5501 + 10 * plan.instance))  # noqa: S104  # as a simulator does
        error = await failed([plan])
    assert isinstance(error, CannotStartError)
    assert not started(tmp_path)


def test_a_vehicle_stands_below_the_beginning_of_its_route(world: World, tmp_path: Path) -> None:
    (plan,) = plans_of(world, tmp_path, tmp_path, vehicles=1)
    launch = launch_plan(plan, pilot_port=14600)
    place = east_north_m(world.home, lat_deg=launch.lat_deg, lon_deg=launch.lon_deg, alt_amsl_m=world.home.alt_amsl_m)
    assert (*place, launch.yaw_deg) == pytest.approx(launch_place(plan.vehicle.route), abs=1e-3)
    assert launch.alt_amsl_m == world.home.alt_amsl_m
    assert launch.system_id == plan.vehicle.system_id
