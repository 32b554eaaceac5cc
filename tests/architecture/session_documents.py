"""What the web says of sessions, and the audit as those read it who may: asked of the station's own application."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer

from groundstation.outbox import Outbox
from groundstation.sessions.attempts import MOST_A_PAIR
from groundstation.sessions.roles import Role
from groundstation.web.application import application
from tests.groundstation.entrances import PASSWORD, with_users

ADDRESS = "/api/v1/session"


def session_documents() -> dict[str, list[Any]]:
    """Return documents by name."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_asked(Path(folder)))


async def _asked(folder: Path) -> dict[str, list[Any]]:
    app = application(Outbox(()), clock=lambda: 0, entrance=with_users(folder, *Role))
    sessions, refusals, audits = [], [], []
    async with TestClient(TestServer(app, host="127.0.0.1"), cookie_jar=CookieJar(unsafe=True)) as client:

        async def told(name: str, password: str) -> Any:
            async with client.post(ADDRESS, json={"name": name, "password": password}) as answer:
                return await answer.json()

        async with client.get(ADDRESS) as answer:
            sessions.append(await answer.json())
        refusals += [await told("nobody", "wrong") for _ in range(MOST_A_PAIR + 1)]
        sessions.append(await told(Role.SUPERVISOR, PASSWORD))
        with (folder / "audit.jsonl").open("a") as half:
            half.write("half a line, again and again, until more is there than one answer holds\n" * 1000)
        async with client.get("/api/v1/audit") as answer:
            audits.append(await answer.json())
        async with client.get(f"/api/v1/audit?before={audits[0]['earlier']}") as answer:
            audits.append(await answer.json())
    return {"session": sessions, "session_refusal": refusals, "audit": audits}
