"""Who asks, and whether they may: every request passes here after the guard, and what it shows is written down.

Fail closed: without an entrance only what is for anybody is served; an address without a row is refused to everybody;
what cannot be written down is not shown.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from ipaddress import ip_address
from typing import Final

from aiohttp import web
from aiohttp_session import AbstractStorage

from groundstation.audit import Actor, acting
from groundstation.errors import BadInputError, NotKeptError
from groundstation.logs import event
from groundstation.sessions.consulted import CONSULTED, REFUSED, Key
from groundstation.sessions.doors import Visitor
from groundstation.sessions.entrance import Entrance
from groundstation.web.guards import READS, Endpoint, refusal
from groundstation.web.rights import HOME, Row, row_of

ENTRANCE: Final[web.AppKey[Entrance | None]] = web.AppKey("entrance")
COOKIES: Final[web.AppKey[AbstractStorage | None]] = web.AppKey("cookies")
"""Where a session's secret is kept: in the browser, encrypted."""
VISITOR: Final[web.RequestKey[Visitor | None]] = web.RequestKey("visitor")
"""Who asks, None where nobody has signed in."""
SOCKET: Final[web.RequestKey[web.WebSocketResponse]] = web.RequestKey("socket")
"""The WebSocket of a request, once it is open."""
SECRET: Final = "secret"  # noqa: S105 - its name
"""Of a session, in its cookie."""
CSRF: Final = "X-CSRF-Token"
SESSION_ENDED: Final = 4401
"""Close code of a WebSocket whose session has ended."""
SIGN_IN_PAGE: Final = "/sign-in"
SIGN_IN: Final = "/api/v1/session"
_LOG: Final = logging.getLogger(__name__)
_LOOKS_EVERY_S: Final = 2.0
_CLOSES_WITHIN_S: Final = 1.0


@web.middleware
async def admit(request: web.Request, handler: Endpoint) -> web.StreamResponse:
    """Let a request through that may pass, as somebody, and refuse all others."""
    if (unknown := request.match_info.http_exception) is not None:
        row = None
    else:
        resource = request.match_info.route.resource
        row = None if resource is None else row_of(request.method, resource.canonical)
    try:
        visitor = await visitor_of(request)
    except BadInputError:
        return refusal(503, "the list of users cannot be read; whoever runs the station finds the line in its log")
    request[VISITOR] = visitor
    if unknown is not None and (visitor is not None or isinstance(unknown, web.HTTPMethodNotAllowed)):
        raise unknown
    with acting(_actor(request, visitor)):
        try:
            return await _admitted(request, handler, row, visitor)
        except NotKeptError as error:
            event(_LOG, "audit_not_kept", level=logging.ERROR, why=error)
            return refusal(500, "nothing is shown or done that cannot be written down; the station's log says why")


async def visitor_of(request: web.Request) -> Visitor | None:
    """Return who asks.

    Raises:
        BadInputError: the list of users is damaged.
    """
    entrance, cookies = request.app[ENTRANCE], request.app[COOKIES]
    if entrance is None or cookies is None:
        return None
    secret = (await cookies.load_session(request)).get(SECRET)
    return entrance.doors.visitor(secret if isinstance(secret, str) else None, is_here=is_here(request.remote))


def is_here(remote: str | None) -> bool:
    """Say whether an address is this machine's own."""
    try:
        return remote is not None and ip_address(remote).is_loopback
    except ValueError:
        return False


def _actor(request: web.Request, visitor: Visitor | None) -> Actor:
    if visitor is None or (request.method == "POST" and request.path == SIGN_IN):
        return Actor(who=None, role=None, address=request.remote)
    return Actor(who=visitor.name, role=visitor.role.value, address=request.remote)


async def _admitted(
    request: web.Request, handler: Endpoint, row: Row | None, visitor: Visitor | None
) -> web.StreamResponse:
    if row is not None and row.right is None:
        return _forged(request, visitor) or await handler(request)
    if row is None or visitor is None or row.right not in visitor.rights:
        return _refused(request, row, visitor)
    return _forged(request, visitor) or await _shown(request, handler, row)


