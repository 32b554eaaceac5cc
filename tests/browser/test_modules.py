"""The page's pure modules, called in the browser that runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Opened

pytestmark = pytest.mark.browser


@pytest.fixture
def call(calm: Opened) -> Any:
    page = calm.page

    def called(module: str, function: str, *arguments: Any) -> Any:
        script = "async ([module, name, args]) => (await import(`/static/${module}.js`))[name](...args)"
        return page.evaluate(script, [module, function, list(arguments)])

    return called


def test_what_a_link_turned_away_and_what_is_wrong_with_a_vehicle_is_told(call: Any) -> None:
    link = {"address": "udpin://x", "refused": {"unclaimed": 900, "unsigned": 2, "replayed": 10, "a_new_word": 1}}
    told = "13 refusés, déjà entendus (10), sans signature (2), a new word (1)"
    assert call("linkwords", "refusedText", link) == told
    assert call("linkwords", "refusedText", {"address": "udpin://x", "refused": {"unclaimed": 3}}) == ""
    assert call("linkwords", "refusedText", {"address": "udpin://x"}) == ""
    vehicle = {"kind": "vehicle", "system_id": 2, "alarms": ["two_vehicles_one_system_id"]}
    vehicles = {"features": [{"geometry": None, "properties": vehicle}]}
    assert call("linkwords", "alarmsText", vehicles, 2) == "deux drones répondent à ce numéro"
    assert call("linkwords", "alarmsText", vehicles, 1) == ""
    assert call("linkwords", "alarmsText", None, None) == ""


def test_figures_are_written_as_each_language_writes_them(call: Any) -> None:
    assert call("figures", "number", 1234567.0) == "1\u202f234\u202f567"
    assert call("figures", "number", -0.04, 1) == "0,0"
    assert call("figures", "plusMinus", 0.0) == "±\u202f1"
    assert call("figures", "plusMinus", 0.21, 1) == "±\u202f0,3"
    assert [call("figures", "percent", share) for share in (0, 0.001, 0.82, 0.999, 1)] == [
        f"{share}\u202f%" for share in (0, 1, 82, 99, 100)
    ]
    assert [call("figures", "duration", seconds) for seconds in (0.84, 48, 300, 7980)] == [
        "0,8\u202fs", "48\u202fs", "5\u202fmin", "2\u202fh\u202f13",
    ]  # fmt: skip
    assert [call("figures", "utcOffset", minutes) for minutes in (120, 330, -210)] == [
        "UTC+2",
        "UTC+5:30",
        "UTC\u22123:30",
    ]


def test_clipping_keeps_what_lies_inside(call: Any) -> None:
    square = [[0, 0], [2, 0], [2, 2], [0, 2]]
    triangle = [[1, -1], [5, 3], [1, 3]]
    clipped = call("geometry", "clipped", triangle, square)
    assert abs(call("geometry", "signedArea", clipped)) == pytest.approx(2.0)
    other_way = call("geometry", "clipped", triangle, square[::-1])
    assert abs(call("geometry", "signedArea", other_way)) == pytest.approx(2.0)
    assert call("geometry", "clipped", [[5, 5], [6, 5], [6, 6]], square) == []
    assert call("geometry", "centroid", square) == [1, 1]


def test_plates_of_neighbours_part_and_stay_in_view(call: Any) -> None:
    view = {"left": 0, "top": 0, "right": 400, "bottom": 400}
    craft = [{"x": 100, "y": 100, "width": 90}, {"x": 180, "y": 100, "width": 90}, {"x": 390, "y": 200, "width": 90}]
    assert call("plates", "plateSides", craft, view) == ["below", "right", "left"]


def test_level_of_a_density_has_its_threshold_inside(call: Any) -> None:
    densities = (0, 0.99, 1, 2, 3.49, 3.5, 5, 12)
    assert [call("density", "levelOfDensity", density) for density in densities] == [0, 0, 1, 2, 2, 3, 4, 4]


def test_a_trace_of_people_is_a_bound_and_never_nothing(call: Any) -> None:
    seen = {"state": "observed", "densitySigma": 0.02}
    trace = {**seen, "people": 13.0, "densityPerM2": 0.0325}
    assert call("cellwords", "densityText", trace) == "<\u202f0,1"
    assert call("cellwords", "densityErrorText", trace) == ""
    empty = {**seen, "people": 0.0, "densityPerM2": 0.0}
    assert call("cellwords", "densityText", empty) + call("cellwords", "densityErrorText", empty) == "0,0±\u202f0,1"
    bound = {**seen, "state": "saturated", "people": 71.0, "densityPerM2": 2.87}
    assert call("cellwords", "densityText", bound) == "≥\u202f2,8"
    assert call("cellwords", "wholeBoundText", bound) == "≥2"


@pytest.mark.parametrize(
    ("gate", "speaks", "phase", "codec", "opens"),
    [
        ("open", True, "running", "avc1.42C01F", True),
        ("open", False, "running", "avc1.42C01F", False),
        ("open", True, "ended", "avc1.42C01F", False),
        ("open", True, "not_started", "avc1.42C01F", False),
        ("open", True, "running", None, False),
        ("no_pose", True, "running", "avc1.42C01F", False),
        ("", True, "running", "avc1.42C01F", False),
    ],
)
def test_a_tile_opens_only_when_everything_says_so(
    call: Any, gate: str, speaks: bool, phase: str, codec: str | None, opens: bool
) -> None:
    camera = {"name": "north", "gate": gate, "codec": codec, "since_utc": "2026-07-14T20:00:00Z"}
    view = call("tileview", "gateView", camera, speaks, phase)
    assert view["open"] is opens
    assert call("tileview", "pictureView", view, "playing")["open"] is opens
    assert call("tileview", "pictureView", view, "lost")["open"] is False
