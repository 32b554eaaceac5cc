"""What officers write carries the name that they signed in with, whatever name is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer

from flightlink.mission import Mission
from groundstation.sessions.entrance import Entrance
from groundstation.sessions.roles import Role
from groundstation.web.application import application
from tests.groundstation.entrances import by_itself, with_users
from tests.groundstation.log_here import SAID, Log, lasting
from tests.groundstation.sessions_here import Client, audit, sign_in

LOG = "/api/v1/log"


@asynccontextmanager
async def serving(log: Log, entrance: Entrance) -> AsyncIterator[Client]:
    desks = log.officers
    app = application(
        log.outbox, clock=log.clock, entrance=entrance, zones=desks.zones, alerts=desks.alerts, incidents=desks.log,
        lookouts=desks.lookouts,
    )  # fmt: skip
    async with TestClient(TestServer(app, host="127.0.0.1"), cookie_jar=CookieJar(unsafe=True)) as client:
        yield client


async def posted(client: Client, path: str, body: object, csrf: str = "") -> tuple[int, dict[str, Any]]:
    async with client.post(path, json=body, headers={"X-CSRF-Token": csrf}) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("author", ["supervisor", "", None, 7])
async def test_an_entry_is_of_whoever_has_signed_in(mission: Mission, tmp_path: Path, author: object) -> None:
    log = Log(lasting(mission), tmp_path)
    async with serving(log, with_users(tmp_path, *Role)) as client:
        csrf = (await sign_in(client, "operator"))["csrf"]
        status, entry = await posted(client, LOG, SAID | {"author": author}, csrf)
    assert (status, entry["author"]) == (201, "operator")
    assert log.lines()[-1]["author"] == "operator"
    assert [line["by"] for line in audit(tmp_path) if "by" in line][-1] == "operator"


async def test_a_shift_is_offered_and_taken_by_whoever_has_signed_in(mission: Mission, tmp_path: Path) -> None:
    async with serving(Log(lasting(mission), tmp_path), with_users(tmp_path, *Role)) as client:
        csrf = (await sign_in(client, "operator"))["csrf"]
        status, offer = await posted(client, f"{LOG}/handover", {"author": "someone", "text": "All calm"}, csrf)
        assert (status, offer["author"]) == (201, "operator")
        taking = {"author": "supervisor", "offer": offer["number"]}
        status, refused = await posted(client, f"{LOG}/handover", taking, csrf)
        assert status == 400, f"the same person under another name: {refused}"
        csrf = (await sign_in(client, "supervisor"))["csrf"]
        status, taken = await posted(client, f"{LOG}/handover", taking | {"author": "operator"}, csrf)
        assert (status, taken["author"]) == (201, "supervisor")


async def test_an_alert_is_acknowledged_by_whoever_has_signed_in(mission: Mission, tmp_path: Path) -> None:
    log = Log(lasting(mission), tmp_path)
    alert = {"id": "surge.10.1.2", "kind": "surge", "level": "alert", "lon_lat": [2.0, 48.0]}
    log.officers.alerts.take({"alerts": [alert]}, log.clock())
    async with serving(log, with_users(tmp_path, *Role)) as client:
        csrf = (await sign_in(client, "operator"))["csrf"]
        path = f"/api/v1/alerts/{alert['id']}/acknowledge"
        status, answer = await posted(client, path, {"reason": "Stewards sent", "by": "supervisor"}, csrf)
    assert (status, answer["acknowledged"]["by"]) == (200, "operator")


async def test_a_session_that_opened_by_itself_has_no_name_to_sign_with(mission: Mission, tmp_path: Path) -> None:
    async with serving(Log(lasting(mission), tmp_path), by_itself()) as client:
        status, entry = await posted(client, LOG, SAID)
    assert (status, entry["author"]) == (201, SAID["author"])