def _refused(request: web.Request, row: Row | None, visitor: Visitor | None) -> web.Response:
    """Refuse, and write it down: who, what, and from where; again and again it is one line a minute."""
    _note(request, REFUSED, _name(request))
    if row is not None and row.is_page and request.method in READS:
        place = f"{SIGN_IN_PAGE}?to={request.path}" if visitor is None else HOME[visitor.role]
        return web.Response(status=303, headers={"Location": place})
    if visitor is None:
        return _told(401, "session", "no session: sign in at /sign-in, or look at /public, which is for everybody")
    if row is None:
        return _told(403, "right", "nobody may do this: no right is stated for it (groundstation.web.rights)")
    return _told(403, "right", f"a {visitor.role.value} may not do this; docs/api.md says who may")


def _forged(request: web.Request, visitor: Visitor | None) -> web.Response | None:
    """Refuse what changes something in a session without the token of its pages."""
    if visitor is None or visitor.is_by_itself or request.method in READS:
        return None
    if request.method == "POST" and request.path == SIGN_IN:
        return None
    if hmac.compare_digest(request.headers.get(CSRF, "").encode("utf-8", "surrogateescape"), visitor.csrf.encode()):
        return None
    return _told(403, "csrf", f"the header {CSRF} is missing or old; GET {SIGN_IN} tells it as csrf")


def _told(status: int, cause: str, text: str) -> web.Response:
    return web.json_response({"error": text, "cause": cause}, status=status)


async def _shown(request: web.Request, handler: Endpoint, row: Row) -> web.StreamResponse:
    if row.deed:
        return await _done(request, handler, row.deed)
    if request.headers.get("Upgrade", "").lower() == "websocket":
        with _held(request, row):
            async with _while_open(request):
                return await handler(request)
    response = await handler(request)
    if row.consulted and response.status < 300:
        _note(request, CONSULTED, _of(request, row))
    return response


async def _done(request: web.Request, handler: Endpoint, deed: str) -> web.StreamResponse:
    """Write a deed down before it is done, and how it went."""
    log, of = _entrance(request).consultations, " ".join(request.match_info.values())[:80]
    log.record(deed, step="begun", of=of)
    response = await handler(request)
    with suppress(NotKeptError):  # it stays `begun`, for it cannot be taken back
        log.record(deed, step="done" if response.status < 300 else "failed", of=of, status=response.status)
    return response


def _held(request: web.Request, row: Row) -> AbstractContextManager[None]:
    if not row.consulted:
        return nullcontext()
    key = Key(CONSULTED, _actor(request, request[VISITOR]), _of(request, row))
    return _entrance(request).consultations.held(key)


def _note(request: web.Request, what: str, of: str) -> None:
    entrance = request.app[ENTRANCE]
    if entrance is not None:
        entrance.consultations.note(Key(what, _actor(request, request[VISITOR]), of))


def _of(request: web.Request, row: Row) -> str:
    return " ".join([row.consulted, *request.match_info.values()])[:80]


def _name(request: web.Request) -> str:
    """Return what was asked for, as the router knows it: what was typed could be anything."""
    resource = request.match_info.route.resource
    return f"{request.method} {'an unknown address' if resource is None else resource.canonical}"


def _entrance(request: web.Request) -> Entrance:
    entrance = request.app[ENTRANCE]
    if entrance is None:
        raise web.HTTPNotFound
    return entrance


@asynccontextmanager
async def _while_open(request: web.Request) -> AsyncIterator[None]:
    """Close a WebSocket within seconds when its session ends, or its role may not look any more."""
    watch = asyncio.create_task(_close_when_ended(request))
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.wait([watch])


async def _close_when_ended(request: web.Request) -> None:
    while await _may_still(request):  # noqa: ASYNC110 - what ends a session is a file or a clock
        await asyncio.sleep(_LOOKS_EVERY_S)
    socket = request.get(SOCKET)
    if socket is not None:
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(_CLOSES_WITHIN_S):
                await socket.close(code=SESSION_ENDED, message=b"the session has ended; sign in again")
    if request.transport is not None:
        request.transport.abort()  # whoever does not read is not waited for


async def _may_still(request: web.Request) -> bool:
    resource = request.match_info.route.resource
    row = None if resource is None else row_of(request.method, resource.canonical)
    try:
        visitor = await visitor_of(request)
    except BadInputError:
        return False
    return row is not None and visitor is not None and row.right in visitor.rights


def signed(request: web.Request, body: object, field: str) -> object:
    """Return a body with the name of whoever has signed in in a field, whatever name it had there.

    A session that opened by itself has no name of its own: what was written stays.
    """
    visitor = request[VISITOR]
    if visitor is None or visitor.is_by_itself or not isinstance(body, dict):
        return body
    return {**body, field: visitor.name}
