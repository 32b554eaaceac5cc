"""`AlertDesk`: the alerts of the map come in, what officers say to them is kept, alerts as they are served go out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

from groundstation.alerts.store import MOST_KEPT, Acknowledgement, AcknowledgementFile
from groundstation.audit import Audit, done_and_told
from groundstation.errors import BadInputError, DoneAlreadyError, NotThereError, RefusedError
from groundstation.instants import NS_PER_S, text_from_utc_ns
from groundstation.logs import event
from maps.levels import Level

LONGEST_REASON: Final = 300
LONGEST_BY: Final = 80
REMEMBERED_S: Final = 600
"""So long after its end an alert can still be acknowledged: it may end while somebody writes."""
MOST_REMEMBERED: Final = 500
_SHAPE: Final = 'send {"reason": "..."}, perhaps with "by"'
_LOG: Final = logging.getLogger(__name__)

_RISING: Final = tuple(Level)

Publish = Callable[[dict[str, Any]], None]


class Hears(Protocol):
    """Who hears of acknowledgements once they are kept."""

    def note_acknowledged(self, alert: str, *, by: str | None, reason: str, utc_ns: int) -> None:
        """Take in one."""
        ...


class _Seen(NamedTuple):
    """What the desk knows of an alert."""

    utc_ns: int
    """When it held last."""
    level: Level
    """The highest that it had: one that climbs and falls while nobody looks is still to be looked at."""


class AlertDesk:
    """The alerts of a running station.

    Args:
        file: where acknowledgements are kept.
        audit: told of each before it is done, and of how that went.
        clock: UTC now in nanoseconds.
        publish: told the alerts as they are served, whenever they change.
        is_replay: recordings are not acknowledged.
        heard: told of each acknowledgement that was kept.

    Raises:
        BadInputError: what is kept is damaged.
    """

    def __init__(
        self,
        *,
        file: AcknowledgementFile,
        audit: Audit,
        clock: Callable[[], int],
        publish: Publish,
        is_replay: bool = False,
        heard: Hears | None = None,
    ) -> None:
        self._heard = heard
        self._file, self._audit, self._clock, self._publish = file, audit, clock, publish
        self._is_replay = is_replay
        self._turn = asyncio.Lock()
        self._acknowledged = file.load()
        self._newest: dict[str, Any] | None = None
        self._seen: dict[str, _Seen] = {}

    def take(self, document: dict[str, Any], utc_ns: int) -> None:
        """Take in the alerts of an instant and publish them with their acknowledgements."""
        self._newest = document
        for alert in document["alerts"]:
            level, before = Level(alert["level"]), self._seen.pop(alert["id"], None)
            highest = level if before is None else max(level, before.level, key=_RISING.index)
            self._seen[alert["id"]] = _Seen(utc_ns, highest)
        oldest_ns = utc_ns - REMEMBERED_S * NS_PER_S
        newest = list(self._seen.items())[-MOST_REMEMBERED:]
        self._seen = {alert: seen for alert, seen in newest if seen.utc_ns >= oldest_ns}
        self._publish(self._shown(document))

    async def acknowledge(self, alert_id: str, body: object) -> dict[str, Any]:
        """Keep why an alert needs no more attention at its level, and return who said so and when.

        Raises:
            BadInputError: the body is not as it must be.
            DoneAlreadyError: it was acknowledged before, and has not climbed since.
            NotKeptError: it cannot be written; then it is not acknowledged.
            NotThereError: no such alert held in the last minutes.
            RefusedError: this is a replay.
        """
        if self._is_replay:
            raise RefusedError("this is a replay; alerts are acknowledged live only")
        reason, by = _reason_and_by(body)
        async with self._turn:
            level, utc_ns = self._open_level(alert_id), self._clock()
            given = Acknowledgement(level=level, utc=text_from_utc_ns(utc_ns), by=by, reason=reason)
            before = {alert: said for alert, said in self._acknowledged.items() if alert != alert_id}
            said = (*self._acknowledged.get(alert_id, ()), given)
            kept = dict([*before.items(), (alert_id, said)][-MOST_KEPT:])
            deed = {"alert": alert_id, "level": level.value, "by": by, "reason": reason}
            store = partial(self._file.store, kept)
            await asyncio.to_thread(
                done_and_told, self._audit, "alert_acknowledged", utc_ns=utc_ns, deed=deed, do=store
            )
            self._acknowledged = kept
        if self._heard is not None:
            self._heard.note_acknowledged(alert_id, by=by, reason=reason, utc_ns=utc_ns)
        # no id: its cell would be a place in a log line
        event(_LOG, "alert_acknowledged", kind=alert_id.partition(".")[0])
        if self._newest is not None:
            self._publish(self._shown(self._newest))
        return {"id": alert_id, "acknowledged": asdict(given)}

    def _open_level(self, alert_id: str) -> Level:
        """Return the level at which an alert waits for an acknowledgement."""
        if (before := self._in_force(alert_id)) is not None:
            raise DoneAlreadyError(
                f"acknowledged at {before.utc} by {before.by or 'somebody'} already: {before.reason}"
            )
        if alert_id not in self._seen:
            raise NotThereError(
                f"no alert {alert_id[:80]!r} in the last {REMEMBERED_S // 60} minutes; /api/v1/alerts lists them"
            )
        return self._seen[alert_id].level

    def _in_force(self, alert_id: str) -> Acknowledgement | None:
        """Return the newest acknowledgement, unless the alert has been at a higher level."""
        said, seen = self._acknowledged.get(alert_id), self._seen.get(alert_id)
        if not said or (seen is not None and _RISING.index(seen.level) > _RISING.index(said[-1].level)):
            return None
        return said[-1]

    def _shown(self, document: Mapping[str, Any]) -> dict[str, Any]:
        shown = [{**alert, **self._said_to(alert["id"])} for alert in document["alerts"]]
        return {**document, "alerts": shown, "last_acknowledged": self._last()}

    def _last(self) -> dict[str, Any] | None:
        """Return the newest acknowledgement and the alert's name, also where that has ended."""
        if not self._acknowledged:
            return None
        alert_id, said = next(reversed(self._acknowledged.items()))
        return {"id": alert_id, **asdict(said[-1])}

    def _said_to(self, alert_id: str) -> dict[str, Any]:
        """Return the acknowledgement in force and those of lower levels, oldest first."""
        said, given = self._acknowledged.get(alert_id, ()), self._in_force(alert_id)
        earlier = said if given is None else said[:-1]
        return {
            "acknowledged": None if given is None else asdict(given),
            "acknowledged_before": [asdict(one) for one in earlier],
        }


def _reason_and_by(body: object) -> tuple[str, str | None]:
    if not isinstance(body, Mapping) or not {"reason"} <= body.keys() <= {"reason", "by"}:
        raise BadInputError(f"the body is no acknowledgement; {_SHAPE} and nothing else")
    reason = _line(body["reason"], "reason", LONGEST_REASON)
    return reason, None if body.get("by") is None else _line(body["by"], "by", LONGEST_BY)


def _line(value: object, name: str, longest: int) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if not text or len(text) > longest or not text.isprintable():
        raise BadInputError(f"{name} must be 1 to {longest} characters; write in one line what was decided, and why")
    return text
