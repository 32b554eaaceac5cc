"""GET of the documents on the outbox: health, vehicles, density, the public map, and metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from groundstation.outbox import Outbox, Topic
from groundstation.web.guards import Endpoint, refusal
from groundstation.web.metrics import prometheus_text

OUTBOX: Final = web.AppKey("outbox", Outbox)
CLOCK: Final[web.AppKey[Callable[[], int]]] = web.AppKey("clock")
"""UTC now, nanoseconds."""


def newest(topic: Topic) -> Endpoint:
    """Return the endpoint that answers with the newest document of a topic."""

    async def endpoint(request: web.Request) -> web.Response:
        document = request.app[OUTBOX].document(topic)
        if document is None:
            return refusal(503, f"no {topic} yet; the station is starting, ask again in a second")
        return web.json_response(document)

    return endpoint


async def public_density(request: web.Request) -> web.Response:
    """Answer with the public map; no parameter changes it, so that nobody can ask for another draw of the noise."""
    document = request.app[OUTBOX].public
    if document is None:
        return refusal(
            503, "no public map yet; the first comes a minute after the start, because the noise has a budget"
        )
    return web.json_response(document)


async def check(request: web.Request) -> web.Response:
    """Answer with the pre-flight points of the running station."""
    document = request.app[OUTBOX].check
    if document is None:
        return refusal(503, "no check yet; the station is starting, ask again in a second")
    return web.json_response(document)


async def metrics(request: web.Request) -> web.Response:
    """Answer with figures in Prometheus' text format."""
    outbox = request.app[OUTBOX]
    documents: list[dict[str, Any]] = [outbox.document(topic) or {} for topic in (Topic.HEALTH, Topic.DENSITY)]
    return web.Response(text=prometheus_text(health=documents[0], density=documents[1]), content_type="text/plain")
