"""What every request passes: loopback names, our own pages, and headers that keep pages and imagery at home.

Nearly all is read only. What changes something (POST, PUT, DELETE) is served where a route says so, to our own pages
and to programs on this machine: a foreign page cannot send it, because browsers name the page that asks (`Origin`,
`Sec-Fetch-Site`) and ask before they send JSON elsewhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from groundstation.web.compression import compressed

Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]

READS: Final = ("GET", "HEAD")
METHODS: Final = ("GET", "POST", "PUT", "DELETE")
OWN_SITE: Final = "same-origin"
MOST_BODY_BYTES: Final = 64 * 1024
"""Longest body of a request."""
LOOPBACK_NAMES: Final = frozenset({"127.0.0.1", "localhost", "::1"})

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """By what names browsers open the station, and whether over TLS."""

    names: frozenset[str] = LOOPBACK_NAMES
    is_secure: bool = False

    @property
    def scheme(self) -> str:
        """Of its addresses."""
        return "https" if self.is_secure else "http"


SITE: Final[web.AppKey[Site]] = web.AppKey("site")


def is_loopback_host(host: str, names: frozenset[str] = LOOPBACK_NAMES) -> bool:
    """Say whether a Host header names this machine; any other name is a page that had its name rebound to us."""
    try:
        return urlsplit(f"//{host}").hostname in names
    except ValueError:
        return False


def is_own_origin(origin: str | None, host: str, *, scheme: str = "http") -> bool:
    """Say whether a WebSocket may open: asked for by our own page, or by a program that is no browser (no Origin)."""
    return origin is None or origin == f"{scheme}://{host}"


def refusal(status: int, text: str) -> web.Response:
    """Return an error as one line of JSON."""
    return web.json_response({"error": text}, status=status)


@web.middleware
async def guard(request: web.Request, handler: Endpoint) -> web.StreamResponse:
    """Refuse foreign hosts, origins and methods; give every answer its headers, every error one line."""
    response = await _guarded(request, handler)
    if not response.prepared:
        response = compressed(request, response)
        response.headers.update(HEADERS)
        response.headers["Cache-Control"] = "no-store" if _is_live(request) else "no-cache"
    return response


def _is_live(request: web.Request) -> bool:
    return request.path.startswith(("/api/", "/public/api/")) or request.path == "/metrics"


def _told(site: Site) -> str:
    return " and ".join(sorted(site.names - LOOPBACK_NAMES)) or "127.0.0.1 and localhost"


async def _guarded(request: web.Request, handler: Endpoint) -> web.StreamResponse:
    site = request.app[SITE]
    if not is_loopback_host(request.host, site.names):
        return refusal(421, f"this station answers to {_told(site)} only; open it under that name")
    if not is_own_origin(request.headers.get("Origin"), request.host, scheme=site.scheme):
        return refusal(403, "this station answers its own pages only; open them from this address")
    if request.method not in READS and request.headers.get("Sec-Fetch-Site", OWN_SITE) != OWN_SITE:
        return refusal(403, "only this station's own pages may change anything; open them from this address")
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return refusal(404, f"nothing at {request.path[:120]}; docs/api.md lists all addresses")
    except web.HTTPMethodNotAllowed as error:
        served = [method for method in METHODS if method in error.allowed_methods]
        return refusal(405, f"{request.method} is not served here; use {' or '.join(served)}")
    except web.HTTPException as error:
        return refusal(error.status, error.text or error.reason)
    except web.RequestPayloadError:
        return refusal(400, "the body is not what its headers say; send it as it is, without Content-Encoding")
