"""One vehicle of a simulated world as a process: MAVLink and video to a station, until it is ended.

python -m sitl.simulate WORLD.toml --vehicle D1 --station 127.0.0.1:14550 --video udp://127.0.0.1:5600
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path
from typing import Final, cast

from flightlink.errors import FlightlinkError
from sitl.clock import WorldClock
from sitl.errors import WorldError
from sitl.film import film
from sitl.flown import FlownVehicle, flight_of
from sitl.world import VehiclePlan, World
from sitl.world_file import load_world

__all__ = ["flight_of", "main", "simulate"]

TICK_S: Final = 0.005
BAD_INPUT: Final = 2


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


async def simulate(world: World, plan: VehiclePlan, *, station: tuple[str, int], video: str, epoch_utc_ns: int) -> None:
    """Fly and film until cancelled."""
    clock = WorldClock(epoch_utc_ns)
    vehicle = FlownVehicle(world, plan, epoch_utc_ns=epoch_utc_ns)
    loop = asyncio.get_running_loop()
    transport, link = await loop.create_datagram_endpoint(lambda: VehicleLink(vehicle, clock), remote_addr=station)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fly(link))
            tasks.create_task(film(world, vehicle.flight_at, clock, video))
    finally:
        transport.close()


def plan_named(world: World, name: str) -> VehiclePlan:
    """Return a vehicle of the world.

    Raises:
        WorldError: there is none of that name.
    """
    for plan in world.vehicles:
        if plan.name == name:
            return plan
    known = ", ".join(plan.name for plan in world.vehicles)
    raise WorldError(f"{world.name}: has no vehicle {name!r}; it has {known}")


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no HOST:PORT")
    return host, int(port)


def main() -> int:
    """Run one vehicle; 2 where the world file has a hole."""
    parser = argparse.ArgumentParser(prog="python -m sitl.simulate", description="one vehicle of a simulated world")
    parser.add_argument("world", type=Path)
    parser.add_argument("--vehicle", required=True)
    parser.add_argument("--station", type=_address, required=True, help="HOST:PORT that listens for MAVLink")
    parser.add_argument("--video", required=True, help="FFmpeg address, for instance udp://127.0.0.1:5600")
    parser.add_argument("--epoch-utc-ns", type=int, default=time.time_ns(), help="when the world began; default now")
    asked = parser.parse_args()
    try:
        world = load_world(asked.world)
        plan = plan_named(world, asked.vehicle)
        asyncio.run(simulate(world, plan, station=asked.station, video=asked.video, epoch_utc_ns=asked.epoch_utc_ns))
    except FlightlinkError as error:
        sys.stderr.write(f"simulate: {error}\n")
        return BAD_INPUT
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
