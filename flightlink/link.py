"""`FlightLinks`: all links of the station in one place; the only door through which telemetry comes in live."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from flightlink.address import LinkAddress, LinkKind, address_from_text
from flightlink.camera_file import CameraFile
from flightlink.datagram import DatagramLink
from flightlink.hub import Hub, HubCounters, OnFrame, OnMessage, Peer
from flightlink.stream import StreamLink
from flightlink.tlog_link import TlogLink
from flightlink.vehicle import VehicleTracker

_TICK_S: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatus:
    """What health shows of one link."""

    address: str
    port: int
    """Local port of a listening link."""
    peers: int
    """Addresses or connections at the other end."""
    frames: int
    """Good frames of the present peers."""
    junk_bytes: int
    """Bytes of the present peers that were in no good frame."""
    refused_peers: int
    error: str
    """Why nothing comes, empty when all is well."""


class FlightLinks:
    """Links to vehicles: open with `async with`, then let a TaskGroup own `run()`.

    Args:
        addresses: as in `address.address_from_text`.
        cameras: camera file of each system id that has one.
        system_ids: vehicles that may be taken in; None takes any.
        now_ns: the station's clock, UTC nanoseconds; frames of video must be stamped by the same.

    Raises:
        LinkError: an address is wrong (here), or a port is in use (on entering).
    """

    def __init__(
        self,
        addresses: Sequence[str],
        *,
        cameras: Mapping[int, CameraFile] | None = None,
        system_ids: frozenset[int] | None = None,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._now_ns = now_ns
        self._hub = Hub(cameras or {}, system_ids)
        self._links = [self._link(address_from_text(address)) for address in addresses]

    @property
    def trackers(self) -> dict[int, VehicleTracker]:
        """The vehicles heard so far, by system id."""
        return self._hub.trackers

    @property
    def counters(self) -> HubCounters:
        """What was turned away."""
        return self._hub.counters

    def subscribe(self, on_message: OnMessage) -> Callable[[], None]:
        """Call back for each decoded message of a vehicle, in the loop's own thread; return the way to stop it."""
        return self._hub.subscribe(on_message)

    def subscribe_frames(self, on_frame: OnFrame) -> Callable[[], None]:
        """Call back for each good frame of a vehicle as received, in the loop's own thread; return the way to stop."""
        return self._hub.subscribe_frames(on_frame)

    def statuses(self) -> tuple[LinkStatus, ...]:
        """Return the state of each link, in the order of the addresses."""
        return tuple(_status(link) for link in self._links)

    async def __aenter__(self) -> Self:
        """Open every port; none stays open when one fails."""
        try:
            for link in self._links:
                await link.open()
        except OSError:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every port."""
        await self._close()

    async def _close(self) -> None:
        for link in self._links:
            await link.close()

    async def run(self) -> None:
        """Keep streams connected and speak to vehicles, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for link in self._links:
                if not isinstance(link, DatagramLink):
                    tasks.create_task(link.run(), name=f"link {link.address.text}")
            tasks.create_task(self._speak(), name="link voice")

    async def _speak(self) -> None:
        while True:
            self._hub.speak(self._peers(), self._now_ns())
            await asyncio.sleep(_TICK_S)

    def _peers(self) -> list[Peer]:
        return [peer for link in self._links for peer in link.peers]

    def _link(self, address: LinkAddress) -> DatagramLink | StreamLink | TlogLink:
        if address.kind is LinkKind.TLOG:
            return TlogLink(address, self._hub, self._now_ns)
        is_datagram = address.kind in (LinkKind.UDP_IN, LinkKind.UDP_OUT)
        kind = DatagramLink if is_datagram else StreamLink
        return kind(address, self._hub, self._now_ns)


def _status(link: DatagramLink | StreamLink | TlogLink) -> LinkStatus:
    counters = [peer.framer.counters for peer in link.peers]
    return LinkStatus(
        address=link.address.text,
        port=link.port,
        peers=len(counters),
        frames=sum(counter.frames for counter in counters),
        junk_bytes=sum(counter.junk_bytes for counter in counters),
        refused_peers=link.refused_peers,
        error=link.error,
    )
