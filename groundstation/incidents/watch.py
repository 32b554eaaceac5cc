"""What the station writes into the incident log by itself: changes between its own documents, and nothing else of them.

Documents in, drafts of entries out. It reads what is served after gate 2, so that an entry tells nothing that the page
did not show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from groundstation.incidents.entry import Draft, Facts, StationKind
from groundstation.incidents.settled import Room, Settled
from groundstation.instants import NS_PER_S, text_from_utc_ns

GATE_HOLDS_S: Final = 10.0
LINK_HOLDS_S: Final = 5.0
ENDED_AFTER_NS: Final = 5 * NS_PER_S
MOST_ALERTS_SEEN: Final = 1000
OPEN: Final = "open"
_RANKS: Final = {"alert": 0, "critical": 1}
_LINKS: Final = {"connected": "connected", "lost": "lost"}
"""A stale link is neither: what was told before holds."""

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The newest documents of the station, None before the first of each."""

    health: Document | None
    vehicles: Document | None
    zones: Document | None
    alerts: Document | None


@dataclass(frozen=True, slots=True)
class _Alert:
    """An alert that holds, or did a moment ago."""

    document: Document
    rank: int
    since_ns: int
    seen_ns: int


class Watch:
    """Compares the station's documents with those before; one owner."""

    def __init__(self) -> None:
        self._gates, self._links = Settled(GATE_HOLDS_S), Settled(LINK_HOLDS_S)
        self._alerts: dict[str, _Alert] = {}
        self._zones: dict[str, Document] | None = None
        self._mission: str | None = None
        self._room = Room()
        self.alerts_seen: dict[str, None] = {}
        """Ids of the newest alerts: an officer may write of one that has ended."""

    def take(self, told: Told, utc_ns: int) -> list[Draft]:
        """Return what changed; bounded for each kind."""
        drafts = [*self._changes(told, utc_ns)]
        written = [draft for draft in drafts if self._room.takes(draft.kind, utc_ns)]
        for kind, count in self._room.left_out(utc_ns).items():
            text = f"{count} more changes of this kind ({kind}) in ten minutes were not written one by one"
            written.append(_draft("left_out", text, utc_ns, Facts(kind=kind, count=count)))
        return written

    def _changes(self, told: Told, utc_ns: int) -> Iterator[Draft]:
        if told.health is not None:
            yield from self._of_mission(told.health, utc_ns)
            yield from self._of_gates(told.health, utc_ns)
        if told.vehicles is not None:
            yield from self._of_vehicles(told.vehicles, utc_ns)
        if told.zones is not None:
            yield from self._of_zones(told.zones, utc_ns)
        if told.alerts is not None:
            yield from self._of_alerts(told.alerts, utc_ns)

    def _of_mission(self, health: Document, utc_ns: int) -> Iterator[Draft]:
        state, purpose = health["mission"]["state"], health["mission"]["purpose"]
        if self._mission is None:
            text = f"the station has started; mission {purpose!r}, {state}"
            yield _draft("station_started", text, utc_ns, Facts(name=purpose, state=state))
        elif state != self._mission:
            yield _draft("mission_state", f"the mission is {state}", utc_ns, Facts(name=purpose, state=state))
        self._mission = state

    def _of_gates(self, health: Document, utc_ns: int) -> Iterator[Draft]:
        for camera in health["cameras"]:
            name, gate = camera["name"], camera["gate"]
            if self._gates.take(name, OPEN if gate == OPEN else "closed", utc_ns) is None:
                continue
            if gate == OPEN:
                yield _draft("gate_opened", f"gate of {name} open", utc_ns, Facts(name=name))
            else:
                yield _draft("gate_closed", f"gate of {name} closed: {gate}", utc_ns, Facts(name=name, cause=gate))

    def _of_vehicles(self, vehicles: Document, utc_ns: int) -> Iterator[Draft]:
        for feature in vehicles["features"]:
            said = feature["properties"]
            link = _LINKS.get(said.get("link", "")) if said["kind"] == "vehicle" else None
            before = None if link is None else self._links.take(said["name"], link, utc_ns)
            if before is None:
                continue
            yield _of_vehicle(said["name"], link == "lost", before[0], utc_ns)

    def _of_zones(self, zones: Document, utc_ns: int) -> Iterator[Draft]:
        now = {feature["properties"]["id"]: feature for feature in zones["features"]}
        before, self._zones = self._zones, now
        if before is None:
            return
        for zone, feature in now.items():
            if zone not in before:
                yield _of_zone("zone_added", feature, utc_ns)
            elif _drawn(before[zone]) != _drawn(feature):
                yield _of_zone("zone_changed", feature, utc_ns)
        for zone in before.keys() - now.keys():
            yield _of_zone("zone_removed", before[zone], utc_ns)

    def _of_alerts(self, alerts: Document, utc_ns: int) -> Iterator[Draft]:
        for document in alerts["alerts"]:
            before, rank = self._alerts.get(document["id"]), _RANKS.get(document["level"], 0)
            highest = rank if before is None else max(rank, before.rank)
            since_ns = utc_ns if before is None else before.since_ns
            self._alerts[document["id"]] = _Alert(document, highest, since_ns, utc_ns)
            self.alerts_seen[document["id"]] = None
            if before is None:
                yield _of_alert("alert_raised", document, utc_ns)
            elif highest > before.rank:
                yield _of_alert("alert_risen", document, utc_ns)
        for name in list(self.alerts_seen)[:-MOST_ALERTS_SEEN]:
            del self.alerts_seen[name]
        yield from self._ended(utc_ns)

    def _ended(self, utc_ns: int) -> Iterator[Draft]:
        for name, alert in list(self._alerts.items()):
            if utc_ns < alert.seen_ns:  # the clock was set back: count from now on
                self._alerts[name] = replace(alert, seen_ns=utc_ns)
            elif utc_ns - alert.seen_ns >= ENDED_AFTER_NS:
                del self._alerts[name]
                lasted_s = max(0, alert.seen_ns - alert.since_ns) // NS_PER_S
                yield _of_alert("alert_ended", alert.document, utc_ns, lasted_s=lasted_s)


