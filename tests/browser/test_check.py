"""The pre-flight page: what the station found, in two languages, by day and by night, on a phone too."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from groundstation.preflight.points import Point, check_document
from groundstation.preflight.sentences import SENTENCES

if TYPE_CHECKING:
    from tests.browser.conftest import Opened, OpenPage
    from tests.browser.station import Station

pytestmark = pytest.mark.browser

ROOT: Final = Path(__file__).parents[2]

POINTS = (
    Point(point="settings", about="station", word="settings_fine", values=("1", "2")),
    Point(point="disk", about="station", word="disk_fine", values=("70.4", "/var/log")),
    Point(point="clock", about="station", word="clock_off", values=("1", "+7.5")),
    Point(point="link", about="udpin://127.0.0.1:14550", word="link_fine", values=("707", "1", "0")),
    Point(point="link", about="north", word="link_lossy", values=("12.4%", "5%")),
    Point(
        point="pose", about="north", word="pose_refused", values=("no_gimbal", "no gimbal attitude has come", "Mend.")
    ),
    Point(point="seal", about="north", word="seal_holds", values=("landlock, seccomp",)),
)


@pytest.fixture
def checks(open_page: OpenPage, station: Station) -> Opened:
    station.outbox.check = check_document(POINTS, utc_ns=time.time_ns())
    station.address += "check"
    opened = open_page()
    opened.page.wait_for_selector(".point")
    return opened


def told(opened: Opened) -> list[str]:
    return [text.replace("\u202f", " ") for text in opened.page.locator(".point").all_inner_texts()]


def test_every_point_is_shown_with_its_mend_in_french(checks: Opened) -> None:
    assert checks.text("#summary") == "3 points à corriger"
    assert checks.page.locator("h2").all_inner_texts() == ["Station", "udpin://127.0.0.1:14550", "north"]
    rows = told(checks)
    assert len(rows) == len(POINTS)
    assert "70,4 Go libres dans /var/log" in rows[1]
    assert "À faire : régler l’horloge par NTP ou GPS" in rows[2]
    assert "12,4 % de ses messages se perdent" in rows[4]
    assert "À faire : que la nacelle envoie son attitude" in rows[5]
    assert "pas de pose : aucune attitude de la nacelle" in rows[5]
    assert "À faire" not in rows[6]


def test_english_is_what_the_station_says(checks: Opened) -> None:
    checks.page.click("button[lang=en]")
    assert checks.text("#summary") == "3 points to mend"
    rows = told(checks)
    for row, point in zip(rows, POINTS, strict=True):
        assert point.says in row
        assert f"To do: {point.mend}" in row if point.mend else "To do" not in row


def test_the_page_follows_the_station_by_itself(checks: Opened, station: Station) -> None:
    station.outbox.check = check_document(POINTS[:2], utc_ns=time.time_ns())
    checks.page.wait_for_function("() => document.querySelectorAll('.point').length === 2")
    assert checks.text("#summary") == "Tous les points sont acquis"


def test_a_station_that_falls_silent_is_said_and_its_points_fade(checks: Opened, station: Station) -> None:
    station.stop()
    checks.page.wait_for_function("() => document.body.classList.contains('lost')", timeout=15_000)
    assert checks.text("#summary") == "Liaison perdue"


def test_every_sentence_has_its_french_with_the_same_values(checks: Opened) -> None:
    french: dict[str, list[str]] = checks.page.evaluate(
        "async () => (await import('/static/words-checks-fr.js')).frenchChecks"
    )
    assert french.keys() == SENTENCES.keys()
    assert [word for word in SENTENCES if bool(SENTENCES[word][1]) != bool(french[word][1])] == []
    unknown = {word: places(" ".join(french[word])) - places(" ".join(SENTENCES[word])) for word in SENTENCES}
    assert {word: more for word, more in unknown.items() if more} == {}


def test_every_cause_of_a_missing_pose_has_its_mend_in_french(checks: Opened) -> None:
    mends: dict[str, str] = checks.page.evaluate("async () => (await import('/static/words-checks-fr.js')).frenchMends")
    told = set()
    for path in (*(ROOT / "flightlink").rglob("*.py"), *(ROOT / "maps" / "terrain").glob("*.py")):
        told |= set(re.findall(r'PoseRefusal\(\s*cause="(\w+)"', path.read_text(encoding="utf-8")))
    assert {"stale_pose", "no_geoid_separation"} <= told
    assert told - mends.keys() == set()


def places(text: str) -> set[str]:
    return {part.split("}")[0] for part in text.split("{")[1:]}


def test_the_pages_own_words_are_complete(checks: Opened) -> None:
    words: list[dict[str, str]] = checks.page.evaluate("""async () => [
      (await import('/static/words-check-fr.js')).checkFrench,
      (await import('/static/words-check-en.js')).checkEnglish,
    ]""")
    assert words[0].keys() == words[1].keys()
    assert {f"check_{point.point}" for point in POINTS} <= words[0].keys()


@pytest.mark.parametrize("width", [360, 800, 1440])
def test_nothing_is_cut_or_scrolls_sideways(checks: Opened, width: int) -> None:
    checks.page.set_viewport_size({"width": width, "height": 740})
    assert checks.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    least = 44 if width < 900 else 30
    sizes: list[list[float]] = checks.page.evaluate("""() => [...document.querySelectorAll('button, a.button')]
      .map((one) => one.getBoundingClientRect()).map((box) => [box.width, box.height])""")
    assert min(min(size) for size in sizes) >= least - 1


def test_keys_alone_reach_every_choice_and_the_way_back(checks: Opened) -> None:
    reached: list[Any] = []
    for _ in range(4):
        checks.page.keyboard.press("Tab")
        focus = "() => ((one) => one.id || one.lang || one.pathname)(document.activeElement)"
        reached.append(checks.page.evaluate(focus))
    assert reached == ["/", "fr", "en", "theme"]
    checks.page.keyboard.press("Enter")
    assert checks.page.locator("html").get_attribute("data-theme") == "night"


def test_nothing_comes_from_outside_and_nothing_is_logged(checks: Opened) -> None:
    checks.page.wait_for_timeout(300)
    assert checks.console == []
    assert {url.split("/")[2].split(":")[0] for url in checks.requests} == {"127.0.0.1"}
