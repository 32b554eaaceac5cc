"""Zones in a real browser: drawn by mouse and by keyboard, refused where they cross or leave the area, edited, gone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.officers_here import SQUARE, Desk, zone
from tests.browser.station import Station
from tests.browser.world import geodetic

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Opened, OpenPage

pytestmark = pytest.mark.browser

SMALL = [(3.0, 5.0), (12.0, 5.0), (12.0, 14.0), (3.0, 14.0)]
ON_SCREEN = """async ([lon, lat]) => {
  const { map } = (await import('/static/main.js')).map;
  const { x, y } = map.latLngToContainerPoint([lat, lon]);
  return { x, y };
}"""

WIDE = """() => [...document.querySelectorAll('#zone-panel *')]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 0.5)
  .map((one) => one.id || one.className)"""


@pytest.fixture
def desk(station: Station) -> Desk:
    assert station.desk is not None
    return station.desk


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


def click(page: Page, east: float, north: float) -> None:
    page.locator("#map").click(position=page.evaluate(ON_SCREEN, geodetic([(east, north)])[0]))


def draw(page: Page, corners: list[tuple[float, float]]) -> None:
    for corner in corners:
        click(page, *corner)


def fill(page: Page, name: str, capacity: str) -> None:
    page.fill("#zone-name", name)
    page.fill("#zone-capacity", capacity)
    page.click("#zone-save")


def plates(page: Page, count: int) -> None:
    page.wait_for_function(f"() => document.querySelectorAll('.zone-plate:not(.away)').length === {count}")


def test_a_zone_is_drawn_by_mouse_shown_edited_and_deleted(opened: Opened, desk: Desk) -> None:
    page = opened.page
    page.click("#zones-toggle")
    draw(page, SMALL)
    assert opened.text("#zone-corners").startswith("4 coins, 2 ")
    fill(page, "Grand’Place", "1 200")
    plates(page, 1)
    assert opened.text("#zone-said") == "Grand’Place est enregistrée."
    kept = desk.officers.zones.document()["features"][0]
    assert (kept["properties"]["name"], kept["properties"]["capacity"]) == ("Grand’Place", 1200)
    wanted = geodetic(SMALL)[0]
    assert min(abs(corner[0] - wanted[0]) for corner in kept["geometry"]["coordinates"][0]) < 1e-5
    page.get_by_role("button", name="Modifier la zone Grand’Place").click()
    assert opened.text("#zone-title") == "Modifier Grand’Place"
    fill(page, "Parvis", "300")
    page.wait_for_function("() => document.querySelector('.zone-name').textContent === 'Parvis'")
    page.get_by_role("button", name="Supprimer la zone Parvis").click()
    assert "Supprimer Parvis ?" in opened.text("#zone-list")
    page.get_by_role("button", name="Oui, supprimer").click()
    plates(page, 0)
    assert desk.officers.zones.document()["features"] == []
    assert opened.console == []


def test_a_zone_is_drawn_by_keyboard_alone(opened: Opened, desk: Desk) -> None:
    page = opened.page
    page.keyboard.press("z")
    assert page.evaluate("() => document.activeElement.id") == "map"
    assert page.locator(".crosshair").evaluate("(one) => getComputedStyle(one).visibility") == "visible"
    page.keyboard.press("Enter")
    for key, times in (("ArrowLeft", 8), ("ArrowUp", 8), ("ArrowRight", 8)):
        for _ in range(times):
            page.keyboard.press(key)
        page.keyboard.press("Enter")
    assert opened.text("#zone-corners").startswith("4 coins")
    page.keyboard.press("Backspace")
    assert opened.text("#zone-corners").startswith("3 coins")
    assert page.locator("#spoken").inner_text() == "Coin retiré, il en reste 3"
    page.focus("#zone-name")
    page.keyboard.type("Scène")
    page.keyboard.press("Tab")
    page.keyboard.type("250")
    page.keyboard.press("Enter")
    plates(page, 1)
    assert [one["properties"]["name"] for one in desk.officers.zones.document()["features"]] == ["Scène"]
    page.keyboard.press("Escape")
    assert not page.locator("#zone-panel").is_visible()


def test_an_outline_that_crosses_itself_is_told_at_once_and_stays(opened: Opened, desk: Desk) -> None:
    page = opened.page
    page.keyboard.press("z")
    south_west, south_east, north_east, north_west = SMALL
    draw(page, [south_west, north_east, south_east, north_west])
    crossed = "Le tracé se croise entre les coins 1 et 3. Déplacez un coin ou retirez-le."
    assert opened.text("#zone-refusal") == crossed
    assert page.locator(".draft-line.wrong").count() == 1
    fill(page, "Grand’Place", "500")
    assert opened.text("#zone-refusal") == crossed
    assert desk.officers.zones.document()["features"] == []
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    assert (page.input_value("#zone-name"), page.locator(".draft-corner").count()) == ("Grand’Place", 4)
    page.click("button[lang=en]")
    assert opened.text("#zone-refusal").startswith("The outline crosses itself between corners 1 and 3.")
    page.click("#zone-undo")
    page.click("#zone-undo")
    draw(page, [south_east])
    assert opened.text("#zone-refusal") == ""
    page.click("#zone-save")
    plates(page, 1)


def test_outside_the_area_too_small_unnamed_or_unlimited_is_told_in_the_readers_words(opened: Opened) -> None:
    page = opened.page
    page.keyboard.press("z")
    page.click("#zone-save")
    assert opened.text("#zone-refusal") == "Il faut au moins trois coins."
    draw(page, [SMALL[0], SMALL[1], (-1.0, 12.0)])
    assert opened.text("#zone-refusal") == "Le coin 3 est hors de la zone autorisée."
    page.click("#zone-undo")
    draw(page, [SMALL[2]])
    fill(page, "", "10")
    assert opened.text("#zone-refusal").startswith("Donnez un nom")
    assert page.evaluate("() => document.activeElement.id") == "zone-name"
    for capacity in ("", "9", "many", "1000001"):
        fill(page, "Place", capacity)
        assert opened.text("#zone-refusal") == "Capacité : un nombre entier, de 10 à 1 000 000."
    assert page.locator(".draft-corner").count() == 3


@pytest.mark.parametrize(
    ("status", "said"),
    [(400, "La station refuse. (why)"), (401, "Session expirée"), (500, "sur son disque"), (0, "ne répond pas")],
)
def test_what_the_station_refuses_is_told_and_the_drawing_stays(opened: Opened, status: int, said: str) -> None:
    page = opened.page
    page.route(
        "**/api/v1/zones",
        lambda route: route.fulfill(status=status, json={"error": "why"}) if status else route.abort(),
    )
    page.keyboard.press("z")
    draw(page, SMALL)
    fill(page, "Place", "400")
    page.wait_for_function("() => document.getElementById('zone-refusal').textContent")
    assert said in opened.text("#zone-refusal")
    assert "Le tracé est gardé." in opened.text("#zone-refusal")
    assert page.locator(".draft-corner").count() == 4
    page.unroute("**/api/v1/zones")
    page.click("#zone-save")
    plates(page, 1)


def test_a_zone_that_somebody_deleted_meanwhile_can_be_kept_anew(opened: Opened, station: Station, desk: Desk) -> None:
    put(station, desk.officers.zones.add(zone("Quai", 400, SMALL)))
    page = opened.page
    plates(page, 1)
    page.click(".zone-plate")
    page.fill("#zone-name", "Quai sud")
    put(station, desk.officers.zones.remove("z1"))
    plates(page, 0)
    page.click("#zone-save")
    page.wait_for_function("() => document.getElementById('zone-refusal').textContent")
    assert opened.text("#zone-refusal") == "Cette zone n’existe plus. Enregistrez pour la recréer. Le tracé est gardé."
    page.click("#zone-save")
    page.wait_for_function("() => document.querySelector('.zone-name')?.textContent === 'Quai sud'")


def test_a_plate_tells_fill_error_share_seen_and_that_it_is_full(opened: Opened, station: Station, desk: Desk) -> None:
    put(station, desk.officers.zones.add(zone("Place", 90_000, SQUARE)))
    put(station, desk.officers.zones.add(zone("Quai", 80, [(24.0, 4.0), (29.0, 4.0), (29.0, 9.0), (24.0, 9.0)])))
    page = opened.page
    plates(page, 2)
    place, quay = (one.inner_text().replace("\u202f", " ") for one in page.locator(".zone-plate").all())
    assert "sur 90 000" in place
    assert "% vu" in place
    assert "≥" in place, "a saturated cell lies in it"
    assert "non vue" in quay
    assert "—" in quay
    overlap = """() => {
      const parts = [...document.querySelectorAll('.zone-plate, .craft .plate, .tools, .legend-map')];
      const boxes = parts.map((one) => one.getBoundingClientRect());
      const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
      return boxes.some((a, i) => boxes.some((b, j) => j > i && meet(a, b)));
    }"""
    assert page.evaluate(overlap) is False
    for _ in range(3):
        page.keyboard.press("+")
    page.wait_for_timeout(300)
    assert page.evaluate(overlap) is False


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1000, 700), (700, 900), (390, 844), (360, 640)])
def test_the_panel_fits_every_window(opened: Opened, width: int, height: int) -> None:
    page = opened.page
    page.set_viewport_size({"width": width, "height": height})
    page.click("#zones-toggle")
    for language in ("fr", "en"):
        page.click(f"button[lang={language}]")
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(WIDE) == []
    page.locator("#zone-save").scroll_into_view_if_needed()
    assert page.locator("#zone-save").is_visible()
    frame: Any = page.locator("#middle").bounding_box()
    assert frame["height"] >= 200
