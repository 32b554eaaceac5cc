"""The map in steps, in the page: the same map as the station's, also after a break and a lost step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import OpenPage
    from tests.browser.station import Station

pytestmark = pytest.mark.browser

HELD: Final = """async () => {
  const { current } = await import('/static/state.js');
  const shown = current().density.cells.map(({ id, state, people }) => `${id} ${state} ${people}`).sort();
  return { shown, people: current().density.people };
}"""
MORE_THAN: Final = "least => Number(document.getElementById('total-people').textContent.replace(/\\D/g, '')) > least"
STEPS: Final = """async () => {
  const { DensitySteps } = await import('/static/densitysteps.js');
  const steps = new DensitySteps();
  const cell = (name) => ({ geometry: null, properties: { cell: name, people: 1, age_s: 0.5 } });
  const at = (second) => ({ utc: `2026-11-23T10:00:0${second}Z` });
  const told = (map) => map && map.features.map(({ properties: { cell, people, age_s: age } }) => [cell, people, age]);
  return [
    { type: 'density_delta', seq: 1, ...at(0), gone: [], changed: {}, added: [] },
    { type: 'density_key', seq: 1, ...at(0), features: [cell('a'), cell('b')] },
    { type: 'density_delta', seq: 2, ...at(1), gone: [0], changed: { people: [[0], [7]] }, added: [cell('c')] },
    { type: 'density_delta', seq: 4, ...at(3), gone: [], changed: {}, added: [] },
    { type: 'density_delta', seq: 5, ...at(4), gone: [], changed: {}, added: [] },
  ].map((message) => told(steps.take(message)));
}"""


def test_steps_are_put_together_and_a_missing_one_is_noticed(open_page: OpenPage) -> None:
    told = open_page().drawn().page.evaluate(STEPS)
    second = [["b", 7, 1.5], ["c", 1, 0.5]]
    assert told == [None, [["a", 1, 0.5], ["b", 1, 0.5]], second, None, None]


def test_the_page_follows_in_steps_and_holds_the_stations_map_after_a_break(
    open_page: OpenPage, station: Station
) -> None:
    opened = open_page().drawn()
    station.show_crowd(2.4)
    opened.page.wait_for_function(MORE_THAN, arg=20_000)
    held = opened.page.evaluate(HELD)
    assert held == open_page().drawn().page.evaluate(HELD)
    station.stop()
    opened.page.wait_for_function("() => !document.getElementById('offline').hidden")
    station.show_crowd(5.5)
    station.start()
    opened.page.wait_for_function("() => document.getElementById('offline').hidden")
    opened.page.wait_for_function(MORE_THAN, arg=40_000)
    after = opened.page.evaluate(HELD)
    assert after["people"] > 2 * held["people"]
    assert after == open_page().drawn().page.evaluate(HELD)
