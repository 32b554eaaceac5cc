"""Sessions over HTTP: who comes in, as what, for how long; what a role may not do is refused."""

from __future__ import annotations

import asyncio
import json
import time
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from groundstation.errors import RefusedError
from groundstation.outbox import Outbox
from groundstation.reporting import SignIn, density_from_station
from groundstation.sessions.open_sessions import Lifetime
from groundstation.sessions.roles import RIGHTS, Right, Role
from groundstation.web.application import application
from groundstation.web.rights import TABLE
from tests.groundstation.entrances import PASSWORD, set_users, with_users
from tests.groundstation.sessions_here import SIGN_IN, Clock, audit, serving, sign_in, status_of


def path_of(row: str) -> tuple[str, str]:
    method, canonical = row.split()
    known = {"vehicle": "north", "camera": "north", "z": "1", "x": "0", "y": "0", "zone": "z1", "alert": "a1"}
    known["lookout"] = "r1"
    for name, value in known.items():
        canonical = canonical.replace(f"{{{name}}}", value)
    return method, {"/static": "/static/icon.svg", "/vendor/leaflet": "/vendor/leaflet/leaflet.js"}.get(
        canonical, canonical
    )


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    router = application(Outbox(("north",)), clock=lambda: 0).router
    served = {
        f"{route.method} {route.resource.canonical}"
        for route in router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    assert served == TABLE.keys()


async def test_a_route_that_nobody_stated_is_refused_to_everybody(tmp_path: Path) -> None:
    async def secret(_: web.Request) -> web.Response:
        return web.json_response({"people": 12})

    app = application(Outbox(()), clock=time.time_ns, entrance=with_users(tmp_path, *Role))
    app.router.add_get("/api/v1/new", secret)
    async with TestClient(TestServer(app, host="127.0.0.1"), cookie_jar=CookieJar(unsafe=True)) as client:
        assert await status_of(client, "/api/v1/new") == 401
        await sign_in(client, "supervisor")
        assert await status_of(client, "/api/v1/new") == 403


@pytest.mark.parametrize("row", TABLE)
async def test_without_an_entrance_only_what_is_for_everybody_is_served(row: str) -> None:
    method, path = path_of(row)
    async with serving(None) as client:
        status = await status_of(client, path, method)
    if TABLE[row].right is None:
        assert status in ((200, 503) if method == "GET" else (503,)), "served, or not by this application"
    else:
        assert status == (303 if TABLE[row].is_page else 401)


@pytest.mark.parametrize("role", Role)
async def test_each_role_may_what_the_table_says(tmp_path: Path, role: Role) -> None:
    async with serving(with_users(tmp_path, *Role)) as client:
        assert await status_of(client, "/api/v1/density") == 401
        token = (await sign_in(client, role))["csrf"]
        for text, row in TABLE.items():
            method, path = path_of(text)
            if path == SIGN_IN:
                continue
            status = await status_of(client, path, method, headers={"X-CSRF-Token": token})
            if row.right is None or row.right in RIGHTS[role]:
                assert status not in (303, 401, 403) or text.endswith("/point"), text
            else:
                assert status == (303 if row.is_page else 403), text


def test_the_auditor_sees_no_imagery_and_no_count_and_changes_nothing() -> None:
    allowed = [text for text, row in TABLE.items() if row.right in RIGHTS[Role.AUDITOR]]
    assert all(text.startswith("GET ") and "audit" in text for text in allowed)
    assert Right.IMAGERY not in RIGHTS[Role.PILOT]
    assert RIGHTS[Role.OPERATOR] < RIGHTS[Role.SUPERVISOR]


async def test_pages_lead_to_where_one_signs_in_and_then_to_the_page_of_the_role(tmp_path: Path) -> None:
    async with serving(with_users(tmp_path, *Role)) as client:
        async with client.get("/", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/sign-in?to=/")
        await sign_in(client, "pilot")
        async with client.get("/", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/pilot")


async def test_the_cookie_is_for_this_site_alone_and_tells_nothing(tmp_path: Path) -> None:
    async with serving(with_users(tmp_path, Role.OPERATOR)) as client:
        async with client.post(SIGN_IN, json={"name": "Operator", "password": PASSWORD}) as answer:
            cookie = SimpleCookie(answer.headers["Set-Cookie"])["groundstation"]
            assert await answer.text() == json.dumps(await answer.json())
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert cookie["path"] == "/"
        assert "operator" not in cookie.value
        kept = (tmp_path / "sessions.json").read_text() + (tmp_path / "audit.jsonl").read_text()
        assert cookie.value not in kept
        assert PASSWORD not in kept
        for name in ("sessions.json", "sessions.key", "users.json", "audit.jsonl"):
            assert (tmp_path / name).stat().st_mode & 0o777 == 0o600, name


@pytest.mark.parametrize("value", ["", "x", "gAAAAABm" + "A" * 80, "é\x80", "a" * 4000])
async def test_a_made_up_cookie_opens_nothing(tmp_path: Path, value: str) -> None:
    async with serving(with_users(tmp_path, Role.OPERATOR)) as client:
        headers = {"Cookie": f"groundstation={value}"}
        assert await status_of(client, "/api/v1/density", headers=headers) == 401


async def test_a_cookie_of_another_station_opens_nothing(tmp_path: Path) -> None:
    async with (
        serving(with_users(tmp_path / "a", Role.OPERATOR)) as one,
        serving(with_users(tmp_path / "b", Role.OPERATOR)) as other,
    ):
        await sign_in(one, "operator")
        cookies = one.session.cookie_jar.filter_cookies(one.make_url("/"))
        async with other.get("/api/v1/density", cookies=dict(cookies)) as answer:
            assert answer.status == 401


async def test_signing_in_again_ends_the_session_before(tmp_path: Path) -> None:
    async with serving(with_users(tmp_path, Role.OPERATOR)) as client:
        await sign_in(client, "operator")
        before = {one.key: one.value for one in client.session.cookie_jar}
        await sign_in(client, "operator")
        assert {one.key: one.value for one in client.session.cookie_jar} != before
        async with ClientSession(cookies=before) as stolen, stolen.get(client.make_url("/api/v1/density")) as answer:
            assert answer.status == 401


async def test_signing_out_ends_the_session_for_whoever_has_its_cookie(tmp_path: Path) -> None:
    async with serving(with_users(tmp_path, Role.OPERATOR)) as client:
        token = (await sign_in(client, "operator"))["csrf"]
        cookies = {one.key: one.value for one in client.session.cookie_jar}
        assert await status_of(client, SIGN_IN, "DELETE") == 403, "not by another page"
        assert await status_of(client, SIGN_IN, "DELETE", headers={"X-CSRF-Token": token}) == 200
        async with ClientSession(cookies=cookies) as stolen, stolen.get(client.make_url("/api/v1/density")) as answer:
            assert answer.status == 401
        assert [line["what"] for line in audit(tmp_path) if line["what"].startswith("signed")] == [
            "signed_in",
            "signed_out",
        ]


async def test_what_changes_something_needs_the_token_of_the_page(tmp_path: Path) -> None:
    async with serving(with_users(tmp_path, Role.OPERATOR)) as client:
        token = (await sign_in(client, "operator"))["csrf"]
        for headers, status in (({}, 403), ({"X-CSRF-Token": "x"}, 403), ({"X-CSRF-Token": token}, 404)):
            assert await status_of(client, "/api/v1/zones", "POST", json={}, headers=headers) == status
        async with client.post("/api/v1/zones", json={}) as answer:
            assert (await answer.json())["cause"] == "csrf"


async def test_a_session_ends_when_nobody_uses_it_and_at_the_latest_after_a_shift(tmp_path: Path) -> None:
    clock = Clock()
    entrance = with_users(tmp_path, Role.OPERATOR, clock=clock, lifetime=Lifetime(idle_s=600, longest_s=3600))
    async with serving(entrance) as client:
        await sign_in(client, "operator")
        for _ in range(7):
            clock.pass_s(500)
            assert await status_of(client, "/api/v1/density") == 200
        clock.pass_s(101)
        assert await status_of(client, "/api/v1/density") == 401, "an hour is over"
        await sign_in(client, "operator")
        clock.pass_s(601)
        assert await status_of(client, "/api/v1/density") == 401, "nobody was there"
        await sign_in(client, "operator")
        clock.pass_s(-3600)
        assert await status_of(client, "/api/v1/density") == 401, "the clock was set back"


async def test_sessions_outlive_a_restart_and_ended_ones_do_not(tmp_path: Path) -> None:
    async with serving(with_users(tmp_path, Role.OPERATOR)) as client:
        token = (await sign_in(client, "operator"))["csrf"]
        cookies = {one.key: one.value for one in client.session.cookie_jar}
        async with serving(with_users(tmp_path)) as again, again.get("/api/v1/density", cookies=cookies) as answer:
            assert answer.status == 200
        assert await status_of(client, SIGN_IN, "DELETE", headers={"X-CSRF-Token": token}) == 200
    async with serving(with_users(tmp_path)) as again, again.get("/api/v1/density", cookies=cookies) as answer:
        assert answer.status == 401


@pytest.mark.parametrize("roles", [(Role.PILOT,), (Role.OPERATOR, Role.PILOT)])
async def test_a_session_ends_with_its_user_or_their_password(tmp_path: Path, roles: tuple[Role, ...]) -> None:
    async with serving(with_users(tmp_path, *Role)) as client:
        await sign_in(client, "operator")
        set_users(tmp_path, *roles, stamp="another password")
        assert await status_of(client, "/api/v1/density") == 401
        set_users(tmp_path, *Role)
        assert await status_of(client, "/api/v1/density") == 401, "it has ended for good"


async def test_a_new_role_is_in_force_at_once(tmp_path: Path) -> None:
    entrance = with_users(tmp_path, Role.OPERATOR)
    async with serving(entrance) as client:
        await sign_in(client, "operator")
        text = (tmp_path / "users.json").read_text()
        (tmp_path / "users.json").write_text(text.replace('"role": "operator"', '"role": "auditor"'))
        assert await status_of(client, "/api/v1/density") == 403


@pytest.mark.parametrize("damage", ["{", '{"users": [{"name": "x"}]}', '{"users": 3}', "[" * 100_000])
async def test_a_damaged_list_of_users_lets_nobody_in(tmp_path: Path, damage: str) -> None:
    async with serving(with_users(tmp_path, Role.OPERATOR)) as client:
        await sign_in(client, "operator")
        (tmp_path / "users.json").write_text(damage)
        async with client.get("/api/v1/density") as answer:
            assert answer.status == 503
            assert str(tmp_path) not in await answer.text()


async def test_a_report_of_a_station_needs_somebody_who_may_see_the_map(tmp_path: Path) -> None:
    async with serving(with_users(tmp_path, *Role)) as client:
        url = str(client.make_url("/"))

        async def asked(sign_in: SignIn | None) -> dict[str, Any]:
            return await asyncio.to_thread(density_from_station, url, sign_in)

        for sign_in in (
            None,
            SignIn(name="operator", password=f"no {PASSWORD}"),
            SignIn(name="auditor", password=PASSWORD),
        ):
            with pytest.raises(RefusedError, match=r"--user NAME|do not belong"):
                await asked(sign_in)
        assert (await asked(SignIn(name="operator", password=PASSWORD)))["people"] == 12
    assert [line["who"] for line in audit(tmp_path) if line["what"] == "signed_out"] == ["auditor", "operator"]
    assert json.loads((tmp_path / "sessions.json").read_text()) == {"sessions": []}