def acknowledged_draft(alert: str, document: Document | None, *, by: str | None, reason: str, utc_ns: int) -> Draft:
    """Return the entry of an alert that an officer has taken up.

    Args:
        alert: its id.
        document: as it was served last; None when it has ended.
        by: who says to have taken it up.
        reason: why it needs no more attention.
        utc_ns: when.
    """
    kind = alert.partition(".")[0] if document is None else document["kind"]
    facts = Facts(alert_kind=kind, by=by, reason=reason, **_of_document(document))
    text = f"{_words(kind)} acknowledged by {by or 'somebody'}: {reason}"
    return _draft("alert_acknowledged", text, utc_ns, facts, alert=alert, **_placed(document))


def _of_vehicle(name: str, is_lost: bool, before: str | None, utc_ns: int) -> Draft:
    if is_lost:
        return _draft("vehicle_lost", f"{name} lost: nothing heard of it", utc_ns, Facts(name=name))
    if before is None:
        return _draft("vehicle_heard", f"{name} heard", utc_ns, Facts(name=name))
    return _draft("vehicle_back", f"{name} heard again", utc_ns, Facts(name=name))


def _of_zone(kind: StationKind, feature: Document, utc_ns: int) -> Draft:
    said = feature["properties"]
    facts = Facts(name=said["name"], capacity=said["capacity"])
    text = f"{_words(kind)}: {said['name']}, capacity {said['capacity']}"
    return _draft(kind, text, utc_ns, facts, zone=said["id"], zone_name=said["name"])


def _of_alert(kind: StationKind, document: Document, utc_ns: int, *, lasted_s: int | None = None) -> Draft:
    facts = Facts(alert_kind=document["kind"], lasted_s=lasted_s, **_of_document(document))
    lasted = "" if lasted_s is None else f", after {lasted_s} s"
    text = f"{_words(kind)}: {_words(document['kind'])}, {document['level']}{lasted}"
    return _draft(kind, text, utc_ns, facts, alert=document["id"], **_placed(document))


def _of_document(document: Document | None) -> dict[str, Any]:
    names = ("level", "name", "density_per_m2", "capacity")
    return {} if document is None else {name: document.get(name) for name in names}


def _placed(document: Document | None) -> dict[str, Any]:
    if document is None:
        return {}
    return {"lon_lat": document["lon_lat"], "zone": document.get("zone"), "zone_name": document.get("name")}


def _drawn(feature: Document) -> tuple[Any, ...]:
    return feature["properties"]["name"], feature["properties"]["capacity"], feature["geometry"]


def _words(code: str) -> str:
    return code.replace("_", " ")


def _draft(kind: StationKind, text: str, utc_ns: int, facts: Facts, **about: Any) -> Draft:
    return Draft(utc=text_from_utc_ns(utc_ns), kind=kind, text=text, facts=facts, **about)
