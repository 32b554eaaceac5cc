"""The program of the pages as an application that a browser can keep: its manifest, and the worker that keeps it.

The worker is told what it may keep: the files of `/static` and `/vendor/leaflet` that make up the pages, and three
pages, which are the same for everybody and hold nothing of the station. The version is a hash over all of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiohttp import web

MANIFEST: Final = "/manifest.webmanifest"
WORKER: Final = "/service-worker.js"
WORKER_FILE: Final = "serviceworker.js"
PAGES: Final[Mapping[str, str]] = {"/": "index.html", "/pilot": "pilot.html", "/check": "check.html"}
LEAFLET: Final = ("leaflet.js", "leaflet.css")
KEPT: Final = frozenset({".js", ".css", ".svg"})
PLACE: Final = "{ version: '', files: [] }"
"""In the worker's source, where version and files are written."""


def shell_files(static: Path, leaflet: Path) -> dict[str, Path]:
    """Return by address all that the pages' program is made of."""
    own = {f"/static/{path.name}": path for path in sorted(static.iterdir()) if path.suffix in KEPT}
    del own[f"/static/{WORKER_FILE}"]
    pages = {address: static / name for address, name in PAGES.items()}
    return pages | own | {f"/vendor/leaflet/{name}": leaflet / name for name in LEAFLET}


def worker_text(source: str, files: Mapping[str, Path]) -> str:
    """Return the worker's program for these files.

    Raises:
        ValueError: the source has no place where they are written.
    """
    if source.count(PLACE) != 1:
        raise ValueError(f"{WORKER_FILE} has no place for its files")
    digest = hashlib.sha256(source.encode())
    for address, path in files.items():
        digest.update(f"{address} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    shell = {"version": digest.hexdigest()[:16], "files": [*files]}
    return source.replace(PLACE, json.dumps(shell))


def add_shell(app: web.Application, *, static: Path, leaflet: Path) -> None:
    """Serve manifest and worker; the files are read once, when the application is made."""
    source = (static / WORKER_FILE).read_text(encoding="utf-8")
    text = worker_text(source, shell_files(static, leaflet))

    async def worker(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type="text/javascript")

    async def manifest(_: web.Request) -> web.FileResponse:
        return web.FileResponse(static / "manifest.webmanifest", headers={"Content-Type": "application/manifest+json"})

    app.router.add_get(WORKER, worker)
    app.router.add_get(MANIFEST, manifest)
