"""A real web application over a real outbox, which is fed as `groundstation.pipeline` feeds it; or the floor below it.

python -m proofs.web.station --cells 576 [--film FILE] [--maps N] [--floor]    says `serving ADDRESS`, ends on SIGTERM

The floor is a bare aiohttp WebSocket server that sends each of its clients the same bytes at the same instants: no
outbox for each reader, no guard, no sign-in, no audit.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from aiohttp import web

from groundstation.instants import text_from_utc_ns
from groundstation.outbox import Outbox, Topic
from groundstation.sessions.entrance import Entrance, entrance_in
from groundstation.sessions.open_sessions import Lifetime
from groundstation.sessions.roles import Role
from groundstation.web.application import application, served
from proofs.web.film import Film, read, stamped
from proofs.web.paper_map import maps_of, place_of, still_documents
from vision.frames import FrameMaker, RedactedFrame

HOST: Final = "127.0.0.1"
CAMERA: Final = "north"
MAPS: Final = 4
"""Different maps, told by turns."""
MAP_EVERY_S: Final = 1.0
VEHICLES_EVERY_S: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is told."""

    cells: int
    film: Film | None
    maps: int | None
    """Only so many maps, then none; None tells them for ever."""


async def feed(outbox: Outbox, plan: Plan) -> None:
    """Feed an outbox until cancelled."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_documents(outbox, plan))
        if plan.film is not None:
            outbox.put_frame(plan.film.head(CAMERA))
            tasks.create_task(_video(outbox, plan.film))


async def _documents(outbox: Outbox, plan: Plan) -> None:
    place = place_of(math.isqrt(plan.cells))
    mission = place.mission(time.time_ns())
    maps = maps_of(place, MAPS, utc_ns=time.time_ns())
    began_s, turns = time.monotonic(), round(MAP_EVERY_S / VEHICLES_EVERY_S)
    turn = 0
    while True:
        number, rest = divmod(turn, turns)
        vehicles, health = still_documents(mission, time.time_ns())
        outbox.put(Topic.VEHICLES, vehicles)
        if rest == 0:
            outbox.put(Topic.HEALTH, health)
            outbox.put(Topic.ALERTS, {"utc": health["utc"], "alerts": []})
            outbox.put(Topic.ZONES, {"type": "FeatureCollection", "utc": health["utc"], "features": []})
            if plan.maps is None or number < plan.maps:
                outbox.put(Topic.DENSITY, maps[number % MAPS] | {"utc": text_from_utc_ns(time.time_ns())})
        turn += 1
        await asyncio.sleep(began_s + turn * VEHICLES_EVERY_S - time.monotonic())


async def _video(outbox: Outbox, film: Film) -> None:
    began_s = time.monotonic()
    for number, frame in enumerate(film.frames(CAMERA)):
        await asyncio.sleep(began_s + number / film.fps - time.monotonic())
        outbox.put_frame(_now(frame))


def _now(frame: RedactedFrame) -> RedactedFrame:
    utc_ns = time.time_ns()
    return replace(frame, utc_ns=utc_ns, data=stamped(frame.data, utc_ns), made_by=FrameMaker.WIRE)


def entrance(folder: Path) -> Entrance:
    """Return the entrance of a station on which a session opens by itself, with its audit in a folder."""
    lifetime = Lifetime(idle_s=1800, longest_s=43_200)
    return entrance_in(
        folder, lifetime=lifetime, clock=time.time_ns, steady_s=time.monotonic, by_itself=Role.SUPERVISOR
    )


def floor_application(outbox: Outbox) -> web.Application:
    """Return what sends one reader's bytes of an outbox to whoever is there, and nothing else."""
    app = web.Application()
    app.cleanup_ctx.append(lambda app: _copied(outbox, app))

    async def live(request: web.Request) -> web.StreamResponse:
        return await _kept(request, "texts")

    async def video(request: web.Request) -> web.StreamResponse:
        return await _kept(request, "video")

    app.router.add_get("/api/v1/live", live)
    app.router.add_get("/api/v1/video/{vehicle}", video)
    return app


FLOOR: Final[web.AppKey[dict[str, set[web.WebSocketResponse]]]] = web.AppKey("floor")


async def _kept(request: web.Request, kind: str) -> web.StreamResponse:
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    sockets = request.app[FLOOR][kind]
    sockets.add(socket)
    try:
        async for _ in socket:
            pass
    finally:
        sockets.discard(socket)
    return socket


async def _copied(outbox: Outbox, app: web.Application) -> AsyncIterator[None]:
    sockets: dict[str, set[web.WebSocketResponse]] = {"texts": set(), "video": set()}
    app[FLOOR] = sockets
    tasks = [asyncio.create_task(_copy_texts(outbox, app)), asyncio.create_task(_copy_video(outbox, app))]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def _copy_texts(outbox: Outbox, app: web.Application) -> None:
    with outbox.live_reader(in_steps=True) as reader:
        while True:
            for text in await reader.texts():
                for socket in list(app[FLOOR]["texts"]):
                    await _sent(socket.send_str, text)


async def _copy_video(outbox: Outbox, app: web.Application) -> None:
    while True:
        with outbox.videos[CAMERA].reader() as subscription:
            while subscription is not None and (fragment := await subscription[1].fragment()) is not None:
                for socket in list(app[FLOOR]["video"]):
                    await _sent(socket.send_bytes, fragment)
        await asyncio.sleep(VEHICLES_EVERY_S)


async def _sent(send: Callable[[Any], Awaitable[None]], data: Any) -> None:
    try:
        await send(data)
    except ConnectionError:
        return  # it has left; its own handler takes it off


@asynccontextmanager
async def serving(plan: Plan, *, is_floor: bool) -> AsyncIterator[str]:
    """Serve while the block runs; yields the address."""
    outbox = Outbox((CAMERA,))
    with TemporaryDirectory(prefix="groundstation-bench-") as name:
        if is_floor:
            app = floor_application(outbox)
        else:
            app = application(outbox, clock=time.time_ns, entrance=await asyncio.to_thread(entrance, Path(name)))
        feeding = asyncio.create_task(feed(outbox, plan))
        async with served(app, host=HOST, port=0) as address:
            yield address
        feeding.cancel()
        await asyncio.wait([feeding])


async def serve_until_told(plan: Plan, *, is_floor: bool) -> None:
    """Serve, say where, and end on SIGTERM."""
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    async with serving(plan, is_floor=is_floor) as address:
        sys.stdout.write(f"serving {address}\n")
        sys.stdout.flush()
        await told.wait()


def main() -> int:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m proofs.web.station", description="a station that is fed on paper")
    parser.add_argument("--cells", type=int, required=True, metavar="N", help="of the map, about")
    parser.add_argument("--film", type=Path, metavar="FILE", help="redacted video (proofs.web.film)")
    parser.add_argument("--maps", type=int, metavar="N", help="tell only so many maps")
    parser.add_argument("--floor", action="store_true", help="send the same bytes by a bare WebSocket server")
    asked = parser.parse_args()
    plan = Plan(cells=asked.cells, film=None if asked.film is None else read(asked.film), maps=asked.maps)
    asyncio.run(serve_until_told(plan, is_floor=asked.floor))
    return 0


if __name__ == "__main__":
    sys.exit(main())
