"""Requests for eyes over HTTP: officers ask and withdraw, pilots answer."""

from __future__ import annotations

from typing import Any, Final, Protocol

from aiohttp import web

from groundstation.web.access import signed
from groundstation.web.bodies import answered, json_body
from groundstation.web.guards import refusal

ADDRESS: Final = "/api/v1/lookouts"
ADDRESS_OF_ONE: Final = "/api/v1/lookouts/{lookout}"
ADDRESS_TO_ANSWER: Final = "/api/v1/lookouts/{lookout}/answer"


class Lookouts(Protocol):
    """What can be asked of the desk; JSON-able values in and out."""

    def document(self) -> dict[str, Any]:
        """Return all requests that are open or were a while ago."""
        ...

    async def ask(self, body: object) -> dict[str, Any]:
        """Keep a new request."""
        ...

    async def answer(self, lookout_id: str, body: object) -> dict[str, Any]:
        """Keep what a pilot says to it."""
        ...

    async def withdraw(self, lookout_id: str) -> dict[str, Any]:
        """End it."""
        ...


LOOKOUTS: Final[web.AppKey[Lookouts | None]] = web.AppKey("lookouts")


def add_lookouts(app: web.Application, lookouts: Lookouts | None) -> None:
    """Serve the requests of a station; None answers that there are none to be had."""
    app[LOOKOUTS] = lookouts
    app.router.add_get(ADDRESS, listed)
    app.router.add_post(ADDRESS, asked)
    app.router.add_post(ADDRESS_TO_ANSWER, said)
    app.router.add_delete(ADDRESS_OF_ONE, withdrawn)


async def listed(request: web.Request) -> web.Response:
    """Answer with the requests."""
    lookouts = request.app[LOOKOUTS]
    if lookouts is None:
        return refusal(503, "no requests here; this application runs without a station")
    return web.json_response(lookouts.document())


async def asked(request: web.Request) -> web.Response:
    """Keep a request; 201 with it."""

    async def ask() -> dict[str, Any]:
        return await _lookouts(request).ask(signed(request, await json_body(request), "by"))

    return await answered(ask(), status=201)


async def said(request: web.Request) -> web.Response:
    """Keep a pilot's answer, and answer with the request."""

    async def answer() -> dict[str, Any]:
        body = signed(request, await json_body(request), "by")
        return await _lookouts(request).answer(request.match_info["lookout"], body)

    return await answered(answer())


async def withdrawn(request: web.Request) -> web.Response:
    """End a request."""

    async def withdraw() -> dict[str, Any]:
        return await _lookouts(request).withdraw(request.match_info["lookout"])

    return await answered(withdraw())


def _lookouts(request: web.Request) -> Lookouts:
    lookouts = request.app[LOOKOUTS]
    if lookouts is None:
        raise web.HTTPNotFound
    return lookouts
