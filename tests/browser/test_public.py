"""The public page in a browser: with and without scripts, on a phone and on a desk, by day, by night and on paper."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from groundstation.outbox import Outbox
from groundstation.public.desk import SERVED
from groundstation.public.documents import About, Register, Release
from groundstation.public.page import page as page_of
from groundstation.web.application import application, served
from tests.groundstation.public_told import about, register, release

pytestmark = pytest.mark.browser

LONGEST_LINE: Final = 62
LINES: Final = """() => [...document.querySelectorAll('main p, main li, main dd, figcaption p')].map((block) => {
  const rows = new Map();
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (let at = 0; at < node.length; at += 1) {
      const range = document.createRange();
      range.setStart(node, at); range.setEnd(node, at + 1);
      const box = range.getBoundingClientRect();
      if (box.width > 0) rows.set(Math.round(box.bottom / 6), (rows.get(Math.round(box.bottom / 6)) ?? 0) + 1);
    }
  }
  return Math.max(0, ...rows.values());
})"""
CONTRASTS: Final = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const light = (colour) => {
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const parts = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255);
    const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (!colour.endsWith(', 0)')) return colour;
    }
    return 'white';
  };
  const texts = [...document.querySelectorAll('h1, h2, p, b, dt, dd, li, th, td, a, code, em, summary, .legend span')];
  return texts.map((element) => {
    const [one, other] = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => b - a);
    return (one + 0.05) / (other + 0.05);
  });
}"""


class Pages:
    """Pages of a station; a test changes what they are made of."""

    def __init__(self) -> None:
        self.told: About = about()
        self.flights: Register = register()
        self.map: Release | None = release()

    def page(self, language: str) -> str:
        return page_of(self.told, self.flights, self.map, language=language, links=SERVED)

    def register(self) -> dict[str, Any]:
        return self.flights.model_dump(mode="json")

    def about(self) -> dict[str, Any]:
        return self.told.model_dump(mode="json")


@pytest.fixture
def pages() -> Pages:
    return Pages()


@pytest.fixture
def address(loop_thread: asyncio.AbstractEventLoop, pages: Pages) -> Iterator[str]:
    opened, close = threading.Event(), asyncio.Event()
    found: list[str] = []

    async def serve() -> None:
        app = application(Outbox(("north",)), clock=lambda: 0, pages=pages)
        async with served(app, host="127.0.0.1", port=0) as address:
            found.append(address)
            opened.set()
            await close.wait()

    running = asyncio.run_coroutine_threadsafe(serve(), loop_thread)
    assert opened.wait(10)
    yield found[0]
    loop_thread.call_soon_threadsafe(close.set)
    running.result(10)


Open = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Open]:
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def opened(*, width: int = 1440, height: int = 900, locale: str = "fr-FR", **choices: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, locale=locale, **choices)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: said.append(request.url) if not request.url.startswith(address) else None)
        page.goto(f"{address}public")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert said == []


SIZES: Final = [(1440, 900), (390, 844), (360, 640), (2560, 1440)]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("scripts", [True, False])
def test_the_whole_page_is_there_with_and_without_scripts(visit: Open, width: int, height: int, scripts: bool) -> None:
    page = visit(width=width, height=height, java_script_enabled=scripts)
    assert page.locator("h1").inner_text() == "2 drones volent au-dessus de cette zone."
    for words in ("Fête des Lanternes", "Registre des vols", "À qui vous plaindre", "n’existent pas encore", "CNIL"):
        assert page.get_by_text(words).first.is_visible(), words
    assert page.locator("svg.map text.number").count() > 10
    page.locator("summary").click()
    assert page.locator("table.cells tbody tr").count() > 10
    assert page.locator("table.cells").is_visible()


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("locale", ["fr-FR", "en-GB"])
def test_no_line_is_too_long_and_nothing_is_wider_than_the_screen(
    visit: Open, width: int, height: int, locale: str
) -> None:
    page = visit(width=width, height=height, locale=locale)
    assert max(page.evaluate(LINES)) <= LONGEST_LINE
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(visit: Open, scheme: str) -> None:
    ratios = visit(color_scheme=scheme).evaluate(CONTRASTS)
    assert len(ratios) > 60
    assert min(ratios) >= 4.5


def test_the_language_is_the_browsers_and_a_link_changes_it(visit: Open) -> None:
    page = visit(locale="en-GB", java_script_enabled=False)
    assert page.locator("h1").inner_text() == "2 drones are flying over this area."
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("link", name="Français").click()
    assert page.locator("html").get_attribute("lang") == "fr"
    page.get_by_role("link", name="English").click()
    assert page.locator("h1").inner_text() == "2 drones are flying over this area."


def test_the_links_of_the_head_lead_to_their_parts(visit: Open) -> None:
    page = visit(width=390, height=844, java_script_enabled=False)
    for name, part in (("Registre", "register"), ("Vérifier", "verify"), ("Réclamer", "complain")):
        link = page.get_by_role("navigation").get_by_role("link", name=name)
        box = link.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        link.click()
        assert page.url.endswith(f"#{part}")
        assert page.locator(f"#{part}").is_visible()


def test_with_scripts_the_page_renews_itself_and_what_was_open_stays_open(visit: Open, pages: Pages) -> None:
    page = visit(java_script_enabled=True)
    page.locator("summary").click()
    pages.flights = Register(utc=pages.flights.utc, flights=())
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_role("heading", name="Aucun drone ne vole ici en ce moment.").wait_for()
    assert page.locator("table.cells").is_visible()
    assert page.get_by_text("Aucun vol n’a été entendu").is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert page.locator("#lost").is_hidden()


def test_a_lost_connection_is_said(visit: Open) -> None:
    page = visit()
    page.route("**/public?*", lambda route: route.fulfill(status=200, body=""))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.locator("#lost").wait_for(state="visible")
    assert "Liaison perdue" in page.locator("#lost").inner_text()


def test_on_paper_the_text_is_whole_and_the_controls_are_gone(visit: Open) -> None:
    page = visit(java_script_enabled=False)
    page.emulate_media(media="print")
    assert page.get_by_role("navigation").is_hidden()
    assert page.locator("#promised").is_visible()
    assert page.locator("svg.map").is_visible()


def test_the_keyboard_reaches_every_link(visit: Open) -> None:
    page = visit()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    links = page.locator("a, summary, .scroll").count()
    found = set()
    for _ in range(links + 3):
        page.keyboard.press("Tab")
        found.add(page.evaluate("document.activeElement.outerHTML.slice(0, 90)"))
    assert any("<summary" in text for text in found)
    assert any("Registre des vols" in text for text in found)
    assert any("mailto:" in text for text in found)
