"""The incident log in a real browser: written, corrected, handed over, printed; nothing typed is ever lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from groundstation.audit import AuditFile
from groundstation.exports.desk import ExportDesk
from tests.browser.officers_here import SQUARE, Desk, dense, zone
from tests.browser.station import Station

if TYPE_CHECKING:
    from tests.browser.conftest import Opened, OpenPage

pytestmark = pytest.mark.browser


@pytest.fixture
def station(loop_thread: asyncio.AbstractEventLoop, tmp_path: Path) -> Iterator[Station]:
    station = Station(loop_thread)
    station.desk = Desk(station.outbox, tmp_path)
    station.desk.alerts = [dense(5, 5, critical=True, seconds_ago=190)]
    station.exports = ExportDesk(station="test", audit=AuditFile(tmp_path / "audit.jsonl"), clock=lambda: 0)
    station.start()
    put(station, station.desk.officers.zones.add(zone("Grand’Place", 9000, SQUARE)))
    yield station
    station.stop()


@pytest.fixture
def opened(open_page: OpenPage) -> Opened:
    opened = open_page().drawn()
    opened.page.keyboard.press("g")
    opened.page.wait_for_function("() => document.querySelectorAll('.log-entry').length > 1")
    return opened


def put(station: Station, what: Any) -> Any:
    return asyncio.run_coroutine_threadsafe(what, station.loop).result(5)


def write(opened: Opened, text: str, by: str = "PC 2") -> None:
    opened.page.fill("#log-text", text)
    opened.page.fill("#log-author", by)
    opened.page.click("#log-send")


def said(opened: Opened, text: str) -> None:
    opened.page.wait_for_function(f"() => document.querySelector('#log-list').innerText.includes({json.dumps(text)})")


def test_what_the_station_saw_stands_in_it_by_itself(opened: Opened, station: Station) -> None:
    said(opened, "Station démarrée : Fête des Lanternes.")
    said(opened, "Surdensité, critique : alerte.")
    assert station.desk is not None
    put(station, station.desk.officers.alerts.acknowledge(station.desk.alerts[0]["id"], {"reason": "vu", "by": "PC 1"}))
    said(opened, "Surdensité : acquittée par PC 1, vu")
    opened.page.click("button[lang=en]")
    said(opened, "Over-density: acknowledged by PC 1, vu")
    assert "no name, no description, no plate" in opened.text("#log-nobody")
    assert opened.console == []


def test_an_entry_that_comes_before_the_station_tells_its_time_breaks_nothing(opened: Opened) -> None:
    told = opened.page.evaluate(
        "async () => (await import('/static/logwords.js')).whenText({utc: '2030-06-21T20:40:00Z'}, NaN)"
    )
    assert "21 juin" in told


def test_an_entry_is_written_by_keyboard_with_place_zone_and_alert(opened: Opened, tmp_path: Path) -> None:
    page = opened.page
    assert page.evaluate("() => document.activeElement.id") == "log-text"
    page.keyboard.type("Barrière nord ouverte")
    page.keyboard.press("Control+Enter")
    assert opened.text("#log-refusal") == "Écrivez qui vous êtes : un nom ou un indicatif."
    page.keyboard.type("PC 2")
    page.select_option("#log-kind", "action")
    page.select_option("#log-zone", label="Grand’Place")
    page.select_option("#log-alert", index=1)
    page.click("#log-place")
    assert page.evaluate("() => document.activeElement.id") == "map"
    page.keyboard.press("Enter")
    page.wait_for_function("() => /48[.,]/.test(document.getElementById('log-place').textContent)")
    page.click("#log-send")
    said(opened, "Barrière nord ouverte")
    page.wait_for_function("() => document.getElementById('log-text').value === ''")
    entry = json.loads((tmp_path / "incidents.jsonl").read_text().splitlines()[-1])
    assert (entry["author"], entry["kind"], entry["zone_name"], len(entry["lon_lat"])) == (
        "PC 2", "action", "Grand’Place", 2,
    )  # fmt: skip
    assert entry["alert"].startswith("over_density.")
    assert (page.input_value("#log-text"), page.input_value("#log-author")) == ("", "PC 2")
    assert "écrite" in opened.text("#log-said")
    assert opened.console == []


def test_a_correction_leaves_the_entry_and_names_it(opened: Opened) -> None:
    page = opened.page
    write(opened, "Porte 1 fermée")
    said(opened, "Porte 1 fermée")
    page.wait_for_function("() => document.getElementById('log-text').value === ''")
    page.click(".log-entry:has-text('Porte 1') .log-acts button >> nth=0")
    assert "qui reste" in opened.text("#log-corrects")
    page.fill("#log-text", "Porte 2, et non 1")
    page.click("#log-send")
    said(opened, "Porte 2, et non 1")
    page.wait_for_function("() => document.getElementById('log-text').value === ''")
    assert "corrigée par" in opened.text(".log-entry:has-text('Porte 1 fermée')")
    assert not page.is_visible("#log-correcting")


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (0, "La station ne répond pas : réessayez."), (401, "Session expirée"), (403, "Votre rôle ne le permet pas."),
        (500, "La station ne peut pas l’écrire sur son disque"), (400, "La station refuse"),
    ],
)  # fmt: skip
def test_a_text_that_is_not_kept_stays_over_a_reload_and_is_written_once(
    opened: Opened, tmp_path: Path, status: int, told: str
) -> None:
    page = opened.page

    def refuse(route: Any) -> None:
        route.fulfill(status=status, json={"error": "no"}) if status else route.abort()

    page.route("**/api/v1/log", refuse)
    write(opened, "Flux dévié rue Haute")
    page.wait_for_function("() => document.getElementById('log-refusal').textContent")
    assert told in opened.text("#log-refusal")
    assert "Le texte est gardé ici." in opened.text("#log-refusal")
    page.unroute("**/api/v1/log")
    page.reload()
    opened.drawn()
    page.keyboard.press("g")
    assert (page.input_value("#log-text"), page.input_value("#log-author")) == ("Flux dévié rue Haute", "PC 2")
    page.click("#log-send")
    said(opened, "Flux dévié rue Haute")
    assert (tmp_path / "incidents.jsonl").read_text().count("Flux") == 1
    page.wait_for_function("() => document.getElementById('log-text').value === ''")


def test_an_answer_that_was_lost_doubles_nothing(opened: Opened, tmp_path: Path) -> None:
    page = opened.page

    def lose(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/api/v1/log", lose)
    write(opened, "Sono coupée")
    page.wait_for_function("() => document.getElementById('log-refusal').textContent")
    page.unroute("**/api/v1/log")
    page.click("#log-send")
    page.wait_for_function("() => document.getElementById('log-text').value === ''")
    assert (tmp_path / "incidents.jsonl").read_text().count("Sono") == 1


def test_a_shift_is_handed_over_with_its_summary(opened: Opened, tmp_path: Path) -> None:
    page = opened.page
    page.click("#log-handover")
    page.wait_for_function("() => document.querySelectorAll('#handover-summary dt').length === 6")
    summary = opened.text("#handover-summary")
    for words in ("personnes sur", "±", "Alertes ouvertes", "à traiter", "Portes fermées, sur 2", "quay :", "61 %"):
        assert words in summary, summary
    page.fill("#handover-text", "Porte nord fermée jusqu’à 23 h")
    page.fill("#handover-author", "PC 2")
    page.click("#handover-send")
    page.wait_for_function("() => document.getElementById('log-handover').textContent.includes('à prendre')")
    page.click("#log-handover")
    assert "Porte nord fermée jusqu’à 23 h" in opened.text("#handover-said")
    page.fill("#handover-author", "pc 2")
    page.keyboard.press("Enter")
    assert opened.text("#handover-refusal") == "Qui part ne prend pas sa propre relève."
    page.fill("#handover-author", "PC 3")
    page.keyboard.press("Enter")
    page.wait_for_function("() => !document.getElementById('handover').open")
    assert opened.text("#log-said") == "Relève prise par PC 3."
    assert page.input_value("#log-author") == "PC 3"
    deeds = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [deed["what"] for deed in deeds if deed["step"] == "done"][-2:] == ["shift_offered", "shift_taken"]
    assert opened.console == []


def test_the_log_is_saved_and_printed_and_both_are_written_down(opened: Opened, tmp_path: Path) -> None:
    page = opened.page
    with page.expect_download() as caught:
        page.click("#log-csv")
    assert caught.value.suggested_filename.startswith("log-")
    assert "station_started" in Path(caught.value.path()).read_text()
    page.evaluate(
        "() => { window.print = () => { dispatchEvent(new Event('beforeprint')); "
        "window.printed = document.getElementById('paper').innerHTML; dispatchEvent(new Event('afterprint')); }; }"
    )
    page.click("#log-print")
    page.wait_for_function("() => window.printed")
    assert "Station démarrée" in page.evaluate("() => window.printed")
    formats = [json.loads(line).get("format") for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert formats[-2:] == ["log", "print"]


def test_a_replay_writes_nothing(open_page: OpenPage, station: Station) -> None:
    station.replay = {"times_as_fast": 1.0, "starts_utc": "2026-07-14T20:00:00Z", "says": "a replay"}
    opened = open_page().drawn()
    opened.page.keyboard.press("g")
    opened.page.wait_for_function("() => document.getElementById('log-form').hidden")
    assert opened.text("#log-replay") == "Rediffusion : ici, rien ne s’écrit."


def test_escape_closes_it(opened: Opened) -> None:
    opened.page.keyboard.press("Escape")
    assert not opened.page.is_visible("#panel-log")
    assert opened.page.evaluate("() => document.activeElement.id") == "log-toggle"


SIZES: Final = [(2560, 1440), (1440, 900), (1000, 700), (700, 900), (390, 844), (360, 640)]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_log_fits_every_window(opened: Opened, width: int, height: int) -> None:
    page = opened.page
    write(opened, "Une entrée assez longue pour tenir sur plusieurs lignes d’un téléphone, avec des mots ordinaires.")
    page.set_viewport_size({"width": width, "height": height})
    if width < 900:
        page.click("#tab-log")
    for language in ("fr", "en"):
        page.click(f"button[lang={language}]")
        told = page.evaluate("() => probes.overflows()")
        assert (told["wide"], told["page"]) == ([], False)
    assert page.is_visible("#log-send")
    if width < 900:
        for target in ("#log-send", "#log-kind", "#log-author"):
            low: Any = page.locator(target).bounding_box()
            assert low["height"] >= 44
        page.click("#tab-alerts")
        assert not page.is_visible("#panel-log")
