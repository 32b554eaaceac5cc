"""The pilot's page in a real browser: what may not be overlooked is told first, and answers reach the command post."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from playwright.sync_api import Route

from groundstation.sessions.roles import Role
from tests.browser.officers_here import Desk
from tests.browser.station import Station
from tests.browser.world import geodetic, vehicles_document
from tests.groundstation.entrances import PASSWORD, with_users

if TYPE_CHECKING:
    from tests.browser.conftest import Opened, OpenPage

pytestmark = pytest.mark.browser

PLACE: Final = geodetic([(20.0, 4.0)])[0]
TOO_SMALL: Final = """() => [...document.querySelectorAll('body :not(script):not(option)')]
  .filter((one) => one.checkVisibility() && !one.closest('#map, .spoken'))
  .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
  .filter((one) => parseFloat(getComputedStyle(one).fontSize) < 14)
  .map((one) => one.id || one.className)"""
READY: Final = "() => !['wait', undefined].includes(document.getElementById('pilot-status')?.dataset.code)"


@pytest.fixture
def station(loop_thread: asyncio.AbstractEventLoop, tmp_path: Path) -> Iterator[Station]:
    station = Station(loop_thread)
    station.desk = Desk(station.outbox, tmp_path)
    station.start()
    yield station
    station.stop()


def put(station: Station, what: Any) -> Any:
    return asyncio.run_coroutine_threadsafe(what, station.loop).result(5)


def lookouts(station: Station) -> Any:
    assert station.desk is not None
    return station.desk.officers.lookouts


def ask(station: Station, **more: Any) -> str:
    name: str = put(station, lookouts(station).ask({"lon_lat": PLACE, **more}))["id"]
    return name


def state_of(station: Station, name: str) -> str:
    (one,) = [one for one in lookouts(station).document()["requests"] if one["id"] == name]
    return str(one["state"])


@pytest.fixture
def pilot(open_page: OpenPage, station: Station) -> Callable[..., Opened]:
    def opened(*, width: int = 390, height: int = 844, **more: Any) -> Opened:
        opened = open_page(width=width, height=height, **more)
        opened.page.goto(station.address + "pilot")
        opened.page.wait_for_function(READY)
        return opened

    return opened


def until_text(opened: Opened, selector: str, text: str) -> None:
    opened.page.wait_for_function(
        "([selector, text]) => document.querySelector(selector).innerText.replaceAll('\\u202f', ' ').includes(text)",
        arg=[selector, text],
    )


def test_it_says_where_the_picture_lies_what_the_gate_does_and_how_long(pilot: Callable[..., Opened]) -> None:
    opened = pilot()
    until_text(opened, "#pilot-name, #pilot-mine", "north")
    assert opened.text("#pilot-status").upper().startswith("DANS LA ZONE")
    assert "bord à 8 m ± 3" in opened.text("#pilot-status-detail")
    assert (opened.text("#pilot-left"), opened.text("#pilot-left-of")) == ("2 h 13", "d’autorisation")
    assert (opened.text("#pilot-height"), opened.text("#pilot-height-of")) == ("48 m", "sol, 30 à 60 m")
    assert (opened.text("#pilot-camera"), opened.text("#pilot-camera-of")) == ("\u221238°", "caméra, 232°")
    assert opened.text("#pilot-gate-word") == "Porte ouverte, plafond 20 px/m"
    assert "donne 31 px/m : l’image est réduite. Sans réduction dès 74 m : plus haut que vos 60 m" in opened.text(
        "#pilot-gate-detail"
    )
    assert opened.page.locator(".footprint.own").count() == 1
    assert opened.page.title() == "Dans la zone — Pilote"
    assert not opened.page.is_visible("#pilot-go")
    assert opened.console == []


@pytest.mark.parametrize(
    ("change", "title", "detail"),
    [
        ({"where": "edge", "edge_m": 1.2}, "AU BORD", "peut-être dehors"),
        ({"where": "partly", "outside_share": 0.32}, "EN PARTIE DEHORS", "32 % du sol"),
        ({"where": "outside", "outside_share": 1.0}, "HORS ZONE", "tout est masqué"),
        ({"where": None}, "SOL NON VU", "aucun sol"),
        ({"where": None, "refusal": "position_jump"}, "SANS POSITION", "Saut de position"),
    ],
)
def test_the_worst_is_told_first(
    pilot: Callable[..., Opened], station: Station, change: dict[str, Any], title: str, detail: str
) -> None:
    station.vehicles = changed(0, **change)
    opened = pilot()
    until_text(opened, "#pilot-status", title)
    assert detail in opened.text("#pilot-status-detail")
    assert opened.page.get_attribute("#pilot-status", "data-worry") == "true"


def changed(vehicle: int, **change: Any) -> dict[str, Any]:
    """Vehicles of which the footprint (0), north (1) or quay (2) says something else."""
    document = deepcopy(vehicles_document())
    document["features"][1 + vehicle]["properties"] |= change
    return document


def test_a_silent_drone_a_wrong_height_and_a_closed_gate(pilot: Callable[..., Opened], station: Station) -> None:
    station.vehicles = changed(1, link="lost", age_s=14.0)
    opened = pilot()
    until_text(opened, "#pilot-status", "DRONE MUET")
    assert "depuis 14 s" in opened.text("#pilot-status-detail")
    station.vehicles = changed(1, alt_agl_m=24.0)
    until_text(opened, "#pilot-height-of", "trop bas : dès 30 m")
    assert opened.text("#pilot-status").upper().startswith("TROP BAS")
    station.gates = {"north": "outside_altitude_band", "quay": "stale_pose"}
    until_text(opened, "#pilot-gate-word", "Porte fermée")
    assert "Hors de la tranche de hauteur autorisée" in opened.text("#pilot-gate-detail")


def test_a_request_is_taken_on_and_done(pilot: Callable[..., Opened], station: Station) -> None:
    opened = pilot()
    until_text(opened, "#pilot-want-of", "Rien n’est demandé")
    name = ask(station, note="Quai est")
    until_text(opened, "#pilot-want-place", "Quai est : ")
    assert opened.page.title().startswith("(1) ")
    assert "cap " in opened.text("#pilot-want-place")
    assert "caméra à \u2212" in opened.text("#pilot-want-more")
    assert opened.page.locator(".lookout-pin").count() == 1
    opened.page.click("#pilot-going")
    until_text(opened, "#pilot-refusal", "Le poste sait que vous y allez.")
    assert state_of(station, name) == "going"
    until_text(opened, "#pilot-going", "C’est fait")
    until_text(opened, "#pilot-want-of", "Vous y allez depuis")
    opened.page.click("#pilot-going")
    opened.page.wait_for_selector("#pilot-go", state="hidden")
    assert state_of(station, name) == "done"


def test_a_request_is_refused_with_a_reason(pilot: Callable[..., Opened], station: Station) -> None:
    first, second = ask(station, vehicle=1), ask(station, note="Passerelle")
    opened = pilot()
    until_text(opened, "#pilot-want-of", "(2 lieux)")
    opened.page.click("#pilot-cannot")
    opened.page.click("#pilot-quick button >> nth=1")
    until_text(opened, "#pilot-want-place", "Passerelle")
    assert state_of(station, first) == "refused"
    opened.page.click("#pilot-cannot")
    opened.page.click("#pilot-why-send")
    assert opened.page.is_visible("#pilot-why"), "a reason is needed"
    opened.page.fill("#pilot-why-text", "grue sur la place")
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_selector("#pilot-go", state="hidden")
    (one,) = [one for one in lookouts(station).document()["requests"] if one["id"] == second]
    assert [refusal["reason"] for refusal in one["refusals"]] == ["grue sur la place"]


def test_what_another_took_meanwhile_is_told(pilot: Callable[..., Opened], station: Station) -> None:
    name = ask(station)
    opened = pilot()

    def withdrawn_first(route: Route) -> None:
        put(station, lookouts(station).withdraw(name))
        route.continue_()

    opened.page.route("**/answer", withdrawn_first)
    opened.page.click("#pilot-going")
    until_text(opened, "#pilot-refusal", "Déjà pris par un autre, ou fini.")


def test_the_other_drone_is_chosen_and_remembered(pilot: Callable[..., Opened], station: Station) -> None:
    opened = pilot()
    opened.page.select_option("#pilot-mine", label="quay")
    until_text(opened, "#pilot-status", "DRONE MUET")
    opened.page.reload()
    until_text(opened, "#pilot-status", "DRONE MUET")
    assert opened.page.input_value("#pilot-mine") == "2"


def test_a_silent_station_leaves_nothing_standing(pilot: Callable[..., Opened], station: Station) -> None:
    ask(station)
    opened = pilot()
    opened.page.wait_for_selector("#pilot-go")
    station.stop()
    until_text(opened, "#pilot-status", "STATION MUETTE")
    assert opened.text("#pilot-gate-word") == "Porte : état inconnu"
    assert opened.text("#pilot-height") == "—"
    assert not opened.page.is_visible("#pilot-go")
    assert opened.page.is_visible("#offline")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (360, 740), (412, 915)])
@pytest.mark.parametrize("locale", ["fr-FR", "en-GB"])
def test_a_phone_shows_all_without_scrolling(
    pilot: Callable[..., Opened], station: Station, width: int, height: int, locale: str
) -> None:
    ask(station, note="Quai est, escalier")
    opened = pilot(width=width, height=height, locale=locale)
    opened.page.wait_for_selector("#pilot-go")
    root = "document.documentElement"
    for side in ("Height", "Width"):
        assert opened.page.evaluate(f"() => {root}.scroll{side} <= inner{side}"), side
    map_box, go = opened.page.locator("#map").bounding_box(), opened.page.locator("#pilot-going").bounding_box()
    assert map_box is not None
    assert go is not None
    assert map_box["height"] >= 150
    assert go["height"] >= 64
    assert go["y"] + go["height"] <= height
    assert go["y"] >= height - 100, "within the lowest 100 px"
    assert opened.page.evaluate(TOO_SMALL) == []


def test_settings_switch_language_and_night(pilot: Callable[..., Opened]) -> None:
    opened = pilot()
    opened.page.click("#pilot-menu-open")
    opened.page.click("#languages button[lang=en]")
    until_text(opened, "#pilot-status", "IN THE AREA")
    opened.page.click("#theme")
    assert opened.page.get_attribute(":root", "data-theme") == "night"
    opened.page.keyboard.press("Escape")
    assert not opened.page.is_visible("#pilot-menu")


def test_layers_that_were_hidden_at_the_command_post_are_shown_here(pilot: Callable[..., Opened]) -> None:
    opened = pilot(script="localStorage.setItem('groundstation.layers_off', 'cells flows')")
    drawn = """() => {
      const canvas = document.querySelector('canvas.cells');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.some((part) => part > 0);
    }"""
    opened.page.wait_for_function(drawn)


def test_a_pilot_signs_in_and_lands_here(
    loop_thread: asyncio.AbstractEventLoop, open_page: OpenPage, station: Station, tmp_path: Path
) -> None:
    station.stop()
    station.entrance = with_users(tmp_path, Role.PILOT, Role.OPERATOR)
    station.start()
    opened = open_page(width=390, height=844)
    opened.page.goto(station.address + "pilot")
    opened.page.fill("#sign-in-name", "pilot")
    opened.page.fill("#sign-in-password", PASSWORD)
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_url("**/pilot")
    opened.page.wait_for_function(READY)
    name = ask(station)
    opened.page.click("#pilot-going")
    until_text(opened, "#pilot-refusal", "Le poste sait que vous y allez.")
    deeds = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    (done,) = [deed for deed in deeds if deed["what"] == "lookout_answered" and deed["step"] == "done"]
    assert (done["who"], done["role"], done["request"]) == ("pilot", "pilot", name)
