"""What real processes are put through, and how soon viewers see nothing or fill."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from proofs.chaos.processes import Running, is_gone, running
from proofs.chaos.viewer import Screen, Shown, is_fill, shown_on_screen

OPENS_WITHIN_S: Final = 60.0
RECOVERS_WITHIN_S: Final = 30.0
SHORT_S: Final = 1.6
LONG_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that happened to real processes."""

    name: str
    from_s: float
    until_s: float
    """Until then nothing may be seen, but for the first second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordeal:
    """All that happened to one station, and what viewers saw."""

    troubles: tuple[Trouble, ...]
    shown: tuple[Shown, ...]
    open_snapshots_s: tuple[float, ...]
    """Instants at which a snapshot that is not fill was served."""
    recoveries_s: tuple[float, ...]
    orphan: bool
    """Whether a worker outlived its station."""

    def fill_s(self, trouble: Trouble) -> float:
        """Return how long after a trouble's beginning anything open was still on the screen or served."""
        until_s = trouble.until_s
        seen = [
            min(one.until_s, until_s)
            for one in self.shown
            if one.screen is Screen.OPEN and one.from_s < until_s and one.until_s > trouble.from_s
        ]
        served = [at_s for at_s in self.open_snapshots_s if trouble.from_s < at_s < until_s]
        return max([0.0, *(at_s - trouble.from_s for at_s in (*seen, *served))])


async def _silent_link(one: Running) -> None:
    one.tell({"kind": "link_loss", "lasts_s": SHORT_S})
    await asyncio.sleep(SHORT_S)


async def _stalled_video(one: Running) -> None:
    one.tell({"kind": "video_stall", "lasts_s": SHORT_S})
    await asyncio.sleep(SHORT_S)


async def _lost_video(one: Running) -> None:
    one.tell({"kind": "video_stall", "lasts_s": LONG_S})
    await asyncio.sleep(LONG_S)


async def _stopped_sender(one: Running) -> None:
    one.signal(one.simulator.pid, signal.SIGSTOP)
    await asyncio.sleep(SHORT_S)
    one.signal(one.simulator.pid, signal.SIGCONT)


async def _stopped_worker(one: Running) -> None:
    workers = one.workers
    for pid in workers:
        one.signal(pid, signal.SIGSTOP)
    await asyncio.sleep(SHORT_S)
    for pid in workers:
        one.signal(pid, signal.SIGCONT)


async def _killed_worker(one: Running) -> None:
    for pid in one.workers:
        one.signal(pid, signal.SIGKILL)
    await asyncio.sleep(1.2)


async def _frozen_worker(one: Running) -> None:
    """Stop a worker for good: the station must end it and start another."""
    before = one.workers
    for pid in before:
        one.signal(pid, signal.SIGSTOP)
    await _until(lambda: all(is_gone(pid) for pid in before), within_s=RECOVERS_WITHIN_S)


QUICK: Final[dict[str, Callable[[Running], Awaitable[None]]]] = {
    "MAVLink silent": _silent_link,
    "worker stopped": _stopped_worker,
}
FULL: Final[dict[str, Callable[[Running], Awaitable[None]]]] = {
    **QUICK,
    "video stalled": _stalled_video,
    "vehicle and camera stopped": _stopped_sender,
    "worker killed": _killed_worker,
    "video lost": _lost_video,
    "worker frozen for good": _frozen_worker,
}
STATION_KILLED: Final = "station killed beside a stopped worker"


async def ordeal(
    acts: dict[str, Callable[[Running], Awaitable[None]]], told: Callable[[str], None], *, after: Awaitable[object]
) -> Ordeal:
    """Put a station through each act, wait until it has recovered, and kill it in the end.

    Args:
        acts: what happens to it, by name.
        told: takes a line about progress.
        after: the station starts at once, but the acts wait for this.

    Raises:
        TimeoutError: the station did not open or did not recover.
    """
    async with running() as one:
        started_s = time.monotonic()
        await after
        await _open_again(one, started_s, within_s=OPENS_WITHIN_S)
        troubles, recoveries_s = [], []
        for name, act in acts.items():
            told(f"real processes: {name}")
            from_s = time.monotonic()
            await act(one)
            until_s = time.monotonic()
            troubles.append(Trouble(name=name, from_s=from_s, until_s=until_s))
            recoveries_s.append(await _open_again(one, until_s, within_s=RECOVERS_WITHIN_S))
        told(f"real processes: {STATION_KILLED}")
        from_s = time.monotonic()
        orphan = await _killed_station(one)
        troubles.append(Trouble(name=STATION_KILLED, from_s=from_s, until_s=time.monotonic()))
    return Ordeal(
        troubles=tuple(troubles),
        shown=tuple(shown_on_screen(one.subscriptions, end_s=time.monotonic())),
        open_snapshots_s=tuple(at_s for at_s, status, body in one.snapshots if status == 200 and _is_open(body)),
        recoveries_s=tuple(recoveries_s),
        orphan=orphan,
    )


async def _killed_station(one: Running) -> bool:
    """Kill the station while its worker cannot run; return whether the worker is still there a second later."""
    workers = one.workers
    for pid in workers:
        one.signal(pid, signal.SIGSTOP)
    one.signal(one.station.pid, signal.SIGKILL)
    await asyncio.sleep(1.2)
    orphan = not all(is_gone(pid) for pid in workers)
    for pid in workers:
        one.signal(pid, signal.SIGKILL)
    return orphan or not workers


async def _open_again(one: Running, since_s: float, *, within_s: float) -> float:
    """Wait for an open snapshot and a moving video that began after an instant; return how long it took."""
    await _until(lambda: _video_since(one, since_s) and _snapshot_since(one, since_s), within_s=within_s)
    return time.monotonic() - since_s


async def _until(condition: Callable[[], bool], *, within_s: float) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - other processes set no event of ours
            await asyncio.sleep(0.05)


def _video_since(one: Running, since_s: float) -> bool:
    return bool(one.subscriptions) and any(at_s > since_s for at_s in one.subscriptions[-1].times_s)


def _snapshot_since(one: Running, since_s: float) -> bool:
    at_s, status, body = one.snapshots[-1] if one.snapshots else (0.0, 0, b"")
    return at_s > since_s and status == 200 and _is_open(body)


def _is_open(body: bytes) -> bool:
    picture = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_GRAYSCALE)
    return picture is None or not is_fill(np.asarray(picture, np.uint8))
