"""One vehicle of a simulated world as a process: MAVLink and video to a station, until it is ended.

python -m sitl.simulate WORLD.toml --vehicle D1 --station 127.0.0.1:14550 --video udp://127.0.0.1:5600
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, cast

from flightlink.errors import FlightlinkError
from sitl.fault_ways import faulty_video
from sitl.faulty.commands import can_wait_for_stdin, stdin_lines, take_lines
from sitl.film import film
from sitl.giving_way import give_way
from sitl.options import BAD_INPUT, Address, address, plan_named, with_faults
from sitl.vehicle.belief import belief_of
from sitl.vehicle.flown import FlownVehicle, flight_of
from sitl.world.clock import WorldClock
from sitl.world.errors import WorldError
from sitl.world.file import load_world
from sitl.world.video_plan import EXAMPLES, address_from, refuse_unfit
from sitl.world.world import VehiclePlan, World

__all__ = ["flight_of", "main", "plan_named", "simulate"]

TICK_S: Final = 0.005


class VehicleLink(asyncio.DatagramProtocol):
    """The vehicle's UDP socket: hands datagrams to the vehicle and its answers back."""

    def __init__(self, vehicle: FlownVehicle, clock: WorldClock) -> None:
        self._vehicle = vehicle
        self._clock = clock
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002  # asyncio's signature
        """Answer at once."""
        self._vehicle.hear(data, self._clock.world_s())
        self.send()

    def error_received(self, exc: Exception) -> None:
        """Go on: a station that is not there yet refuses datagrams."""

    def send(self) -> None:
        """Send what is due, each message as one datagram."""
        for _, datagram in self._vehicle.said(self._clock.world_s()):
            if self._transport is not None:
                self._transport.sendto(datagram)


async def fly(link: VehicleLink) -> None:
    """Send what is due, for ever."""
    while True:
        link.send()
        await asyncio.sleep(TICK_S)


async def simulate(
    world: World,
    plan: VehiclePlan,
    *,
    station: Address,
    video: str,
    epoch_utc_ns: int,
    remote_video: bool = False,
) -> None:
    """Fly and film until cancelled; take faults over standard input.

    Raises:
        WorldError: an address cannot be had; one line.
    """
    clock = WorldClock(epoch_utc_ns)
    sent_to = address_from(video, world.video)
    refuse_unfit(sent_to, world.video, allow_remote=remote_video)
    vehicle = FlownVehicle(world, plan, epoch_utc_ns=epoch_utc_ns, video_uris=(sent_to.uri,))
    names = [other.name for other in world.vehicles]
    way = faulty_video(vehicle.board, clock.world_s, sent_to, on_command=can_wait_for_stdin())
    async with vehicle_link(vehicle, clock, station) as link, way as relay:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(fly(link))
                tasks.create_task(take_lines(stdin_lines(), vehicle.board, names, clock.world_s, "simulate"))
                filmed = film(
                    world,
                    vehicle.flight_at,
                    clock,
                    video,
                    by_way_of=relay,
                    intrinsics_at=vehicle.intrinsics_at,
                    believed_at=belief_of(vehicle, epoch_utc_ns=epoch_utc_ns),
                    allow_remote=remote_video,
                )
                tasks.create_task(filmed)
        except ExceptionGroup as group:
            raise first_bad_input(group) from group


def first_bad_input(group: ExceptionGroup[Exception]) -> Exception:
    """Return the first fault of the input among the errors of several tasks, or the errors as they are."""
    told: BaseException | None = group.subgroup(FlightlinkError)
    while isinstance(told, ExceptionGroup):
        told = told.exceptions[0]
    return told if isinstance(told, FlightlinkError) else group


@asynccontextmanager
async def vehicle_link(vehicle: FlownVehicle, clock: WorldClock, station: Address) -> AsyncIterator[VehicleLink]:
    """Have the vehicle's socket while the block lasts.

    Raises:
        WorldError: the station's host is unknown.
    """
    loop = asyncio.get_running_loop()
    try:
        made = await loop.create_datagram_endpoint(lambda: VehicleLink(vehicle, clock), remote_addr=station)
    except OSError as cause:
        raise WorldError(
            f"--station {station[0]}:{station[1]}: {cause.strerror or cause}; check host and port"
        ) from cause
    transport, link = made
    try:
        yield link
    finally:
        transport.close()


def main() -> int:
    """Run one vehicle; 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m sitl.simulate", description="one vehicle of a simulated world")
    parser.add_argument("world", type=Path)
    parser.add_argument("--vehicle", required=True)
    parser.add_argument("--station", type=address, required=True, help="HOST:PORT that listens for MAVLink")
    parser.add_argument("--video", required=True, metavar="ADDRESS", help=f"where video goes: {EXAMPLES}")
    parser.add_argument("--remote-video", action="store_true", help="let video leave this machine")
    parser.add_argument(
        "--fault", action="append", default=[], help='for instance "loss share=0.1 from_s=5 lasts_s=10"'
    )
    parser.add_argument("--epoch-utc-ns", type=int, default=time.time_ns(), help="when the world began; default now")
    parser.add_argument("--gives-way", action="store_true", help="let the station go first on a busy machine")
    asked = parser.parse_args()
    try:
        if asked.gives_way:
            give_way()
        world = with_faults(load_world(asked.world), asked.fault)
        plan = plan_named(world, asked.vehicle)
        told = {"station": asked.station, "video": asked.video, "epoch_utc_ns": asked.epoch_utc_ns}
        asyncio.run(simulate(world, plan, **told, remote_video=asked.remote_video))
    except FlightlinkError as error:
        sys.stderr.write(f"simulate: {error}\n")
        return BAD_INPUT
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
