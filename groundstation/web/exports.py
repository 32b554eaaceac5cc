"""Exports over HTTP: the published map as a file, and the page's word that it prints."""

from __future__ import annotations

from typing import Any, Final, Protocol

from aiohttp import web

from groundstation.errors import BadInputError, NotKeptError, NotThereError
from groundstation.outbox import Topic
from groundstation.web.bodies import answered, json_body
from groundstation.web.documents import OUTBOX
from groundstation.web.guards import OWN_SITE, refusal


class File(Protocol):
    """A file on its way out."""

    @property
    def name(self) -> str:
        """With its time."""
        ...

    @property
    def content_type(self) -> str:
        """What it is."""
        ...

    @property
    def data(self) -> bytes:
        """The whole file."""
        ...


class Exports(Protocol):
    """What can be asked for as a file."""

    async def file(self, document: dict[str, Any] | None, kind: str, *, is_exercise: bool) -> File:
        """Return a published map as a file."""
        ...

    async def note(self, kind: object, map_utc: object, *, is_exercise: bool) -> dict[str, Any]:
        """Write down what the page makes itself."""
        ...


EXPORTS: Final[web.AppKey[Exports | None]] = web.AppKey("exports")
_ASKED_BY_HAND: Final = "none"


def add_exports(app: web.Application, exports: Exports | None) -> None:
    """Serve exports; None has none."""
    app[EXPORTS] = exports
    app.router.add_get("/api/v1/density/export", _file, allow_head=False)
    app.router.add_post("/api/v1/exports", _noted)


async def _file(request: web.Request) -> web.Response:
    if request.headers.get("Sec-Fetch-Site", OWN_SITE) not in (OWN_SITE, _ASKED_BY_HAND):
        return refusal(403, "only this station's own pages may ask for files; open them from this address")
    document = request.app[OUTBOX].document(Topic.DENSITY)
    try:
        made = await _exports(request).file(
            document, request.query.get("format", ""), is_exercise=_is_exercise(request.app)
        )
    except BadInputError as error:
        return refusal(400, str(error))
    except NotThereError as error:
        return refusal(503, str(error))
    except NotKeptError as error:
        return refusal(500, str(error))
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return web.Response(body=made.data, content_type=made.content_type, headers=headers)


async def _noted(request: web.Request) -> web.Response:
    async def note() -> dict[str, Any]:
        body = await json_body(request)
        if not isinstance(body, dict):
            raise BadInputError("the body must be an object with kind and map_utc")
        is_exercise = _is_exercise(request.app)
        return await _exports(request).note(body.get("kind"), body.get("map_utc"), is_exercise=is_exercise)

    return await answered(note())


def _is_exercise(app: web.Application) -> bool:
    """Say what health says; a station that knows no exercises says nothing."""
    return bool((app[OUTBOX].document(Topic.HEALTH) or {}).get("exercise"))


def _exports(request: web.Request) -> Exports:
    exports = request.app[EXPORTS]
    if exports is None:
        raise web.HTTPNotFound
    return exports
