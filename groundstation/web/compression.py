"""Pages and their programs leave compressed where the browser takes that; figures and pictures leave as they are."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from os import stat_result
from pathlib import Path, PurePosixPath
from typing import Final

from aiohttp import hdrs, web

KINDS: Final = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
COMPRESSED: Final = frozenset({"", *KINDS})
"""By the end of the address; a page's own has none."""
PLAIN_IF: Final = (hdrs.RANGE, hdrs.IF_NONE_MATCH, hdrs.IF_MODIFIED_SINCE)
"""Who asks for a part, or whether a file has changed, gets what aiohttp makes of it: perhaps no body."""


class Packed:
    """Files of the pages' programs, each compressed once: a page is more than a hundred of them.

    Args:
        folders: beginnings of addresses, and the folder that is served there, without one below.
    """

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = folders
        self._bodies: dict[str, tuple[int, bytes]] = {}

    def answer(self, address: str) -> web.Response | None:
        """Return the compressed file of an address, as it is now; None for what lies elsewhere.

        Raises:
            OSError: it cannot be read.
        """
        parent, _, name = address.rpartition("/")
        folder = self._folders.get(f"{parent}/")
        kind = KINDS.get(PurePosixPath(name).suffix)
        if folder is None or kind is None:
            return None
        stat = (folder / name).stat()
        response = web.Response(body=self._body(address, folder / name, stat), content_type=kind)
        response.etag = f"{stat.st_mtime_ns:x}-{stat.st_size:x}"  # as aiohttp names the file itself
        response.last_modified = stat.st_mtime
        response.headers[hdrs.CONTENT_ENCODING] = "gzip"
        return response

    def _body(self, address: str, file: Path, stat: stat_result) -> bytes:
        held_ns, body = self._bodies.get(address, (-1, b""))
        if held_ns != stat.st_mtime_ns:
            body = gzip.compress(file.read_bytes(), mtime=0)
            self._bodies[address] = stat.st_mtime_ns, body
        return body


PACKED: Final[web.AppKey[Packed]] = web.AppKey("packed")


def compressed(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Return a whole file of text compressed, all else as it is; nothing that holds a secret is of these kinds."""
    if not isinstance(response, web.FileResponse) or request.method != hdrs.METH_GET:
        return response
    if PurePosixPath(request.path).suffix not in COMPRESSED or any(name in request.headers for name in PLAIN_IF):
        return response
    if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        packed = request.app[PACKED].answer(request.path)
        if packed is None:
            response.enable_compression(web.ContentCoding.gzip)
        else:
            response = packed
    response.headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
    return response
