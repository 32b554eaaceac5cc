"""UDP links: one socket, one `Peer` per address that may speak on it.

The socket is read by ourselves and not through asyncio's transport: what has queued up is taken in one go, which costs
less than half per datagram. A stranger leaves nothing behind but a number in a counter.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from flightlink.address import LinkKind
from flightlink.admission.refusals import Refused
from flightlink.errors import LinkError
from flightlink.hub import Hub, Peer
from flightlink.introduction import NewPeer
from flightlink.plan import LinkPlan

MOST_PEERS: Final = 64
"""Addresses remembered on one port; the longest silent one without a vehicle goes first."""
_MOST_AT_ONCE: Final = 64
"""Datagrams taken before others of the loop have their turn."""
_DATAGRAM_BYTES: Final = 65_535

_Address = tuple[str, int]


class DatagramLink:
    """One UDP socket, listening or sending first."""

    def __init__(self, plan: LinkPlan, hub: Hub, new_peer: NewPeer, now_ns: Callable[[], int]) -> None:
        self.address = plan.address
        self._plan = plan
        self._hub = hub
        self._new_peer = new_peer
        self._now_ns = now_ns
        self._peers: dict[_Address, Peer] = {}
        self._socket: socket.socket | None = None
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
        return int(self._socket.getsockname()[1]) if self._socket else 0

    async def open(self) -> None:
        """Open the socket.

        Raises:
            LinkError: the port is in use or the host is unknown; one line.
        """
        loop, opened = asyncio.get_running_loop(), None
        try:
            found = await loop.getaddrinfo(self.address.host, self.address.port, type=socket.SOCK_DGRAM)
            family, kind, protocol, _, place = found[0]
            opened = socket.socket(family, kind, protocol)
            opened.setblocking(False)
            if self._plan.listens:
                opened.bind(place)
            else:
                opened.connect(place)
        except OSError as cause:
            if opened is not None:
                opened.close()
            hint = "another program has the port: end it or choose another" if self._plan.listens else "check the host"
            raise LinkError(f"link {self.address.text}: cannot open ({cause.strerror or cause}); {hint}") from cause
        self._socket = opened
        if not self._plan.listens:
            self._peers[opened.getpeername()[:2]] = self._new_peer(self.address.text, self._send_to(None))
        loop.add_reader(opened, self._read)

    async def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _read(self) -> None:
        """Take the datagrams that have come, each stamped when it is taken; asyncio calls this."""
        receive, now_ns = self._socket.recvfrom if self._socket else None, self._now_ns
        if receive is None:
            return
        for _ in range(_MOST_AT_ONCE):
            try:
                data, place = receive(_DATAGRAM_BYTES)
            except BlockingIOError:
                return
            except OSError as cause:
                self._error = str(cause)
                return
            self.take(data, place[:2], now_ns())

    def take(self, data: bytes, place: _Address, received_utc_ns: int) -> None:
        """Take one datagram of an address."""
        peer = self._peers.get(place)
        if peer is None:
            self._take_stranger(data, place, received_utc_ns)
            return
        if self._error:
            self._error = ""
        self._hub.receive(peer, data, received_utc_ns, is_datagram=True)

    def _take_stranger(self, data: bytes, place: _Address, received_utc_ns: int) -> None:
        """Look at an address for the first time; where a signature decides, only one that holds makes it a peer."""
        if not self._plan.listens or not self._plan.allows(place[0]):
            self._hub.refuse(self.address.text, Refused.NOT_ALLOWED)
            return
        peer = self._new_peer(f"{place[0]}:{place[1]}", self._send_to(place))
        if self._plan.networks is not None and self._has_room():
            self._peers[place] = peer
        self._hub.receive(peer, data, received_utc_ns, is_datagram=True)
        if place not in self._peers and peer.is_vouched and self._has_room():
            self._peers[place] = peer
        if place not in self._peers:
            self._hub.drop(peer)
            self._hub.refuse(self.address.text, Refused.NOT_VOUCHED)

    def _send_to(self, place: _Address | None) -> Callable[[bytes], None]:
        def send(data: bytes) -> None:
            if self._socket is None or not data:
                return
            try:
                if place is None:
                    self._socket.send(data)
                else:
                    self._socket.sendto(data, place)
            except BlockingIOError:
                return  # the newest message is dropped when the network does not take it
            except OSError as cause:
                self._error = str(cause)

        return send

    def _has_room(self) -> bool:
        if len(self._peers) < MOST_PEERS:
            return True
        idle = [item for item in self._peers.items() if not self._hub.owns_a_vehicle(item[1])]
        if not idle:
            return False
        place, peer = min(idle, key=lambda item: item[1].received_utc_ns)
        del self._peers[place]
        self._hub.drop(peer)
        return True


def is_datagram(kind: LinkKind) -> bool:
    """Return whether a link carries datagrams."""
    return kind in (LinkKind.UDP_IN, LinkKind.UDP_OUT)
