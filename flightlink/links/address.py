"""Addresses of links: `udpin://HOST:PORT`, `udpout://`, `tcp://`, `tcpin://`, `serial:///dev/ttyUSB0?baud=57600`, `tlog://FILE`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qs, urlsplit

from flightlink.errors import LinkError

_DEFAULT_BAUD: Final = 57_600
_MOST_BAUD: Final = 20_000_000


class LinkKind(StrEnum):
    """How bytes come and go."""

    UDP_IN = "udpin"
    """Listens; vehicles send to us."""
    UDP_OUT = "udpout"
    """Sends first, to a vehicle that listens."""
    TCP = "tcp"
    """Connects."""
    TCP_IN = "tcpin"
    """Listens for connections."""
    SERIAL = "serial"
    """A radio or a cable."""
    TLOG = "tlog"
    """A recording, or a folder of its parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAddress:
    """One link of the settings."""

    text: str
    """As written; names the link everywhere."""
    kind: LinkKind
    host: str = ""
    port: int = 0
    """0 lets the system choose a free one (listening links only)."""
    device: str = ""
    """Path of a serial device, or of a recording."""
    baud: int = _DEFAULT_BAUD


def address_from_text(text: str) -> LinkAddress:
    """Return the address.

    Raises:
        LinkError: it is none of the known kinds or misses a part; one line with how to mend it.
    """
    try:
        parts = urlsplit(text)
    except ValueError as cause:
        raise LinkError(f"link {text!r}: {cause}; expected for instance udpin://[::1]:14550") from cause
    if parts.scheme not in set(LinkKind):
        known = ", ".join(f"{kind}://" for kind in LinkKind)
        raise LinkError(f"link {text!r}: unknown kind; expected one of {known}")
    kind = LinkKind(parts.scheme)
    if kind is LinkKind.SERIAL:
        return _serial(text, parts.path, parts.query)
    if kind is LinkKind.TLOG:
        return _tlog(text)
    try:
        port = parts.port
    except ValueError as cause:
        raise LinkError(f"link {text!r}: {cause}; expected for instance {kind}://127.0.0.1:14550") from cause
    listens = kind in (LinkKind.UDP_IN, LinkKind.TCP_IN)
    if not parts.hostname or port is None or (port == 0 and not listens):
        raise LinkError(f"link {text!r}: host or port is missing; expected for instance {kind}://127.0.0.1:14550")
    _refuse_no_host(text, parts.hostname)
    return LinkAddress(text=text, kind=kind, host=parts.hostname, port=port)


def _refuse_no_host(text: str, host: str) -> None:
    """Refuse here what the system would only refuse, with an error of its own, when the link runs."""
    try:
        host.encode("idna")
    except UnicodeError as cause:
        raise LinkError(f"link {text!r}: {host[:40]!r} is no name of a host; check its dots and its length") from cause


def _serial(text: str, device: str, query: str) -> LinkAddress:
    baud = parse_qs(query).get("baud", [str(_DEFAULT_BAUD)])[0]
    is_rate = baud.isascii() and baud.isdigit() and len(baud) < 10 and 1 <= int(baud) <= _MOST_BAUD
    if len(device) < 2 or not is_rate:
        raise LinkError(f"link {text!r}: expected for instance serial:///dev/ttyUSB0?baud={_DEFAULT_BAUD}")
    return LinkAddress(text=text, kind=LinkKind.SERIAL, device=device, baud=int(baud))


def _tlog(text: str) -> LinkAddress:
    path = text.partition("://")[2]
    if not path:
        raise LinkError(f"link {text!r}: the file is missing; expected for instance tlog://flight.tlog")
    return LinkAddress(text=text, kind=LinkKind.TLOG, device=path)
