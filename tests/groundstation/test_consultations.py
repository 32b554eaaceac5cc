"""Who looks at what is written down, when it begins and when it ended; a socket ends with its session."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from groundstation.audit import Actor
from groundstation.outbox import Outbox
from groundstation.sessions.consulted import MOST_OPEN, Key
from groundstation.sessions.roles import Role
from tests.groundstation.entrances import PASSWORD, set_users, with_users
from tests.groundstation.sessions_here import SIGN_IN, Clock, audit, serving, sign_in, status_of
from vision.frames import FrameMaker, Media, RedactedFrame

HERE = {"from": "127.0.0.1"}
OPERATOR = {"who": "operator", "role": "operator", **HERE}


def shown_video(outbox: Outbox) -> None:
    for number, media in enumerate((Media.FMP4_INIT, Media.FMP4_FRAGMENT)):
        frame = RedactedFrame(
            source="north", sequence=number, utc_ns=time.time_ns(), media=media, keyframe=True, width_px=64,
            height_px=48, closed_because="", data=b"x", made_by=FrameMaker.GATE,
        )  # fmt: skip
        outbox.put_frame(frame)


@pytest.mark.parametrize("path", ["/api/v1/live", "/api/v1/video/north"])
async def test_a_socket_is_closed_within_seconds_when_its_session_ends(tmp_path: Path, path: str) -> None:
    outbox = Outbox(("north",))
    shown_video(outbox)
    async with serving(with_users(tmp_path, *Role), outbox) as client:
        with pytest.raises(WSServerHandshakeError, match="401"):
            await client.ws_connect(path)
        await sign_in(client, "operator")
        async with client.ws_connect(path) as socket:
            await socket.receive(timeout=5)
            set_users(tmp_path, Role.PILOT)
            begun_s = time.monotonic()
            while (message := await socket.receive(timeout=5)).type in (WSMsgType.TEXT, WSMsgType.BINARY):
                pass
            assert time.monotonic() - begun_s < 3
            assert (message.type, message.data) == (WSMsgType.CLOSE, 4401)


async def test_a_reader_that_does_not_read_is_cut_off_too(tmp_path: Path) -> None:
    outbox = Outbox(("north",))
    async with serving(with_users(tmp_path, *Role), outbox) as client:
        await sign_in(client, "operator")
        cookies = "; ".join(f"{one.key}={one.value}" for one in client.session.cookie_jar)
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(
            f"GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            f"Cookie: {cookies}\r\n\r\n".encode()
        )
        assert b"101" in await reader.readline()
        set_users(tmp_path, Role.PILOT)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            async with asyncio.timeout(5):
                await reader.readexactly(10_000_000)
        writer.close()


def kept_in(folder: Path) -> str:
    return "".join(file.read_text() for file in folder.iterdir())


def lines_of(folder: Path, what: str, of: str = "") -> list[dict[str, Any]]:
    return [line for line in audit(folder) if line["what"] == what and line.get("of", "").endswith(of)]


async def test_a_program_that_asks_each_second_makes_two_lines(tmp_path: Path) -> None:
    clock = Clock()
    entrance = with_users(tmp_path, *Role, clock=clock)
    async with serving(entrance) as client:
        await sign_in(client, "operator")
        for _ in range(100):
            assert await status_of(client, "/api/v1/density") == 200
            clock.pass_s(1)
            entrance.consultations.sweep()
        (begun,) = lines_of(tmp_path, "consulted", "density")
        told = {"what": "consulted", "step": "begun", "of": "density", **OPERATOR}
        assert begun == {"utc": begun["utc"], **told}
        clock.pass_s(60)
        entrance.consultations.sweep()
        _, ended = lines_of(tmp_path, "consulted", "density")
        assert (ended["step"], ended["times"], ended["who"]) == ("ended", 100, "operator")
        assert ended["since_utc"] == begun["utc"] < ended["until_utc"] < ended["utc"]


async def test_a_video_is_two_lines_when_it_opens_and_when_it_closed(tmp_path: Path) -> None:
    clock, outbox = Clock(), Outbox(("north",))
    shown_video(outbox)
    entrance = with_users(tmp_path, *Role, clock=clock)
    async with serving(entrance, outbox) as client:
        await sign_in(client, "operator")
        async with client.ws_connect("/api/v1/video/north") as socket:
            await socket.receive_bytes(timeout=5)
            clock.pass_s(300)
            entrance.consultations.sweep()
            assert [line["step"] for line in lines_of(tmp_path, "consulted", "video north")] == ["begun"]
        await asyncio.sleep(0.1)
        clock.pass_s(61)
        entrance.consultations.sweep()
        assert [line["step"] for line in lines_of(tmp_path, "consulted", "video north")] == ["begun", "ended"]


async def test_a_station_that_stops_writes_down_that_all_has_ended(tmp_path: Path) -> None:
    async with serving(with_users(tmp_path, *Role)) as client:
        await sign_in(client, "supervisor")
        for path in ("/api/v1/density", "/api/v1/density/history", "/metrics"):
            assert await status_of(client, path) == 200
    ended = {line["of"] for line in lines_of(tmp_path, "consulted") if line["step"] == "ended"}
    assert ended == {"density", "history", "metrics"}


@pytest.mark.parametrize("path", ["/api/v1/density", "/api/v1/density/history", "/metrics"])
async def test_what_cannot_be_written_down_is_not_shown(tmp_path: Path, path: str) -> None:
    outbox = Outbox(("north",))
    shown_video(outbox)
    async with serving(with_users(tmp_path, *Role), outbox) as client:
        await sign_in(client, "supervisor")
        (tmp_path / "audit.jsonl").unlink()
        (tmp_path / "audit.jsonl").mkdir()
        async with client.get(path) as answer:
            assert answer.status == 500
            text = await answer.text()
        assert "people" not in text
        assert str(tmp_path) not in text
        for socket in ("/api/v1/live", "/api/v1/video/north"):
            with pytest.raises(WSServerHandshakeError, match="500"):
                await client.ws_connect(socket)
        (tmp_path / "audit.jsonl").rmdir()
        assert await status_of(client, path) == 200


async def test_nobody_comes_in_unwritten(tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").mkdir()
    async with serving(with_users(tmp_path, Role.OPERATOR)) as client:
        assert await status_of(client, SIGN_IN, "POST", json={"name": "operator", "password": PASSWORD}) == 500
        (tmp_path / "audit.jsonl").rmdir()
        assert await status_of(client, "/api/v1/density") == 401


async def test_refusals_and_sign_ins_are_written_down_and_nothing_typed(tmp_path: Path) -> None:
    entrance = with_users(tmp_path, *Role)
    async with serving(entrance) as client:
        for _ in range(5):
            assert await status_of(client, "/api/v1/density") == 401
            assert await status_of(client, f"/nowhere/{PASSWORD}".replace(" ", "-")) == 401
        for name in ("operator", PASSWORD):
            assert await status_of(client, SIGN_IN, "POST", json={"name": name, "password": "not this one, no"}) == 401
        await sign_in(client, "pilot")
        assert await status_of(client, "/metrics") == 403
    refused = [(line["of"], line.get("who")) for line in lines_of(tmp_path, "refused") if line["step"] == "begun"]
    assert refused == [("GET /api/v1/density", None), ("GET an unknown address", None), ("GET /metrics", "pilot")]
    failed = lines_of(tmp_path, "sign_in_failed")
    assert [line["name"] for line in failed] == ["operator", None]
    assert all(line["from"] == "127.0.0.1" for line in failed)
    (opened,) = lines_of(tmp_path, "signed_in")
    assert (opened["who"], opened["role"], opened["from"]) == ("pilot", "pilot", "127.0.0.1")
    kept = kept_in(tmp_path)
    assert PASSWORD not in kept
    assert PASSWORD.replace(" ", "-") not in kept


async def test_a_gimbal_that_is_pointed_is_written_down_before(tmp_path: Path) -> None:
    async with serving(with_users(tmp_path, *Role)) as client:
        token = (await sign_in(client, "pilot"))["csrf"]
        headers, place = {"X-CSRF-Token": token}, {"lat_deg": 48.85712345, "lon_deg": 2.35212345}
        assert await status_of(client, "/api/v1/vehicles/7/point", "POST", json=place, headers=headers) == 403
    steps = [(line["step"], line["of"], line["who"]) for line in lines_of(tmp_path, "gimbal_pointed")]
    assert steps == [("begun", "7", "pilot"), ("failed", "7", "pilot")]
    assert "48.857" not in (tmp_path / "audit.jsonl").read_text()


def test_who_asks_for_very_much_makes_no_endless_list(tmp_path: Path) -> None:
    consultations = with_users(tmp_path).consultations
    for number in range(MOST_OPEN + 500):
        somewhere = Actor(who=None, role=None, address=f"10.0.{number // 256}.{number % 256}")
        consultations.note(Key("refused", somewhere, "x"))
    assert len(audit(tmp_path)) == MOST_OPEN + 1
    assert audit(tmp_path)[-1]["of"] == "more"
