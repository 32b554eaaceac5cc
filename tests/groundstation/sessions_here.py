"""A station's application with people who sign in, for the tests of sessions: a client, a clock to set, the audit."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import CookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from groundstation.outbox import Outbox, Topic
from groundstation.sessions.entrance import Entrance
from groundstation.web.application import application
from tests.groundstation.entrances import PASSWORD

Client = TestClient[web.Request, web.Application]
MAP = {
    "type": "FeatureCollection",
    "utc": "2026-07-14T18:00:00.000Z",
    "people": 12.0,
    "people_sigma": 1.0,
    "observed_share": 0.5,
    "epsg": 32631,
    "covers_s": None,
    "features": [],
}
SIGN_IN = "/api/v1/session"


class Clock:
    def __init__(self) -> None:
        self.utc_ns = time.time_ns()

    def __call__(self) -> int:
        return self.utc_ns

    def pass_s(self, seconds: float) -> None:
        self.utc_ns += round(seconds * 1e9)


@asynccontextmanager
async def serving(entrance: Entrance | None, outbox: Outbox | None = None) -> AsyncIterator[Client]:
    outbox = Outbox(("north",)) if outbox is None else outbox
    outbox.put(Topic.DENSITY, MAP)
    server = TestServer(application(outbox, clock=time.time_ns, entrance=entrance), host="127.0.0.1")
    async with TestClient(server, cookie_jar=CookieJar(unsafe=True)) as client:
        yield client


async def sign_in(client: Client, name: str, password: str = PASSWORD) -> dict[str, Any]:
    async with client.post(SIGN_IN, json={"name": name, "password": password}) as answer:
        assert answer.status == 201, await answer.text()
        return dict(await answer.json())


async def status_of(client: Client, path: str, method: str = "GET", **more: Any) -> int:
    async with client.request(method, path, allow_redirects=False, **more) as answer:
        return answer.status


def audit(folder: Path) -> list[dict[str, Any]]:
    path = folder / "audit.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
