"""Real links on loopback for tests: senders that play vehicles and strangers, and the station's links beside them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

from flightlink.links.admission.plan import LinkPlan
from flightlink.links.link import FlightLinks
from flightlink.mavlink.messages import MessageDecoder


@contextlib.asynccontextmanager
async def running(*plans: LinkPlan | str, state_dir: Path | None = None) -> AsyncIterator[FlightLinks]:
    """Open the station's links and let them run."""
    async with FlightLinks(plans, state_dir=state_dir) as links:
        task = asyncio.create_task(links.run())
        try:
            yield links
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def until(condition: Callable[[], bool], *, step: Callable[[], None] = lambda: None, seconds: float = 20) -> None:
    """Repeat a step until a condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            step()
            await asyncio.sleep(0.02)


@contextlib.contextmanager
def udp_to(port: int, *, host: str = "127.0.0.1") -> Iterator[socket.socket]:
    """Open a socket that sends to a port of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind((host, 0))
        opened.setblocking(False)
        opened.connect(("127.0.0.1", port))
        yield opened


def said(opened: socket.socket, frames: Sequence[bytes]) -> None:
    """Send each as a datagram of its own."""
    for frame in frames:
        with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
            opened.send(frame)


def heard(opened: socket.socket) -> list[str]:
    """Return the names of the messages that came."""
    names, decoder = list[str](), MessageDecoder()
    with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
        while True:
            message = decoder.decode(opened.recv(2048))
            names.append("" if message is None else message.get_type())
    return names
