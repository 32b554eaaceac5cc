"""One chaos run: a worker, its station and a viewer in simulated time, and what the viewer saw of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from flightlink.mission import Mission
from groundstation.outbox import VideoShelf
from groundstation.supervision import back_off_s
from proofs.chaos.arrivals import EPOCH_NS, Arrival, arrivals
from proofs.chaos.faults import LIES, Kind, faults_of
from proofs.chaos.planted import LAT_DEG, LON_DEG, scene_of
from proofs.chaos.telemetry import HOUR_NS, POSE_EVERY_S, telemetry
from proofs.chaos.verdict import Verdict, Witness, verdict_of
from proofs.chaos.viewer import Viewer, shown_on_screen
from proofs.chaos.worker import CORE_SHARES, Circumstances, SimulatedWorker
from vision.frames import Media, RedactedFrame
from vision.gate import Gate
from vision.wire import Message, Order

STEP_S: Final = 0.02
LASTS_S: Final = 16.0
"""A run that has not recovered by then never does."""
LIE_LASTS_S: Final = 22.0
"""The same after a lie, which is held against the pose for 10 s."""
STARTS_WITHIN_S: Final = 0.3
"""From the start of a worker to its open source."""
GOES_ON_S: Final = 0.6
"""A run goes on at least so long after the last fault."""
SILENCE_EVERY: Final = 5
"""Steps between two looks of the station for a silent stream."""
AREA_DEG: Final = 0.002


def mission() -> Mission:
    """Return a mission of hours on both sides of all that a set clock can reach."""
    west, east, south, north = LON_DEG - AREA_DEG, LON_DEG + AREA_DEG, LAT_DEG - AREA_DEG, LAT_DEG + AREA_DEG
    return Mission(
        area=((west, south), (east, south), (east, north), (west, north)),
        starts_utc_ns=EPOCH_NS - 5 * HOUR_NS,
        ends_utc_ns=EPOCH_NS + 5 * HOUR_NS,
        min_agl_m=2.0,
        max_agl_m=120.0,
        purpose="chaos",
    )


@dataclass(slots=True)
class _Life:
    """The worker of now, and when the next one is up."""

    worker: SimulatedWorker | None = None
    starts_s: float = 0.0
    deaths: int = 0


class ChaosRun:
    """One run; everything random comes from its seed.

    Args:
        kind: what goes wrong and is measured.
        seed: of everything random.
        gate_of: makes the gate of a control; None takes the product's.
    """

    def __init__(self, kind: Kind, *, seed: int, gate_of: Callable[[Order], Gate] | None = None) -> None:
        rng = np.random.default_rng(seed)
        self._faults = faults_of(rng, kind)
        self._lasts_s = LIE_LASTS_S if kind in LIES else LASTS_S
        self._around = Circumstances(
            scene=scene_of(rng),
            faults=self._faults,
            mission=mission(),
            core_share=CORE_SHARES[int(rng.integers(2))],
            rng=rng,
            gate_of=gate_of,
        )
        self._coming = arrivals(self._faults, rng, until_s=self._lasts_s)
        self._shelf = VideoShelf()
        self._viewer = Viewer(self._shelf)
        self._life = _Life()
        self._witness = Witness()

    async def verdict(self) -> Verdict:
        """Run it to the end and judge it."""
        step, now_s = 0, 0.0
        while now_s < self._lasts_s and not self._has_recovered(now_s):
            now_s = step * STEP_S
            self._outside(step, now_s)
            self._live(now_s)
            if step % SILENCE_EVERY == 0:
                self._shelf.end_if_silent(round(now_s * 1e9))
            if not self._faults.one(now_s, Kind.VIEWER_SLOW):
                await self._viewer.look(now_s)
            step += 1
        shown = shown_on_screen(self._viewer.subscriptions, end_s=now_s)
        return verdict_of(shown, self._witness, self._faults, self._around.scene, end_s=now_s, deaths=self._life.deaths)

    def _has_recovered(self, now_s: float) -> bool:
        """Say whether the viewer has had an open picture that was taken after the last fault, and a little more."""
        if now_s < self._faults.over_s + GOES_ON_S or not self._viewer.subscriptions:
            return False
        seen = self._viewer.subscriptions[-1].fragments[-3:]
        return len(seen) == 3 and all(self._witness.is_open(one, since_s=self._faults.over_s) for one in seen)

    def _outside(self, step: int, now_s: float) -> None:
        """Let telemetry and pictures come in."""
        worker = self._life.worker
        if step % round(POSE_EVERY_S / STEP_S) == 0:
            for told in telemetry(self._around.scene, self._faults, now_s):
                if worker is not None:
                    worker.hear(told)
                self._witness.heard(told.true_s)

    def _live(self, now_s: float) -> None:
        """Let the worker live, or start the next one."""
        killed = self._faults.one(now_s, Kind.WORKER_KILLED)
        due = self._due(now_s)
        if self._life.worker is None:
            if now_s >= self._life.starts_s and not killed:
                self._start(now_s)
            return
        if killed:
            self._died(now_s)
            return
        if self._faults.one(now_s, Kind.WORKER_STOPPED, Kind.PIPE_FULL):
            self._coming[:0] = due[-1:]  # of all that came meanwhile the newest is left
            return
        try:
            self._turn(self._life.worker, due, now_s)
        except Exception:  # noqa: BLE001 - as the worker's one supervisor: whatever it is, it ends the worker
            self._died(now_s)

    def _due(self, now_s: float) -> list[Arrival]:
        due = [one for one in self._coming if one.arrives_s <= now_s]
        del self._coming[: len(due)]
        return due

    def _turn(self, worker: SimulatedWorker, due: list[Arrival], now_s: float) -> None:
        for arrival in due:
            utc_ns = worker.see(arrival, round(arrival.taken_s * 1000))
            if utc_ns is not None:
                self._witness.stamped(utc_ns, arrival.taken_s)
        worker.turn(now_s)

    def _start(self, now_s: float) -> None:
        try:
            self._life.worker = SimulatedWorker(self._around, now_s=now_s, deliver=self._take)
        except BrokenPipeError:
            self._died(now_s)

    def _died(self, now_s: float) -> None:
        """Do what the station does when the pipe ends."""
        self._life.worker = None
        self._life.deaths += 1
        self._life.starts_s = now_s + back_off_s(self._life.deaths) + STARTS_WITHIN_S
        self._shelf.clear()

    def _take(self, message: Message) -> None:
        if isinstance(message, RedactedFrame):
            self._shelf.put(message)
            if message.media is Media.FMP4_FRAGMENT:
                self._witness.published(message)


def verdict_on(kind: Kind, *, seed: int, gate_of: Callable[[Order], Gate] | None = None) -> Verdict:
    """Run one run and judge it."""
    return asyncio.run(ChaosRun(kind, seed=seed, gate_of=gate_of).verdict())
