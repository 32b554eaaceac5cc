"""The pages open without their station, say so, and the browser has kept nothing but their program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Opened, OpenPage
    from tests.browser.station import Station

pytestmark = pytest.mark.browser

KEPT: Final = """async () => {
  const names = await caches.keys();
  const shelves = await Promise.all(names.map((name) => caches.open(name)));
  const requests = await Promise.all(shelves.map((shelf) => shelf.keys()));
  return [names.length, requests.flat().map(({ url }) => new URL(url).pathname)];
}"""
INSTALLED: Final = "() => navigator.serviceWorker.ready.then(() => Boolean(navigator.serviceWorker.controller))"


@pytest.fixture
def installed(open_page: OpenPage) -> Opened:
    opened = open_page(keeps_shell=True).drawn()
    opened.page.wait_for_function(INSTALLED)
    return opened


def test_the_browser_keeps_the_program_and_nothing_that_it_shows(installed: Opened, station: Station) -> None:
    page = installed.page
    page.reload()
    installed.drawn()
    for path in ("api/v1/density", "api/v1/health", "api/v1/video/north/snapshot.jpg", "api/v1/vehicles"):
        page.evaluate("(path) => fetch('/' + path).then((answer) => answer.blob())", path)
    shelves, kept = page.evaluate(KEPT)
    assert shelves == 1
    assert {"/", "/pilot", "/static/main.js", "/static/map.css", "/vendor/leaflet/leaflet.js"} <= set(kept)
    pages = {"/", "/pilot", "/check"}
    assert [path for path in kept if path not in pages and not path.startswith(("/static/", "/vendor/leaflet/"))] == []
    assert installed.console == []


@pytest.mark.parametrize("path", ["", "pilot"])
def test_without_the_station_the_page_opens_and_shows_no_figure(installed: Opened, station: Station, path: str) -> None:
    station.stop()
    installed.page.goto(station.address + path)
    installed.page.wait_for_selector("#offline:not([hidden])")
    assert installed.text("#offline-text") != ""
    figure = "#pilot-height" if path else "#total-people"
    assert installed.text(figure) == "—"
    station.start()
    installed.page.wait_for_function(f"() => document.querySelector('{figure}').textContent !== '—'")
