"""Many browser-like readers in one process of their own: how late each message comes, and how many bytes.

python -m proofs.web.clients ADDRESS --seconds S [--steps N] [--whole N] [--video N]    writes one JSON document

Each has a WebSocket of its own and says its own page's origin, as a browser does. A map is as late as it comes after
the instant in it (`utc`), a picture after the stamp in its fragment (`proofs.web.film`): the same machine, one clock.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector

from groundstation.instants import utc_ns_from_text
from proofs.web.film import stamp_of
from proofs.web.station import CAMERA

MAPS: Final = ("density", "density_key", "density_delta")
SETTLES_S: Final = 2.0
"""Connecting is over, and each has its first map."""


@dataclass(slots=True)
class Got:
    """What readers of one kind got while it counted."""

    late_ms: list[float] = field(default_factory=list)
    """Of maps or pictures, over all readers."""
    messages: int = 0
    payload_bytes: int = 0
    least: int = 0
    """Maps or pictures of the reader that got fewest."""
    ended: int = 0
    """Readers whose line ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A way to read."""

    path: str
    stamp_ns: Callable[[Any], int | None]
    """When a message was made, None for one that is not measured."""


def map_stamp_ns(text: str) -> int | None:
    """Return the instant of a map, None for another document."""
    at = text.find('"utc":"')
    if at < 0 or not _is_map(text):
        return None
    return utc_ns_from_text(text[at + 7 : text.index('"', at + 7)])


def _is_map(text: str) -> bool:
    """Say so by the document's own type: the first one in a step, the last one in a whole map."""
    return any(f'"type":"{name}"' in text[:60] or f'"type":"{name}"' in text[-120:] for name in MAPS)


STEPS: Final = Kind(path="api/v1/live?density=steps", stamp_ns=map_stamp_ns)
WHOLE: Final = Kind(path="api/v1/live", stamp_ns=map_stamp_ns)
VIDEO: Final = Kind(path=f"api/v1/video/{CAMERA}", stamp_ns=stamp_of)


class Crowd:
    """All readers of one kind."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.counts = asyncio.Event()
        """Set while it counts."""
        self.got = Got()
        self._each: list[int] = []

    async def read(self, socket: ClientWebSocketResponse) -> None:
        """Read one line to its end."""
        place = len(self._each)
        self._each.append(0)
        async for message in socket:
            now_ns = time.time_ns()
            if self.counts.is_set():
                self.got.messages += 1
                self.got.payload_bytes += len(message.data)
                self._note(place, message.data, now_ns)
        self.got.ended += 1

    def _note(self, place: int, data: Any, now_ns: int) -> None:
        stamp_ns = self._kind.stamp_ns(data)
        if stamp_ns is not None:
            self._each[place] += 1
            self.got.late_ms.append((now_ns - stamp_ns) / 1e6)

    @asynccontextmanager
    async def reading(self, session: ClientSession, address: str, count: int) -> AsyncIterator[None]:
        """Have so many readers read while the block runs."""
        origin = {"Origin": address.rstrip("/")}
        async with AsyncExitStack() as stack:
            tasks = []
            for _ in range(count):
                line = session.ws_connect(address + self._kind.path, headers=origin, max_msg_size=0)
                tasks.append(asyncio.create_task(self.read(await stack.enter_async_context(line))))
            yield
            self.got.least = min(self._each, default=0)
            for task in tasks:
                task.cancel()


async def watched(address: str, counts: dict[str, int], *, seconds: float) -> dict[str, Any]:
    """Return what readers got in some seconds, by their kind, and the CPU seconds that reading took."""
    crowds = {"steps": Crowd(STEPS), "whole": Crowd(WHOLE), "video": Crowd(VIDEO)}
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(ClientSession(connector=TCPConnector(limit=0)))
        for name, crowd in crowds.items():
            await stack.enter_async_context(crowd.reading(session, address, counts.get(name, 0)))
        await asyncio.sleep(SETTLES_S)
        sys.stdout.write("counting\n")
        sys.stdout.flush()
        before_s = _cpu_s()
        for crowd in crowds.values():
            crowd.counts.set()
        await asyncio.sleep(seconds)
        for crowd in crowds.values():
            crowd.counts.clear()
        cpu_s = _cpu_s() - before_s
    told = {name: asdict(crowd.got) for name, crowd in crowds.items() if counts.get(name)}
    return {"seconds": seconds, "cpu_s": cpu_s, **told}


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """Read, and write what came."""
    parser = argparse.ArgumentParser(prog="python -m proofs.web.clients", description="many readers of a station")
    parser.add_argument("address")
    parser.add_argument("--seconds", type=float, required=True)
    for name in ("steps", "whole", "video"):
        parser.add_argument(f"--{name}", type=int, default=0)
    asked = parser.parse_args()
    counts = {"steps": asked.steps, "whole": asked.whole, "video": asked.video}
    sys.stdout.write(json.dumps(asyncio.run(watched(asked.address, counts, seconds=asked.seconds))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
