"""Which address of a video that a vehicle tells may be opened: its own, or one that the settings allow. Pure.

Anybody who can put a packet on the link could send the station elsewhere with a forged address. So the host must be one
from which the vehicle itself speaks, or one that the settings name; names are never looked up for a vehicle.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from flightlink.vehicle.equipment.cameras import VideoKind, VideoStream
from flightlink.vehicle.state import LinkState, WayState

_RTSP: Final = ("rtsp", "rtsps")
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:[]@%-_~!$&'()*+,;=")
"""Letters of the part of an address that names the host; with others two readers could see two hosts in it."""
_LISTENS: Final = ipaddress.IPv4Address(0)
"""The vehicle sends to a port of ours; only what comes from it is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoAddress:
    """An address that may be opened."""

    url: str
    """As FFmpeg takes it; may hold a password."""
    shown: str
    """The same for health and log, without user, password and query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRefusal:
    """Why no address is opened."""

    cause: str
    detail: str


def hosts_of(ways: Iterable[WayState]) -> frozenset[str]:
    """Return the addresses from which a vehicle speaks now; a cable or a radio has none."""
    names = (way.peer for way in ways if way.state is not LinkState.LOST)
    return frozenset(host for name in names if (host := _host_of(name)) is not None)


def _host_of(peer_name: str) -> str | None:
    if "://" in peer_name:
        return urlsplit(peer_name).hostname
    host, mark, port = peer_name.rpartition(":")
    return host if mark and port.isdecimal() else None


def video_address(
    streams: Iterable[VideoStream], *, hosts: Collection[str], allowed: Collection[str] = ()
) -> VideoAddress | VideoRefusal:
    """Return the first stream's address that may be opened: daylight before thermal, else in the vehicle's order.

    Args:
        streams: as the vehicle tells them.
        hosts: from which the vehicle speaks.
        allowed: hosts that the settings name beside them.
    """
    ordered = sorted(streams, key=lambda stream: stream.is_thermal)
    if not ordered:
        return VideoRefusal(cause="no_video_stream", detail="the vehicle has told no address of a video yet")
    answers = [_address(stream, frozenset(hosts), frozenset(allowed)) for stream in ordered]
    return next((answer for answer in answers if isinstance(answer, VideoAddress)), answers[0])


def _address(stream: VideoStream, hosts: frozenset[str], allowed: frozenset[str]) -> VideoAddress | VideoRefusal:
    if stream.kind is VideoKind.RTP_UDP:
        return VideoRefusal(
            cause="video_kind_refused",
            detail='the vehicle tells RTP without its description; give the camera video = "NAME.sdp"',
        )
    if stream.kind is VideoKind.MPEG_TS:
        return _sent_to_us(stream, hosts)
    parts = urlsplit(stream.url)
    shown = f"{parts.scheme}://{_without_user(parts)}{parts.path}"
    if not (set(parts.netloc) <= _PLAIN and _is_allowed(parts.hostname or "", hosts, allowed)):
        return VideoRefusal(
            cause="video_host_refused",
            detail=f"the vehicle tells {shown[:80]}, which is neither where it speaks from nor in video_hosts",
        )
    if parts.scheme not in _RTSP and (parts.query or parts.fragment or parts.path.strip("/")):
        return VideoRefusal(
            cause="video_kind_refused", detail=f"the vehicle tells {shown[:80]} with options; none are taken"
        )
    return VideoAddress(url=stream.url, shown=shown)


def _sent_to_us(stream: VideoStream, hosts: frozenset[str]) -> VideoAddress | VideoRefusal:
    """Return where we listen for MPEG-TS that the vehicle sends; packets of others are dropped by their address."""
    numeric = sorted(host for host in hosts if _numeric(host) is not None)
    if not numeric:
        return VideoRefusal(
            cause="video_host_refused",
            detail="the vehicle sends video to a port, and its link has no address to know it from strangers by",
        )
    port = int(stream.url) if stream.url.isdecimal() else urlsplit(stream.url).port
    if port is None:
        return VideoRefusal(cause="video_kind_refused", detail="the vehicle tells a video without a port")
    shown = f"udp://{_LISTENS}:{port}"
    return VideoAddress(url=f"{shown}?sources={','.join(numeric)}", shown=shown)


def _is_allowed(host: str, hosts: frozenset[str], allowed: frozenset[str]) -> bool:
    number = _numeric(host)
    if number is None:
        return host in allowed
    return number in {_numeric(other) for other in hosts | allowed}


def _numeric(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _without_user(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]
