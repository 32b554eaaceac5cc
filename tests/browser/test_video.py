"""Redacted video in a real browser: it moves, or it is covered and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Opened, OpenPage
    from tests.browser.station import Station

pytestmark = pytest.mark.browser

NORTH: Final = '.tile[data-camera="north"]'
QUAY: Final = '.tile[data-camera="quay"]'


def wait_open(page: Page, tile: str) -> None:
    page.wait_for_function(f"() => document.querySelector('{tile}:not(.closed)')", timeout=10_000)


def picture(page: Page, shown: str) -> list[int]:
    """Some bytes of what a video or canvas shows."""
    sample: list[int] = page.evaluate("shown => probes.picture(shown)", shown)
    return sample


def wait_closed(page: Page, tile: str) -> None:
    page.wait_for_function(f"() => document.querySelector('{tile}.closed')", timeout=10_000)


def test_the_video_advances_near_the_live_edge(open_page: OpenPage) -> None:
    opened = open_page()
    page = opened.page
    wait_open(page, NORTH)
    clock = f"() => document.querySelector('{NORTH} video').currentTime"
    times, pictures = [], []
    for _ in range(3):
        times.append(page.evaluate(clock))
        pictures.append(picture(opened.page, f"{NORTH} video"))
        page.wait_for_timeout(600)
    assert times == sorted(set(times))
    assert pictures[0] != pictures[1] != pictures[2]
    assert page.evaluate("video => probes.behind(video)", f"{NORTH} video") < 1.2
    said = opened.text(f"{NORTH} .tile-caption").split("\n")
    assert said == ["Porte ouverte, plafond 20 px/m", "retard 310 ± 10 ms"]


def test_a_closed_gate_shows_hatch_the_reason_and_since_when(calm: Opened) -> None:
    said = calm.text(QUAY)
    for words in ("Porte fermée", "pose trop ancienne", "rien ne sort", "depuis "):
        assert words in said
    cover = calm.page.locator(f"{QUAY} .tile-cover")
    assert "repeating-linear-gradient" in cover.evaluate("(element) => getComputedStyle(element).backgroundImage")
    assert not calm.page.locator(f"{QUAY} video").is_visible()
    assert calm.page.locator(f"{QUAY} video").get_attribute("src") is None
    assert calm.text("#videos-count") == "1 ouverte, 1 fermée"


def test_a_gate_that_closes_takes_the_picture_off_and_one_that_opens_brings_it_back(
    open_page: OpenPage, station: Station
) -> None:
    opened = open_page()
    wait_open(opened.page, NORTH)
    station.gates = {"north": "outside_altitude_band", "quay": "stale_pose"}
    wait_closed(opened.page, NORTH)
    assert "hors de la tranche de hauteur autorisée" in opened.text(NORTH)
    assert opened.page.locator(f"{NORTH} video").get_attribute("src") is None
    station.gates = {"north": "open", "quay": "stale_pose"}
    wait_open(opened.page, NORTH)


def test_a_video_that_stands_still_is_covered(open_page: OpenPage, station: Station) -> None:
    opened = open_page()
    wait_open(opened.page, NORTH)
    station.plays = False
    wait_closed(opened.page, NORTH)
    assert "Image perdue" in opened.text(NORTH)
    assert not opened.page.locator(f"{NORTH} video").is_visible()
    station.plays = True
    wait_open(opened.page, NORTH)


def test_the_end_of_the_mission_closes_every_video_and_marks_the_map(open_page: OpenPage, station: Station) -> None:
    opened = open_page()
    wait_open(opened.page, NORTH)
    station.mission = {"ends_s": -60.0}
    wait_closed(opened.page, NORTH)
    assert "l’arrêté a pris fin" in opened.text(NORTH)
    assert opened.text("#notice-text").startswith("Fin de l’arrêté ")


def test_a_browser_without_mse_gets_stills_and_loses_them_when_they_stop(open_page: OpenPage, station: Station) -> None:
    opened = open_page(script="delete globalThis.MediaSource;")
    wait_open(opened.page, NORTH)
    first = picture(opened.page, f"{NORTH} canvas")
    opened.page.wait_for_timeout(2200)
    assert picture(opened.page, f"{NORTH} canvas") != first
    station.outbox.videos["north"].clear()
    station.plays = False
    wait_closed(opened.page, NORTH)
    assert opened.page.evaluate(f"() => document.querySelector('{NORTH} canvas').width") == 1


def test_each_camera_tells_its_link_gate_and_withheld_frames(calm: Opened) -> None:
    said = calm.text('.link-card[data-camera="quay"]')
    told = ("liaison établie, 0,2 s, perte 1 %", "Porte fermée : pose trop ancienne", "40 sur 920", "aucune pose (31)")
    for words in told:
        assert words in said
