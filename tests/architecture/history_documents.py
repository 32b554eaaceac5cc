"""What is told of before: the kept time at a glance, and when a place was seen."""

from __future__ import annotations

from typing import Any

from groundstation.history.record import told_of, utc_ns_of
from groundstation.history.seen import cell_from_name, seen_document
from groundstation.history.timeline import timeline
from groundstation.incidents.entry import Entry, Facts
from groundstation.incidents.told import alerts_in


def history_documents(maps: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return the timeline and what is told of a place, of published maps, and the same of none."""
    dated = sorted(({utc_ns_of(one): one for one in maps}).items())
    last_ns = dated[-1][0] + 3600 * 10**9
    told = [told_of(utc_ns, one) for utc_ns, one in dated]
    seen, name = next(
        (one, feature["properties"]["cell"])
        for one in maps
        for feature in one["features"]
        if feature["properties"]["sources"]
    )
    cell = cell_from_name(name)
    alerts = alerts_in(_entries())
    whole = [timeline(part, utc_ns=last_ns, interval_s=1.0, kept_s=86_400) for part in (told, [])]
    return {
        "timeline": [{**document, "alerts": alerts} for document in whole],
        "seen": [seen_document(cell, seen["epsg"], part) for part in ([one for _, one in dated], [])],
    }


def _entries() -> list[Entry]:
    facts = Facts(alert_kind="over_density", level="alert")
    kinds = (("alert_raised", "a"), ("alert_ended", "a"), ("alert_raised", "b"))
    return [
        Entry.model_validate(
            {
                "number": number, "exercise": False, "utc": "2026-07-14T18:00:00.000Z", "kind": kind, "text": "x",
                "alert": alert, "lon_lat": (2.352, 48.857), "facts": facts,
            }
        )
        for number, (kind, alert) in enumerate(kinds, start=1)
    ]  # fmt: skip
