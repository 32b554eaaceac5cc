"""The page as a whole: languages, themes, a lost connection, widths, and nothing from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Opened, OpenPage
    from tests.browser.station import Station

pytestmark = pytest.mark.browser

GROUPS: Final = [
    ["#top", "#middle", "#tabs", "#rail"],
    [".mission", "#total", ".clock", ".choices"],
    [".tools", ".legend-map", "#inspector", "#notice"],
    [".tools", ".legend-map", ".leaflet-control-scale"],
    [".total-figure", ".total-words"],
]


def test_the_page_asks_for_nothing_outside_breaks_no_policy_and_logs_no_error(open_page: OpenPage) -> None:
    opened = open_page().drawn()
    for key in ("t", "]", "Enter", "?", "Escape", "Escape", "+", "ArrowLeft"):
        opened.page.keyboard.press(key)
    opened.page.click("#table-toggle")
    opened.page.wait_for_timeout(1500)
    assert opened.page.evaluate("() => window.violations") == []
    assert opened.console == []
    assert {urlsplit(url).hostname for url in opened.requests if not url.startswith("blob:")} == {"127.0.0.1"}
    answer = opened.page.request.get(opened.page.url)
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_the_page_weighs_little(calm: Opened) -> None:
    sizes = """(what) => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .reduce((sum, entry) => sum + entry[what], 0)"""
    assert 100_000 < calm.page.evaluate(sizes, "transferSize") <= 350_000
    assert calm.page.evaluate(sizes, "decodedBodySize") <= 700_000


def test_language_switches_every_word_and_stays(open_page: OpenPage) -> None:
    opened = open_page().drawn()
    assert opened.page.locator("html").get_attribute("lang") == "fr"
    opened.page.click("button[lang=en]")
    assert "over 61% of the area, the rest is not seen" in opened.text("#total")
    assert "," in opened.text("#total-people")
    for words in ("Redacted video", "Gate closed", "pose too old", "1 open, 1 closed"):
        assert words in opened.text("#rail")
    assert "unobserved" in opened.text(".legend-map")
    opened.page.reload()
    assert opened.drawn().text(".legend-map").startswith("Density")


def test_the_browsers_language_comes_first(open_page: OpenPage) -> None:
    assert open_page(locale="en-GB").drawn().text(".legend-map").startswith("Density")


def test_both_languages_are_complete(calm: Opened) -> None:
    words = """async () => {
      const [fr, en] = await Promise.all(['fr', 'en'].map((name) => import(`/static/words-${name}.js`)));
      return [fr.french, en.english];
    }"""
    french, english = calm.page.evaluate(words)
    assert french.keys() == english.keys()
    blanks = {key: (sorted(placeholders(french[key])), sorted(placeholders(english[key]))) for key in french}
    assert [key for key, (here, there) in blanks.items() if here != there] == []
    assert [text for text in french.values() if " :" in text or " %" in text or "anonym" in text] == []


def placeholders(text: str) -> list[str]:
    return [part.split("}")[0] for part in text.split("{")[1:]]


def test_theme_follows_the_system_until_it_is_chosen(open_page: OpenPage) -> None:
    opened = open_page(dark=True).drawn()
    root = opened.page.locator("html")
    assert root.get_attribute("data-theme") == "night"
    opened.page.keyboard.press("t")
    assert root.get_attribute("data-theme") == "day"
    opened.page.reload()
    opened.drawn()
    assert root.get_attribute("data-theme") == "day"
    assert opened.text("#theme") == "Nuit"


def test_single_keys_can_be_switched_off(open_page: OpenPage) -> None:
    opened = open_page().drawn()
    opened.page.keyboard.press("?")
    assert opened.page.locator("#help").is_visible()
    opened.page.uncheck("#keys-single")
    opened.page.keyboard.press("Escape")
    opened.page.keyboard.press("t")
    assert opened.page.locator("html").get_attribute("data-theme") == "day"


def test_tab_goes_from_total_to_map_to_the_rail(hand: Opened) -> None:
    reached = []
    for _ in range(12):
        hand.page.keyboard.press("Tab")
        reached.append(hand.page.evaluate("() => document.activeElement.id || document.activeElement.lang"))
    wanted = [
        "total",
        "fr",
        "en",
        "theme",
        "help-open",
        "session-open",
        "map",
        "zoom-in",
        "zoom-out",
        "fit",
        "table-toggle",
    ]
    assert reached[: len(wanted)] == wanted


def test_a_lost_connection_is_told_and_mends_itself(open_page: OpenPage, station: Station) -> None:
    opened = open_page().drawn()
    station.stop()
    opened.page.wait_for_function("() => !document.getElementById('offline').hidden")
    bar = opened.page.locator("#offline")
    assert bar.evaluate("(element) => getComputedStyle(element).backgroundColor") == "rgb(0, 0, 0)"
    opened.page.wait_for_timeout(1200)
    assert opened.text("#offline").startswith("Liaison perdue depuis ")
    assert "nouvel essai" in opened.text("#offline")
    assert opened.page.locator(".tile:not(.closed)").count() == 0
    assert opened.text("#total-people") != "—"
    station.start()
    opened.page.wait_for_function("() => document.getElementById('offline').hidden", timeout=12_000)
    opened.page.wait_for_function("() => document.querySelector('.tile:not(.closed)')", timeout=12_000)


def test_without_any_vehicle_nothing_is_claimed(open_page: OpenPage, station: Station) -> None:
    station.crowd = list
    station.gates = {}
    station.vehicles = {"type": "FeatureCollection", "features": []}
    opened = open_page()
    opened.page.wait_for_function("() => document.getElementById('notice-text').textContent.startsWith('Aucun')")
    assert opened.text("#notice-text") == "Aucun drone : rien n’est vu"
    assert opened.text("#total-people") == "—"
    assert "rien n’est vu" in opened.text("#total")


@pytest.mark.parametrize(("width", "height"), [(2560, 1440), (1440, 900), (1000, 700), (700, 900), (390, 844)])
def test_nothing_overlaps_or_overflows(hand: Opened, width: int, height: int) -> None:
    hand.page.set_viewport_size({"width": width, "height": height})
    hand.drawn()
    hand.page.wait_for_function("() => document.querySelectorAll('.tile').length === 2")
    for language in ("fr", "en"):
        hand.page.click(f"button[lang={language}]")
        assert hand.page.evaluate("() => probes.overflows()") == {"wide": [], "cut": [], "page": False}
        assert hand.page.evaluate("groups => probes.overlaps(groups)", GROUPS) == []
    assert map_share(hand) > (0.45 if width < 600 else 0.5)


def map_share(opened: Opened) -> float:
    """Share of the height below 900 px, of the area above."""
    frame: Any = opened.page.locator("#middle").bounding_box()
    size: Any = opened.page.viewport_size
    share: float = frame["height"] / size["height"]
    return share if size["width"] < 900 else share * frame["width"] / size["width"]
