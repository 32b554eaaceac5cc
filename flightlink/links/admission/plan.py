"""`LinkPlan`: one link of the settings with who may speak on it; refused where anybody could."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flightlink.errors import LinkError
from flightlink.links.address import LinkAddress, LinkKind, address_from_text
from flightlink.links.admission.networks import LOOPBACK, Network, is_loopback, is_within, networks_from_texts

LISTENING = (LinkKind.UDP_IN, LinkKind.TCP_IN)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPlan:
    """Where a link leads and whom it listens to."""

    address: LinkAddress
    networks: tuple[Network, ...] | None
    """Addresses that are listened to; None where a signature alone decides, and for links that we address ourselves."""
    key_file: Path | None = None
    """Key of MAVLink 2 signing; with it unsigned messages are refused."""
    system_ids: frozenset[int] | None = None
    """Vehicles that may be taken in over this link; None takes any."""

    @property
    def listens(self) -> bool:
        """Whether others come to us."""
        return self.address.kind in LISTENING

    def allows(self, host: str) -> bool:
        """Return whether messages from a numeric address are looked at."""
        return self.networks is None or is_within(host, self.networks)


def link_plan(
    text: str, *, allow: Sequence[str] = (), key_file: Path | None = None, system_ids: Sequence[int] = ()
) -> LinkPlan:
    """Return the plan of one link.

    Whom we address ourselves (`udpout`, `tcp`, `serial`) is allowed by that. A link that listens on loopback listens to
    loopback. A link that listens elsewhere needs a list of networks, or a key.

    Raises:
        LinkError: the address is wrong, or anybody could speak; one line with how to mend it.
    """
    address = address_from_text(text)
    listens = address.kind in LISTENING
    if allow and not listens:
        raise LinkError(f"link {text!r}: allow is for links that listen (udpin, tcpin); remove it")
    networks = networks_from_texts(allow, where=f"link {text!r}") or None
    if listens and networks is None and key_file is None:
        networks = _loopback(text, address)
    return LinkPlan(
        address=address, networks=networks, key_file=key_file, system_ids=frozenset(system_ids) if system_ids else None
    )


def _loopback(text: str, address: LinkAddress) -> tuple[Network, ...]:
    if not is_loopback(address.host):
        raise LinkError(f'link {text!r}: anybody could speak there; add allow = ["10.0.0.0/24"] or a key_file')
    return LOOPBACK
