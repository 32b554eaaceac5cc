"""How a vehicle's video leaves: the optional `[video]` table of a world file, and the address it is sent to. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final, Literal, cast, get_args
from urllib.parse import SplitResult, parse_qs, urlsplit

from flightlink.toml_fields import TableReader
from sitl.world.errors import WorldError

Transport = Literal["mpegts", "rtp", "rtsp"]
Metadata = Literal["none", "klv", "sei"]

TRANSPORT_OF_SCHEME: Final[dict[str, Transport]] = {"udp": "mpegts", "rtp": "rtp", "rtsp": "rtsp"}
EXAMPLES: Final = "udp://127.0.0.1:5600, rtp://127.0.0.1:5004?sdp=D1.sdp or rtsp://127.0.0.1:8554/D1"
MAX_PORT: Final = 65_534
"""RTCP takes the next one."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoPlan:
    """How the world's cameras encode and send."""

    transport: Transport = "mpegts"
    """Where the address names none."""
    metadata: Metadata = "none"
    crf: int = 21
    """Quality of H.264: less is better, 18 to 30 is usual."""
    kbit_per_s: int = 5000
    """Greatest mean rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoAddress:
    """Where video is sent, or served."""

    transport: Transport
    host: str
    """IPv4."""
    port: int
    name: str = ""
    """Of an RTSP stream."""
    sdp: Path | None = None
    """The file that tells a receiver of RTP what comes."""

    @property
    def uri(self) -> str:
        """What a receiver is told to open."""
        scheme = next(key for key, value in TRANSPORT_OF_SCHEME.items() if value == self.transport)
        return f"{scheme}://{self.host}:{self.port}" + (f"/{self.name}" if self.name else "")

    @property
    def is_loopback(self) -> bool:
        """Say whether the host is this machine itself."""
        return IPv4Address(self.host).is_loopback


def video_plan(reader: TableReader | None) -> VideoPlan:
    """Return the plan of a `[video]` table, or the usual one where there is none.

    Raises:
        WorldError: one line with file, field and how to mend it.
    """
    if reader is None:
        return VideoPlan()
    transport = cast("Transport", _one_of(reader, "transport", "mpegts", get_args(Transport)))
    metadata = cast("Metadata", _one_of(reader, "metadata", "none", get_args(Metadata)))
    if metadata == "klv" and transport != "mpegts":
        raise reader.fault("metadata", f"is klv with {transport}", 'KLV needs transport = "mpegts"; or take "sei"')
    return VideoPlan(
        transport=transport,
        metadata=metadata,
        crf=_whole_within(reader, "crf", VideoPlan().crf, 10, 45),
        kbit_per_s=_whole_within(reader, "kbit_per_s", VideoPlan().kbit_per_s, 100, 50_000),
    )


def _one_of(reader: TableReader, name: str, usual: str, known: tuple[str, ...]) -> str:
    mend = f"expected one of {', '.join(known)}"
    if name not in reader.table:
        return usual
    found = reader.text(name, mend)
    if found not in known:
        raise reader.fault(name, f"is {found!r}", mend)
    return found


def _whole_within(reader: TableReader, name: str, usual: int, low: int, high: int) -> int:
    mend = f"expected a whole number, {low} to {high}"
    if name not in reader.table:
        return usual
    found = reader.whole(name, mend)
    if not low <= found <= high:
        raise reader.fault(name, f"is {found}", mend)
    return found


def address_from(text: str, plan: VideoPlan) -> VideoAddress:
    """Return the address that a text means; `HOST:PORT` alone takes the world's transport.

    Raises:
        WorldError: it means none.
    """
    scheme, mark, rest = text.partition("://")
    if not mark:
        scheme, rest = next(key for key, value in TRANSPORT_OF_SCHEME.items() if value == plan.transport), text
    if scheme not in TRANSPORT_OF_SCHEME:
        raise WorldError(f"--video {text}: {scheme}:// is not sent; give {EXAMPLES}")
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        host = str(IPv4Address("127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""))
        port = parts.port or 0
    except ValueError as error:
        raise WorldError(f"--video {text}: names no IPv4 host and port ({error}); give {EXAMPLES}") from error
    if not 1 <= port <= MAX_PORT:
        raise WorldError(f"--video {text}: names no port of 1 to {MAX_PORT}; give {EXAMPLES}")
    return _completed(text, VideoAddress(transport=TRANSPORT_OF_SCHEME[scheme], host=host, port=port), parts)


def _completed(text: str, address: VideoAddress, parts: SplitResult) -> VideoAddress:
    name, query = parts.path.strip("/"), parse_qs(parts.query, keep_blank_values=True)
    sdp = query.pop("sdp", [""])[-1] if address.transport == "rtp" else ""
    if query or (name and address.transport != "rtsp"):
        raise WorldError(f"--video {text}: more than this transport knows; give {EXAMPLES}")
    if address.transport == "rtp" and not sdp:
        raise WorldError(f"--video {text}: name the file for the receiver, rtp://HOST:PORT?sdp=FILE")
    if address.transport == "rtsp" and not _NAME.fullmatch(name):
        raise WorldError(f"--video {text}: name the stream, rtsp://HOST:PORT/NAME, by letters, digits, - and _")
    return VideoAddress(
        transport=address.transport, host=address.host, port=address.port, name=name, sdp=Path(sdp) if sdp else None
    )


def refuse_unfit(address: VideoAddress, plan: VideoPlan, *, allow_remote: bool) -> None:
    """Refuse what cannot or must not be sent.

    Raises:
        WorldError: the host is not this machine, or the metadata do not travel in the transport.
    """
    if address.transport == "rtsp" and address.host != "127.0.0.1":
        raise WorldError(f"rtsp://{address.host}:{address.port}: video is served on 127.0.0.1 only; give that host")
    if not (allow_remote or address.is_loopback):
        raise WorldError(f"{address.host}: is not this machine; add --remote-video if the video may leave it")
    if plan.metadata == "klv" and address.transport != "mpegts":
        raise WorldError('[video] metadata: KLV travels in MPEG-TS only; give a udp:// address, or take "sei"')
