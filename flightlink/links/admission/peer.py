"""`Peer`: the other end of a link: one address, one connection or one cable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from flightlink.links.admission.signing import Guard
from flightlink.mavlink.framing import Framer
from flightlink.mavlink.voice import Voice


@dataclass(slots=True, kw_only=True, eq=False)
class Peer:
    """One other end, with a parser of its own."""

    name: str
    send: Callable[[bytes], None]
    speaks_first: bool
    """Whether heartbeats go to it before a vehicle was heard on it (not to strangers on a listening port)."""
    link: str = ""
    """Address of the link in the settings."""
    guard: Guard | None = None
    """Asks each frame for its signature; None where the peer is allowed without."""
    system_ids: frozenset[int] | None = None
    """Vehicles that may be taken in over it; None takes any."""
    framer: Framer = field(default_factory=Framer)
    voice: Voice = field(default_factory=Voice)
    is_vouched: bool = False
    """Whether a good signature came from it."""
    heartbeat_sent_utc_ns: int = 0
    received_utc_ns: int = 0
