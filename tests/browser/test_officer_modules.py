"""The pure modules of alerts and zones, called in the browser that runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Opened

pytestmark = pytest.mark.browser

LATE, EARLY = "2026-07-14T20:05:00Z", "2026-07-14T20:00:00Z"
GIVEN: Final = {"utc": LATE, "by": None, "reason": "Stewards sent"}
AREA: Final = [[[2.0, 48.0], [2.002, 48.0], [2.002, 48.002], [2.0, 48.002]]]
INSIDE: Final = [[2.0005, 48.0005], [2.0015, 48.0005], [2.0015, 48.0015], [2.0005, 48.0015]]


@pytest.fixture
def call(calm: Opened) -> Any:
    page = calm.page

    def called(module: str, function: str, *arguments: Any) -> Any:
        script = "async ([module, name, args]) => (await import(`/static/${module}.js`))[name](...args)"
        return page.evaluate(script, [module, function, list(arguments)])

    return called


def alert(name: str, level: str = "alert", since: str = EARLY, *, given: Any = None) -> dict[str, Any]:
    return {
        "id": name, "kind": "over_density", "level": level, "since_utc": since, "lon_lat": [2.001, 48.001],
        "acknowledged": given,
    }  # fmt: skip


def zone(name: str, ring: Any, **more: Any) -> dict[str, Any]:
    told = {
        "id": name, "name": name, "capacity": 100, "area_m2": 900, "people": 60, "people_sigma": 4.2,
        "lower_bound": False, "observed_share": 0.9, "age_s": 0.4, "fill_share": 0.6, "level": "below",
        "over_since_utc": None, "full_in_s": None, **more,
    }  # fmt: skip
    return {"properties": told, "geometry": {"coordinates": [[*ring, ring[0]]]}}


def test_the_worst_comes_first_then_the_newest_then_forecasts_then_what_is_taken_up(call: Any) -> None:
    filling = zone("soon", INSIDE, full_in_s={"earliest": 600, "likely": 1200})
    sooner = zone("sooner", INSIDE, full_in_s={"earliest": 60, "likely": 90})
    full = zone("full", INSIDE, full_in_s={"earliest": 0, "likely": 0}, over_since_utc=EARLY)
    done = alert("done", "critical", LATE, given=GIVEN)
    alerts = [done, alert("old"), alert("new", since=LATE), alert("bad", "critical")]
    zones = {"utc": LATE, "features": [filling, sooner, full]}
    cards = call("alertlist", "cardsOf", {"alerts": alerts}, zones)
    assert [card["id"] for card in cards] == ["bad", "new", "old", "forecast.sooner", "forecast.soon", "done"]
    assert call("alertlist", "cardsOf", None, None) == []
    assert call("alertlist", "zoneNameOf", alert("old"), zones) == "soon"
    assert call("alertlist", "lastAcknowledged", None, cards)["given"] == GIVEN


def test_what_rises_or_comes_back_is_new_again_and_what_goes_on_is_not(calm: Opened) -> None:
    fresh = """async ([before, after]) => {
      const { freshOf } = await import('/static/alertlist.js');
      return freshOf(freshOf(new Map(), before).now, after).fresh.map(({ id }) => id);
    }"""

    def told(before: Any, after: Any) -> Any:
        return calm.page.evaluate(fresh, [[before], [after]])

    assert told(alert("a"), alert("a")) == []
    assert told(alert("a"), alert("a", "critical")) == ["a"]
    assert told(alert("a", "critical"), alert("a")) == []
    assert told(alert("a", given=GIVEN), alert("a", "critical")) == ["a"]
    assert told(alert("a"), alert("b")) == ["b"]


def test_faults_of_a_drawing_are_found(call: Any) -> None:
    def fault(corners: Any) -> Any:
        found = call("zonecheck", "outlineFault", corners, AREA)
        return found and (found["key"], found["values"])

    a, b, c, d = INSIDE
    assert fault(INSIDE) is None
    assert fault(INSIDE[::-1]) is None
    assert fault([a, c, b, d]) == ("zone_fault_crosses", {"first": 1, "second": 3})
    assert fault([a, b]) == ("zone_fault_few", {})
    assert fault([a, b, [2.01, 48.001]]) == ("zone_fault_outside", {"number": 3})
    assert fault([a, [a[0] + 1e-5, a[1]], [a[0], a[1] + 1e-5]]) == ("zone_fault_small", {})
    edge = [[2.0 - 5e-6, 48.0], [2.001, 48.0], [2.001, 48.001]]
    assert fault(edge) is None, "0.4 m beyond the edge"
    bent = [[[2.0, 48.0], [2.002, 48.0], [2.002, 48.002], [2.001, 48.0005], [2.0, 48.002]]]
    across = [[2.0001, 48.0001], [2.0019, 48.0001], [2.0019, 48.0017], [2.0001, 48.0017]]
    found = call("zonecheck", "outlineFault", across, bent)
    assert (found["key"], found["values"]) == ("zone_fault_edge_outside", {"number": 3})
    assert call("zonecheck", "areaM2", INSIDE) == pytest.approx(74.5 * 111.3, rel=0.01)


def test_capacities_are_read_as_people_write_them(call: Any) -> None:
    texts = ("1200", "1 200", "1\u202f200", "1,200", "1.200", "9", "1000001", "-40", "12.5", "many", "")
    assert [call("zonecheck", "capacityOf", text) for text in texts] == [1200] * 5 + [None] * 6


def test_a_zone_is_never_told_without_error_bound_or_share_seen(call: Any) -> None:
    def told(**more: Any) -> str:
        properties = zone("a", INSIDE, **more)["properties"]
        now_ms = 1_784_059_500_000  # five minutes after EARLY
        parts = (
            call("zonewords", "shareText", properties), call("zonewords", "peopleText", properties),
            call("zonewords", "timeText", properties, now_ms, 0),
        )  # fmt: skip
        return " | ".join(parts).replace("\u202f", " ")

    assert told() == "60 % | 60 ± 5 sur 100, 90 % vu | "
    assert told(lower_bound=True, level="unknown") == "≥ 60 % | ≥ 60 sur 100, 90 % vu | peut-être pleine"
    assert told(people=None, fill_share=None, observed_share=0.0) == "— | non vue, capacité 100 | "
    assert told(people=None, fill_share=None) == "— | trop peu pour un chiffre, capacité 100 | "
    over = told(people=120, fill_share=1.2, level="full", over_since_utc=EARLY, observed_share=1)
    assert over == "> 100 % | 120 ± 5 sur 100 | pleine depuis 5 min"
    until = {"earliest": 720, "likely": 1560}
    assert told(full_in_s=until, age_s=48).endswith("| âge 48 s, pleine dans 26 min, dès 12 min")


def test_plates_of_zones_stand_beside_them_in_view_and_apart(call: Any) -> None:
    view = {"left": 0, "top": 0, "right": 600, "bottom": 400}
    box = {"left": 200, "top": 100, "right": 300, "bottom": 200}
    size = {"width": 120, "height": 50, "before": None}
    wanted = [{"id": "a", "zone": box, **size}, {"id": "b", "zone": box, **size}]
    first, second = call("zoneplates", "zonePlaces", wanted, [], view)
    assert (first["left"], first["top"]) == (310, 125)
    assert (second["left"], second["top"]) == (70, 125)
    taken = [{"left": 310, "top": 90, "right": 600, "bottom": 210}]
    (moved,) = call("zoneplates", "zonePlaces", wanted[:1], taken, view)
    assert moved["left"] == 70
    (held,) = call("zoneplates", "zonePlaces", [{**wanted[0], "before": {"left": 190, "top": 300}}], [], view)
    assert (held["left"], held["top"]) == (190, 300)
    away = {"left": 700, "top": 100, "right": 800, "bottom": 200}
    assert call("zoneplates", "zonePlaces", [{"id": "c", "zone": away, **size}], [], view) == []
    ring = [[200, 100], [300, 100], [300, 200], [200, 200]]
    line = call("zoneplates", "leader", {"left": 320, "top": 125, "right": 440, "bottom": 175}, ring)
    assert line == [[320, 150], [300, 150]]
