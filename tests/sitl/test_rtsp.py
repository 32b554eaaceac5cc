"""The RTSP server: what it answers, whom it lets go, and that nobody slows the others."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitl.errors import WorldError
from sitl.rtp import RtpPacker, RtpUnit
from sitl.rtsp_server import MAX_CLIENTS, RtspServer, rtsp_server
from sitl.rtsp_session import METHODS, Offer, RtspSession
from sitl.rtsp_text import (
    RtspError,
    Transport,
    answer,
    interleaved,
    request_from,
    transport_from,
)
from tests.sitl.streams import units

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


# the server


@asynccontextmanager
async def serving(*, timeout_s: float = 60.0, port: int = 0) -> AsyncIterator[tuple[RtspServer, int]]:
    port = port or free_tcp_port()
    async with rtsp_server(name="D1", description="v=0\r\n", port=port, fps=10, ssrc=1, timeout_s=timeout_s) as server:
        yield server, port


def free_tcp_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def packed(count: int) -> list[RtpUnit]:
    packer = RtpPacker(epoch_utc_ns=0, ssrc=1, sequence=0)
    return [packer.packed(unit) for unit in units(count)]


async def reply_to(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    writer.write(request)
    return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)


async def playing(port: int, transport: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    reply = await reply_to(reader, writer, asked("SETUP", Transport=transport))
    session = reply.split(b"Session: ")[1].split(b";")[0].decode()
    assert status(await reply_to(reader, writer, asked("PLAY", Session=session))) == 200
    return reader, writer


async def framed(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    mark, channel, *size = await asyncio.wait_for(reader.readexactly(4), 5)
    assert mark == ord("$")
    return channel, await asyncio.wait_for(reader.readexactly(int.from_bytes(bytes(size), "big")), 5)


async def ends(reader: asyncio.StreamReader) -> bool:
    try:
        return await asyncio.wait_for(reader.read(), 5) == b""
    except ConnectionResetError:
        return True


async def test_two_clients_get_the_same_packets_from_a_keyframe_on() -> None:
    pictures = packed(32)
    assert [number for number, unit in enumerate(pictures) if unit.is_keyframe] == [0, 30]
    async with serving() as (server, port):
        early, early_writer = await playing(port, "RTP/AVP/TCP;unicast;interleaved=0-1")
        for unit in pictures[:3]:
            server.publish(unit)
        late, late_writer = await playing(port, "RTP/AVP/TCP;unicast;interleaved=4-5")
        for unit in pictures[3:5] + pictures[30:]:
            server.publish(unit)
        expected = [b"".join(unit.packets) for unit in pictures[:5] + pictures[30:]]
        assert await framed(early) == (1, pictures[0].report)
        got = [await framed(early) for _ in pictures[0].packets]
        assert b"".join(packet for _, packet in got) == expected[0]
        assert await framed(late) == (5, pictures[30].report)
        assert await framed(late) == (4, pictures[30].packets[0])
        early_writer.close()
        late_writer.close()


async def test_a_client_on_udp_gets_reports_and_packets_on_its_two_ports() -> None:
    (picture,) = packed(1)
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as rtp, closing(socket.socket(type=socket.SOCK_DGRAM)) as rtcp:
        for end in (rtp, rtcp):
            end.bind(("127.0.0.1", 0))
            end.settimeout(5)
        ports = f"{rtp.getsockname()[1]}-{rtcp.getsockname()[1]}"
        async with serving() as (server, port):
            _, writer = await playing(port, f"RTP/AVP;unicast;client_port={ports}")
            server.publish(picture)
            await asyncio.sleep(0)
            assert await asyncio.to_thread(rtcp.recv, 2000) == picture.report
            assert await asyncio.to_thread(rtp.recv, 2000) == picture.packets[0]
            writer.close()


async def test_who_gives_no_sign_of_life_is_let_go_and_who_does_stays() -> None:
    async with serving(timeout_s=0.4) as (_, port):
        silent, silent_writer = await asyncio.open_connection("127.0.0.1", port)
        lively, lively_writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(5):
            await asyncio.sleep(0.15)
            lively_writer.write(interleaved(1, b"receiver report"))
        assert status(await reply_to(lively, lively_writer, asked("OPTIONS"))) == 200
        assert await ends(silent)
        silent_writer.close()
        lively_writer.close()


async def test_a_client_that_does_not_read_loses_pictures_and_slows_nobody() -> None:
    (keyframe, *_) = packed(1)
    large = RtpUnit(is_keyframe=True, packets=tuple(b"x" * 1400 for _ in range(300)), report=b"")
    async with serving() as (server, port):
        _, slow_writer = await playing(port, "RTP/AVP/TCP;unicast;interleaved=0-1")
        for _ in range(60):
            server.publish(large)
            await asyncio.sleep(0.001)
        quick, quick_writer = await playing(port, "RTP/AVP/TCP;unicast;interleaved=0-1")
        server.publish(keyframe)
        assert await framed(quick) == (1, keyframe.report)
        (slow, *_) = server._clients
        assert slow.queue.dropped > 0
        slow_writer.transport.abort()
        quick_writer.close()


async def test_junk_ends_a_connection_with_an_error_and_the_server_lives() -> None:
    async with serving() as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert status(await reply_to(reader, writer, b"GET / HTTP/1.1\r\n\r\n")) == 400
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
        long, long_writer = await asyncio.open_connection("127.0.0.1", port)
        long_writer.write(b"x" * 20_000)
        assert await asyncio.wait_for(long.read(), 5) == b""
        long_writer.close()
        again, again_writer = await asyncio.open_connection("127.0.0.1", port)
        assert status(await reply_to(again, again_writer, asked("OPTIONS"))) == 200
        again_writer.close()


async def test_one_client_too_many_is_told_so() -> None:
    async with serving() as (_, port):
        writers = []
        for _ in range(MAX_CLIENTS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert status(await reply_to(reader, writer, asked("OPTIONS"))) == 200
            writers.append(writer)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert status(await asyncio.wait_for(reader.read(), 5)) == 503
        for one in [*writers, writer]:
            one.close()


async def test_a_port_in_use_is_told_in_one_line() -> None:
    async with serving() as (_, port):
        with pytest.raises(WorldError, match=rf"^rtsp://127\.0\.0\.1:{port}: Address already in use; give .*port$"):
            async with serving(port=port):
                pass
