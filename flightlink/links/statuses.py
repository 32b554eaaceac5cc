"""`LinkStatus`: what health shows of one link."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from flightlink.links.address import LinkAddress
from flightlink.links.admission.peer import Peer
from flightlink.vehicle.state import WayState


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatus:
    """One link and the vehicles on it."""

    address: str
    port: int
    """Local port of a listening link."""
    peers: int
    """Addresses or connections at the other end."""
    frames: int
    """Good frames of the present peers."""
    junk_bytes: int
    """Bytes of the present peers that were in no good frame."""
    error: str
    """Why nothing comes, empty when all is well."""
    refused: Mapping[str, int] = field(default_factory=dict)
    """Constant word -> datagrams, connections or frames turned away for that."""
    vehicles: tuple[WayState, ...] = ()
    """Vehicles reached over it."""


class Link(Protocol):
    """A link of any kind."""

    address: LinkAddress

    @property
    def peers(self) -> list[Peer]:
        """The other ends."""
        ...

    @property
    def error(self) -> str:
        """Why nothing comes."""
        ...

    @property
    def port(self) -> int:
        """Local port."""
        ...


def link_status(link: Link, refused: Mapping[str, int], ways: Iterable[WayState]) -> LinkStatus:
    """Return the state of a link.

    Args:
        link: the link.
        refused: what was turned away on it.
        ways: of all vehicles, over all links.
    """
    counters = [peer.framer.counters for peer in link.peers]
    return LinkStatus(
        address=link.address.text,
        port=link.port,
        peers=len(counters),
        frames=sum(counter.frames for counter in counters),
        junk_bytes=sum(counter.junk_bytes for counter in counters),
        error=link.error,
        refused=dict(refused),
        vehicles=_on_link(link.address.text, tuple(ways)),
    )


def _on_link(text: str, ways: Sequence[WayState]) -> tuple[WayState, ...]:
    return tuple(way for way in ways if way.link == text)
