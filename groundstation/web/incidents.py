"""The incident log over HTTP: read, written, handed over with the shift, and taken away as a file."""

from __future__ import annotations

from typing import Any, Final, Protocol

from aiohttp import web

from groundstation.errors import NotKeptError
from groundstation.web.access import signed
from groundstation.web.bodies import answered, json_body
from groundstation.web.guards import OWN_SITE, refusal
from groundstation.web.log_table import log_table


class Incidents(Protocol):
    """What can be asked of the log; JSON-able values in and out."""

    def page(self, before: str | None) -> dict[str, Any]:
        """Return entries before a number."""
        ...

    def summary(self) -> dict[str, Any]:
        """Return what a shift is handed over with."""
        ...

    async def add(self, body: object) -> dict[str, Any]:
        """Write an entry."""
        ...

    async def hand_over(self, body: object) -> dict[str, Any]:
        """Offer a shift, or take it over."""
        ...

    async def table(self) -> list[dict[str, Any]]:
        """Return all entries, for a file."""
        ...

    def alerts_told(self) -> list[dict[str, Any]]:
        """Return the alerts that the log tells of, oldest first."""
        ...


INCIDENTS: Final[web.AppKey[Incidents | None]] = web.AppKey("incidents")
ADDRESS: Final = "/api/v1/log"
_ASKED_BY_HAND: Final = "none"


def add_incidents(app: web.Application, incidents: Incidents | None) -> None:
    """Serve the log of a station; with None there is none."""
    app[INCIDENTS] = incidents
    app.router.add_get(ADDRESS, listed)
    app.router.add_post(ADDRESS, added)
    app.router.add_get(f"{ADDRESS}/handover", summed)
    app.router.add_post(f"{ADDRESS}/handover", handed_over)
    app.router.add_get(f"{ADDRESS}/export", exported, allow_head=False)


async def listed(request: web.Request) -> web.Response:
    """Answer with the newest entries, or those before a number."""
    incidents = request.app[INCIDENTS]
    if incidents is None:
        return refusal(503, "no log here; this application runs without a station")

    async def page() -> dict[str, Any]:
        return incidents.page(request.query.get("before"))

    return await answered(page())


async def added(request: web.Request) -> web.Response:
    """Write an entry; 201 with it."""

    async def add() -> dict[str, Any]:
        return await _incidents(request).add(signed(request, await json_body(request), "author"))

    return await answered(add(), status=201)


async def summed(request: web.Request) -> web.Response:
    """Answer with what a shift would be handed over with now."""
    return web.json_response(_incidents(request).summary())


async def handed_over(request: web.Request) -> web.Response:
    """Offer a shift, or take it over; 201 with the entry."""

    async def hand_over() -> dict[str, Any]:
        return await _incidents(request).hand_over(signed(request, await json_body(request), "author"))

    return await answered(hand_over(), status=201)


async def exported(request: web.Request) -> web.Response:
    """Answer with the whole log as CSV, once that is written down."""
    if request.headers.get("Sec-Fetch-Site", OWN_SITE) not in (OWN_SITE, _ASKED_BY_HAND):
        return refusal(403, "only this station's own pages may ask for files; open them from this address")
    if request.query.get("format", "csv") != "csv":
        return refusal(400, "format is none of csv; take it, or print the log")
    try:
        entries = await _incidents(request).table()
    except NotKeptError as error:
        return refusal(500, str(error))
    file = log_table(entries)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return web.Response(body=file.data, content_type="text/csv", headers=headers)


def _incidents(request: web.Request) -> Incidents:
    incidents = request.app[INCIDENTS]
    if incidents is None:
        raise web.HTTPNotFound
    return incidents
