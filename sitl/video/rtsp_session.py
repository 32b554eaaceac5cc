"""One client's RTSP session: requests in, answers out, and whether its packets may flow. Pure, no sockets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from sitl.video.rtp import TRACK
from sitl.video.rtsp_text import (
    NOT_VALID_IN_STATE,
    SESSION_NOT_FOUND,
    Request,
    RtspError,
    Transport,
    answer,
    transport_from,
)

METHODS: Final = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "TEARDOWN", "GET_PARAMETER")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a server has to give."""

    name: str
    """Of the one stream: the path of its address."""
    description: str
    """SDP."""
    server_ports: tuple[int, int]
    """UDP ports that RTP and RTCP come from."""
    ssrc: int
    timeout_s: float
    """A client that gives no sign of life for so long is let go."""


class RtspSession:
    """The state of one connection.

    Args:
        offer: the stream.
        session_id: known to this client alone.
    """

    def __init__(self, offer: Offer, *, session_id: str) -> None:
        self._offer = offer
        self._id = session_id
        self.transport: Transport | None = None
        self.plays = False
        self.over = False

    def answer_to(self, request: Request) -> bytes:
        """Return the answer, and remember what it means."""
        try:
            headers, body = self._obeyed(request)
        except RtspError as error:
            return answer(error.status, request.cseq)
        return answer(HTTPStatus.OK, request.cseq, headers, body)

    def _obeyed(self, request: Request) -> tuple[Mapping[str, str], bytes]:
        if request.cseq is None:
            raise RtspError(HTTPStatus.BAD_REQUEST, "no CSeq")
        match request.method:
            case "OPTIONS":
                return {"Public": ", ".join(METHODS)}, b""
            case "GET_PARAMETER":
                return self._session_headers(), b""
            case "DESCRIBE":
                return self._described(request)
            case "SETUP":
                return self._set_up(request), b""
            case "PLAY":
                return self._played(request), b""
            case "TEARDOWN":
                return self._torn_down(request), b""
            case _:
                raise RtspError(HTTPStatus.NOT_IMPLEMENTED, request.method)

    def _session_headers(self) -> dict[str, str]:
        return {} if self.transport is None else {"Session": f"{self._id};timeout={self._offer.timeout_s:.0f}"}

    def _described(self, request: Request) -> tuple[dict[str, str], bytes]:
        self._refuse_other_paths(request, self._offer.name)
        headers = {"Content-Type": "application/sdp", "Content-Base": request.url.rstrip("/") + "/"}
        return headers, self._offer.description.encode()

    def _set_up(self, request: Request) -> dict[str, str]:
        self._refuse_other_paths(request, self._offer.name, f"{self._offer.name}/{TRACK}")
        if self.plays:
            raise RtspError(NOT_VALID_IN_STATE, "it plays")
        wanted = transport_from(request.headers.get("transport", ""))
        self.transport = wanted
        return {"Transport": self._transport_text(wanted), **self._session_headers()}

    def _transport_text(self, wanted: Transport) -> str:
        source = f"ssrc={self._offer.ssrc:08X}"
        if wanted.interleaved:
            return f"RTP/AVP/TCP;unicast;interleaved={wanted.rtp}-{wanted.rtcp};{source}"
        rtp, rtcp = self._offer.server_ports
        return f"RTP/AVP;unicast;client_port={wanted.rtp}-{wanted.rtcp};server_port={rtp}-{rtcp};{source}"

    def _played(self, request: Request) -> dict[str, str]:
        self._refuse_other_paths(request, self._offer.name, f"{self._offer.name}/{TRACK}")
        self._refuse_other_sessions(request)
        self.plays = True
        return {**self._session_headers(), "Range": "npt=now-"}

    def _torn_down(self, request: Request) -> dict[str, str]:
        self._refuse_other_sessions(request)
        self.plays, self.over = False, True
        return {}

    def _refuse_other_paths(self, request: Request, *known: str) -> None:
        if request.path not in known:
            raise RtspError(HTTPStatus.NOT_FOUND, request.path)

    def _refuse_other_sessions(self, request: Request) -> None:
        if self.transport is None:
            raise RtspError(NOT_VALID_IN_STATE, "SETUP comes first")
        if request.headers.get("session", "").partition(";")[0].strip() != self._id:
            raise RtspError(SESSION_NOT_FOUND, "another session")
