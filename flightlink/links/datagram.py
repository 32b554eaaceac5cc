"""UDP links: one socket, one `Peer` per address that may speak on it.

The socket is read by ourselves and not through asyncio's transport. While datagrams come, it is looked at some thirty
times a second and all that has queued up is taken in one go: waking up for each costs more than the message itself. The
kernel stamps each with its arrival, so that no queue and no pause makes a message seem later than it was. A stranger
leaves nothing behind but a number in a counter.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from flightlink.errors import LinkError
from flightlink.links.address import LinkKind
from flightlink.links.admission.introduction import NewPeer
from flightlink.links.admission.plan import LinkPlan
from flightlink.links.admission.refusals import Refused
from flightlink.links.hub import Hub, Peer

MOST_PEERS: Final = 64
"""Addresses remembered on one port; the longest silent one without a vehicle goes first."""
_MOST_AT_ONCE: Final = 64
"""Datagrams taken before others of the loop have their turn."""
_DATAGRAM_BYTES: Final = 9216
"""The largest that any network carries in one piece; the rest of a larger one is junk."""
PAUSE_S: Final = 0.03
"""Between two looks while datagrams come; a pose waits no longer than this for its telemetry."""
_MOST_IDLE_LOOKS: Final = 5
"""In vain, one after the other: then the link is asleep, and the system wakes us."""
_SO_TIMESTAMPNS: Final = 35
"""Linux: the kernel tells each datagram's arrival; its socket module has no name for it."""
_TIMESPEC: Final = struct.Struct("@qq")
_STAMP_BYTES: Final = socket.CMSG_SPACE(_TIMESPEC.size)
_LONGEST_IN_QUEUE_NS: Final = 1_000_000_000
_LONGEST_DRAIN_NS: Final = 100_000_000
_QUEUE_BYTES: Final = 1 << 20

_Address = tuple[str, int]
_Place = tuple[Any, ...]
"""An address as the system tells it: IPv6 adds flow and scope, which are needed to answer."""


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
        self._pause: asyncio.TimerHandle | None = None
        self._idle_looks = 0
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
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _QUEUE_BYTES)
            if sys.platform == "linux":
                opened.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
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
        loop.add_reader(opened.fileno(), self._read)

    async def close(self) -> None:
        """Close the socket."""
        if self._pause is not None:
            self._pause.cancel()
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _read(self) -> None:
        """Take what has come, then look again only after a pause; asyncio calls this when something comes to rest."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._idle_looks = 0
            self._look()

    def _look(self) -> None:
        """Take what has come, then look again: a fault of who takes it is told, and must not leave the link deaf."""
        if self._socket is None:
            return
        took = _MOST_AT_ONCE
        try:
            took = self._drain(self._socket)
        finally:
            self._look_again(self._socket, took)

    def _look_again(self, opened: socket.socket, took: int) -> None:
        """Go on looking now and then while something comes, else wait for the next datagram."""
        loop = asyncio.get_running_loop()
        self._idle_looks = 0 if took else self._idle_looks + 1
        if self._idle_looks > _MOST_IDLE_LOOKS:
            loop.add_reader(opened.fileno(), self._read)
        else:
            # what is left when others had their turn is taken without a pause
            self._pause = loop.call_later(PAUSE_S if took < _MOST_AT_ONCE else 0.0, self._look)

    def _drain(self, opened: socket.socket) -> int:
        """Take the datagrams that have come, each stamped with its arrival; return how many there were."""
        receive, now_utc_ns, took = opened.recvmsg, self._now_ns(), 0
        ahead_ns = now_utc_ns - time.time_ns()  # of the kernel's clock, where the station has one of its own
        for _ in range(_MOST_AT_ONCE):
            try:
                data, stamps, _, place = receive(_DATAGRAM_BYTES, _STAMP_BYTES)
            except BlockingIOError:
                break
            except OSError as cause:
                self._error = str(cause)
                break
            arrived_ns = kernel_utc_ns(stamps) + ahead_ns if stamps else now_utc_ns
            # a clock that was set in between would make it early or late by any amount
            is_fair = now_utc_ns - _LONGEST_IN_QUEUE_NS < arrived_ns <= now_utc_ns + _LONGEST_DRAIN_NS
            took += 1
            self.take(data, place, arrived_ns if is_fair else now_utc_ns)
        return took

    def take(self, data: bytes, place: _Place, received_utc_ns: int) -> None:
        """Take one datagram of an address."""
        peer = self._peers.get(place[:2])
        if peer is None:
            self._take_stranger(data, place, received_utc_ns)
            return
        if self._error:
            self._error = ""
        self._hub.receive(peer, data, received_utc_ns, is_datagram=True)

    def _take_stranger(self, data: bytes, place: _Place, received_utc_ns: int) -> None:
        """Look at an address for the first time; where a signature decides, only one that holds makes it a peer."""
        if not self._plan.listens or not self._plan.allows(place[0]):
            self._hub.refuse(self.address.text, Refused.NOT_ALLOWED)
            return
        address, peer = place[:2], self._new_peer(f"{place[0]}:{place[1]}", self._send_to(place))
        if self._plan.networks is not None and self._has_room():
            self._peers[address] = peer
        self._hub.receive(peer, data, received_utc_ns, is_datagram=True)
        if address not in self._peers and peer.is_vouched and self._has_room():
            self._peers[address] = peer
        if address not in self._peers:
            self._hub.drop(peer)
            self._hub.refuse(self.address.text, Refused.NOT_VOUCHED)

    def _send_to(self, place: _Place | None) -> Callable[[bytes], None]:
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


def kernel_utc_ns(stamps: list[tuple[int, int, bytes]]) -> int:
    """Return the arrival that the kernel put beside a datagram: seconds and nanoseconds, 8 bytes each."""
    seconds, nanoseconds = _TIMESPEC.unpack_from(stamps[0][2])
    return int(seconds) * 1_000_000_000 + int(nanoseconds)


def is_datagram(kind: LinkKind) -> bool:
    """Return whether a link carries datagrams."""
    return kind in (LinkKind.UDP_IN, LinkKind.UDP_OUT)
