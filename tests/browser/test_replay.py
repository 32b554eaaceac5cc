"""A replay is never taken for live: every page says what it is, in both languages, at any width."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from groundstation.preflight.points import check_document

if TYPE_CHECKING:
    from tests.browser.conftest import OpenPage
    from tests.browser.station import Station

pytestmark = pytest.mark.browser

REPLAY = {"times_as_fast": 2.5, "starts_utc": "2025-07-14T18:30:00.500Z", "says": ""}
FRENCH = "REDIFFUSION à 2,50\u00d7 du lun. 14 juil. (UTC+2) 2025. Rien ici n’est en direct."
ENGLISH = "REPLAY at 2.50\u00d7 of Mon 14 Jul (UTC+2) 2025. Nothing here is live."
IS_MARKED = "() => !document.getElementById('replay').hidden"


@pytest.mark.parametrize("page", ["", "check"])
def test_a_replay_is_marked_on_every_page(open_page: OpenPage, station: Station, page: str) -> None:
    station.replay = dict(REPLAY)
    station.outbox.check = check_document((), utc_ns=time.time_ns())
    station.address += page
    opened = open_page()
    opened.page.wait_for_function(IS_MARKED)
    assert opened.text("#replay") == FRENCH
    assert opened.page.title().startswith("REDIFFUSION — ")
    opened.page.click("button[lang=en]")
    opened.page.wait_for_function("() => document.title.startsWith('REPLAY — ')")
    assert opened.text("#replay") == ENGLISH
    assert opened.console == []


@pytest.mark.parametrize("width", [390, 1440])
def test_the_mark_is_seen_whole_and_hides_no_tool(open_page: OpenPage, station: Station, width: int) -> None:
    station.replay = dict(REPLAY)
    opened = open_page(width=width)
    opened.page.wait_for_function(IS_MARKED)
    mark, tools = (opened.page.locator(selector).bounding_box() for selector in ("#replay", ".tools"))
    assert mark is not None
    assert tools is not None
    assert mark["width"] <= width
    assert tools["y"] >= mark["y"] + mark["height"] - 1


def test_a_live_station_has_no_mark(open_page: OpenPage) -> None:
    opened = open_page().drawn()
    assert opened.page.locator("#replay").is_hidden()
    assert "REDIFFUSION" not in opened.page.title()
