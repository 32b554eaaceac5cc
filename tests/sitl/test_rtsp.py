"""The RTSP server: whom it serves, whom it lets go, and that nobody slows the others."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import pytest

from sitl.video.rtp import RtpPacker, RtpUnit
from sitl.video.rtsp_server import MAX_CLIENTS, RtspServer, rtsp_server
from sitl.video.rtsp_text import interleaved
from sitl.world.errors import WorldError
from tests.sitl.streams import units
from tests.sitl.test_rtsp_text import asked, status


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
