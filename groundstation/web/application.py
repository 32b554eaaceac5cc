"""The web application over one outbox, and the server that serves it: on loopback, or over TLS."""

from __future__ import annotations

import errno
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web
from xstatic.pkg import leaflet

import static
from groundstation.errors import BadInputError
from groundstation.outbox import Outbox, Topic
from groundstation.sessions.entrance import Entrance
from groundstation.web.access import admit
from groundstation.web.alerts import Alerts, add_alerts
from groundstation.web.alignment import Desk, add_routes
from groundstation.web.audit import add_audit
from groundstation.web.basemap import BaseMap, add_basemap
from groundstation.web.compression import PACKED, Packed
from groundstation.web.documents import CLOCK, OUTBOX, check, metrics, newest, public_density
from groundstation.web.exports import Exports, add_exports
from groundstation.web.guards import MOST_BODY_BYTES, SITE, Site, guard
from groundstation.web.history import add_history
from groundstation.web.incidents import Incidents, add_incidents
from groundstation.web.lookouts import Lookouts, add_lookouts
from groundstation.web.modules import preloading
from groundstation.web.pointing import Nobody, Pilot, add_pilot
from groundstation.web.public import Pages, add_public
from groundstation.web.sessions import add_sessions
from groundstation.web.shell import add_shell
from groundstation.web.streams import live, snapshot, video
from groundstation.web.zones import Zones, add_zones

STATIC_FOLDER: Final = Path(static.__path__[0])
LEAFLET_FOLDER: Final = Path(leaflet.BASE_DIR)
PRELOADING: Final[web.AppKey[str]] = web.AppKey("preloading")
"""What the command post's page needs."""
_SHUTDOWN_S: Final = 1.0
_OF_DESKS: Final = frozenset({Topic.ZONES, Topic.LOG, Topic.LOOKOUTS})
"""What is asked of these is as new as now, from their desks."""


def application(
    outbox: Outbox,
    *,
    clock: Callable[[], int],
    entrance: Entrance | None = None,
    desks: Mapping[str, Desk] | None = None,
    pilot: Pilot | None = None,
    zones: Zones | None = None,
    alerts: Alerts | None = None,
    pages: Pages | None = None,
    basemap: BaseMap | None = None,
    exports: Exports | None = None,
    site: Site | None = None,
    incidents: Incidents | None = None,
    lookouts: Lookouts | None = None,
) -> web.Application:
    """Return the routes over an outbox.

    Args:
        outbox: the shelf; with what follows all that the application sees of the station.
        clock: UTC now in nanoseconds.
        entrance: who may come in; without it nobody may, and only what is for everybody is served.
        desks: where cameras are aligned, by name of the camera.
        pilot: what may point a gimbal; without it nobody may.
        zones: where zones are drawn.
        alerts: where alerts are acknowledged.
        pages: what the public is told.
        basemap: what is drawn below the density.
        exports: makes files of the published map.
        site: its names; loopback without TLS by default.
        incidents: the log that officers and station write.
        lookouts: where officers ask for eyes, and pilots answer.
    """
    app = web.Application(middlewares=[guard, admit], client_max_size=MOST_BODY_BYTES)
    app[SITE] = site = Site() if site is None else site
    app[OUTBOX] = outbox
    app[CLOCK] = clock
    app[PACKED] = Packed({"/static/": STATIC_FOLDER, "/vendor/leaflet/": LEAFLET_FOLDER})
    app[PRELOADING] = preloading(STATIC_FOLDER / "main.js", folder="/static/")
    app.router.add_get("/", _index)
    app.router.add_get("/check", _check_page)
    app.router.add_get("/pilot", _pilot_page)
    app.router.add_static("/static/", STATIC_FOLDER)
    app.router.add_static("/vendor/leaflet/", LEAFLET_FOLDER)
    for topic in set(Topic) - _OF_DESKS:
        app.router.add_get(f"/api/v1/{topic}", newest(topic))
    app.router.add_get("/api/v1/check", check)
    app.router.add_get("/api/v1/live", live)
    app.router.add_get("/api/v1/video/{vehicle}", video)
    app.router.add_get("/api/v1/video/{vehicle}/snapshot.jpg", snapshot)
    app.router.add_get("/public/api/v1/density", public_density)
    app.router.add_get("/metrics", metrics)
    add_routes(app, {} if desks is None else desks)
    add_pilot(app, Nobody() if pilot is None else pilot)
    add_zones(app, zones)
    add_alerts(app, alerts)
    add_public(app, pages)
    add_basemap(app, basemap)
    add_exports(app, exports)
    add_sessions(app, entrance, page=STATIC_FOLDER / "sign-in.html", is_secure=site.is_secure)
    add_audit(app, page=STATIC_FOLDER / "audit.html")
    add_incidents(app, incidents)
    add_lookouts(app, lookouts)
    add_shell(app, static=STATIC_FOLDER, leaflet=LEAFLET_FOLDER)
    add_history(app, incidents)
    return app


async def _index(request: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC_FOLDER / "index.html", headers={hdrs.LINK: request.app[PRELOADING]})


async def _pilot_page(_: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC_FOLDER / "pilot.html")


async def _check_page(_: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC_FOLDER / "check.html")


@asynccontextmanager
async def served(
    app: web.Application, *, host: str, port: int, tls: ssl.SSLContext | None = None, name: str | None = None
) -> AsyncIterator[str]:
    """Serve while the block runs; yields the address, with the port that was really taken.

    Args:
        app: the application.
        host: address to listen on.
        port: 0 takes a free one.
        tls: None serves plain HTTP, which is for loopback alone.
        name: by which browsers open it; the address itself by default.

    Raises:
        BadInputError: the port is in use or may not be opened.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    try:
        await _listen(runner, host, port, tls)
        name = host if name is None else name
        name = f"[{name}]" if ":" in name else name
        yield f"{'http' if tls is None else 'https'}://{name}:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int, tls: ssl.SSLContext | None) -> None:
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
    except OSError as error:
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be opened ({error.strerror})"
        raise BadInputError(
            f"[station] port {port} on {host} {why}; stop the other program or set another port"
        ) from error
