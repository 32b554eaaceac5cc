"""Real autopilots in a simulated world, until they have landed.

python -m sitl.ardupilot WORLD.toml --station 127.0.0.1:14550 --video udp://127.0.0.1:5600
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from flightlink.errors import FlightlinkError
from sitl.ardupilot.binary import binary_from_world_file, find_binary
from sitl.ardupilot.errors import CannotStartError
from sitl.ardupilot.flight import FlightPlan, fly_all
from sitl.ardupilot.gimbal import Gimbal, GimbalKind
from sitl.options import BAD_INPUT, address, with_faults
from sitl.world.clock import WorldClock
from sitl.world.errors import SitlError
from sitl.world.file import load_world
from sitl.world.video_plan import EXAMPLES, address_from, refuse_unfit
from sitl.world.world import World

FAILED: Final = 1
MOST_INSTANCES: Final = 256
"""The simulator keeps its number in one byte."""


def main() -> int:
    """Fly; 2 where something given cannot be used, 1 where a flight failed."""
    failure: BaseException | None = None
    try:
        with contextlib.suppress(asyncio.CancelledError):  # told to go, and gone in order
            _run(_parser().parse_args())
    except* (FlightlinkError, SitlError) as failures:
        failure = _first(failures)
    if failure is None:
        return 0
    sys.stderr.write(f"ardupilot: {failure}\n")
    return BAD_INPUT if isinstance(failure, FlightlinkError) else FAILED


def _first(failure: BaseException) -> BaseException:
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure


def _run(asked: argparse.Namespace) -> None:
    world = with_faults(load_world(asked.world), asked.fault)
    binary = find_binary(asked.binary or binary_from_world_file(asked.world), os.environ)
    with tempfile.TemporaryDirectory(prefix="groundstation-ardupilot-") as name:
        plans = flight_plans(world, asked, binary=binary, folder=Path(name))
        asyncio.run(_flown(plans, WorldClock(asked.epoch_utc_ns)))


async def _flown(plans: list[FlightPlan], clock: WorldClock) -> None:
    task = asyncio.current_task()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await fly_all(plans, clock)


def flight_plans(world: World, asked: argparse.Namespace, *, binary: Path, folder: Path) -> list[FlightPlan]:
    """Return one plan a vehicle.

    Raises:
        CannotStartError: the options do not fit the world; one line.
    """
    most = len(world.vehicles)
    if not 1 <= asked.vehicles <= most:
        raise CannotStartError(f"--vehicles {asked.vehicles}: the world {world.name} has 1 to {most} vehicles")
    if not 0 <= asked.first_instance <= MOST_INSTANCES - asked.vehicles:
        raise CannotStartError(
            f"--first-instance {asked.first_instance}: expected 0 to {MOST_INSTANCES - asked.vehicles}"
        )
    if asked.station[1] < 1:
        raise CannotStartError("--station: names port 0; give the port that the station listens on")
    if asked.video and len(asked.video) != asked.vehicles:
        raise CannotStartError(
            f"--video: given {len(asked.video)} times for {asked.vehicles} vehicles; give it for each"
        )
    if asked.laps < 1:
        raise CannotStartError(f"--laps {asked.laps}: expected a number of at least 1")
    for video in asked.video:
        _refuse_unfit_video(world, video, allow_remote=asked.remote_video)
    station = _resolved(asked.station)
    return [
        FlightPlan(
            world=world,
            vehicle=vehicle,
            binary=binary,
            instance=asked.first_instance + number,
            folder=folder / vehicle.name,
            station=station,
            video=asked.video[number] if asked.video else None,
            remote_video=asked.remote_video,
            laps=asked.laps,
            gimbal=Gimbal(kind=GimbalKind(asked.gimbal)),
        )
        for number, vehicle in enumerate(world.vehicles[: asked.vehicles])
    ]


def _refuse_unfit_video(world: World, video: str, *, allow_remote: bool) -> None:
    """Refuse now what the film would refuse a minute later, when the vehicle is ready."""
    if world.video.metadata != "none":
        raise CannotStartError(
            f'{world.name}: [video] metadata: a real autopilot tells our camera nothing; take "none"'
        )
    refuse_unfit(address_from(video, world.video), world.video, allow_remote=allow_remote)


def _resolved(station: tuple[str, int]) -> tuple[str, int]:
    """Return a numeric address: the simulator resolves no names."""
    host, port = station
    try:
        return socket.gethostbyname(host), port
    except OSError as error:
        raise CannotStartError(f"--station {host}: unknown host; give for instance 127.0.0.1:14550") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sitl.ardupilot", description="real autopilots in a simulated world"
    )
    parser.add_argument("world", type=Path)
    parser.add_argument("--station", type=address, required=True, metavar="HOST:PORT", help="that listens for MAVLink")
    parser.add_argument("--video", action="append", default=[], metavar="ADDRESS", help=f"for each: {EXAMPLES}")
    parser.add_argument("--remote-video", action="store_true", help="let video leave this machine")
    parser.add_argument("--fault", action="append", default=[], help='for instance "loss share=0.1 from_s=90"')
    parser.add_argument("--vehicles", type=int, default=1, metavar="N", help="how many of the world's vehicles fly (1)")
    parser.add_argument("--binary", type=Path, help="default: the world file's, $ARDUCOPTER, arducopter on the PATH")
    parser.add_argument("--laps", type=int, default=1, metavar="N", help="how often each flies its route (1)")
    parser.add_argument(
        "--gimbal", choices=list(GimbalKind), default=GimbalKind.LEVEL, help="levels itself, or servos (level)"
    )
    parser.add_argument("--first-instance", type=int, default=0, metavar="I", help="number of the first simulator (0)")
    parser.add_argument("--epoch-utc-ns", type=int, default=time.time_ns(), help="when the world began; default now")
    return parser


if __name__ == "__main__":
    sys.exit(main())
