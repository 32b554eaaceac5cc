"""A headless Chromium without a graphics card, spoken to over its own DevTools protocol; no other program is needed.

What is asked of a page from here (`evaluate`) is asked from outside: nothing of it is part of the pages that we serve.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import aiohttp

from groundstation.errors import StationError

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
MISSING: Final = "no Chromium on the PATH; on Debian: apt install chromium"
FLAGS: Final = (
    "--headless=new", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--autoplay-policy=no-user-gesture-required", "--remote-debugging-port=0",
)  # fmt: skip
SIZE_PX: Final = (1440, 900)
STARTS_WITHIN_S: Final = 30.0
ANSWERS_WITHIN_S: Final = 60.0
ENDS_WITHIN_S: Final = 5.0
ASKS_EVERY_S: Final = 0.1

Document = dict[str, Any]
Hearer = Callable[[Document], None]


def program() -> str | None:
    """Return the browser on the PATH, None without one."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Line:
    """The one WebSocket to the browser; answers are told apart by number, events by session and name."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self._asked: dict[int, asyncio.Future[Document]] = {}
        self._hearers: dict[tuple[str, str], list[Hearer]] = {}

    async def read(self) -> None:
        """Hand on what the browser says until it hangs up."""
        async for message in self._socket:
            said = message.json()
            if "id" in said:
                self._asked.pop(said["id"]).set_result(said)
            else:
                for hear in self._hearers.get((said.get("sessionId", ""), said["method"]), ()):
                    hear(said["params"])

    def hear(self, session: str, event: str, hearer: Hearer) -> None:
        """Call a hearer with every event of a name."""
        self._hearers.setdefault((session, event), []).append(hearer)

    async def ask(self, session: str, method: str, **parameters: Any) -> Document:
        """Ask for something and return the answer.

        Raises:
            StationError: the browser refuses, or does not answer.
        """
        self._number += 1
        answer = self._asked[self._number] = asyncio.get_running_loop().create_future()
        told = {"id": self._number, "method": method, "params": parameters}
        await self._socket.send_json(told | ({"sessionId": session} if session else {}))
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                said = await answer
        except TimeoutError as error:
            raise StationError(f"bench: Chromium did not answer {method}") from error
        if "error" in said:
            raise StationError(f"bench: Chromium refuses {method}: {said['error'].get('message')}")
        return dict(said["result"])


@dataclass(slots=True)
class Heard:
    """All that a page asked for and complained of."""

    requests: list[str] = field(default_factory=list)
    """Addresses, WebSockets too."""
    errors: list[str] = field(default_factory=list)
    """Errors on the console, of scripts, and of what could not be loaded."""
    wire_bytes: float = 0.0
    """Of all answers, headers too, without what WebSockets carry."""
    decoded_bytes: float = 0.0

    def keep_outside(self, address: str) -> None:
        """Forget the requests that went to the station itself."""
        own = (address, address.replace("http", "ws", 1), "data:", f"blob:{address}")
        self.requests[:] = [url for url in self.requests if not url.startswith(own)]

    def listen(self, page: Page) -> None:
        """Begin to listen to a page."""
        page.hear("Network.requestWillBeSent", lambda told: self.requests.append(told["request"]["url"]))
        page.hear("Network.webSocketCreated", lambda told: self.requests.append(told["url"]))
        page.hear("Network.loadingFinished", self._finished)
        page.hear("Network.dataReceived", self._received)
        page.hear("Network.loadingFailed", lambda told: self.errors.append(f"not loaded: {told['errorText']}"))
        page.hear("Runtime.exceptionThrown", lambda told: self.errors.append(str(told["exceptionDetails"]["text"])))
        page.hear("Runtime.consoleAPICalled", self._spoken)
        page.hear("Log.entryAdded", self._logged)

    def _finished(self, told: Document) -> None:
        self.wire_bytes += told["encodedDataLength"]

    def _received(self, told: Document) -> None:
        self.decoded_bytes += told["dataLength"]

    def _spoken(self, told: Document) -> None:
        if told["type"] in ("error", "assert"):
            self.errors.append(" ".join(str(part.get("value", "")) for part in told["args"]))

    def _logged(self, told: Document) -> None:
        if told["entry"]["level"] == "error":
            self.errors.append(told["entry"]["text"])


@dataclass(frozen=True, slots=True)
class Page:
    """One page in a profile of its own: its cache is cold."""

    line: Line
    session: str
    heard: Heard

    def hear(self, event: str, hearer: Hearer) -> None:
        """Call a hearer with every event of a name."""
        self.line.hear(self.session, event, hearer)

    async def ask(self, method: str, **parameters: Any) -> Document:
        """Ask for something and return the answer."""
        return await self.line.ask(self.session, method, **parameters)

    async def evaluate(self, script: str) -> Any:
        """Return what an expression is worth in the page; a promise is waited for.

        Raises:
            StationError: it throws.
        """
        said = await self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in said:
            raise StationError(f"bench: the page throws: {said['exceptionDetails']['exception'].get('description')}")
        return said["result"].get("value")

    async def until(self, script: str, *, within_s: float) -> Any:
        """Wait until an expression is worth something and return that.

        Raises:
            StationError: it never is.
        """
        for _ in range(round(within_s / ASKS_EVERY_S)):
            if found := await self.evaluate(script):
                return found
            await asyncio.sleep(ASKS_EVERY_S)
        raise StationError(f"bench: the page never came to {script!r}")


@dataclass(frozen=True, slots=True)
class Chromium:
    """A running browser."""

    line: Line
    version: str

    @asynccontextmanager
    async def page(self, script: str = "") -> AsyncIterator[Page]:
        """Open an empty page in a new profile; `script` runs in it before anything else does."""
        context = (await self.line.ask("", "Target.createBrowserContext"))["browserContextId"]
        target = await self.line.ask("", "Target.createTarget", url="about:blank", browserContextId=context)
        attached = await self.line.ask("", "Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = Page(self.line, attached["sessionId"], Heard())
        page.heard.listen(page)
        for domain in ("Page", "Network", "Runtime", "Log"):
            await page.ask(f"{domain}.enable")
        width_px, height_px = SIZE_PX
        size = {"width": width_px, "height": height_px, "deviceScaleFactor": 1, "mobile": False}
        await page.ask("Emulation.setDeviceMetricsOverride", **size)
        await page.ask("Page.addScriptToEvaluateOnNewDocument", source=script)
        try:
            yield page
        finally:
            await self.line.ask("", "Target.disposeBrowserContext", browserContextId=context)


@asynccontextmanager
async def running(path: str) -> AsyncIterator[Chromium]:
    """Start a browser and end it.

    Raises:
        StationError: it does not start.
    """
    with TemporaryDirectory(prefix="groundstation-bench-", ignore_cleanup_errors=True) as name:
        root = ("--no-sandbox",) if os.geteuid() == 0 else ()  # as root it has no sandbox
        flags = (*FLAGS, *root, f"--user-data-dir={name}", "about:blank")
        process = await asyncio.create_subprocess_exec(path, *flags, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
        try:
            address = await _address(Path(name) / "DevToolsActivePort", process)
            async with aiohttp.ClientSession() as session, session.ws_connect(address, max_msg_size=0) as socket:
                line = Line(socket)
                reader = asyncio.create_task(line.read())
                version = await line.ask("", "Browser.getVersion")
                yield Chromium(line, version["product"])
                with suppress(StationError):
                    await line.ask("", "Browser.close")
                reader.cancel()
        finally:
            await _ended(process)


async def _address(file: Path, process: asyncio.subprocess.Process) -> str:
    with suppress(TimeoutError):
        async with asyncio.timeout(STARTS_WITHIN_S):
            while process.returncode is None:
                lines = _lines_of(file)
                if len(lines) == 2:
                    return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
                await asyncio.sleep(0.05)
    raise StationError("bench: Chromium did not start; try it by hand: chromium --headless=new --dump-dom about:blank")


def _lines_of(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").split() if file.is_file() else []


async def _ended(process: asyncio.subprocess.Process) -> None:
    for stop in (process.terminate, process.kill):
        with suppress(TimeoutError):
            async with asyncio.timeout(ENDS_WITHIN_S):
                await process.wait()
                return
        with suppress(ProcessLookupError):
            stop()
