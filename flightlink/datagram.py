"""UDP links: one socket, one `Peer` per address that sends to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from flightlink.address import LinkAddress, LinkKind
from flightlink.errors import LinkError
from flightlink.hub import Hub, Peer

MOST_PEERS: Final = 64
"""Addresses remembered on one port; the longest silent one without a vehicle goes first."""

_Address = tuple[str, int]


class DatagramLink(asyncio.DatagramProtocol):
    """One UDP socket, listening or sending first."""

    def __init__(self, address: LinkAddress, hub: Hub, now_ns: Callable[[], int]) -> None:
        self.address = address
        self.refused_peers = 0
        """Datagrams of addresses for which there was no room."""
        self._hub = hub
        self._now_ns = now_ns
        self._peers: dict[_Address, Peer] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self._error = ""

    @property
    def peers(self) -> list[Peer]:
        """All that were heard, or are addressed first."""
        return list(self._peers.values())

    @property
    def error(self) -> str:
        """The last error of the network, empty when something came since."""
        return self._error

    @property
    def port(self) -> int:
        """The local port; tells a listener's own when the address says 0."""
        return int(self._transport.get_extra_info("sockname")[1]) if self._transport else 0

    async def open(self) -> None:
        """Open the socket.

        Raises:
            LinkError: the port is in use or the host is unknown; one line.
        """
        loop, place = asyncio.get_running_loop(), (self.address.host, self.address.port)
        listens = self.address.kind is LinkKind.UDP_IN
        try:
            local, remote = (place, None) if listens else (None, place)
            self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=local, remote_addr=remote)
        except OSError as cause:
            hint = "another program has the port: end it or choose another" if listens else "check host and port"
            raise LinkError(f"link {self.address.text}: cannot open ({cause.strerror or cause}); {hint}") from cause
        if not listens:
            peer = Peer(name=self.address.text, send=self._transport.sendto, speaks_first=True)
            self._peers[self._transport.get_extra_info("peername")[:2]] = peer

    async def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()
        await asyncio.sleep(0)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Take one datagram, stamped on arrival; asyncio calls this."""
        received_utc_ns = self._now_ns()
        peer = self._peer(addr[:2])
        if peer is None:
            self.refused_peers += 1
            return
        self._error = ""
        self._hub.receive(peer, data, received_utc_ns, is_datagram=True)

    def error_received(self, exc: Exception) -> None:
        """Note an error that the network reports, for instance that nobody listens; asyncio calls this."""
        self._error = str(exc)

    def _peer(self, address: _Address) -> Peer | None:
        if address not in self._peers and self._has_room():
            self._peers[address] = self._new_peer(address)
        return self._peers.get(address)

    def _new_peer(self, address: _Address) -> Peer:
        def send(data: bytes) -> None:
            if self._transport is not None and not self._transport.is_closing():
                self._transport.sendto(data, address)

        return Peer(name=f"{address[0]}:{address[1]}", send=send, speaks_first=False)

    def _has_room(self) -> bool:
        if self.address.kind is LinkKind.UDP_OUT:
            return False
        if len(self._peers) < MOST_PEERS:
            return True
        idle = [item for item in self._peers.items() if not self._hub.owns_a_vehicle(item[1])]
        if not idle:
            return False
        del self._peers[min(idle, key=lambda item: item[1].received_utc_ns)[0]]
        return True
