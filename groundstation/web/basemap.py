"""Base map and site plan over HTTP: what there is, its tiles, the plan. Read only, from files of the operator's."""

from __future__ import annotations

from typing import Any, Final, Protocol

from aiohttp import web

from groundstation.errors import BadInputError, NotThereError
from groundstation.web.guards import refusal


class BaseMap(Protocol):
    """What can be asked of base map and site plan."""

    def document(self) -> dict[str, Any]:
        """Return what there is to be drawn, and what cannot be."""
        ...

    async def tile(self, zoom: int, column: int, row: int) -> tuple[str, bytes] | None:
        """Return content type and bytes of a tile, None where there is none."""
        ...

    def outlines(self) -> dict[str, Any]:
        """Return the outlines of the site plan."""
        ...

    def picture(self) -> bytes:
        """Return the site plan as a grey PNG."""
        ...


BASEMAP: Final[web.AppKey[BaseMap | None]] = web.AppKey("basemap")
NOTHING: Final[dict[str, Any]] = {"basemap": None, "site_plan": None, "faults": []}
_GZIP: Final = b"\x1f\x8b"
_TILE: Final = r"/api/v1/tiles/{z:\d{1,2}}/{x:\d{1,8}}/{y:\d{1,8}}"


def add_basemap(app: web.Application, basemap: BaseMap | None) -> None:
    """Serve a base map and a site plan; None answers that there is a blank graticule only."""
    app[BASEMAP] = basemap
    app.router.add_get("/api/v1/basemap", _document)
    app.router.add_get(_TILE, _tile)
    app.router.add_get("/api/v1/site-plan", _outlines)
    app.router.add_get("/api/v1/site-plan.png", _picture)


async def _document(request: web.Request) -> web.Response:
    basemap = request.app[BASEMAP]
    return web.json_response(NOTHING if basemap is None else basemap.document())


async def _tile(request: web.Request) -> web.Response:
    zoom, column, row = (int(request.match_info[name]) for name in "zxy")
    try:
        found = await _basemap(request).tile(zoom, column, row)
    except NotThereError as error:
        return refusal(404, str(error))
    except BadInputError as error:
        return refusal(500, str(error))
    if found is None:
        return web.Response(status=204)
    kind, data = found
    headers = {"Content-Encoding": "gzip"} if data.startswith(_GZIP) else {}
    return web.Response(body=data, content_type=kind, headers=headers)


async def _outlines(request: web.Request) -> web.Response:
    try:
        return web.json_response(_basemap(request).outlines())
    except NotThereError as error:
        return refusal(404, str(error))


async def _picture(request: web.Request) -> web.Response:
    try:
        return web.Response(body=_basemap(request).picture(), content_type="image/png")
    except NotThereError as error:
        return refusal(404, str(error))


def _basemap(request: web.Request) -> BaseMap:
    basemap = request.app[BASEMAP]
    if basemap is None:
        raise web.HTTPNotFound
    return basemap
