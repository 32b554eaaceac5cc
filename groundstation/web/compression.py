"""Pages and their programs leave compressed where the browser takes that; figures and pictures leave as they are."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from aiohttp import hdrs, web

COMPRESSED: Final = frozenset({"", ".html", ".css", ".js", ".svg"})
"""By the end of the address; a page's own has none."""
PLAIN_IF: Final = (hdrs.RANGE, hdrs.IF_NONE_MATCH, hdrs.IF_MODIFIED_SINCE)
"""Who asks for a part, or whether a file has changed, gets what aiohttp makes of it: perhaps no body."""


def compress(request: web.Request, response: web.StreamResponse) -> None:
    """Let a whole file of text leave compressed; nothing that holds a secret is of these kinds."""
    if not isinstance(response, web.FileResponse) or request.method != hdrs.METH_GET:
        return
    if PurePosixPath(request.path).suffix not in COMPRESSED or any(name in request.headers for name in PLAIN_IF):
        return
    response.headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
    if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        response.enable_compression(web.ContentCoding.gzip)
