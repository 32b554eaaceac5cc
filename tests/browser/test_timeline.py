"""The strip of time: every control takes the map back and to live again, and nothing of then is taken for now."""

from __future__ import annotations

import os
import re
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import expect

from groundstation.audit import AuditFile
from groundstation.exports.desk import ExportDesk
from tests.browser.officers_here import Desk, dense
from tests.browser.world import Crowd, density_document, leaf

if TYPE_CHECKING:
    from tests.browser.conftest import Opened, OpenPage
    from tests.browser.station import Station

pytestmark = pytest.mark.browser

SHOTS: Final = os.environ.get("TIMELINE_SHOTS", "")
STEP_S: Final = 10
LONG_S: Final = 2400
GAP_S: Final = (1300, 1000)
"""Nothing was kept so many seconds ago, from and to."""


def crowd(level: int) -> Crowd:
    densities = (0.3, 0.8, 1.5, 2.6, 4.2)
    return lambda: [leaf(east, north, densities[level]) for east in range(4, 12 + 4 * level) for north in range(8, 20)]


CROWDS: Final = [crowd(level) for level in range(5)]


def past(station: Station, *, long_s: int = LONG_S) -> None:
    """Give a station maps of before: five crowds, growing, with a gap."""
    now_s = int(time.time())
    for ago_s in range(long_s, STEP_S, -STEP_S):
        if GAP_S[1] <= ago_s <= GAP_S[0]:
            continue
        utc = datetime.fromtimestamp(now_s - ago_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        which = min(4, 5 * (long_s - ago_s) // long_s)
        station.outbox.history.put((now_s - ago_s) * 10**9, density_document(CROWDS[which]) | {"utc": utc})


@pytest.fixture
def filled(station: Station, tmp_path: Path) -> Station:
    station.desk = Desk(station.outbox, tmp_path)
    station.desk.alerts = [dense(5, 5, critical=True)]
    station.exports = ExportDesk(station="test", audit=AuditFile(tmp_path / "audit.jsonl"), clock=time.time_ns)
    past(station)
    station.stop()
    station.start()
    return station


def ready(opened: Opened) -> Opened:
    opened.drawn()
    expect(opened.page.locator("#time-back")).to_be_enabled(timeout=10_000)
    return opened


def shoot(opened: Opened, name: str) -> None:
    if SHOTS:
        opened.page.wait_for_timeout(600)
        opened.page.screenshot(path=f"{SHOTS}/{name}.png")


def scrub(opened: Opened, share: float) -> None:
    box = opened.page.locator("#time-strip").bounding_box()
    assert box is not None
    opened.page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)


def test_scrubbing_shows_the_map_of_then_and_live_comes_back(open_page: OpenPage, filled: Station) -> None:
    opened = ready(open_page())
    now = opened.text("#total-people")
    shoot(opened, "live-day")
    scrub(opened, 0.05)
    expect(opened.page.locator("#then")).to_be_visible()
    expect(opened.page.locator("#total-people")).not_to_have_text(now)
    then = opened.text("#total-people")
    opened.page.wait_for_timeout(2500)
    assert opened.text("#total-people") == then, "live maps do not show through"
    assert opened.text("#total-age") == "", "of then, with ages of then"
    assert opened.page.title().startswith("REJEU — ")
    assert "REJEU de" in opened.text("#then")
    expect(opened.page.locator("#time-live")).to_have_attribute("aria-pressed", "false")
    shoot(opened, "then-day")
    opened.page.click("#then-live")
    expect(opened.page.locator("#then")).to_be_hidden()
    expect(opened.page.locator("#total-people")).to_have_text(re.compile(now.replace(" ", ".")))
    assert opened.console == []


def test_what_is_of_now_stands_back_in_a_replay(open_page: OpenPage, filled: Station) -> None:
    opened = ready(open_page())
    opened.page.wait_for_selector(".tile[data-camera=north]:not(.closed)")
    expect(opened.page.locator(".alert-acknowledge").first).to_be_visible()
    scrub(opened, 0.8)
    expect(opened.page.locator(".tile[data-camera=north]")).to_have_class(re.compile("closed"))
    assert "Le rejeu ne montre pas de vidéo" in opened.text(".tile[data-camera=north]")
    expect(opened.page.locator(".alert-acknowledge").first).to_be_hidden()
    for button in ("#zones-toggle", "#exports-toggle"):
        expect(opened.page.locator(button)).to_be_disabled()
    opened.page.keyboard.press("a")
    expect(opened.page.locator("#acknowledge")).to_be_hidden()
    opened.page.keyboard.press("z")
    expect(opened.page.locator("#zone-panel")).to_be_hidden()
    for selector in (".craft", ".pin"):
        assert opened.page.locator(selector).first.is_hidden()
    opened.page.keyboard.press("l")
    opened.page.wait_for_selector(".tile[data-camera=north]:not(.closed)")
    expect(opened.page.locator(".alert-acknowledge").first).to_be_visible()
    expect(opened.page.locator("#exports-toggle")).to_be_enabled()


def clock_of(opened: Opened) -> int:
    hours, minutes, seconds = (int(part) for part in opened.text("#clock-time").split(":"))
    return 3600 * hours + 60 * minutes + seconds


def test_keys_and_buttons_step_by_ten_seconds_and_hold(open_page: OpenPage, filled: Station) -> None:
    opened = ready(open_page())
    opened.page.keyboard.press("Space")
    expect(opened.page.locator("#then")).to_be_visible()
    held = clock_of(opened)
    for press, off_s in (("j", -10), ("j", -20), ("k", -10)):
        opened.page.keyboard.press(press)
        assert (clock_of(opened) - held) % 86_400 == off_s % 86_400
    opened.page.click("#time-back")
    assert (clock_of(opened) - held) % 86_400 == -20 % 86_400
    opened.page.click("#time-on")
    assert (clock_of(opened) - held) % 86_400 == -10 % 86_400
    opened.page.click("#time-live")
    expect(opened.page.locator("#then")).to_be_hidden()


def test_the_slider_is_for_the_keyboard_and_says_what_it_shows(open_page: OpenPage, filled: Station) -> None:
    opened = ready(open_page())
    strip = opened.page.locator("#time-strip")
    strip.focus()
    expect(strip).to_have_attribute("aria-valuetext", "en direct")
    for _ in range(2):
        opened.page.keyboard.press("PageDown")
    told = re.compile(r"^\d\d:\d\d:\d\d, .*personnes ±.* vus$")
    opened.page.wait_for_timeout(1200)
    expect(strip).to_have_attribute("aria-valuetext", told)
    opened.page.keyboard.press("Home")
    expect(strip).to_have_attribute("aria-valuenow", "0")
    opened.page.keyboard.press("End")
    expect(strip).to_have_attribute("aria-valuetext", "en direct")


def test_it_plays_at_ten_and_sixty_times_and_pauses(open_page: OpenPage, filled: Station) -> None:
    opened = ready(open_page())
    scrub(opened, 0.2)
    opened.page.click("#time-speed")
    assert opened.text("#time-speed") == "\u00d760"
    at = clock_of(opened)
    opened.page.click("#time-play")
    opened.page.wait_for_timeout(2600)
    opened.page.click("#time-play")
    played = clock_of(opened)
    assert 60 <= (played - at) % 86_400 <= 240
    opened.page.wait_for_timeout(1200)
    assert clock_of(opened) == played
    opened.page.click("#time-speed")
    assert opened.text("#time-speed") == "\u00d710"


def test_a_time_of_which_nothing_is_kept_is_told_and_hatched(open_page: OpenPage, filled: Station) -> None:
    opened = ready(open_page())
    scrub(opened, 1 - sum(GAP_S) / 2 / LONG_S)
    expect(opened.page.locator("#notice")).to_be_visible()
    assert "Rien n’est conservé de cet instant" in opened.text("#notice")
    assert opened.text("#total-people") == "—"
    shoot(opened, "gap-day")


def test_a_place_tells_when_it_was_seen_and_by_whom(open_page: OpenPage, filled: Station) -> None:
    opened = ready(open_page(locale="en-GB", dark=True))
    opened.page.keyboard.press("]")
    opened.page.keyboard.press("Enter")
    expect(opened.page.locator("#inspector-seen .seen-strip")).to_be_visible()
    text = opened.text("#inspector-seen")
    assert "Seen" in text
    assert "hatched: not seen" in text
    shoot(opened, "seen-night")
    scrub(opened, 0.6)
    expect(opened.page.locator("#then")).to_be_visible()
    shoot(opened, "then-night")


@pytest.mark.parametrize("size", [(390, 844), (1024, 768), (2560, 1440)])
def test_the_strip_is_there_on_every_screen(open_page: OpenPage, filled: Station, size: tuple[int, int]) -> None:
    opened = open_page(width=size[0], height=size[1]).drawn()
    if size[0] < 900:
        opened.page.click("#tab-time")
    ready(opened)
    strip = opened.page.locator("#time-strip").bounding_box()
    assert strip is not None
    assert strip["width"] > size[0] / 3
    assert strip["height"] > 50
    scrub(opened, 0.5)
    expect(opened.page.locator("#then")).to_be_visible()
    shoot(opened, f"then-{size[0]}")
    if size[0] < 900:
        live = opened.page.locator("#time-live").bounding_box()
        assert live is not None
        assert live["height"] >= 44
        assert live["y"] + live["height"] <= size[1]
    opened.page.click("#time-live")
    expect(opened.page.locator("#then")).to_be_hidden()


def test_both_languages_of_the_strip_are_complete(calm: Opened) -> None:
    words = """async () => {
      const [fr, en] = await Promise.all(['fr', 'en'].map((name) => import(`/static/words-time-${name}.js`)));
      return [fr.timeFrench, en.timeEnglish];
    }"""
    french, english = calm.page.evaluate(words)
    blanks = partial(re.findall, r"\{\w+\}")
    assert french.keys() == english.keys()
    assert [key for key in french if sorted(blanks(french[key])) != sorted(blanks(english[key]))] == []
