"""An exercise in a real browser: a striped border about everything, the word in the title, on videos and on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.browser.station import Station

if TYPE_CHECKING:
    from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.browser

ON: Final = "() => document.body.classList.contains('exercise')"
BORDER: Final = """() => {
  const style = getComputedStyle(document.body, '::after');
  return [style.borderTopWidth, style.borderLeftWidth, style.borderImageSource.startsWith('repeating'), style.position];
}"""
WORD: Final = "(selector) => getComputedStyle(document.querySelector(selector), '%s').content.replaceAll('\"', '')"


@pytest.mark.parametrize(("locale", "mark"), [("fr-FR", "EXERCICE"), ("en-GB", "EXERCISE")])
def test_an_exercise_cannot_be_mistaken(open_page: OpenPage, station: Station, locale: str, mark: str) -> None:
    station.exercise = True
    opened = open_page(locale=locale).drawn()
    page = opened.page
    page.wait_for_function(ON)
    assert page.evaluate(BORDER) == ["12px", "12px", True, "fixed"]
    page.wait_for_function(f"() => document.title.startsWith('{mark} — ')")
    assert page.evaluate(WORD % "::before", "body") == mark
    page.wait_for_selector(".tile-picture")
    assert page.evaluate(WORD % "::after", ".tile-picture") == mark
    frame: Any = page.locator("#top").bounding_box()
    assert (frame["x"], frame["y"], frame["width"]) == (12, 12, 1440 - 24), "nothing lies under the border"
    assert page.evaluate("() => probes.overflows().page") is False
    page.emulate_media(media="print")
    assert page.evaluate(BORDER)[0] == "12px"
    assert opened.console == []


def test_a_link_that_breaks_makes_nothing_real(open_page: OpenPage, station: Station) -> None:
    station.exercise = True
    page = open_page().drawn().page
    page.wait_for_function(ON)
    station.stop()
    page.wait_for_selector("#offline", state="visible")
    assert page.evaluate(ON)


def test_a_real_event_has_no_mark(open_page: OpenPage) -> None:
    page = open_page().drawn().page
    page.wait_for_function("() => document.title !== 'Poste de commandement'")
    assert page.evaluate(ON) is False
    assert "EXERCICE" not in page.title()


def test_the_pre_flight_page_says_so_too(open_page: OpenPage, station: Station) -> None:
    station.exercise = True
    page = open_page().page
    page.goto(f"{station.address}check")
    page.wait_for_function(ON)
    page.wait_for_function("() => document.title.startsWith('EXERCICE — ')")
