"""Pages leave compressed, whole and unchanged; figures, parts of files and what has not changed do not."""

from __future__ import annotations

import gzip

import pytest
from aiohttp.test_utils import TestClient, TestServer

from groundstation.outbox import Outbox
from groundstation.web.application import STATIC_FOLDER
from tests.groundstation.entrances import application

PAGE = STATIC_FOLDER / "main.js"


async def answer(path: str, **headers: str) -> tuple[int, str, bytes, str]:
    """Return status, coding, body as it came, and the entity's tag."""
    server = TestServer(application(Outbox(()), clock=lambda: 0), host="127.0.0.1")
    async with TestClient(server, auto_decompress=False) as client, client.get(path, headers=headers) as response:
        got = response.headers
        return response.status, got.get("Content-Encoding", ""), await response.read(), got.get("ETag", "")


async def test_a_program_leaves_compressed_and_whole() -> None:
    status, coding, body, _ = await answer("/static/main.js", **{"Accept-Encoding": "gzip, br"})
    assert (status, coding) == (200, "gzip")
    assert gzip.decompress(body) == PAGE.read_bytes()
    assert len(body) < 0.6 * PAGE.stat().st_size


async def test_who_takes_no_compression_gets_it_plain() -> None:
    assert (await answer("/static/main.js", **{"Accept-Encoding": "identity"}))[1:3] == ("", PAGE.read_bytes())


@pytest.mark.parametrize("path", ["/api/v1/session", "/api/v1/health"])
async def test_what_is_no_program_leaves_as_it_is(path: str) -> None:
    assert (await answer(path, **{"Accept-Encoding": "gzip"}))[1] == ""


async def test_a_part_and_what_has_not_changed_leave_as_they_are() -> None:
    status, coding, body, _ = await answer("/static/main.js", Range="bytes=0-9", **{"Accept-Encoding": "gzip"})
    assert (status, coding, body) == (206, "", PAGE.read_bytes()[:10])
    tag = (await answer("/static/main.js"))[3]
    status, coding, body, _ = await answer("/static/main.js", **{"Accept-Encoding": "gzip", "If-None-Match": tag})
    assert (status, coding, body) == (304, "", b"")
