"""What a shift is handed over with, put together from the station's own documents. Values in, a value out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from groundstation.incidents.entry import AlertSeen, Entry, GateSeen, Summary, VehicleSeen, ZoneSeen
from groundstation.incidents.watch import OPEN, Told
from groundstation.instants import text_from_utc_ns

MOST_LISTED: Final = 24
"""Of each kind; what is more is counted."""
NEAR_CAPACITY: Final = ("full", "nearly_full", "unknown")
"""Fill of a zone that is handed over: one that nobody can tell might be full."""


@dataclass(frozen=True, slots=True)
class Since:
    """What was written since the last handover."""

    utc: str | None
    officers: int
    station: int


def since_handover(entries: Sequence[Entry]) -> Since:
    """Return how many entries came after the last shift was taken over."""
    taken = [row for row, entry in enumerate(entries) if entry.kind == "handover_taken"]
    after = entries[taken[-1] + 1 :] if taken else entries
    officers = sum(entry.is_officers for entry in after)
    return Since(entries[taken[-1]].utc if taken else None, officers, len(after) - officers)


def summary_of(told: Told, density: Mapping[str, Any] | None, since: Since, utc_ns: int) -> Summary:
    """Return the station as it is handed over.

    Args:
        told: its newest documents.
        density: the operator map as it was published, None before the first.
        since: the entries since the last handover.
        utc_ns: now.
    """
    lists = _alerts(told.alerts), _zones(told.zones), _vehicles(told.vehicles), _gates(told.health)
    alerts, zones, vehicles, gates = lists
    shown = {} if density is None else density
    return Summary(
        utc=text_from_utc_ns(utc_ns),
        map_utc=shown.get("utc"),
        people=shown.get("people"),
        people_sigma=shown.get("people_sigma"),
        observed_share=shown.get("observed_share"),
        suppressed_at_least=shown.get("suppressed_at_least"),
        suppressed_at_most=shown.get("suppressed_at_most"),
        alerts=tuple(alerts[:MOST_LISTED]),
        zones=tuple(zones[:MOST_LISTED]),
        zones_watched=len(_features(told.zones)),
        vehicles=tuple(vehicles[:MOST_LISTED]),
        gates=tuple(gates[:MOST_LISTED]),
        cameras=len(told.health["cameras"]) if told.health else 0,
        since_utc=since.utc,
        officers_entries=since.officers,
        station_entries=since.station,
        left_out=sum(max(0, len(part) - MOST_LISTED) for part in lists),
    )


def _alerts(document: Mapping[str, Any] | None) -> list[AlertSeen]:
    """Return the alerts that hold, those that nobody has taken up first."""
    alerts = sorted((document or {}).get("alerts", ()), key=lambda alert: alert["acknowledged"] is not None)
    return [
        AlertSeen(
            alert_kind=alert["kind"],
            level=alert["level"],
            name=alert.get("name"),
            lon_lat=tuple(alert["lon_lat"]),
            since_utc=alert["since_utc"],
            acknowledged_by=(alert["acknowledged"] or {}).get("by"),
            is_acknowledged=alert["acknowledged"] is not None,
        )
        for alert in alerts
    ]


def _features(document: Mapping[str, Any] | None) -> Sequence[Mapping[str, Any]]:
    features: Sequence[Mapping[str, Any]] = (document or {}).get("features", ())
    return features


def _zones(document: Mapping[str, Any] | None) -> list[ZoneSeen]:
    """Return the zones near their capacity, the fullest first, then those of which nobody can tell."""
    near = [said for feature in _features(document) if (said := feature["properties"])["level"] in NEAR_CAPACITY]
    names = tuple(ZoneSeen.model_fields)
    near.sort(key=lambda said: (NEAR_CAPACITY.index(said["level"]), -(said["fill_share"] or 0)))
    return [ZoneSeen(**{name: said[name] for name in names}) for said in near]


def _vehicles(document: Mapping[str, Any] | None) -> list[VehicleSeen]:
    said = [feature["properties"] for feature in _features(document)]
    names = tuple(VehicleSeen.model_fields)
    return [VehicleSeen(**{name: one.get(name) for name in names}) for one in said if one["kind"] == "vehicle"]


def _gates(health: Mapping[str, Any] | None) -> list[GateSeen]:
    closed = [camera for camera in (health or {}).get("cameras", ()) if camera["gate"] != OPEN]
    return [GateSeen(name=one["name"], cause=one["gate"], since_utc=one.get("since_utc")) for one in closed]
