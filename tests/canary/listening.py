"""Everything that a station says, recorded: each address over HTTP, again and again, and both WebSockets."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import aiohttp

from groundstation.outbox import Outbox
from groundstation.web.application import LEAFLET_FOLDER, STATIC_FOLDER, application
from proofs.published import decoded_jpeg

ASKED_EVERY_S = 1.0
LEAST_DETAIL = 5.0
"""Standard deviation of a picture that shows something, grey levels: fill has none."""


@dataclass(slots=True, kw_only=True)
class Heard:
    """All bytes that left the station, by address."""

    bodies: dict[str, set[bytes]] = field(default_factory=dict)
    """Different bodies and headers over HTTP, and different texts over the live WebSocket."""
    video: list[bytes] = field(default_factory=list)
    """One stream an item, init segment first."""
    seconds: float = 0.0

    def take(self, address: str, data: bytes) -> None:
        self.bodies.setdefault(address, set()).add(data)

    @property
    def snapshots(self) -> list[bytes]:
        bodies = (body for path, some in self.bodies.items() if path.endswith(".jpg") for body in some)
        return sorted(body for body in bodies if body.startswith(b"\xff\xd8"))

    def everything(self) -> Iterator[tuple[str, bytes]]:
        for address, some in self.bodies.items():
            yield address, b"\n".join(some)
        yield from (("video", stream) for stream in self.video)


def addresses(vehicle: str) -> tuple[list[str], list[str]]:
    """Return all paths of the station's routes: those asked again and again, and files asked once."""
    router = application(Outbox((vehicle,)), clock=time.time_ns).router
    asked = sorted({resource.canonical.replace("{vehicle}", vehicle) for resource in router.resources()})
    files = [f"/static/{path.relative_to(STATIC_FOLDER)}" for path in STATIC_FOLDER.rglob("*") if path.is_file()]
    files += [f"/vendor/leaflet/{p.relative_to(LEAFLET_FOLDER)}" for p in LEAFLET_FOLDER.rglob("*.js") if p.is_file()]
    return [path for path in asked if path not in {"/static", "/vendor/leaflet"}], files


async def hear(address: str, *, vehicle: str, seconds: float, shows_within_s: float) -> Heard:
    """Listen to a station for so long from its first picture on that shows something, if one comes in time."""
    heard, (asked, files) = Heard(), addresses(vehicle)
    async with aiohttp.ClientSession(base_url=address, timeout=aiohttp.ClientTimeout(total=10)) as session:
        sockets = [
            asyncio.create_task(_live(session, heard)),
            asyncio.create_task(_video(session, heard, f"/api/v1/video/{vehicle}")),
        ]
        begun_s = time.monotonic()
        for path in files:
            await _get(session, heard, path)
        until_s, shows = begun_s + shows_within_s, False
        while time.monotonic() < until_s:
            for path in asked:
                await _get(session, heard, path)
            if not shows and any(decoded_jpeg(one).std() > LEAST_DETAIL for one in heard.snapshots):
                shows, begun_s = True, time.monotonic()
                until_s = begun_s + seconds
            await asyncio.sleep(ASKED_EVERY_S)
        heard.seconds = time.monotonic() - begun_s
        for task in sockets:
            task.cancel()
        await asyncio.gather(*sockets, return_exceptions=True)
    return heard


async def _get(session: aiohttp.ClientSession, heard: Heard, path: str) -> None:
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with session.get(path) as answer:
            body = await answer.read()
            heard.take(path, body)
            heard.take("headers", repr(answer.raw_headers).encode())


async def _live(session: aiohttp.ClientSession, heard: Heard) -> None:
    while True:
        with contextlib.suppress(aiohttp.ClientError):
            async with session.ws_connect("/api/v1/live", max_msg_size=0) as socket:
                async for message in socket:
                    heard.take("live", str(message.data).encode())
        await asyncio.sleep(ASKED_EVERY_S)


async def _video(session: aiohttp.ClientSession, heard: Heard, path: str) -> None:
    while True:
        with contextlib.suppress(aiohttp.ClientError):
            async with session.ws_connect(path, max_msg_size=0) as socket:
                heard.video.append(b"")
                async for message in socket:
                    if message.type is aiohttp.WSMsgType.BINARY:
                        heard.video[-1] += message.data
        await asyncio.sleep(ASKED_EVERY_S)
