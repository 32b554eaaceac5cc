"""The public page and what it is made of: for anybody, by GET, with no parameter but the language."""

from __future__ import annotations

from typing import Any, Final, Protocol

from aiohttp import web

from groundstation.web.guards import refusal

LANGUAGES: Final = ("fr", "en")
"""The first where a browser asks for neither."""


class Pages(Protocol):
    """What can be asked for the public; JSON-able values and whole pages out."""

    def page(self, language: str) -> str:
        """Return the page as HTML in one of `LANGUAGES`."""
        ...

    def register(self) -> dict[str, Any]:
        """Return the register of flights."""
        ...

    def about(self) -> dict[str, Any]:
        """Return the mission and who answers for it."""
        ...


PAGES: Final[web.AppKey[Pages | None]] = web.AppKey("pages")


def add_public(app: web.Application, pages: Pages | None) -> None:
    """Serve the public page, the register and what is behind both; None answers that there is no station."""
    app[PAGES] = pages
    app.router.add_get("/public", page)
    app.router.add_get("/public/api/v1/register", register)
    app.router.add_get("/public/api/v1/about", about)


def language_of(query: str | None, accepted: str) -> str:
    """Return the language of the page: as the link says, else as the browser prefers (Accept-Language).

    Args:
        query: of the address, None without one.
        accepted: the header; text that is none is passed over.
    """
    if query in LANGUAGES:
        return query
    preferred = sorted((part.strip() for part in accepted.split(",")), key=_weight, reverse=True)
    told = [part[:2].lower() for part in preferred if _weight(part) > 0]
    return next((language for language in told if language in LANGUAGES), LANGUAGES[0])


def _weight(part: str) -> float:
    _, _, weight = part.partition(";q=")
    try:
        return float(weight) if weight else 1.0
    except ValueError:
        return 0.0


async def page(request: web.Request) -> web.Response:
    """Answer with the page, complete without any script."""
    pages = request.app[PAGES]
    if pages is None:
        return _nothing()
    language = language_of(request.query.get("lang"), request.headers.get("Accept-Language", ""))
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    return web.Response(text=pages.page(language), content_type="text/html", headers=headers)


async def register(request: web.Request) -> web.Response:
    """Answer with the register; no parameter changes it."""
    pages = request.app[PAGES]
    return _nothing() if pages is None else web.json_response(pages.register())


async def about(request: web.Request) -> web.Response:
    """Answer with the mission and who answers for it; no parameter changes it."""
    pages = request.app[PAGES]
    return _nothing() if pages is None else web.json_response(pages.about())


def _nothing() -> web.Response:
    return refusal(503, "no public page here; this application runs without a station")
