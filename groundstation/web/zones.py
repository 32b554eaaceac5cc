"""Zones over HTTP: all of them with their fill, a new one, another outline, name or capacity, a removal."""

from __future__ import annotations

from typing import Any, Final, Protocol

from aiohttp import web

from groundstation.web.bodies import answered, json_body
from groundstation.web.documents import OUTBOX
from groundstation.web.guards import refusal


class Zones(Protocol):
    """What can be asked of the station's zones; JSON-able values in and out."""

    def document(self) -> dict[str, Any]:
        """Return all zones."""
        ...

    async def add(self, body: object) -> dict[str, Any]:
        """Keep a new zone."""
        ...

    async def change(self, zone_id: str, body: object) -> dict[str, Any]:
        """Put another name, capacity or outline in force."""
        ...

    async def remove(self, zone_id: str) -> dict[str, Any]:
        """Remove a zone."""
        ...


ZONES: Final[web.AppKey[Zones | None]] = web.AppKey("zones")
ADDRESS: Final = "/api/v1/zones"
ADDRESS_OF_ONE: Final = "/api/v1/zones/{zone}"


def add_zones(app: web.Application, zones: Zones | None) -> None:
    """Serve the zones of a station; None answers that there are none to be had."""
    app[ZONES] = zones
    app.router.add_get(ADDRESS, listed)
    app.router.add_post(ADDRESS, added)
    app.router.add_put(ADDRESS_OF_ONE, changed)
    app.router.add_delete(ADDRESS_OF_ONE, removed)


async def listed(request: web.Request) -> web.Response:
    """Answer with all zones."""
    zones = request.app[ZONES]
    if zones is None:
        return refusal(503, "no zones here; this application runs without a station")
    return web.json_response(request.app[OUTBOX].marked(zones.document()))


async def added(request: web.Request) -> web.Response:
    """Keep a new zone; 201 with it as a feature."""

    async def add() -> dict[str, Any]:
        return await _zones(request).add(await json_body(request))

    return await answered(add(), status=201)


async def changed(request: web.Request) -> web.Response:
    """Put another name, capacity or outline of a zone in force."""

    async def change() -> dict[str, Any]:
        return await _zones(request).change(request.match_info["zone"], await json_body(request))

    return await answered(change())


async def removed(request: web.Request) -> web.Response:
    """Remove a zone."""
    return await answered(_zones(request).remove(request.match_info["zone"]))


def _zones(request: web.Request) -> Zones:
    zones = request.app[ZONES]
    if zones is None:
        raise web.HTTPNotFound
    return zones
