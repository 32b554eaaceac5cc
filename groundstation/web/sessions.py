"""Sessions over HTTP: the page to sign in, who is signed in, a sign-in, a sign-out; and what keeps them in a cookie."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from aiohttp_session.cookie_storage import EncryptedCookieStorage

from groundstation.errors import BadInputError
from groundstation.instants import NS_PER_S, text_from_utc_ns
from groundstation.sessions.doors import Visitor, Wait
from groundstation.sessions.entrance import Entrance
from groundstation.web.access import COOKIES, ENTRANCE, SECRET, SIGN_IN, SIGN_IN_PAGE, VISITOR
from groundstation.web.bodies import json_body
from groundstation.web.guards import refusal
from groundstation.web.rights import HOME

COOKIE: Final = "groundstation"
LONGEST_COOKIE_S: Final = 8 * 86_400
"""A cookie is no session: what is open, and until when, the station knows."""
_SWEEPS_EVERY_S: Final = 5.0


def add_sessions(app: web.Application, entrance: Entrance | None, *, page: Path, is_secure: bool = False) -> None:
    """Serve sign-in and sign-out; None answers that nobody can sign in.

    Args:
        app: gets the routes.
        entrance: who comes in.
        page: file of the page to sign in.
        is_secure: whether browsers send the cookie over TLS only.
    """
    app[ENTRANCE] = entrance
    app[COOKIES] = None if entrance is None else _cookies(entrance.key, is_secure=is_secure)

    async def sign_in_page(_: web.Request) -> web.FileResponse:
        return web.FileResponse(page)

    app.router.add_get(SIGN_IN_PAGE, sign_in_page)
    app.router.add_get(SIGN_IN, who)
    app.router.add_post(SIGN_IN, signed_in)
    app.router.add_delete(SIGN_IN, signed_out)
    app.cleanup_ctx.append(_sweeping)


def _cookies(key: bytes, *, is_secure: bool) -> EncryptedCookieStorage:
    """Return the library's storage; its middleware, which aiohttp warns of for its keys, is left out."""
    return EncryptedCookieStorage(
        key,
        cookie_name=COOKIE,
        max_age=LONGEST_COOKIE_S,
        httponly=True,
        samesite="Strict",
        secure=is_secure,
    )


async def who(request: web.Request) -> web.Response:
    """Answer with who is signed in; null names where nobody is, which is no error for a page that asks."""
    return web.json_response(_document(request, request[VISITOR]))


async def signed_in(request: web.Request) -> web.Response:
    """Open a session for a name and a password, in place of the one before."""
    entrance = request.app[ENTRANCE]
    if entrance is None:
        return refusal(503, "nobody can sign in here; this application runs without a station")
    try:
        name, password = _name_and_password(await json_body(request))
        opened = await entrance.doors.sign_in(name, password, address=request.remote or "")
    except BadInputError as error:
        return refusal(400, str(error))
    if opened is None:
        return _refused(401, "wrong", "name and password do not belong together")
    if isinstance(opened, Wait):
        wait_s = math.ceil(opened.seconds)
        answer = _refused(429, "too_many", f"too many attempts; wait {wait_s} s", wait_s=wait_s)
        answer.headers["Retry-After"] = str(wait_s)
        return answer
    return await _taken(request, entrance, opened)


async def _taken(request: web.Request, entrance: Entrance, opened: Visitor) -> web.Response:
    before = request[VISITOR]
    if before is not None and not before.is_by_itself:
        entrance.doors.sign_out(before)
    answer = web.json_response(_document(request, opened), status=201)
    await _keep(request, answer, opened.secret)
    return answer


async def signed_out(request: web.Request) -> web.Response:
    """End the session, and forget the cookie."""
    entrance, visitor = request.app[ENTRANCE], request[VISITOR]
    if entrance is None:
        return refusal(503, "nobody is signed in here; this application runs without a station")
    if visitor is not None:
        entrance.doors.sign_out(visitor)
    answer = web.json_response(_document(request, None))
    await _keep(request, answer, None)
    return answer


async def _keep(request: web.Request, answer: web.Response, secret: str | None) -> None:
    """Have the browser keep a secret, or forget the one it has."""
    cookies = request.app[COOKIES]
    if cookies is not None:
        session = await cookies.new_session()
        if secret is not None:
            session[SECRET] = secret
        await cookies.save_session(request, answer, session)


def _document(request: web.Request, visitor: Visitor | None) -> dict[str, Any]:
    entrance = request.app[ENTRANCE]
    if visitor is None:
        return {
            "name": None, "role": None, "by_itself": False, "rights": [], "home": SIGN_IN_PAGE, "csrf": "",
            "ends_utc": None, "idle_s": 0 if entrance is None else entrance.doors.idle_s,
        }  # fmt: skip
    return {
        "name": visitor.name,
        "role": visitor.role.value,
        "by_itself": visitor.is_by_itself,
        "rights": sorted(visitor.rights),
        "home": HOME[visitor.role],
        "csrf": visitor.csrf,
        "ends_utc": None if visitor.ends_s is None else text_from_utc_ns(visitor.ends_s * NS_PER_S),
        "idle_s": 0 if entrance is None else entrance.doors.idle_s,
    }


def _name_and_password(body: object) -> tuple[str, str]:
    if not isinstance(body, dict) or set(body) != {"name", "password"}:
        raise BadInputError('send {"name": "...", "password": "..."} and nothing else')
    name, password = body["name"], body["password"]
    if not isinstance(name, str) or not isinstance(password, str):
        raise BadInputError("name and password must be texts")
    if "\ud800" <= max(name + password, default="") <= "\udfff":
        raise BadInputError("name and password must be texts")
    return name, password


def _refused(status: int, cause: str, text: str, **more: float) -> web.Response:
    return web.json_response({"error": text, "cause": cause, **more}, status=status)


async def _sweeping(app: web.Application) -> AsyncIterator[None]:
    """Write down what consultations have ended, every few seconds and at the end."""
    entrance = app[ENTRANCE]
    if entrance is None:
        yield
        return
    task = asyncio.create_task(_sweep(entrance))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    entrance.consultations.end_all()


async def _sweep(entrance: Entrance) -> None:
    while True:
        await asyncio.sleep(_SWEEPS_EVERY_S)
        entrance.consultations.sweep()
