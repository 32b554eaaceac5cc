"""Alerts in a real browser: cards, pins, keys, sound, title; taken up with a reason, and nothing typed is lost."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.browser.officers_here import SQUARE, Desk, dense, surge, zone
from tests.browser.station import Station

if TYPE_CHECKING:
    from tests.browser.conftest import Opened, OpenPage

pytestmark = pytest.mark.browser

TONES: Final = """
  window.tones = [];
  const made = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () {
    const one = made.call(this);
    const start = one.start.bind(one);
    one.start = (at) => { window.tones.push(one.frequency.value); start(at); };
    return one;
  };
"""
CARDS: Final = ".alert-card"
TITLE: Final = "() => document.title.startsWith('(2) ')"


@pytest.fixture
def desk(station: Station) -> Desk:
    assert station.desk is not None
    return station.desk


@pytest.fixture
def station(loop_thread: asyncio.AbstractEventLoop, tmp_path: Path) -> Iterator[Station]:
    station = Station(loop_thread)
    station.desk = Desk(station.outbox, tmp_path)
    station.desk.alerts = [surge(9, 9), dense(5, 5, critical=True, seconds_ago=190)]
    station.start()
    yield station
    station.stop()


@pytest.fixture
def opened(open_page: OpenPage, station: Station) -> Opened:
    opened = open_page(script=TONES).drawn()
    cards(opened, 2)
    return opened


def cards(opened: Opened, count: int) -> None:
    opened.page.wait_for_function(f"() => document.querySelectorAll('{CARDS}').length === {count}")


def put(station: Station, what: Any) -> Any:
    return asyncio.run_coroutine_threadsafe(what, station.loop).result(5)


def take_up(opened: Opened, reason: str) -> None:
    opened.page.fill("#acknowledge-reason", reason)
    opened.page.click("#acknowledge-send")


def test_the_worst_stands_on_top_with_level_place_time_and_why(opened: Opened, station: Station, desk: Desk) -> None:
    first, second = (opened.page.locator(CARDS).nth(place).inner_text().replace("\u202f", " ") for place in (0, 1))
    for words in ("1", "critique", "Surdensité", "3 min", "≥ 5,5 pers./m² sur 100 m²", "% vu", "Seuil : 5,0"):
        assert words in first
    for words in ("2", "alerte", "Mouvement de foule", "La foule va bien plus vite", "≥ 2,0 pers./m²", "° N"):
        assert words in second
    assert opened.text("#alerts-count") == "2 à traiter"
    colours = "() => ['.pin .pin-fill', '.alert-mark'].map((one) => getComputedStyle(document.querySelector(one)).%s)"
    assert opened.page.evaluate(colours % "fill")[0] == opened.page.evaluate(colours % "backgroundColor")[1]
    assert [pin.text_content() for pin in opened.page.locator(".pin").all()] == ["1", "2"]
    assert opened.page.locator(".alert-mark .level-bar").count() == 2
    put(station, desk.officers.zones.add(zone("Grand’Place", 9000, SQUARE)))
    opened.page.wait_for_function(f"() => document.querySelector('{CARDS}').innerText.includes('Grand’Place')")
    opened.page.click("button[lang=en]")
    assert "The crowd is far faster than one so dense." in opened.text("#alert-cards")
    assert opened.console == []


def test_a_new_alert_comes_where_it_belongs_sounds_and_marks_the_title_while_nobody_looks(
    opened: Opened, desk: Desk
) -> None:
    page = opened.page
    assert page.evaluate("() => tones") == []
    assert opened.text("#alert-sound") == "Son : cliquez"
    page.keyboard.press("Escape")
    assert opened.text("#alert-sound") == "Son"
    desk.alerts = [*desk.alerts, dense(3, 3, critical=True, seconds_ago=5)]
    cards(opened, 3)
    assert page.evaluate("() => tones.length") == 3, "three tones of a critical one"
    assert "5 s" in opened.text(f"{CARDS} >> nth=0") or "s" in opened.text(f"{CARDS} time >> nth=0")
    assert "Nouvelle alerte : Surdensité, critique" in opened.text("#alerts-spoken")
    page.wait_for_timeout(1200)
    assert page.evaluate("() => tones.length") == 3, "an alert that goes on is not told again"
    page.click("#alert-sound")
    desk.alerts = [*desk.alerts, dense(1, 9)]
    cards(opened, 4)
    assert page.evaluate("() => tones.length") == 3, "muted"
    desk.alerts = desk.alerts[:2]
    cards(opened, 2)
    assert not page.title().startswith("(")
    page.evaluate("() => { document.hasFocus = () => false; window.dispatchEvent(new Event('blur')); }")
    page.wait_for_function(TITLE)
    page.wait_for_timeout(1200)
    assert page.evaluate(TITLE), "the mark stays while the seconds pass"
    page.evaluate("() => { delete document.hasFocus; window.dispatchEvent(new Event('focus')); }")
    assert not page.title().startswith("(")


def test_an_alert_is_taken_up_by_keyboard_with_a_reason_and_stands_at_the_foot(opened: Opened, tmp_path: Path) -> None:
    page = opened.page
    page.keyboard.press("2")
    assert page.locator(f"{CARDS}[aria-current]").get_attribute("data-kind") == "crowd_movement"
    page.keyboard.press("a")
    assert opened.text("#acknowledge-title") == "Acquitter l’alerte 2 : Mouvement de foule"
    page.keyboard.press("Enter")
    assert opened.text("#acknowledge-refusal") == "Écrivez un motif."
    page.get_by_role("button", name="Agents envoyés").click()
    page.keyboard.type(", porte nord")
    page.fill("#acknowledge-by", "PC 2")
    page.click("#acknowledge-send")
    page.wait_for_function("() => !document.getElementById('acknowledge').open")
    assert "par PC 2 : Agents envoyés, porte nord" in opened.text(f"{CARDS}.acknowledged")
    assert "Acquittée par PC 2 : Agents envoyés, porte nord" in opened.text("#last-acknowledged")
    assert opened.text("#alerts-count") == "1 à traiter"
    begun, done = map(json.loads, (tmp_path / "audit.jsonl").read_text().splitlines())
    assert (begun["step"], done["step"]) == ("begun", "done")
    assert done["reason"] == "Agents envoyés, porte nord"
    assert opened.console == []


def test_what_somebody_else_took_up_is_told_and_the_text_stays(opened: Opened, station: Station, desk: Desk) -> None:
    page = opened.page
    page.click(f"{CARDS} >> nth=0 >> .alert-acknowledge")
    page.fill("#acknowledge-reason", "Accès nord fermé")
    put(station, desk.officers.alerts.acknowledge(desk.alerts[1]["id"], {"reason": "Équipe sur place", "by": "PC 1"}))
    page.wait_for_function("() => document.getElementById('acknowledge-note').textContent.includes('Équipe')")
    page.click("#acknowledge-send")
    page.wait_for_function("() => document.getElementById('acknowledge-refusal').textContent")
    said = opened.text("#acknowledge-refusal")
    assert said.startswith("Déjà acquittée à ")
    assert "par PC 1 : Équipe sur place" in said
    assert page.input_value("#acknowledge-reason") == "Accès nord fermé"


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (404, "no alert", "La station ne connaît plus cette alerte : finie depuis plus de dix minutes."),
        (403, "this is a replay; alerts are acknowledged live only", "Ceci est une rediffusion"),
        (403, "an officer may not", "Votre rôle ne le permet pas."),
        (401, "who are you", "Session expirée"),
        (500, "disk full", "La station ne peut pas l’écrire sur son disque"),
        (0, "", "La station ne répond pas : réessayez."),
    ],
)
def test_a_refusal_is_told_in_the_readers_words_and_the_text_stays(
    opened: Opened, status: int, answer: str, said: str
) -> None:
    page = opened.page

    def refuse(route: Any) -> None:
        if status:
            route.fulfill(status=status, json={"error": answer})
        else:
            route.abort()

    page.route("**/acknowledge", refuse)
    page.keyboard.press("a")
    take_up(opened, "Flux dévié")
    page.wait_for_function("() => document.getElementById('acknowledge-refusal').textContent")
    assert said in opened.text("#acknowledge-refusal")
    assert "Le texte est gardé ici." in opened.text("#acknowledge-refusal")
    assert page.input_value("#acknowledge-reason") == "Flux dévié"
    page.click("#acknowledge-cancel")
    page.keyboard.press("a")
    assert page.input_value("#acknowledge-reason") == "Flux dévié", "closed and opened again"
    page.unroute("**/acknowledge")
    page.click("#acknowledge-send")
    page.wait_for_function("() => !document.getElementById('acknowledge').open")
    assert "Flux dévié" in opened.text("#last-acknowledged")


def test_the_last_acknowledgement_is_told_after_a_reload_though_its_alert_has_ended(opened: Opened, desk: Desk) -> None:
    page = opened.page
    page.keyboard.press("2")
    page.keyboard.press("a")
    take_up(opened, "Flux dévié")
    page.wait_for_function("() => !document.getElementById('acknowledge').open")
    desk.alerts = []
    page.wait_for_function("() => document.querySelectorAll('.alert-card').length === 0")
    page.reload()
    opened.drawn()
    page.locator("#last-acknowledged").wait_for(state="visible")
    assert re.fullmatch(r"✓ \S+ Mouvement de foule\.", opened.text("#last-what"))
    assert "Flux dévié" in opened.text("#last-by")
    assert opened.console == []


def test_an_alert_that_ends_while_somebody_writes_can_still_be_taken_up(opened: Opened, desk: Desk) -> None:
    opened.page.keyboard.press("a")
    desk.alerts = desk.alerts[:1]
    cards(opened, 1)
    assert "vient de prendre fin" in opened.text("#acknowledge-note")
    take_up(opened, "Foule dispersée")
    opened.page.wait_for_function("() => !document.getElementById('acknowledge').open")
    assert "Surdensité" in opened.text("#last-what")
    assert opened.console == []


def test_seeing_an_alert_puts_it_in_the_middle_of_the_map(opened: Opened) -> None:
    page = opened.page
    page.keyboard.press("2")
    page.keyboard.press("v")
    apart = """() => {
      const frame = (one) => one.getBoundingClientRect();
      const [map, pin] = [frame(document.getElementById('map')), frame(document.querySelectorAll('.pin')[1])];
      return Math.hypot(pin.x + 22 - map.x - map.width / 2, pin.y + 42 - map.y - map.height / 2);
    }"""
    page.wait_for_function(f"() => ({apart})() < 3")
    page.click(".pin >> nth=0")
    assert page.locator(f"{CARDS}[aria-current]").get_attribute("data-level") == "critical"


def test_past_three_the_videos_stand_in_one_row_and_the_alerts_stay_in_view(opened: Opened, desk: Desk) -> None:
    desk.alerts = [*desk.alerts, dense(3, 3), dense(1, 9), surge(3, 9)]
    cards(opened, 5)
    page = opened.page
    tops = page.evaluate("() => [...document.querySelectorAll('.tile')].map((one) => one.getBoundingClientRect().top)")
    assert len(set(tops)) == 1
    page.evaluate("() => document.getElementById('rail').scrollTo(0, 9999)")
    frame: Any = page.locator("#panel-alerts").bounding_box()
    assert frame["y"] >= 64
    assert frame["y"] + frame["height"] <= 901


def test_a_replay_acknowledges_nothing(open_page: OpenPage, station: Station) -> None:
    station.replay = {"times_as_fast": 1.0, "starts_utc": "2026-07-14T20:00:00Z", "says": "a replay"}
    opened = open_page().drawn()
    cards(opened, 2)
    opened.page.wait_for_function("() => document.querySelector('.alert-acknowledge').hidden")
    opened.page.keyboard.press("a")
    assert opened.text("#alerts-said") == "Rediffusion : ici, rien ne s’acquitte."


SIZES: Final = [(2560, 1440), (1440, 900), (1000, 700), (700, 900), (390, 844), (360, 640)]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_alerts_fit_every_window(opened: Opened, width: int, height: int) -> None:
    page = opened.page
    page.set_viewport_size({"width": width, "height": height})
    for language in ("fr", "en"):
        page.click(f"button[lang={language}]")
        told = page.evaluate("() => probes.overflows()")
        assert (told["wide"], told["page"]) == ([], False)
    assert page.locator("#first-alert").is_visible() is (width < 600)
    page.keyboard.press("1")
    assert page.locator(f"{CARDS} >> nth=0").is_visible()
    if width < 900:
        low: Any = page.locator(".alert-acknowledge >> nth=0").bounding_box()
        assert low["height"] >= 44
    page.keyboard.press("a")
    frame: Any = page.locator("#acknowledge").bounding_box()
    assert frame["x"] >= 0
    assert frame["x"] + frame["width"] <= width
    assert frame["y"] + frame["height"] <= height
