"""The audit over HTTP, for those who may read it: its page, and its lines a part at a time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from aiohttp import web

from groundstation.errors import BadInputError
from groundstation.sessions.reading import part_of
from groundstation.web.access import ENTRANCE
from groundstation.web.bodies import answered
from groundstation.web.guards import refusal


def add_audit(app: web.Application, *, page: Path) -> None:
    """Serve the audit of the application's entrance."""

    async def audit_page(_: web.Request) -> web.FileResponse:
        return web.FileResponse(page)

    app.router.add_get("/audit", audit_page)
    app.router.add_get("/api/v1/audit", lines)


async def lines(request: web.Request) -> web.Response:
    """Answer with the newest lines, or with those before the byte that `before` names."""
    entrance = request.app[ENTRANCE]
    if entrance is None:
        return refusal(503, "no audit here; this application runs without a station")
    file, text = entrance.audit_file, request.query.get("before")

    async def read() -> dict[str, Any]:
        if text is not None and not (text.isascii() and text.isdecimal() and len(text) < 16):
            raise BadInputError("before is no place in the audit; take `earlier` of the part after it")
        return await asyncio.to_thread(part_of, file, None if text is None else int(text))

    return await answered(read())
