"""What the station writes into the incident log by itself: changes that hold, each once, and never a flood."""

from __future__ import annotations

from typing import Any

from groundstation.incidents.entry import Draft
from groundstation.incidents.settled import MOST_IN_A_WINDOW, WINDOW_NS
from groundstation.incidents.watch import Told, Watch, acknowledged_draft
from groundstation.instants import NS_PER_S

START_NS = 1_784_052_000 * NS_PER_S
ALERT: dict[str, Any] = {
    "id": "over_density.a.1", "kind": "over_density", "level": "alert", "density_per_m2": 4.0, "lon_lat": (2.0, 48.0),
    "acknowledged": None,
}  # fmt: skip


class Seen:
    """A watch with a clock and the documents of now."""

    def __init__(self) -> None:
        self.watch, self.s = Watch(), 0.0
        self.gates = {"north": "open"}
        self.links = {"north": "connected"}
        self.zones: list[tuple[str, str, int]] = []
        self.alerts: list[dict[str, Any]] = []
        self.state = "running"

    def told(self) -> Told:
        cameras = [{"name": name, "gate": gate} for name, gate in self.gates.items()]
        area = {"properties": {"kind": "area"}}
        vehicles = [{"properties": {"kind": "vehicle", "name": n, "link": link}} for n, link in self.links.items()]
        zones = [
            {"properties": {"id": key, "name": name, "capacity": capacity}, "geometry": None}
            for key, name, capacity in self.zones
        ]
        return Told(
            health={"mission": {"state": self.state, "purpose": "market"}, "cameras": cameras},
            vehicles={"features": [area, *vehicles]},
            zones={"features": zones},
            alerts={"alerts": self.alerts},
        )

    def drafts(self, seconds: float = 1.0) -> list[Draft]:
        """Let seconds pass, one look each, and return what was written."""
        found: list[Draft] = []
        for _ in range(round(seconds)):
            self.s += 1
            found += self.watch.take(self.told(), START_NS + round(self.s * NS_PER_S))
        return found

    def kinds(self, seconds: float = 1.0) -> list[str]:
        return [draft.kind for draft in self.drafts(seconds)]


def begun() -> Seen:
    seen = Seen()
    assert sorted(seen.kinds(15)) == ["gate_opened", "station_started", "vehicle_heard"]
    assert seen.kinds(30) == []
    return seen


def test_before_the_first_documents_nothing_is_written() -> None:
    assert Watch().take(Told(health=None, vehicles=None, zones=None, alerts=None), START_NS) == []


def test_a_gate_is_told_when_it_holds_and_not_when_it_flickers() -> None:
    seen = begun()
    for second in range(60):
        seen.gates["north"] = "stale_pose" if second % 4 else "open"
        assert seen.kinds() == []
    seen.gates["north"] = "stale_pose"
    (closed,) = seen.drafts(15)
    assert closed.facts is not None
    assert (closed.kind, closed.facts.name, closed.facts.cause) == ("gate_closed", "north", "stale_pose")
    seen.gates["north"] = "no_pose"
    assert seen.kinds(30) == [], "another cause is no other state"
    seen.gates["north"] = "open"
    assert seen.kinds(15) == ["gate_opened"]


def test_a_vehicle_is_lost_and_back() -> None:
    seen = begun()
    seen.links["north"] = "stale"
    assert seen.kinds(20) == []
    seen.links["north"] = "lost"
    assert seen.kinds(10) == ["vehicle_lost"]
    seen.links["north"] = "connected"
    assert seen.kinds(10) == ["vehicle_back"]


def test_zones_are_told_when_somebody_draws_them() -> None:
    seen = begun()
    seen.zones = [("z1", "North", 100)]
    (added,) = seen.drafts()
    assert (added.kind, added.zone, added.zone_name) == ("zone_added", "z1", "North")
    seen.zones = [("z1", "North", 200)]
    assert seen.kinds(5) == ["zone_changed"]
    seen.zones = []
    assert seen.kinds(5) == ["zone_removed"]


def test_zones_of_before_the_start_are_no_change() -> None:
    seen = Seen()
    seen.zones = [("z1", "North", 100)]
    assert "zone_added" not in seen.kinds(5)


def test_an_alert_is_raised_rises_and_ends_once() -> None:
    seen = begun()
    seen.alerts = [ALERT]
    assert seen.kinds(5) == ["alert_raised"]
    seen.alerts = [{**ALERT, "level": "critical"}]
    assert seen.kinds(5) == ["alert_risen"]
    seen.alerts = [ALERT]
    assert seen.kinds(5) == [], "it fell"
    seen.alerts = []
    assert seen.kinds(3) == []
    seen.alerts = [ALERT]
    assert seen.kinds(3) == [], "it was away for a moment"
    seen.alerts = []
    (ended,) = seen.drafts(20)
    assert ended.facts is not None
    assert (ended.kind, ended.facts.lasted_s) == ("alert_ended", 20)
    assert ALERT["id"] in seen.watch.alerts_seen


def test_the_mission_ends() -> None:
    seen = begun()
    seen.state = "ended"
    assert seen.kinds(5) == ["mission_state"]


def test_a_flood_is_bounded_and_counted() -> None:
    seen = begun()
    kinds: list[str] = []
    for number in range(100):
        seen.alerts = [{**ALERT, "id": f"over_density.{number}"}]
        kinds += seen.kinds()
    assert kinds.count("alert_raised") == MOST_IN_A_WINDOW
    seen.alerts = []
    later = seen.drafts(WINDOW_NS // NS_PER_S + 10)
    told = {one.facts.kind: one.facts.count for one in later if one.kind == "left_out" and one.facts is not None}
    assert told["alert_raised"] == 100 - MOST_IN_A_WINDOW


def test_a_clock_that_was_set_back_hides_nothing_for_long() -> None:
    seen = begun()
    seen.alerts = [ALERT]
    assert seen.kinds(2) == ["alert_raised"]
    seen.s -= 3600
    seen.alerts, seen.gates["north"] = [], "no_pose"
    assert sorted(seen.kinds(15)) == ["alert_ended", "gate_closed"]


def test_who_took_an_alert_up_and_why_stands_in_it() -> None:
    for document in (ALERT, None):
        draft = acknowledged_draft(ALERT["id"], document, by=None, reason="Stewards sent", utc_ns=START_NS)
        assert (draft.kind, draft.author, draft.alert) == ("alert_acknowledged", None, ALERT["id"])
        assert draft.text == "over density acknowledged by somebody: Stewards sent"
        assert draft.facts is not None
        assert (draft.facts.alert_kind, draft.facts.reason) == ("over_density", "Stewards sent")
