"""An alert is acknowledged over HTTP: one POST, to our own pages and programs on this machine only."""

from __future__ import annotations

from typing import Any, Final, Protocol

from aiohttp import web

from groundstation.web.access import signed
from groundstation.web.bodies import answered, json_body

ADDRESS: Final = "/api/v1/alerts/{alert}/acknowledge"


class Alerts(Protocol):
    """What can be said to an alert; JSON-able values in and out."""

    async def acknowledge(self, alert_id: str, body: object) -> dict[str, Any]:
        """Keep why an alert needs no more attention."""
        ...


ALERTS: Final[web.AppKey[Alerts | None]] = web.AppKey("alerts")


def add_alerts(app: web.Application, alerts: Alerts | None) -> None:
    """Take acknowledgements; with None nothing is there to be acknowledged."""
    app[ALERTS] = alerts
    app.router.add_post(ADDRESS, acknowledged)


async def acknowledged(request: web.Request) -> web.Response:
    """Keep the acknowledgement, and answer with it."""

    async def acknowledge() -> dict[str, Any]:
        alerts = request.app[ALERTS]
        if alerts is None:
            raise web.HTTPNotFound
        return await alerts.acknowledge(request.match_info["alert"], signed(request, await json_body(request), "by"))

    return await answered(acknowledge())
