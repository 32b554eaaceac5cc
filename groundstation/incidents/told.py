"""The alerts that the log tells of, put together from its entries. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from groundstation.incidents.entry import Entry

MOST_TOLD: Final = 500
"""The newest of them."""


def alerts_in(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return alerts, oldest first; `ended_utc` is null while one holds; a restart ends all that held."""
    told: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if entry.kind == "station_started":  # an event that still holds after a restart begins anew, under another id
            for alert in told.values():
                alert["ended_utc"] = alert["ended_utc"] or entry.utc
        if entry.alert is None or entry.facts is None:
            continue
        if entry.kind == "alert_raised":
            told[entry.alert] = _begun(entry)
        elif entry.kind == "alert_risen" and entry.alert in told:
            told[entry.alert]["level"] = entry.facts.level
        elif entry.kind == "alert_ended" and entry.alert in told:
            told[entry.alert]["ended_utc"] = entry.utc
    return list(told.values())[-MOST_TOLD:]


def _begun(entry: Entry) -> dict[str, Any]:
    facts = entry.facts
    return {
        "id": entry.alert,
        "kind": None if facts is None else facts.alert_kind,
        "level": None if facts is None else facts.level,
        "lon_lat": None if entry.lon_lat is None else list(entry.lon_lat),
        "since_utc": entry.utc,
        "ended_utc": None,
    }
