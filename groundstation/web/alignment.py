"""A camera's alignment over HTTP: what is in force, a trial of tie points, its storing, its forgetting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from aiohttp import web

from groundstation.errors import BadInputError
from groundstation.web.bodies import json_body
from groundstation.web.guards import refusal


class Desk(Protocol):
    """What a camera's alignment can be asked; JSON-able values in and out."""

    def document(self) -> dict[str, Any]:
        """Return the alignment in force."""
        ...

    async def solve(self, body: object, *, store: bool) -> dict[str, Any]:
        """Return the solution of tie points, or `error`; raise BadInputError where they are none."""
        ...

    async def forget(self) -> dict[str, Any]:
        """Remove what is stored."""
        ...


DESKS: Final[web.AppKey[Mapping[str, Desk]]] = web.AppKey("desks")
"""By name of the camera."""
ADDRESS: Final = "/api/v1/cameras/{camera}/alignment"


def add_routes(app: web.Application, desks: Mapping[str, Desk]) -> None:
    """Serve the alignments of some cameras."""
    app[DESKS] = desks
    app.router.add_get(ADDRESS, in_force)
    app.router.add_post(ADDRESS, tried)
    app.router.add_put(ADDRESS, stored)
    app.router.add_delete(ADDRESS, forgotten)


async def in_force(request: web.Request) -> web.Response:
    """Answer with the alignment in force, null where there is none."""
    return web.json_response(_desk(request).document())


async def tried(request: web.Request) -> web.Response:
    """Answer with the solution of tie points; nothing is stored."""
    return await _solved(request, store=False)


async def stored(request: web.Request) -> web.Response:
    """Solve the tie points, store the solution and put it in force."""
    return await _solved(request, store=True)


async def forgotten(request: web.Request) -> web.Response:
    """Forget what is stored."""
    try:
        return web.json_response(await _desk(request).forget())
    except BadInputError as error:
        return refusal(500, str(error))


async def _solved(request: web.Request, *, store: bool) -> web.Response:
    desk = _desk(request)
    try:
        answer = await desk.solve(await json_body(request), store=store)
    except BadInputError as error:
        return refusal(400, str(error))
    return web.json_response(answer, status=422 if "error" in answer else 200)


def _desk(request: web.Request) -> Desk:
    desk = request.app[DESKS].get(request.match_info["camera"])
    if desk is None:
        raise web.HTTPNotFound
    return desk
