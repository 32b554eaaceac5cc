"""Addresses that a listening link takes messages from. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from flightlink.errors import LinkError

Network = IPv4Network | IPv6Network

LOOPBACK: Final[tuple[Network, ...]] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))


def networks_from_texts(texts: Sequence[str], *, where: str) -> tuple[Network, ...]:
    """Return the networks.

    Raises:
        LinkError: one of them is none; one line.
    """
    return tuple(_network(text, where) for text in texts)


def _network(text: str, where: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as cause:
        mend = 'write for instance allow = ["10.0.0.0/24"]'
        raise LinkError(f"{where}: allow has {text!r}, no network; {mend}") from cause


def is_loopback(host: str) -> bool:
    """Return whether a host to listen on is reached from this machine alone."""
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def is_within(host: str, networks: Sequence[Network]) -> bool:
    """Return whether the numeric address of a sender lies in one of the networks; what is no address does not."""
    address = _address(host)
    return address is not None and any(address in network for network in networks)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address, an IPv4 one told in IPv6 (`::ffff:10.0.0.1`) as itself; None for a name."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
