"""RTSP as text, and one session: what is asked, and what is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitl.video.rtsp_session import METHODS, Offer, RtspSession
from sitl.video.rtsp_text import (
    RtspError,
    Transport,
    answer,
    request_from,
    transport_from,
)

Given = TypeVar("Given")
Found = TypeVar("Found")

OFFER = Offer(name="D1", description="v=0\r\n", server_ports=(6000, 6001), ssrc=0xCAFE, timeout_s=60)
URL = "rtsp://127.0.0.1:8554/D1"


def asked(method: str, url: str = URL, **headers: str) -> bytes:
    lines = [f"{method} {url} RTSP/1.0", "CSeq: 7", *(f"{name}: {value}" for name, value in headers.items())]
    return "".join(line + "\r\n" for line in [*lines, ""]).encode()


def status(reply: bytes) -> int:
    return int(reply.split(b" ", 2)[1])


def read(reads: Callable[[Given], Found], data: Given) -> Found | int:
    """What is read, or the status of its refusal."""
    try:
        return reads(data)
    except RtspError as error:
        return error.status


def replies(session: RtspSession, *requests: bytes) -> list[int]:
    return [status(session.answer_to(request_from(request))) for request in requests]


# requests and transports as text


@given(st.binary(max_size=300))
def test_any_bytes_are_a_request_or_an_error_of_rtsp(data: bytes) -> None:
    found = read(request_from, data)
    assert 400 <= found < 600 if isinstance(found, int) else found.method.encode() in data


heads = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)


@given(st.sampled_from(METHODS), heads, heads, heads)
def test_any_request_gets_one_answer(method: str, url: str, name: str, value: str) -> None:
    session = RtspSession(OFFER, session_id="abc")
    try:
        request = request_from(f"{method} {url} RTSP/1.0\r\nCSeq: 3\r\n{name}: {value}\r\n\r\n".encode())
    except RtspError:
        return
    reply = session.answer_to(request)
    assert reply.startswith(b"RTSP/1.0 ")
    assert reply.count(b"\r\n\r\n") == 1


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b"\r\n\r\n", 400),
        (b"PLAY\r\n\r\n", 400),
        (b"PLAY rtsp://a RTSP/2.0\r\n\r\n", 505),
        (b"PLAY rtsp://[ RTSP/1.0\r\n\r\n", 400),
        (b"PLAY rtsp://a RTSP/1.0\r\nno colon\r\n\r\n", 400),
        (b"PLAY rtsp://a RTSP/1.0\r\n" + b"a: b\r\n" * 65 + b"\r\n", 400),
        (b"\xff\xfe rtsp://a RTSP/1.0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
    ],
)
def test_what_is_no_request_is_refused(head: bytes, code: int) -> None:
    with pytest.raises(RtspError) as caught:
        request_from(head)
    assert caught.value.status == code


@pytest.mark.parametrize(("text", "code"), [("x", 400), ("-1", 400), ("4097", 413), ("9" * 40, 413)])
def test_a_body_has_a_limit(text: str, code: int) -> None:
    with pytest.raises(RtspError) as caught:
        _ = request_from(asked("GET_PARAMETER", **{"Content-Length": text})).body_bytes
    assert caught.value.status == code


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("RTP/AVP/TCP;unicast;interleaved=2-3", Transport(interleaved=True, rtp=2, rtcp=3)),
        ("RTP/AVP/TCP;unicast", Transport(interleaved=True, rtp=0, rtcp=1)),
        ("RTP/AVP;unicast;client_port=5000-5001", Transport(interleaved=False, rtp=5000, rtcp=5001)),
        ("RTP/AVP/UDP;client_port=5000", Transport(interleaved=False, rtp=5000, rtcp=5001)),
        ("RTP/AVP;multicast, RTP/AVP/TCP;interleaved=0-1", Transport(interleaved=True, rtp=0, rtcp=1)),
    ],
)
def test_the_first_transport_on_offer_is_taken(header: str, found: Transport) -> None:
    assert transport_from(header) == found


@given(heads)
def test_any_transport_is_one_of_ours_or_refused(header: str) -> None:
    found = read(transport_from, header)
    if isinstance(found, int):
        assert found == 461
    else:
        assert max(found.rtp, found.rtcp) <= (255 if found.interleaved else 65_535)


@pytest.mark.parametrize(
    "header",
    ["", "RTP/AVP", "RTP/AVP;client_port=0-1", "RTP/AVP;client_port=5000-5000", "RTP/AVP/TCP;interleaved=0-256",
     "RTP/AVP;client_port=70000-70001", "RTP/AVP;multicast;client_port=5000-5001", "RTP/SAVP;client_port=5000-5001",
     "RTP/AVP/TCP;mode=RECORD"],
)  # fmt: skip
def test_other_transports_are_refused(header: str) -> None:
    with pytest.raises(RtspError) as caught:
        transport_from(header)
    assert caught.value.status == 461


def test_an_answer_states_its_length() -> None:
    reply = answer(200, "7", {"A": "b"}, b"body")
    assert reply == b"RTSP/1.0 200 OK\r\nCSeq: 7\r\nA: b\r\nContent-Length: 4\r\n\r\nbody"


# one session


def test_a_session_goes_through_its_states() -> None:
    session = RtspSession(OFFER, session_id="abc")
    tcp = {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"}
    mine = {"Session": "abc"}
    assert replies(session, asked("OPTIONS", "*"), asked("DESCRIBE"), asked("PLAY", **mine)) == [200, 200, 455]
    assert replies(session, asked("SETUP", URL + "/trackID=0", **tcp)) == [200]
    assert replies(session, asked("PLAY"), asked("PLAY", Session="other")) == [454, 454]
    assert (session.plays, session.over) == (False, False)
    assert replies(session, asked("PLAY", URL + "/", **mine), asked("GET_PARAMETER", **mine)) == [200, 200]
    assert (session.plays, session.over) == (True, False)
    assert replies(session, asked("SETUP", **tcp), asked("RECORD"), asked("PAUSE")) == [455, 501, 501]
    assert replies(session, asked("TEARDOWN", **mine)) == [200]
    assert (session.plays, session.over) == (False, True)


def test_other_streams_and_requests_without_number_are_refused() -> None:
    session = RtspSession(OFFER, session_id="abc")
    assert replies(session, asked("DESCRIBE", "rtsp://127.0.0.1/D2"), asked("SETUP", "rtsp://127.0.0.1/")) == [404, 404]
    assert replies(session, b"OPTIONS * RTSP/1.0\r\n\r\n") == [400]


def test_a_set_up_over_udp_names_the_ports_of_both_ends() -> None:
    session = RtspSession(OFFER, session_id="abc")
    reply = session.answer_to(request_from(asked("SETUP", Transport="RTP/AVP;unicast;client_port=7000-7001")))
    assert b"client_port=7000-7001;server_port=6000-6001;ssrc=0000CAFE" in reply
    assert b"Session: abc;timeout=60" in reply
