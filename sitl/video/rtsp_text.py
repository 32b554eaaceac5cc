"""RTSP 1.0 (RFC 2326) as text: requests and transports in, answers out. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from sitl.world.errors import SitlError

MAX_HEAD_BYTES: Final = 8192
MAX_BODY_BYTES: Final = 4096
MAX_HEADERS: Final = 64
INTERLEAVED_MARK: Final = b"$"

SESSION_NOT_FOUND: Final = 454
NOT_VALID_IN_STATE: Final = 455
UNSUPPORTED_TRANSPORT: Final = 461
_REASONS: Final[Mapping[int, str]] = {
    SESSION_NOT_FOUND: "Session Not Found",
    NOT_VALID_IN_STATE: "Method Not Valid In This State",
    UNSUPPORTED_TRANSPORT: "Unsupported Transport",
    505: "RTSP Version Not Supported",
}
_LINE: Final = re.compile(r"([A-Z_]{1,32}) (\S{1,2048}) RTSP/(\d)\.(\d)")
_PAIR: Final = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


class RtspError(SitlError):
    """A request that is refused, with its status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request without its body."""

    method: str
    path: str
    """Of its address, without a slash at either end; empty for `*`."""
    url: str
    headers: Mapping[str, str]
    """By names in small letters."""

    @property
    def cseq(self) -> str | None:
        """The request's number, to be repeated in the answer."""
        found = self.headers.get("cseq", "")
        return found if found.isascii() and found.isdigit() and len(found) < 10 else None

    @property
    def body_bytes(self) -> int:
        """Length of the body that follows.

        Raises:
            RtspError: it is no length, or above the limit.
        """
        text = self.headers.get("content-length", "0")
        if not (text.isascii() and text.isdigit()):
            raise RtspError(HTTPStatus.BAD_REQUEST, "Content-Length is no number")
        if len(text) > 9 or int(text) > MAX_BODY_BYTES:
            raise RtspError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body too long")
        return int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """Where a client wants its packets: two channels of its connection, or two UDP ports."""

    interleaved: bool
    rtp: int
    rtcp: int


def request_from(head: bytes) -> Request:
    """Return the request of a head that ends in an empty line.

    Raises:
        RtspError: it is none, or of another version.
    """
    try:
        first, *rest = head.decode("utf-8").strip("\r\n").split("\r\n")
    except UnicodeDecodeError as error:
        raise RtspError(HTTPStatus.BAD_REQUEST, "no text") from error
    line = _LINE.fullmatch(first)
    if line is None:
        raise RtspError(HTTPStatus.BAD_REQUEST, "no RTSP request")
    if line[3] != "1":
        raise RtspError(505, "version 1.0 is spoken here")
    return Request(method=line[1], path=_path(line[2]), url=line[2], headers=_headers(rest))


def _headers(lines: list[str]) -> dict[str, str]:
    if len(lines) > MAX_HEADERS:
        raise RtspError(HTTPStatus.BAD_REQUEST, "too many headers")
    pairs = [line.partition(":") for line in lines]
    if not all(colon and name.strip() for name, colon, _ in pairs):
        raise RtspError(HTTPStatus.BAD_REQUEST, "a header without a colon")
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _path(url: str) -> str:
    try:
        return "" if url == "*" else urlsplit(url).path.strip("/")
    except ValueError as error:
        raise RtspError(HTTPStatus.BAD_REQUEST, "no address") from error


def transport_from(header: str) -> Transport:
    """Return the first transport of a `Transport` header that is offered here.

    Raises:
        RtspError: none is.
    """
    for offer in header.split(","):
        found = _transport(offer.strip())
        if found is not None:
            return found
    raise RtspError(UNSUPPORTED_TRANSPORT, "offered are RTP/AVP unicast over UDP and RTP/AVP/TCP interleaved")


def _transport(offer: str) -> Transport | None:
    profile, *parts = (part.strip() for part in offer.split(";"))
    fields = {name.lower(): value for name, _, value in (part.partition("=") for part in parts)}
    if "multicast" in fields or fields.get("mode", "PLAY").strip('"').upper() != "PLAY":
        return None
    if profile.upper() == "RTP/AVP/TCP":
        return _pair(fields.get("interleaved", "0-1"), interleaved=True, limit=255)
    if profile.upper() in {"RTP/AVP", "RTP/AVP/UDP"}:
        return _pair(fields.get("client_port", ""), interleaved=False, limit=65_535)
    return None


def _pair(text: str, *, interleaved: bool, limit: int) -> Transport | None:
    found = _PAIR.fullmatch(text)
    if found is None:
        return None
    rtp = int(found[1])
    rtcp = rtp + 1 if found[2] is None else int(found[2])
    lowest = 0 if interleaved else 1
    if rtp == rtcp or min(rtp, rtcp) < lowest or max(rtp, rtcp) > limit:
        return None
    return Transport(interleaved=interleaved, rtp=rtp, rtcp=rtcp)


def answer(status: int, cseq: str | None, headers: Mapping[str, str] | None = None, body: bytes = b"") -> bytes:
    """Return an answer's bytes."""
    reason = _REASONS.get(status) or HTTPStatus(status).phrase
    named = {} if cseq is None else {"CSeq": cseq}
    named |= headers or {}
    if body:
        named["Content-Length"] = str(len(body))
    lines = [f"RTSP/1.0 {status:d} {reason}", *(f"{name}: {value}" for name, value in named.items())]
    return "".join(line + "\r\n" for line in [*lines, ""]).encode() + body


def interleaved(channel: int, packet: bytes) -> bytes:
    """Return a packet framed for the RTSP connection itself (RFC 2326, 10.12)."""
    return INTERLEAVED_MARK + bytes([channel]) + len(packet).to_bytes(2, "big") + packet
