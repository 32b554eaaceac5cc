"""The command post asks for eyes: on the map, to one or to all, in words, and it can take it back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from groundstation.sessions.roles import Role
from tests.browser.officers_here import Desk
from tests.browser.station import Station
from tests.browser.world import geodetic
from tests.groundstation.entrances import by_itself

if TYPE_CHECKING:
    from tests.browser.conftest import Opened, OpenPage

pytestmark = pytest.mark.browser


@pytest.fixture
def station(loop_thread: asyncio.AbstractEventLoop, tmp_path: Path) -> Iterator[Station]:
    station = Station(loop_thread)
    station.desk = Desk(station.outbox, tmp_path)
    station.start()
    yield station
    station.stop()


@pytest.fixture
def opened(open_page: OpenPage) -> Opened:
    return open_page().drawn()


def put(station: Station, what: Any) -> Any:
    return asyncio.run_coroutine_threadsafe(what, station.loop).result(5)


def requests(station: Station) -> list[dict[str, Any]]:
    assert station.desk is not None
    listed: list[dict[str, Any]] = station.desk.officers.lookouts.document()["requests"]
    return listed


def click_on_map(opened: Opened, lon_lat: list[float]) -> None:
    """Click a place, given in degrees."""
    x, y = opened.page.evaluate(
        """async ([lon, lat]) => {
          const { map } = (await import('/static/main.js')).map;
          const { x, y } = map.latLngToContainerPoint([lat, lon]);
          const frame = map.getContainer().getBoundingClientRect();
          return [x + frame.x, y + frame.y];
        }""",
        lon_lat,
    )
    opened.page.mouse.click(x, y)


def until_listed(opened: Opened, text: str) -> None:
    opened.page.wait_for_function(
        "(text) => document.getElementById('lookout-list').innerText.replaceAll('\\u202f', ' ').includes(text)",
        arg=text,
    )


def test_eyes_are_asked_for_answered_and_withdrawn(opened: Opened, station: Station) -> None:
    opened.page.click("#lookout-ask")
    assert "Cliquez le lieu" in opened.text("#lookouts-said")
    unseen = geodetic([(27.0, 12.0)])[0]
    click_on_map(opened, unseen)
    opened.page.fill("#lookout-note", "Quai est")
    opened.page.select_option("#lookout-vehicle", label="north")
    opened.page.click("#lookout-send")
    until_listed(opened, "Quai est demandé il y a")
    until_listed(opened, "(north), non vu")
    (asked,) = requests(station)
    assert asked["lon_lat"] == pytest.approx(unseen, abs=1e-5)
    assert (asked["vehicle"], opened.page.locator(".lookout-pin").count()) == (1, 1)
    assert station.desk is not None
    put(station, station.desk.officers.lookouts.answer("r1", {"vehicle": 1, "answer": "going"}))
    until_listed(opened, "north y va depuis")
    assert opened.page.locator(".lookout-way").count() == 1
    put(
        station,
        station.desk.officers.lookouts.answer("r1", {"vehicle": 1, "answer": "cannot", "reason": "batterie"}),
    )
    until_listed(opened, "impossible : north, batterie")
    opened.page.click(".lookout-acts button >> nth=1")
    until_listed(opened, "retiré")
    opened.page.wait_for_function("() => !document.querySelector('.lookout-pin')")
    assert requests(station)[0]["state"] == "withdrawn"
    assert opened.console == []


def test_by_keyboard_from_the_middle_of_the_map(opened: Opened, station: Station) -> None:
    opened.page.keyboard.press("e")
    opened.page.keyboard.press("Enter")
    opened.page.keyboard.type("Milieu")
    opened.page.keyboard.press("Enter")
    until_listed(opened, "Milieu demandé")
    assert requests(station)[0]["note"] == "Milieu"
    opened.page.keyboard.press("e")
    opened.page.keyboard.press("Escape")
    assert opened.text("#lookouts-said") == ""


def test_a_place_nobody_may_look_at_is_refused_where_it_happened(opened: Opened, station: Station) -> None:
    opened.page.click("#lookout-ask")
    click_on_map(opened, geodetic([(38.0, 26.0)])[0])
    opened.page.wait_for_function(
        "(text) => document.getElementById('lookouts-said').textContent === text",
        arg="Ce lieu est hors de la zone autorisée.",
    )
    assert requests(station) == []


def test_what_the_station_refuses_is_told_in_the_dialog_and_nothing_is_lost(opened: Opened, station: Station) -> None:
    assert station.desk is not None
    place = geodetic([(10.0, 10.0)])[0]
    for _ in range(16):
        put(station, station.desk.officers.lookouts.ask({"lon_lat": place}))
    opened.page.click("#lookout-ask")
    click_on_map(opened, geodetic([(14.0, 20.0)])[0])
    opened.page.fill("#lookout-note", "Un de trop")
    opened.page.click("#lookout-send")
    opened.page.wait_for_function(
        "() => document.getElementById('lookout-refusal').textContent.includes('16 requests')"
    )
    assert opened.page.input_value("#lookout-note") == "Un de trop"


def test_on_a_phone_it_stands_with_the_links(open_page: OpenPage, station: Station) -> None:
    opened = open_page(width=390, height=844).drawn()
    opened.page.click("#tab-links")
    opened.page.click("#lookout-ask")
    click_on_map(opened, geodetic([(10.0, 10.0)])[0])
    opened.page.click("#lookout-send")
    until_listed(opened, "Lieu 1 demandé")
    box = opened.page.locator(".lookout-acts button >> nth=1").bounding_box()
    assert box is not None
    assert box["height"] >= 30
    assert opened.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_who_may_not_act_cannot_ask(open_page: OpenPage, station: Station) -> None:
    station.stop()
    station.entrance = by_itself(Role.AUDITOR)
    station.start()
    opened = open_page()
    assert "/audit" in opened.page.url
