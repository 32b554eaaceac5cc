"""Pages leave compressed, whole and unchanged; figures, parts of files and what has not changed do not."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from groundstation.outbox import Outbox
from groundstation.web.application import STATIC_FOLDER
from groundstation.web.compression import Packed
from groundstation.web.modules import modules_of
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


async def test_a_compressed_program_has_the_tag_of_its_file() -> None:
    packed, plain = await answer("/static/main.js", **{"Accept-Encoding": "gzip"}), await answer("/static/main.js")
    assert packed[3] == plain[3] != ""


def test_a_file_that_changed_is_compressed_anew(tmp_path: Path) -> None:
    packed = Packed({"/static/": tmp_path})
    for number, text in enumerate((b"first", b"second")):
        (tmp_path / "a.js").write_bytes(text)
        os.utime(tmp_path / "a.js", (number, number))
        response = packed.answer("/static/a.js")
        assert response is not None
        assert gzip.decompress(bytes(response.body)) == text  # type: ignore[arg-type]
    assert packed.answer("/static/deeper/a.js") is None
    assert packed.answer("/a.js") is None


async def test_the_command_post_tells_all_its_modules_at_once() -> None:
    names = modules_of(PAGE)
    assert names[0] == "main.js"
    assert len(names) == len(set(names)) > 50
    for name in names:
        text = (STATIC_FOLDER / name).read_text(encoding="utf-8")
        assert set(re.findall(r"from '\./([^']+)'", text)) <= set(names), name
    async with TestClient(TestServer(application(Outbox(()), clock=lambda: 0), host="127.0.0.1")) as client:
        link = (await client.get("/")).headers["Link"]
    assert link.count("rel=modulepreload") == len(names)
    assert all(f"</static/{name}>" in link for name in names)
