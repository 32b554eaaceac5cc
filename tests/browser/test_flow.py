"""How people walk, on the map and in words: what gate 2 tells, where it tells it, only while it speaks of now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.browser.test_map import cell_of

if TYPE_CHECKING:
    from tests.browser.conftest import Opened, OpenPage
    from tests.browser.station import Station

pytestmark = pytest.mark.browser

ARROWS: Final = """async () => {
  const { current } = await import('/static/state.js');
  const { map } = (await import('/static/main.js')).map;
  const canvas = document.querySelector('canvas.numbers');
  const [frame, outer] = [canvas.getBoundingClientRect(), map.getContainer().getBoundingClientRect()];
  return current().density.flows.map(({ lonLat, bearingDeg }) => {
    const middle = map.latLngToContainerPoint([lonLat[1], lonLat[0]]);
    const [x, y] = [middle.x + outer.x - frame.x, middle.y + outer.y - frame.y];
    const { data } = canvas.getContext('2d').getImageData(Math.round(x) - 3, Math.round(y) - 3, 7, 7);
    const pixels = Array.from({ length: 49 }, (_, at) => [data[4 * at], data[4 * at + 3]]);
    return { bearingDeg, dark: pixels.filter(([red, solid]) => solid > 200 && red < 60).length };
  });
}"""
"""Dark pixels in the middle of each cell that has a flow: there four cells of 5 m meet, and no number stands."""
FLOWS_AFTER: Final = """async (ms) => {
  const { flowsNow } = await import('/static/flows.js');
  const { current } = await import('/static/state.js');
  const now = performance.now();
  return flowsNow({ ...current().density, receivedMs: now - ms }, now).length;
}"""


def words_of(opened: Opened, state: str, level: int) -> str:
    place = cell_of(opened.page, state, level)
    opened.page.mouse.click(place["x"], place["y"])
    return opened.text("#inspector")


@pytest.mark.parametrize(
    ("level", "said"),
    [(2, "0,9 m/s ± 0,1 vers l’est"), (3, "1,3 m/s ± 0,1 vers le sud-est"), (4, "1,6 m/s ± 0,1 vers le sud")],
)
def test_a_cell_says_which_way_and_how_fast_its_people_walk(hand: Opened, level: int, said: str) -> None:
    assert f"Marche{said}" in words_of(hand, "observed", level).replace("\n", "")


def test_a_crowd_that_goes_nowhere_says_so_and_thin_ground_says_nothing(hand: Opened) -> None:
    assert "vers" not in words_of(hand, "observed", 0)
    assert "Marche" not in words_of(hand, "saturated", 2)


def test_an_arrow_lies_where_no_number_stands(calm: Opened) -> None:
    inked = calm.page.evaluate(ARROWS)
    assert len(inked) >= 8
    for one in inked:
        assert (one["dark"] >= 5) == (one["bearingDeg"] is not None), one


def test_a_map_that_stopped_coming_has_no_arrows(open_page: OpenPage, station: Station) -> None:
    opened = open_page()
    opened.drawn()
    assert opened.page.evaluate(FLOWS_AFTER, 0) > 0
    assert opened.page.evaluate(FLOWS_AFTER, 6000) == 0


def test_the_legend_explains_the_arrow(calm: Opened) -> None:
    entry = calm.page.locator("[data-state=flow]")
    assert "allure" in entry.first.inner_text()
