"""What axe cannot see: ways out by the keyboard, sizes of targets, forced colours, what is read aloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import NOTHING_KEPT
from tests.browser.places import PLACES, Place, reach
from tests.browser.station import Station

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PROBES: Final = Path(__file__).with_name("everyone.js")
POST: Final = Place("post")
Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, everything: Station) -> Iterator[Visit]:
    contexts: list[BrowserContext] = []

    def opened(place: Place, width: int = 1440, height: int = 900, **choices: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, **{"locale": "fr-FR", "reduced_motion": "reduce"} | choices
        )
        contexts.append(context)
        context.add_init_script(path=PROBES)
        context.add_init_script(NOTHING_KEPT)
        page = context.new_page()
        reach(page, everything.address, place)
        return page

    yield opened
    for context in contexts:
        context.close()


TOUCH: Final = {"has_touch": True, "is_mobile": True}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
@pytest.mark.parametrize(
    ("least", "choices"),
    [(30, {}), (44, {"width": 1280, "height": 800} | TOUCH), (44, {"width": 390, "height": 844} | TOUCH)],
    ids=["mouse", "tablet", "phone"],
)  # fmt: skip
def test_targets_are_large_enough(visit: Visit, place: Place, least: int, choices: dict[str, Any]) -> None:
    assert visit(place, **choices).evaluate("(least) => everyone.small(least)", least) == []


OPENED_BY: Final = {
    "layers-toggle": ("layers", "layers-toggle"), "exports-toggle": ("exports", "exports-toggle"),
    "table-toggle": ("table-panel", "table-toggle"), "help-open": ("help", "help-open"),
    # both are used on the map, and leave one there
    "measure-toggle": ("measure", "map"), "zones-toggle": ("zone-panel", "map"),
}  # fmt: skip
"""What a button opens, and where the focus is when Escape has closed it."""


@pytest.mark.parametrize(("opener", "panel", "back"), [(one, *closed) for one, closed in OPENED_BY.items()])
def test_escape_closes_and_the_focus_returns(visit: Visit, opener: str, panel: str, back: str) -> None:
    page = visit(POST)
    page.locator(f"#{opener}").focus()
    page.keyboard.press("Enter")
    assert page.locator(f"#{panel}").is_visible()
    page.keyboard.press("Escape")
    assert page.locator(f"#{panel}").is_hidden()
    assert page.evaluate("() => document.activeElement.id") == back


def test_escape_leaves_an_acknowledgement_and_an_alignment(visit: Visit) -> None:
    page = visit(POST)
    page.locator(".alert-acknowledge").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert page.locator("#acknowledge").is_hidden()
    assert page.evaluate("() => document.activeElement.className").endswith("alert-acknowledge")
    page.locator('.tile[data-camera="north"] .tile-align').focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert page.locator("#align").is_hidden()
    assert page.evaluate("() => document.activeElement.className") == "tile-align"


def test_with_single_keys_off_no_letter_digit_or_sign_does_anything(visit: Visit) -> None:
    page = visit(POST)
    page.keyboard.press("?")
    page.uncheck("#keys-single")
    page.keyboard.press("Escape")
    before = page.evaluate("() => document.body.outerHTML.replaceAll(/[0-9]/g, '').length")
    page.locator("#map").focus()
    for key in "abcdefghijklmnopqrstuvwxyz0123456789[]+-=?":
        page.keyboard.press(key)
    panels = "dialog[open], :is(.map-panel, #zone-panel, #measure, #table-panel):not([hidden])"
    assert page.locator(panels).count() == 0
    assert page.locator("html").get_attribute("data-theme") == "day"
    assert page.locator("#inspector").is_hidden()
    assert abs(page.evaluate("() => document.body.outerHTML.replaceAll(/[0-9]/g, '').length") - before) < 400
    page.keyboard.press("ArrowLeft")  # on the focused map, arrows go on


def test_a_calm_station_tells_the_screen_reader_nothing(visit: Visit) -> None:
    for path in ("", "check", "public"):
        page = visit(Place("", path))
        page.wait_for_timeout(1500)
        page.evaluate("() => everyone.listen()")
        page.wait_for_timeout(4000)
        assert page.evaluate("() => told") == [], path


COLOURS: Final = """() => {
  const of = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
  return {
    levels: of('.legend-map .level-bar').map((one) => getComputedStyle(one.querySelector('rect')).fill),
    patterns: of('.legend-map .level-bar').map((one) => one.querySelectorAll('rect').length),
    ground: getComputedStyle(document.getElementById('map')).backgroundColor,
    pressed: getComputedStyle(document.querySelector('#languages [aria-pressed=true]')).outlineStyle,
  };
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_forced_colours_levels_patterns_and_choices_stay(visit: Visit, scheme: str) -> None:
    plain = visit(POST, color_scheme=scheme).evaluate(COLOURS)
    forced = visit(POST, color_scheme=scheme, forced_colors="active").evaluate(COLOURS)
    assert len(set(forced["levels"])) == 5
    assert forced["levels"] == plain["levels"]
    assert forced["patterns"] == plain["patterns"]
    assert forced["ground"] == plain["ground"]
    assert forced["pressed"] == "solid"


def test_more_contrast_leaves_no_second_ink_and_less_motion_moves_nothing(visit: Visit) -> None:
    page = visit(POST, contrast="more")
    inks = page.evaluate("""() => ['--ink2', '--line', '--control', '--ink'].map(
      (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim())""")
    assert len(set(inks)) == 1
    assert page.evaluate("() => document.getAnimations().length") == 0


@pytest.mark.parametrize(
    ("locale", "path"), [(one, path) for one in ("fr-FR", "en-GB") for path in ("", "check", "public")]
)
def test_each_page_says_its_language(visit: Visit, locale: str, path: str) -> None:
    page = visit(Place("", path), locale=locale)
    assert page.locator("html").get_attribute("lang") == locale[:2]
    assert page.title()
