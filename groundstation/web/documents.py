"""GET of the documents on the outbox: health, vehicles, density, its history, the public map, and metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from groundstation.history import INTERVAL_S, KEPT_S, MAX_MAPS_AT_ONCE
from groundstation.instants import NS_PER_S, utc_ns_from_text
from groundstation.outbox import Outbox, Topic
from groundstation.web.guards import Endpoint, refusal
from groundstation.web.metrics import prometheus_text

OUTBOX: Final = web.AppKey("outbox", Outbox)
CLOCK: Final[web.AppKey[Callable[[], int]]] = web.AppKey("clock")
"""UTC now, nanoseconds."""

_DEFAULT_SPAN_S: Final = 600


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


async def density_history(request: web.Request) -> web.Response:
    """Answer with the published maps between `from` and `to`, at most one every `step_s`."""
    now_ns = request.app[CLOCK]()
    try:
        to_ns = _utc_ns(request.query.get("to"), default_ns=now_ns)
        from_ns = _utc_ns(request.query.get("from"), default_ns=to_ns - _DEFAULT_SPAN_S * NS_PER_S)
        step_s = _step_s(request.query.get("step_s"), span_s=(to_ns - from_ns) / NS_PER_S)
    except ValueError as error:
        return refusal(400, str(error))
    maps = request.app[OUTBOX].history.between(from_ns, to_ns, step_s=step_s)
    return web.json_response({"type": "DensityHistory", "step_s": step_s, "maps": maps})


def _utc_ns(text: str | None, *, default_ns: int) -> int:
    # an unescaped + of an offset arrives as a blank
    return default_ns if text is None else utc_ns_from_text(text.replace(" ", "+"))


def _step_s(text: str | None, *, span_s: float) -> float:
    if span_s <= 0:
        raise ValueError("from is not before to; exchange them")
    least_s = max(INTERVAL_S, min(span_s, KEPT_S) / MAX_MAPS_AT_ONCE)
    try:
        step_s = float(text) if text is not None else least_s
    except ValueError as error:
        raise ValueError(f"step_s {text!r} is no number; write seconds, for instance 10") from error
    if not least_s <= step_s <= KEPT_S:
        raise ValueError(f"step_s {step_s:g} must lie within {least_s:g} and {KEPT_S} for this span")
    return step_s


async def metrics(request: web.Request) -> web.Response:
    """Answer with figures in Prometheus' text format."""
    outbox = request.app[OUTBOX]
    documents: list[dict[str, Any]] = [outbox.document(topic) or {} for topic in (Topic.HEALTH, Topic.DENSITY)]
    return web.Response(text=prometheus_text(health=documents[0], density=documents[1]), content_type="text/plain")
