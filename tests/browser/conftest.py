"""Chromium, and pages of a station that says what a test wants."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, sync_playwright

from tests.browser.everything import running
from tests.browser.station import Station

CHROMIUM_ARGS: Final = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip


@pytest.fixture(scope="session")
def loop_thread() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


@pytest.fixture
def station(loop_thread: asyncio.AbstractEventLoop) -> Iterator[Station]:
    station = Station(loop_thread)
    station.start()
    yield station
    station.stop()


# A module at a time: while Playwright runs, its event loop sits in this thread and no test of asyncio could have one.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no chromium on the PATH; apt-get install chromium")
    browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
    yield browser
    browser.close()


PROBES: Final = Path(__file__).with_name("probes.js")
NOTHING_KEPT: Final = "Object.defineProperty(Navigator.prototype, 'serviceWorker', { value: undefined });\n"
"""Each test would load all programs once more; one test file is about that."""
MAP_IS_DRAWN: Final = "() => document.getElementById('total-people').textContent !== '—'"


@dataclass
class Opened:
    """A page with everything it said and asked for."""

    page: Page
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def note_console(self, message: ConsoleMessage) -> None:
        self.console += [message.text] if message.type in ("error", "warning") else []

    def listen(self) -> None:
        self.page.on("console", self.note_console)
        self.page.on("pageerror", lambda error: self.console.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def drawn(self) -> Self:
        """Wait for the first map, and for its cells to be painted."""
        self.page.wait_for_function(MAP_IS_DRAWN)
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return self

    def text(self, selector: str) -> str:
        """Visible text with plain blanks."""
        return self.page.locator(selector).inner_text().replace("\u202f", " ")


OpenPage = Callable[..., Opened]


@contextmanager
def pages(browser: Browser, station: Station) -> Iterator[OpenPage]:
    """Yield what opens the station's page, each in a browser profile of its own."""
    contexts = []

    def opened(
        *,
        width: int = 1440,
        height: int = 900,
        locale: str = "fr-FR",
        dark: bool = False,
        script: str = "",
        keeps_shell: bool = False,
    ) -> Opened:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=locale, timezone_id="Europe/Paris",
            color_scheme="dark" if dark else "light",
        )  # fmt: skip
        contexts.append(context)
        context.add_init_script(path=PROBES)
        context.add_init_script(script if keeps_shell else NOTHING_KEPT + script)
        result = Opened(context.new_page())
        result.listen()
        result.page.goto(station.address)
        return result

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def open_page(browser: Browser, station: Station) -> Iterator[OpenPage]:
    with pages(browser, station) as opened:
        yield opened


@pytest.fixture(scope="module")
def calm(browser: Browser, loop_thread: asyncio.AbstractEventLoop) -> Iterator[Opened]:
    """One page that many tests look at and none changes."""
    station = Station(loop_thread)
    station.start()
    with pages(browser, station) as opened:
        yield opened().drawn()
    station.stop()


@pytest.fixture(scope="module")
def everything(loop_thread: asyncio.AbstractEventLoop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """A station with something of all that a page can show; nobody changes it."""
    with running(Station(loop_thread), tmp_path_factory.mktemp("everything")) as station:
        yield station


@pytest.fixture
def hand(calm: Opened) -> Iterator[Opened]:
    """The same page, for tests that touch it; afterwards it is as it was."""
    yield calm
    calm.page.set_viewport_size({"width": 1440, "height": 900})
    calm.page.evaluate("() => probes.restore()")
