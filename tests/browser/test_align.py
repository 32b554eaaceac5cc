"""A camera is aligned in a real browser: points clicked in picture and map, solved, stored, forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flightlink.alignment import Alignment
from flightlink.alignment_file import load_alignment
from tests.browser.tying import desk, pixel_of, places

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Opened, OpenPage
    from tests.browser.station import Station

pytestmark = pytest.mark.browser

ALIGN = '.tile[data-camera="north"] .tile-align'


@pytest.fixture
def in_force() -> list[Alignment | None]:
    return []


@pytest.fixture
def panel(open_page: OpenPage, station: Station, tmp_path: Path, in_force: list[Alignment | None]) -> Opened:
    """The page with the panel open over a frozen picture."""
    station.desks["north"] = desk(station.shown, tmp_path, in_force)
    opened = open_page().drawn()
    opened.page.wait_for_function("() => document.querySelector('.tile[data-camera=north]:not(.closed)')")
    opened.page.click(ALIGN)
    opened.page.wait_for_function("() => document.getElementById('align-taken').textContent.startsWith('Image de')")
    return opened


def click_picture(page: Page, u_px: float, v_px: float) -> None:
    """Click the pixel on the canvas, where the picture is shown whole."""
    at = page.evaluate(
        """([u, v]) => {
          const { clientWidth: width, clientHeight: height } = document.getElementById('align-picture');
          const scale = Math.min(width / 320, height / 180);
          return { x: width / 2 + (u + 0.5 - 160) * scale, y: height / 2 + (v + 0.5 - 90) * scale };
        }""",
        [u_px, v_px],
    )
    page.locator("#align-picture").click(position=at)


def click_map(page: Page, lon_deg: float, lat_deg: float) -> None:
    at = page.evaluate(
        """async ([lon, lat]) => {
          const { map } = (await import('/static/main.js')).map;
          return map.latLngToContainerPoint([lat, lon]);
        }""",
        [lon_deg, lat_deg],
    )
    page.locator("#map").click(position={"x": at["x"], "y": at["y"]})


def add_points(page: Page, count: int) -> None:
    for number, (lon_deg, lat_deg) in enumerate(places()[:count]):
        click_picture(page, *pixel_of(lon_deg, lat_deg))
        if number % 2:
            click_map(page, lon_deg, lat_deg)
        else:
            page.fill("#align-place", f"{lat_deg:.7f}, {lon_deg:.7f}")
        page.click("#align-add")


def test_a_camera_is_aligned_stored_and_forgotten(
    panel: Opened, tmp_path: Path, in_force: list[Alignment | None]
) -> None:
    page = panel.page
    assert page.locator("#align-solve").is_disabled()
    add_points(page, 5)
    assert page.locator("#align-points tbody tr").count() == 5
    page.click("#align-solve")
    page.wait_for_function("() => document.querySelector('#align-result dl')")
    said = panel.text("#align-result")
    assert "Médiane" in said
    assert abs(float(said.split("Lacet\n")[1].split("°")[0].replace(",", ".")) - 3.0) < 0.3
    assert abs(float(said.split("Tangage\n")[1].split("°")[0].replace(",", ".")) - 1.0) < 0.4
    assert not (tmp_path / "north.alignment.toml").exists()
    page.click("#align-store")
    page.wait_for_function("() => document.getElementById('align-result').textContent.includes('Enregistré')")
    assert load_alignment(tmp_path / "north.alignment.toml").points == 5
    assert in_force[-1] is not None
    page.click("#align-forget")
    page.wait_for_function("() => document.getElementById('align-forget').hidden")
    assert "Non calée" in panel.text("#align-result")
    assert not (tmp_path / "north.alignment.toml").exists()
    assert panel.console == []


def test_a_wrong_click_is_struck_out_and_can_be_removed(panel: Opened) -> None:
    page = panel.page
    add_points(page, 5)
    lon_deg, lat_deg = places()[0]
    click_picture(page, *pixel_of(*places()[2]))
    page.fill("#align-place", f"{lat_deg}; {lon_deg}")
    page.keyboard.press("Enter")
    page.click("#align-solve")
    page.wait_for_function("() => document.querySelector('#align-points tr.wrong')")
    assert panel.text("#align-points tr.wrong th") == "6 écarté"
    assert "contredit les autres" in panel.text("#align-result")
    page.click("#align-points tr.wrong .align-remove")
    assert page.locator("#align-points tbody tr").count() == 5
    assert page.locator("#align-store").is_disabled()


def test_by_keyboard_alone_and_in_english(panel: Opened) -> None:
    page = panel.page
    page.click("button[lang=en]")
    page.focus("#align-picture")
    for key in ("+", "ArrowRight", "Shift+ArrowUp", "Enter"):
        page.keyboard.press(key)
    assert panel.text("#align-step") == "Click the same place on the map, or type its coordinates."
    page.focus("#map")
    page.keyboard.press("Enter")
    assert "," in page.input_value("#align-place")
    page.focus("#align-add")
    page.keyboard.press("Enter")
    assert page.locator("#align-points tbody tr").count() == 1
    assert page.evaluate("() => document.activeElement.id") == "align-picture"
    page.keyboard.press("Escape")
    assert not page.locator("#align").is_visible()
    assert page.evaluate("() => document.activeElement.className") == "tile-align"
    assert page.locator("#rail").is_visible()


def test_a_refusal_is_told_in_the_readers_words(panel: Opened) -> None:
    page = panel.page
    lon_deg, lat_deg = places()[0]
    for u_px, v_px in ((20.0, 170.0), (300.0, 20.0), (22.0, 168.0), (298.0, 22.0)):
        click_picture(page, u_px, v_px)
        page.fill("#align-place", f"{lat_deg} {lon_deg}")
        page.click("#align-add")
    page.click("#align-solve")
    page.wait_for_function("() => document.querySelector('.align-refusal')")
    assert panel.text(".align-refusal") == "Les points se contredisent : cliquez le pire à nouveau."


def test_the_panel_fits_every_window(panel: Opened) -> None:
    wide = """() => [...document.querySelectorAll('#align *')]
      .filter((one) => one.checkVisibility() && !one.closest('.spoken'))
      .filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5)
      .map((one) => one.id || one.className)"""
    for width, height in ((1440, 900), (1000, 700), (700, 900), (390, 844), (360, 640)):
        panel.page.set_viewport_size({"width": width, "height": height})
        for language in ("fr", "en"):
            panel.page.click(f"button[lang={language}]")
            assert panel.page.evaluate(wide) == [], (width, language)
            assert panel.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert panel.page.locator("#map").is_visible()
        panel.page.locator("#align-solve").scroll_into_view_if_needed()
        assert panel.page.locator("#align-solve").is_visible()


def test_places_are_read_as_people_write_them(calm: Opened) -> None:
    read = "async (text) => (await import('/static/alignplace.js')).lonLatFromText(text)"
    for text in ("48.857, 2.352", "48,857 ; 2,352", "48.857 2.352", "48.857° N, 2.352° E", "48.857,2.352"):
        assert calm.page.evaluate(read, text) == [2.352, 48.857]
    assert calm.page.evaluate(read, "33.9 S 70.6 O") == [-70.6, -33.9]
    for text in ("", "48.857", "48.857, 2.352, 3", "95, 2", "48.8 E, 2.3 N", "here, there", "48.857, 2.352 m"):
        assert calm.page.evaluate(read, text) is None
