"""An RTSP server of one live stream on loopback: relays the same packets to several clients, over UDP or interleaved.

A session lives as long as its connection. Whoever gives no sign of life is let go; whoever is slow loses pictures up to
the newest keyframe, and slows nobody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from http import HTTPStatus
from typing import Final

from sitl.video.rtp import RtpUnit
from sitl.video.rtsp_client import RtspClient, UdpEnds
from sitl.video.rtsp_session import Offer, RtspSession
from sitl.video.rtsp_text import MAX_HEAD_BYTES, answer
from sitl.video.unit_queue import UnitQueue
from sitl.world.errors import SitlError, WorldError

LOOPBACK: Final = "127.0.0.1"
MAX_CLIENTS: Final = 8
QUEUE_S: Final = 1.0
TIMEOUT_S: Final = 60.0
PORT_TRIES: Final = 50


class RtspServer:
    """The stream and its clients.

    Args:
        offer: what is streamed.
        queue_limit: greatest number of pictures that wait for one client.
    """

    def __init__(self, offer: Offer, *, queue_limit: int) -> None:
        self._offer = offer
        self._queue_limit = queue_limit
        self._clients: dict[RtspClient, asyncio.Task[None]] = {}

    def publish(self, unit: RtpUnit) -> None:
        """Queue a picture for each client that plays."""
        for client in self._clients:
            client.offer(unit)

    @asynccontextmanager
    async def listening(self, listener: socket.socket, udp: UdpEnds) -> AsyncIterator[None]:
        """Take connections while the block lasts."""
        loop = asyncio.get_running_loop()
        ear, _ = await loop.create_datagram_endpoint(lambda: _RtcpEar(self._heard_from), sock=udp.rtcp)
        try:
            async with asyncio.TaskGroup() as tasks:
                taken = functools.partial(self._connected, tasks, udp)
                server = await asyncio.start_server(taken, sock=listener, limit=MAX_HEAD_BYTES)
                try:
                    yield
                finally:
                    server.close()
                    for task in self._clients.values():
                        task.cancel()
        finally:
            ear.close()

    def _heard_from(self, address: tuple[str, int]) -> None:
        for client in self._clients:
            if client.rtcp_address == address:
                client.gave_sign()

    def _connected(
        self, tasks: asyncio.TaskGroup, udp: UdpEnds, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if len(self._clients) >= MAX_CLIENTS:
            writer.write(answer(HTTPStatus.SERVICE_UNAVAILABLE, None))
            writer.close()
            return
        session = RtspSession(self._offer, session_id=secrets.token_hex(8))
        queue, timeout_s = UnitQueue(self._queue_limit), self._offer.timeout_s
        client = RtspClient(session, reader, writer, udp=udp, queue=queue, timeout_s=timeout_s)
        self._clients[client] = tasks.create_task(self._served(client, writer))

    async def _served(self, client: RtspClient, writer: asyncio.StreamWriter) -> None:
        try:
            await client.serve()
        finally:
            self._clients.pop(client, None)
            writer.close()


class _RtcpEar(asyncio.DatagramProtocol):
    """Hears the clients' reports; what a client on UDP sends to the RTP port only opens its own gate."""

    def __init__(self, heard_from: Callable[[tuple[str, int]], None]) -> None:
        self._heard_from = heard_from

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002  # asyncio's signature
        """Tell who lives."""
        self._heard_from(addr)

    def error_received(self, exc: Exception) -> None:
        """Go on: a client that has gone refuses datagrams."""


@asynccontextmanager
async def rtsp_server(
    *, name: str, description: str, port: int, fps: float, ssrc: int, timeout_s: float = TIMEOUT_S
) -> AsyncIterator[RtspServer]:
    """Serve one stream at `rtsp://127.0.0.1:PORT/NAME` while the block lasts.

    Raises:
        WorldError: the port is in use.
        SitlError: no two neighbouring UDP ports are free.
    """
    with ExitStack() as stack:
        listener = stack.enter_context(bound_listener(port))
        rtp, rtcp = (stack.enter_context(end) for end in udp_pair())
        udp = UdpEnds(rtp=rtp, rtcp=rtcp)
        offer = Offer(name=name, description=description, server_ports=udp.ports, ssrc=ssrc, timeout_s=timeout_s)
        server = RtspServer(offer, queue_limit=max(2, round(QUEUE_S * fps)))
        async with server.listening(listener, udp):
            yield server


def bound_listener(port: int) -> socket.socket:
    """Return a TCP socket bound to a port of loopback.

    Raises:
        WorldError: the port is in use.
    """
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen()
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise WorldError(f"rtsp://{LOOPBACK}:{port}: {error.strerror}; give the stream another port") from error
    return listener


def udp_pair() -> tuple[socket.socket, socket.socket]:
    """Return two UDP sockets on neighbouring ports of loopback, the first one even (RFC 3550, 11).

    Raises:
        SitlError: none are free.
    """
    for _ in range(PORT_TRIES):
        with ExitStack() as stack:
            first, second = (stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2))
            first.bind((LOOPBACK, 0))
            port = first.getsockname()[1]
            with contextlib.suppress(OSError):
                if port % 2 == 0:
                    second.bind((LOOPBACK, port + 1))
                    for end in (first, second):
                        end.setblocking(False)
                    stack.pop_all()
                    return first, second
    raise SitlError(f"rtsp: no two neighbouring UDP ports of {LOOPBACK} are free")
