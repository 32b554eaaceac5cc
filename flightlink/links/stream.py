"""TCP and serial links: a stream each, opened again and again with a growing pause while the other end is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import serial_asyncio_fast

from flightlink.errors import LinkError
from flightlink.links.address import LinkKind
from flightlink.links.admission.introduction import NewPeer
from flightlink.links.admission.plan import LinkPlan
from flightlink.links.admission.refusals import Refused
from flightlink.links.hub import Hub, Peer

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 8.0
_CHUNK_BYTES: Final = 4096
_CONNECT_S: Final = 5.0
MOST_UNSENT_BYTES: Final = 16 * 1024
"""Policy of the outgoing buffer: when the other end does not read, the newest message is dropped."""
MOST_CONNECTIONS: Final = 16


class StreamLink:
    """A link of one stream that is opened by us, or of several that are opened to us."""

    def __init__(self, plan: LinkPlan, hub: Hub, new_peer: NewPeer, now_ns: Callable[[], int]) -> None:
        self.address = plan.address
        self._plan = plan
        self._hub = hub
        self._new_peer = new_peer
        self._now_ns = now_ns
        self._writers: dict[str, asyncio.StreamWriter] = {}
        self._peers: dict[str, Peer] = {}
        self._server: asyncio.Server | None = None
        self._error = ""

    @property
    def peers(self) -> list[Peer]:
        """The connections that are open now."""
        return list(self._peers.values())

    @property
    def error(self) -> str:
        """Why the last try failed, empty while connected."""
        return "" if self._peers else self._error

    @property
    def port(self) -> int:
        """The port on which we listen."""
        return int(self._server.sockets[0].getsockname()[1]) if self._server else self.address.port

    async def open(self) -> None:
        """Begin to listen, where this link listens.

        Raises:
            LinkError: the port is in use or the host is unknown; one line.
        """
        if self.address.kind is not LinkKind.TCP_IN:
            return
        try:
            self._server = await asyncio.start_server(self._serve, self.address.host, self.address.port)
        except OSError as cause:
            hint = "another program has the port: end it or choose another"
            raise LinkError(f"link {self.address.text}: cannot open ({cause.strerror or cause}); {hint}") from cause

    async def close(self) -> None:
        """Stop listening and hang up; what an end that does not read has not taken is given up."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers.values()):
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()
        await asyncio.sleep(0)

    async def run(self) -> None:
        """Keep one connection open for ever; pauses grow from 0.5 to 8 s and begin anew after bytes came."""
        if self.address.kind is LinkKind.TCP_IN:
            return
        pause_s = FIRST_PAUSE_S
        while True:
            if await self._connected_once():
                pause_s = FIRST_PAUSE_S
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _connected_once(self) -> bool:
        """Open, read to the end, and return whether anything came."""
        try:
            async with asyncio.timeout(_CONNECT_S):
                reader, writer = await self._opened()
        except (OSError, TimeoutError) as cause:
            self._error = str(cause) or f"no answer in {_CONNECT_S:.0f} s"
            return False
        return await self._read(reader, writer)

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.address.kind is LinkKind.SERIAL:
            return await serial_asyncio_fast.open_serial_connection(url=self.address.device, baudrate=self.address.baud)
        return await asyncio.open_connection(self.address.host, self.address.port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        place = writer.get_extra_info("peername")
        if place is None:  # gone again already
            writer.close()
            return
        word = Refused.NOT_ALLOWED if not self._plan.allows(place[0]) else None if self._has_room() else Refused.NO_ROOM
        if word is not None:
            self._hub.refuse(self.address.text, word)
            writer.close()
            return
        await self._read(reader, writer)

    def _has_room(self) -> bool:
        """Return whether one more connection fits; one that has brought no vehicle makes room, the oldest first."""
        if len(self._peers) < MOST_CONNECTIONS:
            return True
        idle = next((name for name, peer in self._peers.items() if not self._hub.owns_a_vehicle(peer)), None)
        if idle is None:
            return False
        self._writers[idle].transport.abort()
        return True

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        name = self._name_of(writer)
        peer = self._new_peer(name, lambda data: _send(writer, data))
        self._peers[name], self._writers[name] = peer, writer
        try:
            while data := await reader.read(_CHUNK_BYTES):
                self._hub.receive(peer, data, self._now_ns(), is_datagram=False)
            self._error = "the other end closed the connection"
        except OSError as cause:
            self._error = str(cause)
        finally:
            del self._peers[name], self._writers[name]
            self._hub.drop(peer)
            writer.close()
        return peer.received_utc_ns > 0

    def _name_of(self, writer: asyncio.StreamWriter) -> str:
        if self.address.kind is not LinkKind.TCP_IN:
            return self.address.text
        host, port = writer.get_extra_info("peername")[:2]
        return f"{host}:{port}"


def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    if data and not writer.is_closing() and writer.transport.get_write_buffer_size() < MOST_UNSENT_BYTES:
        writer.write(data)
