"""A bad link between any sender and a station: datagrams pass through a world's faults on loopback, both ways.

python -m sitl.relay --listen 127.0.0.1:14560 --to 127.0.0.1:14550 --world WORLD.toml --vehicle D1

It serves an autopilot's MAVLink as well as video (`--carries video` for MPEG-TS, `--carries rtp` for RTP and its RTCP
on the next port). At most 4,096 datagrams are under way in each direction; when full, a new one is lost.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, cast

from flightlink.errors import FlightlinkError
from sitl.faulty.commands import stdin_lines, take_lines
from sitl.faulty.rewrite import Rewriter
from sitl.faulty.way import Way
from sitl.faulty.wire import Wire
from sitl.options import BAD_INPUT, Address, address, board_asked_for, plan_named
from sitl.world.clock import WorldClock
from sitl.world.errors import WorldError
from sitl.world.faults import FaultBoard
from sitl.world.file import load_world

PAIR_TRIES: Final = 64
CARRIES: Final = ("telemetry", "video", "rtp")


class _End(asyncio.DatagramProtocol):
    """One socket of a relay: hands on what comes, with the address that it came from."""

    def __init__(self, on_datagram: Callable[[bytes, Address], None]) -> None:
        self._on_datagram = on_datagram
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the socket."""
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Hand on."""
        self._on_datagram(data, addr[:2])

    def error_received(self, exc: Exception) -> None:
        """Go on: a station that is not there yet refuses datagrams."""

    def send(self, data: bytes, to: Address | None = None) -> None:
        """Send, if the socket is open."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.sendto(data, to)


class Relay:
    """Two sockets and two ways between them; answers go to the sender heard last.

    Args:
        board: the faults.
        now_s: seconds since the world began.
        name: of the stream; each has its own fate.
        is_video: whether the kinds for video befall it, else those for telemetry.
    """

    def __init__(self, board: FaultBoard, now_s: Callable[[], float], name: str, *, is_video: bool) -> None:
        self._inner, self._outer = _End(self._from_sender), _End(self._from_station)
        self._sender: Address | None = None
        change = None if is_video else Rewriter(board).rewritten
        self._down = Way(Wire(board, f"{name} down", is_video=is_video), now_s, self._outer.send, change)
        self._up = Way(Wire(board, f"{name} up", is_video=is_video), now_s, self._to_sender)

    async def open(self, listen: Address, to: Address) -> Address:
        """Open both sockets and return the address that the sender shall send to.

        Raises:
            WorldError: a port is in use or a host unknown; one line.
        """
        loop = asyncio.get_running_loop()
        try:
            inner, _ = await loop.create_datagram_endpoint(lambda: self._inner, local_addr=listen)
        except OSError as cause:
            mend = "end the program that has the port, or give another"
            raise WorldError(
                f"relay {listen[0]}:{listen[1]}: cannot listen ({cause.strerror or cause}); {mend}"
            ) from cause
        try:
            await loop.create_datagram_endpoint(lambda: self._outer, remote_addr=to)
        except OSError as cause:
            inner.close()
            raise WorldError(f"relay to {to[0]}:{to[1]}: {cause.strerror or cause}; check host and port") from cause
        host, port = inner.get_extra_info("sockname")[:2]
        return host, port

    def close(self) -> None:
        """Close both sockets."""
        for way in (self._down, self._up):
            way.close()
        for end in (self._inner, self._outer):
            if end.transport is not None:
                end.transport.close()

    def _from_sender(self, data: bytes, sender: Address) -> None:
        self._sender = sender
        self._down.take(data)

    def _from_station(self, data: bytes, _: Address) -> None:
        self._up.take(data)

    def _to_sender(self, data: bytes) -> None:
        if self._sender is not None:
            self._inner.send(data, self._sender)


@asynccontextmanager
async def relayed(
    board: FaultBoard, now_s: Callable[[], float], *, listen: Address, to: Address, carries: str
) -> AsyncIterator[Address]:
    """Relay while the block lasts; yields the address to send to, of which the port may be asked for as 0.

    Raises:
        WorldError: a port is in use or a host unknown; one line.
    """
    async with AsyncExitStack() as stack:
        relay = Relay(board, now_s, carries, is_video=carries != "telemetry")
        stack.callback(relay.close)
        if carries != "rtp":
            yield await relay.open(listen, to)
            return
        control = Relay(board, now_s, "rtcp", is_video=True)
        stack.callback(control.close)
        host, port = await relay.open((listen[0], listen[1] or free_pair(listen[0])), to)
        await control.open((host, port + 1), (to[0], to[1] + 1))
        yield host, port


def free_pair(host: str) -> int:
    """Return an even UDP port of which it and the next one were free a moment ago.

    Raises:
        WorldError: none was found.
    """
    for _ in range(PAIR_TRIES):
        with ExitStack() as stack:
            first, second = (stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2))
            first.bind((host, 0))
            port = int(first.getsockname()[1])
            with suppress(OSError):
                second.bind((host, port + 1))
                if port % 2 == 0:
                    return port
    raise WorldError(f"relay {host}: found no two free ports side by side; give one with --listen")


async def run(asked: argparse.Namespace) -> None:
    """Relay until cancelled."""
    world = load_world(asked.world)
    clock = WorldClock(asked.epoch_utc_ns)
    board = board_asked_for(world, plan_named(world, asked.vehicle), asked.fault)
    names = [plan.name for plan in world.vehicles]
    async with relayed(board, clock.world_s, listen=asked.listen, to=asked.to, carries=asked.carries):
        await take_lines(stdin_lines(), board, names, clock.world_s, "relay")
        await asyncio.Event().wait()


def main() -> int:
    """Run one relay; 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m sitl.relay", description="a bad link, by the faults of a world")
    parser.add_argument("--listen", type=address, required=True, help="HOST:PORT that the vehicle or camera sends to")
    parser.add_argument("--to", type=address, required=True, help="HOST:PORT of the station")
    parser.add_argument("--world", type=Path, required=True)
    parser.add_argument("--vehicle", required=True)
    parser.add_argument("--carries", choices=CARRIES, default="telemetry")
    parser.add_argument(
        "--fault", action="append", default=[], help='for instance "loss share=0.1 from_s=5 lasts_s=10"'
    )
    parser.add_argument("--epoch-utc-ns", type=int, default=time.time_ns(), help="when the world began; default now")
    asked = parser.parse_args()
    try:
        asyncio.run(run(asked))
    except FlightlinkError as error:
        sys.stderr.write(f"relay: {error}\n")
        return BAD_INPUT
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
