"""`AlertDesk`: the alerts of the map come in, what officers say to them is kept, alerts as they are served go out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from groundstation.alerts.store import MOST_KEPT, Acknowledgement, AcknowledgementFile
from groundstation.audit import Audit
from groundstation.errors import BadInputError, DoneAlreadyError, NotThereError, RefusedError
from groundstation.instants import NS_PER_S, text_from_utc_ns
from groundstation.logs import event

LONGEST_REASON: Final = 300
LONGEST_BY: Final = 80
REMEMBERED_S: Final = 600
"""So long after its end an alert can still be acknowledged: it may end while somebody writes."""
MOST_REMEMBERED: Final = 500
_SHAPE: Final = 'send {"reason": "..."}, perhaps with "by"'
_LOG: Final = logging.getLogger(__name__)

Publish = Callable[[dict[str, Any]], None]


class AlertDesk:
    """The alerts of a running station.

    Args:
        file: where acknowledgements are kept.
        audit: told of each before it is in force.
        clock: UTC now in nanoseconds.
        publish: told the alerts as they are served, whenever they change.
        is_replay: recordings are not acknowledged.

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
    ) -> None:
        self._file, self._audit, self._clock, self._publish = file, audit, clock, publish
        self._is_replay = is_replay
        self._turn = asyncio.Lock()
        self._acknowledged = file.load()
        self._newest: dict[str, Any] | None = None
        self._seen_ns: dict[str, int] = {}

    def take(self, document: dict[str, Any], utc_ns: int) -> None:
        """Take in the alerts of an instant and publish them with their acknowledgements."""
        self._newest = document
        for alert in document["alerts"]:
            self._seen_ns.pop(alert["id"], None)
            self._seen_ns[alert["id"]] = utc_ns
        oldest_ns = utc_ns - REMEMBERED_S * NS_PER_S
        newest = list(self._seen_ns.items())[-MOST_REMEMBERED:]
        self._seen_ns = {alert: seen_ns for alert, seen_ns in newest if seen_ns >= oldest_ns}
        self._publish(self._shown(document))

    async def acknowledge(self, alert_id: str, body: object) -> dict[str, Any]:
        """Keep why an alert needs no more attention, and return who said so and when.

        Raises:
            BadInputError: the body is not as it must be.
            DoneAlreadyError: it was acknowledged before.
            NotKeptError: it cannot be written; then it is not acknowledged.
            NotThereError: no such alert held in the last minutes.
            RefusedError: this is a replay.
        """
        if self._is_replay:
            raise RefusedError("this is a replay; alerts are acknowledged live only")
        reason, by = _reason_and_by(body)
        async with self._turn:
            self._refuse_unless_open(alert_id)
            utc_ns = self._clock()
            given = Acknowledgement(utc=text_from_utc_ns(utc_ns), by=by, reason=reason)
            record, values = self._audit.record, {"alert": alert_id, "by": by, "reason": reason}
            await asyncio.to_thread(record, "alert_acknowledged", utc_ns=utc_ns, **values)
            kept = dict([*self._acknowledged.items(), (alert_id, given)][-MOST_KEPT:])
            await asyncio.to_thread(self._file.store, kept)
            self._acknowledged = kept
        # no id: its cell would be a place in a log line
        event(_LOG, "alert_acknowledged", kind=alert_id.partition(".")[0])
        if self._newest is not None:
            self._publish(self._shown(self._newest))
        return {"id": alert_id, "acknowledged": asdict(given)}

    def _refuse_unless_open(self, alert_id: str) -> None:
        if (before := self._acknowledged.get(alert_id)) is not None:
            raise DoneAlreadyError(
                f"acknowledged at {before.utc} by {before.by or 'somebody'} already: {before.reason}"
            )
        if alert_id not in self._seen_ns:
            raise NotThereError(
                f"no alert {alert_id[:80]!r} in the last {REMEMBERED_S // 60} minutes; /api/v1/alerts lists them"
            )

    def _shown(self, document: Mapping[str, Any]) -> dict[str, Any]:
        alerts = [{**alert, "acknowledged": self._of(alert["id"])} for alert in document["alerts"]]
        return {**document, "alerts": alerts}

    def _of(self, alert_id: str) -> dict[str, Any] | None:
        given = self._acknowledged.get(alert_id)
        return None if given is None else asdict(given)


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
