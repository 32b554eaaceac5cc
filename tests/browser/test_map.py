"""The map in a real browser: what gate 2 published is what the pixels say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from groundstation.outbox import Outbox
from tests.browser.world import leaf

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Opened, OpenPage
    from tests.browser.station import Station

pytestmark = pytest.mark.browser

DAY: Final = ("#c9e6e0", "#f0cf5e", "#ea9a35", "#c2401a", "#620c3c")
NIGHT: Final = ("#1e4046", "#6b5317", "#b5701c", "#f47c55", "#ffc6df")
GROUND: Final = "#e6e6e6"
HATCH: Final = "#8f8f8f"


def cell_of(page: Page, state: str, level: int | None = None) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate("asked => probes.cellOf(asked)", {"state": state, "level": level})
    return found


def colours(page: Page, place: dict[str, Any], *, canvas: str = "cells", half: int = 7) -> dict[str, int]:
    """Pixels by colour in a square round a place."""
    counts: dict[str, int] = page.evaluate("place => probes.coloursAt(place)", [canvas, place["x"], place["y"], half])
    return counts


def main_colour(page: Page, place: dict[str, Any]) -> str:
    counts = colours(page, place)
    return max(counts, key=counts.__getitem__)


@pytest.mark.parametrize(("theme", "palette"), [("day", DAY), ("night", NIGHT)])
def test_each_level_has_its_colour_and_pattern_by_day_and_by_night(
    hand: Opened, theme: str, palette: tuple[str, ...]
) -> None:
    page = hand.page
    if theme == "night":
        page.keyboard.press("t")
    hand.drawn()
    places = [cell_of(page, "observed", level) for level in range(5)]
    assert tuple(main_colour(page, place) for place in places) == palette
    patterned = [len(colours(page, place)) > 1 for place in places]
    assert patterned == [False, True, True, True, True]


def test_states_other_than_a_figure_look_as_the_legend_says(calm: Opened) -> None:
    page = calm.page
    unseen = colours(page, cell_of(page, "unobserved"), half=12)
    assert unseen[GROUND] > 100
    assert unseen[HATCH] > 20
    stale = main_colour(page, cell_of(page, "stale", 1))
    assert stale not in (DAY[1], GROUND)
    # a bound has its inner frame in the ink of its level
    assert colours(page, cell_of(page, "saturated", 2), half=11)["#161616"] > 40
    # too few people in a cell that was hardly seen: no fill, and the hatch stays
    suppressed = colours(page, cell_of(page, "suppressed"), half=12)
    assert not set(DAY) & set(suppressed)
    assert HATCH in suppressed


def test_nothing_but_hatch_where_no_cell_came(open_page: OpenPage, station: Station) -> None:
    station.stop()
    station.outbox, station.crowd = Outbox(("north", "quay")), None  # the first may have had a map already
    station.start()
    opened = open_page()
    waits = "En attente de la première carte"
    opened.page.wait_for_function("(text) => document.getElementById('notice-text').textContent === text", arg=waits)
    assert opened.text("#total-people") == "—"
    middle = opened.page.locator("#map").bounding_box()
    assert middle is not None
    centre = {"x": middle["x"] + middle["width"] / 2, "y": middle["y"] + middle["height"] / 2 - 60}
    opened.page.wait_for_timeout(300)
    assert colours(opened.page, centre, half=12)[HATCH] > 20


def test_outside_the_order_nothing_is_drawn(calm: Opened) -> None:
    page = calm.page
    assert set(colours(page, {"x": 300, "y": 110})) == {"clear"}


def test_numbers_follow_the_size_of_the_cell_on_screen(hand: Opened) -> None:
    page = hand.page
    page.keyboard.press("+")
    page.wait_for_timeout(200)
    small = cell_of(page, "observed", 4)
    ink, halo = "#ffffff", DAY[4]
    number = colours(page, small, canvas="numbers", half=12)
    assert number[ink] > 10
    assert number[halo] > 10
    for _ in range(6):
        page.keyboard.press("-")
    page.wait_for_timeout(200)
    assert set(colours(page, cell_of(page, "observed", 4), canvas="numbers", half=2)) == {"clear"}


def test_the_total_never_stands_without_its_share_and_error(calm: Opened) -> None:
    people = calm.page.evaluate("async () => (await import('/static/state.js')).current().density")
    assert calm.text("#total-people") == f"{round(people['people']):,}".replace(",", " ")
    assert calm.text("#total-error").startswith("± ")
    share = round(100 * people["observedShare"])
    assert f"sur {share} % de la zone, le reste n’est pas vu" in calm.text("#total")


def test_people_in_cells_of_1_to_4_alone_are_never_a_total_of_zero(open_page: OpenPage, station: Station) -> None:
    station.crowd = lambda: [leaf(0, 0, 0.1), leaf(8, 8, 0.1)]
    opened = open_page().drawn()
    assert opened.text("#total-people") == "2\u20138"
    assert opened.text("#total-error") == ""
    station.crowd = lambda: [leaf(0, 0, 0.1), leaf(8, 8, 1.0)]
    opened.page.wait_for_function("() => document.getElementById('total-people').textContent === '25'")
    assert "et 1 à 4 de plus en cellules de 1 à 6" in opened.text("#total")


def test_a_live_update_changes_total_and_colours(open_page: OpenPage, station: Station) -> None:
    opened = open_page().drawn()
    before = opened.text("#total-people")
    station.show_crowd(4.0)
    opened.page.wait_for_function(f"() => document.getElementById('total-people').textContent[0] !== '{before[0]}'")
    opened.drawn()
    assert opened.text("#total-people") == "47 900"
    assert main_colour(opened.page, cell_of(opened.page, "observed")) == DAY[3]


def test_a_map_that_stops_coming_turns_stale_and_says_its_age(open_page: OpenPage, station: Station) -> None:
    opened = open_page().drawn()
    station.crowd = None
    opened.page.wait_for_function("() => document.getElementById('total-age').textContent !== ''", timeout=9000)
    assert opened.text("#total-age").startswith("carte vieille de ")
    opened.page.wait_for_timeout(1100)
    assert main_colour(opened.page, cell_of(opened.page, "observed", 4)) != DAY[4]


def test_the_legend_names_every_level_and_state(calm: Opened) -> None:
    legend = calm.text(".legend-map")
    for words in ("pers./m²", "libre\n< 1", "dense\n1 à 2", "veille\n2 à 3,5", "alerte\n3,5 à 5", "critique\n≥ 5"):
        assert words in legend
    for state in ("non vu", "ancien, âge", "trop peu", "au moins"):
        assert state in legend


def test_vehicles_have_a_plate_and_a_stale_pose_a_ring(calm: Opened) -> None:
    plates = sorted(text.replace("\u202f", " ") for text in calm.page.locator(".plate").all_inner_texts())
    assert plates == ["north48 m, 61 %", "quaypose 2,4 s"]
    assert calm.page.locator(".craft.stale .craft-ring").count() == 1
    arrow = calm.page.locator(".craft:not(.stale) .craft-arrow")
    assert arrow.get_attribute("transform") == "rotate(232)"
    assert calm.page.locator("path.area").count() == 1
    assert calm.page.locator("path.footprint").count() == 1


def test_a_click_on_a_cell_opens_every_figure_of_it(hand: Opened) -> None:
    place = cell_of(hand.page, "observed", 4)
    hand.page.mouse.click(place["x"], place["y"])
    said = hand.text("#inspector")
    for words in ("Cellule de 5 m", "5,6", "critique", "140 ± 23 sur 25 m²", "100 %", "par north", "à 1,9 m près"):
        assert words in said
    hand.page.keyboard.press("Escape")
    assert not hand.page.locator("#inspector").is_visible()


def test_the_keyboard_reaches_every_cell(hand: Opened) -> None:
    hand.page.locator("#map").focus()
    heard = []
    for _ in range(3):
        hand.page.keyboard.press("]")
        heard.append(selected(hand))
    hand.page.keyboard.press("[")
    assert len(set(heard)) == 3
    assert selected(hand) == heard[1]
    assert "Cellule de" in hand.text("#spoken")
    hand.page.keyboard.press("Enter")
    assert hand.page.locator("#inspector").is_visible()
    assert hand.page.evaluate("() => document.activeElement.id") == "inspector"


def selected(opened: Opened) -> str:
    name: str = opened.page.evaluate("async () => (await import('/static/state.js')).current().selected")
    return name


def test_the_table_holds_the_same_cells_densest_first(hand: Opened) -> None:
    hand.page.click("#table-toggle")
    first = hand.text("#table tbody tr:first-child")
    for words in ("critique", "5,6 ± 1,0", "140 ± 23"):
        assert words in first
    densities = hand.page.locator("#table tbody tr td:nth-child(3)").all_inner_texts()
    figures = [float(text.split("±")[0].strip("≥\u202f ").replace(",", ".")) for text in densities if text != "—"]
    assert figures == sorted(figures, reverse=True)
    # the table is drawn anew each second; on a busy machine that can be between aim and click
    hand.page.locator("#table tbody tr:first-child button").dispatch_event("click")
    assert "5,6" in hand.text("#inspector")
