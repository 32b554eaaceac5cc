"""How the other end of a link becomes a `Peer`: with the guard and the signing voice that its link asks for. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flightlink.links.admission.peer import Peer
from flightlink.links.admission.plan import LinkPlan
from flightlink.links.admission.signing import Guard
from flightlink.mavlink.voice import Voice

NewPeer = Callable[[str, Callable[[bytes], None]], Peer]
"""Makes the peer of a name and of the way to send to it."""

_LINK_IDS: Final = 256


def introduction(plan: LinkPlan, guard: Guard | None, *, number: int, now_ns: Callable[[], int]) -> NewPeer:
    """Return the maker of a link's peers.

    Args:
        plan: of the link.
        guard: asks for signatures; None where nobody signs.
        number: of the link among all, for the link id in our own signatures.
        now_ns: the station's clock.
    """

    def new_peer(name: str, send: Callable[[bytes], None]) -> Peer:
        return Peer(
            name=name,
            send=send,
            speaks_first=not plan.listens,
            link=plan.address.text,
            guard=guard,
            system_ids=plan.system_ids,
            voice=_voice(guard, number % _LINK_IDS, now_ns),
        )

    return new_peer


def _voice(guard: Guard | None, link_id: int, now_ns: Callable[[], int]) -> Voice:
    if guard is None:
        return Voice()
    return Voice(secret=guard.key.secret, link_id=link_id, next_stamp=lambda: guard.next_stamp(now_ns()))
