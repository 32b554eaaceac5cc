"""What was published before: maps of a span or an instant, the kept time at a glance, when a place was seen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final, Protocol

from aiohttp import web

from groundstation.history.history import INTERVAL_S, MAX_MAPS_AT_ONCE, DensityHistory
from groundstation.history.record import seconds_between
from groundstation.history.seen import MOST_MAPS, cell_from_name, is_in, seen_document
from groundstation.history.shelves import Kept
from groundstation.history.timeline import timeline
from groundstation.instants import NS_PER_S, utc_ns_from_text
from groundstation.outbox import Topic
from groundstation.web.documents import CLOCK, OUTBOX
from groundstation.web.guards import refusal

_DEFAULT_SPAN_S: Final = 600
_READING: Final[web.AppKey[asyncio.Lock]] = web.AppKey("history_reading", asyncio.Lock)
"""Maps are read from the disk for one asker at a time."""


class Began(Protocol):
    """Who knows which alerts there were."""

    def alerts_told(self) -> list[dict[str, Any]]:
        """Return the alerts that the log tells of, oldest first."""
        ...


BEGAN: Final[web.AppKey[Began | None]] = web.AppKey("history_began")


def add_history(app: web.Application, began: Began | None) -> None:
    """Serve what was published; `began` tells which alerts there were, None: nobody does."""
    app[_READING] = asyncio.Lock()
    app[BEGAN] = began
    app.router.add_get("/api/v1/density/history", density_history)
    app.router.add_get("/api/v1/density/seen", seen)
    app.router.add_get("/api/v1/timeline", whole_timeline)


async def density_history(request: web.Request) -> web.Response:
    """Answer with the published maps between `from` and `to`, at most one every `step_s`; or the one of `at`."""
    outbox, now_ns = request.app[OUTBOX], request.app[CLOCK]()
    try:
        if "at" in request.query:
            chosen = _at(outbox.history, _utc_ns(request.query["at"], default_ns=now_ns))
            step_s = outbox.history.interval_s
        else:
            chosen, step_s = _span(request, outbox.history, now_ns)
    except ValueError as error:
        return refusal(400, str(error))
    maps = await _read(request, chosen)
    return web.json_response(outbox.marked({"type": "DensityHistory", "step_s": step_s, "maps": maps}))


def _at(history: DensityHistory, utc_ns: int) -> list[Kept]:
    """Return the newest map before an instant, unless it is of so long before that it tells nothing of then."""
    kept = history.newest_at(utc_ns)
    is_of_then = kept is not None and seconds_between(kept.told.utc_ns, utc_ns) < 2 * history.interval_s
    return [kept] if kept is not None and is_of_then else []


def _span(request: web.Request, history: DensityHistory, now_ns: int) -> tuple[list[Kept], float]:
    to_ns = _utc_ns(request.query.get("to"), default_ns=now_ns)
    from_ns = _utc_ns(request.query.get("from"), default_ns=to_ns - _DEFAULT_SPAN_S * NS_PER_S)
    span_s = seconds_between(from_ns, to_ns)
    step_s = _step_s(request.query.get("step_s"), span_s=span_s, kept_s=history.bounds.kept_s)
    return history.chosen(from_ns, to_ns, step_s=step_s), step_s


async def _read(request: web.Request, chosen: Sequence[Kept]) -> list[dict[str, Any]]:
    async with request.app[_READING]:
        return await asyncio.to_thread(request.app[OUTBOX].history.documents, chosen)


def _utc_ns(text: str | None, *, default_ns: int) -> int:
    # an unescaped + of an offset arrives as a blank
    return default_ns if text is None else utc_ns_from_text(text.replace(" ", "+"))


def _step_s(text: str | None, *, span_s: float, kept_s: int) -> float:
    if span_s <= 0:
        raise ValueError("from is not before to; exchange them")
    least_s = max(INTERVAL_S, min(span_s, kept_s) / MAX_MAPS_AT_ONCE)
    try:
        step_s = float(text) if text is not None else least_s
    except ValueError as error:
        raise ValueError(f"step_s {text!r} is no number; write seconds, for instance 10") from error
    if not least_s <= step_s <= kept_s:
        raise ValueError(f"step_s {step_s:g} must lie within {least_s:g} and {kept_s} for this span")
    return step_s


async def whole_timeline(request: web.Request) -> web.Response:
    """Answer with the whole kept time at a glance."""
    outbox, began = request.app[OUTBOX], request.app[BEGAN]
    history = outbox.history
    document = timeline(
        history.told, utc_ns=request.app[CLOCK](), interval_s=history.interval_s, kept_s=history.bounds.kept_s
    )
    alerts = [] if began is None else began.alerts_told()
    since = document["from_utc"]
    kept = [alert for alert in alerts if since is not None and (alert["ended_utc"] or document["utc"]) >= since]
    return web.json_response(outbox.marked({**document, "alerts": kept}))


async def seen(request: web.Request) -> web.Response:
    """Answer when a cell's ground was seen and by whom; of ground outside the mission's area, nothing."""
    outbox = request.app[OUTBOX]
    newest = outbox.document(Topic.DENSITY)
    if newest is None:
        return refusal(503, "no density yet; the station is starting, ask again in a second")
    try:
        cell = cell_from_name(request.query.get("cell", ""))
    except ValueError as error:
        return refusal(400, str(error))
    if not is_in(newest, cell):
        return refusal(404, f"cell {cell.name} is not in the mission's area; nothing is told of it")
    history = outbox.history
    told = history.told
    span_s = seconds_between(told[0].utc_ns, told[-1].utc_ns) if told else 0.0
    step_s = max(history.interval_s, span_s / (MOST_MAPS - 1))
    from_ns, to_ns = (told[0].utc_ns, told[-1].utc_ns + 1) if told else (0, 0)
    maps = await _read(request, history.chosen(from_ns, to_ns, step_s=step_s, most=MOST_MAPS))
    document = await asyncio.to_thread(seen_document, cell, newest["epsg"], [*maps, *_newer(maps, newest)])
    return web.json_response(outbox.marked(document))


def _newer(maps: Sequence[dict[str, Any]], newest: dict[str, Any]) -> list[dict[str, Any]]:
    return [newest] if not maps or maps[-1]["utc"] < newest["utc"] else []
