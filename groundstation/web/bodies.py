"""JSON bodies of requests, and the answers to what the station refuses."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from typing import Any, Final

from aiohttp import web

from groundstation.errors import (
    BadInputError,
    DoneAlreadyError,
    NotKeptError,
    NotThereError,
    RefusedError,
    StationError,
)
from groundstation.web.guards import refusal

_STATUS: Final[dict[type[StationError], int]] = {
    BadInputError: 400,
    RefusedError: 403,
    NotThereError: 404,
    DoneAlreadyError: 409,
    NotKeptError: 500,
}


async def json_body(request: web.Request) -> object:
    """Return the body of a request as JSON.

    Raises:
        BadInputError: it is none.
        HTTPRequestEntityTooLarge: it is longer than the application takes.
    """
    if request.content_type != "application/json":
        raise BadInputError("the body must be application/json")
    try:
        return json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        raise BadInputError("the body is not JSON") from error


async def answered(asked: Awaitable[dict[str, Any]], *, status: int = 200) -> web.Response:
    """Answer with what the station did, or with one line of why it did not."""
    try:
        return web.json_response(await asked, status=status)
    except tuple(_STATUS) as error:
        return refusal(_STATUS[type(error)], str(error))
