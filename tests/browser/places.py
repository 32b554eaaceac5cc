"""Every page, in every state that a reader brings it into. A new page or state is one line in `PLACES`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Page

READY: Final = {
    "": "#alert-cards:has(li + li) >> nth=0",
    "check": ".point >> nth=0",
    "public": "h1",
    "pilot": "#pilot-go:not([hidden])",
    "sign-in": "#sign-in-form",
    "audit": "#audit-main",
}
"""What stands on a page, by its path, once it is whole."""
MAP_IS_PAINTED: Final = """() => !document.getElementById('total-people') || (
  document.getElementById('total-people').textContent !== '—' && document.querySelectorAll('.zone-plate').length === 2
  && document.querySelector('.tile[data-camera=north]:not(.closed)') !== null)"""


@dataclass(frozen=True)
class Place:
    """A page in one state."""

    name: str
    path: str = ""
    do: tuple[str, ...] = ()
    """What is done one after the other: a selector is clicked (`?` before it: where it is seen), `key:A` pressed."""


PLACES: Final = (
    Place("post"),
    Place("inspector", do=("key:]", "key:Enter")),
    Place("layers", do=("#layers-toggle",)),
    Place("exports", do=("#exports-toggle",)),
    Place("measure", do=("#measure-toggle", "key:Enter", "key:ArrowLeft", "key:Enter")),
    Place("zones", do=("#zones-toggle",)),
    Place("drawing", do=("key:z", "key:Enter", "key:ArrowLeft", "key:Enter", "key:ArrowUp", "key:Enter")),
    Place("acknowledge", do=("key:a",)),
    Place("table", do=("#table-toggle",)),
    Place("help", do=("key:?",)),
    Place("alignment", do=("?#tab-videos", '.tile[data-camera="north"] .tile-align')),
    Place("videos", do=("?#tab-videos",)),
    Place("links", do=("?#tab-links",)),
    Place("legend", do=("?#tab-legend",)),
    Place("check", "check"),
    Place("log", do=("key:g",)),
    Place("handover", do=("key:g", "#log-handover")),
    Place("lookout", do=("key:e", "key:Enter")),
    Place("pilot", "pilot"),
    Place("pilot-why", "pilot", do=("#pilot-cannot",)),
    Place("pilot-menu", "pilot", do=("#pilot-menu-open",)),
    Place("sign-in", "sign-in", do=("#sign-in-send",)),
    Place("audit", "audit"),
    Place("public", "public"),
    Place("public-table", "public", do=("summary",)),
)


def reach(page: Page, address: str, place: Place) -> None:
    """Open a page of the station at `address` and bring it into a state."""
    page.goto(address + place.path)
    page.wait_for_selector(READY[place.path])
    page.wait_for_function(MAP_IS_PAINTED)
    for step in place.do:
        act(page, step)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def act(page: Page, step: str) -> None:
    if step.startswith("key:"):
        page.keyboard.press(step.removeprefix("key:"))
        page.wait_for_timeout(200)  # the map moves for 150 ms
    elif not step.startswith("?") or page.is_visible(step[1:]):
        page.click(step.removeprefix("?"))


def until(page: Page, asks: str, about: object, *, within_s: float = 10.0) -> None:
    """Ask the page until it says true; for an async question, whose promise `wait_for_function` takes for true at once.

    Raises TimeoutError.
    """
    end_s = time.monotonic() + within_s
    while not page.evaluate(asks, about):
        if time.monotonic() > end_s:
            raise TimeoutError(f"not true within {within_s:g} s: {asks}")
        page.wait_for_timeout(50)
