"""How much is remembered after an hour: all that a worker and a station keep of a crowd, weighed object by object."""

from __future__ import annotations

import gc
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np

from groundstation.benchmarks.state import deep_size
from groundstation.health import CameraStatus, health_document
from groundstation.mapping import MissionMap, PublicMission
from groundstation.outbox import Outbox, Topic
from groundstation.supervision import Change, WorkerState
from maps.noise import geometric_noise
from proofs.alike import CAMERA, EPSG, FPS, HEIGHT_PX, UTC_NS, WIDTH_PX, AtOnce, mission
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.counter import Counter
from vision.doubts import doubts_of
from vision.eyes import Eyes
from vision.gate import Gate
from vision.live_order import LiveOrder
from vision.raw.cap import Cap
from vision.raw.frames import RawFrame
from vision.ready import Ready, Seen
from vision.tally import Tally

HOUR_S: Final = 3600.0
FIRST_WEIGHED_S: Final = 600.0
FRAMES_A_BURST: Final = 3
EMPTY_S: Final = 45.0
"""In the end nobody is there for so long: whatever is left then is memory of somebody."""
EMPTY_EVERY_S: Final = 3.0
STEPS_S: Final = 0.2

LEDGER_STARTS_NS: Final = 120_000_000_000
"""The public map's ledger opens so long before: its first release comes after a whole window."""


class Crowd:
    """A detector that finds so many people, always others and elsewhere."""

    def __init__(self, people: int, rng: np.random.Generator) -> None:
        self._rng = rng
        self.people = people

    def find(self, picture: Any, *, threshold: float, scale: float = 1.0) -> Boxes:  # noqa: ARG002 - the networks'
        """Return new people, in the picture's pixels."""
        left = self._rng.uniform(0, WIDTH_PX - 12, self.people)
        top = self._rng.uniform(HEIGHT_PX * 0.3, HEIGHT_PX - 30, self.people)
        xyxy = np.stack([left, top, left + 10, top + 27], axis=1).astype(np.float32)
        return Boxes(xyxy=xyxy, scores=np.full(self.people, 0.9, np.float32))


class Nobody(Crowd):
    """A face detector for whom every picture is empty."""

    def __init__(self) -> None:
        super().__init__(0, np.random.default_rng(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What was remembered of a crowd."""

    people: int
    early_bytes: int
    """After ten minutes."""
    late_bytes: int
    """After an hour."""
    left_bytes: int
    """After the hour, when nobody has been there for a while."""
    left_objects: int

    @property
    def growth(self) -> float:
        """From ten minutes to an hour, as a share."""
        return self.late_bytes / self.early_bytes - 1


Remembering = Callable[[Boxes, int], None]
"""Told the people of each look and its time; the control remembers them."""


class SimulatedHour:
    """Worker and station of one camera over an hour, in bursts of some frames.

    Args:
        people: in each look.
        every_s: from burst to burst.
        seed: of where people are.
        also: what else counts as state, and is told of everybody: the control.
    """

    def __init__(self, people: int, *, every_s: float, seed: int, also: Remembering | None = None) -> None:
        self._every_s = every_s
        self._also = also
        self._crowd = Crowd(people, np.random.default_rng(seed))
        crowd: Any = self._crowd
        nobody: Any = Nobody()
        running = mission()
        self._eyes = Eyes(crowd, nobody, level=running.level)
        executor: Executor = AtOnce()
        self._order = LiveOrder(self._eyes, executor, executor, core_share=2.0)
        self._doubts = doubts_of(self._eyes, executor, stands=True, waits=False)
        self._gate, self._cap = Gate(mission=running), Cap()
        self._counter = Counter("north", epsg=EPSG, mission=running)
        self._tally = Tally(cap_px_per_m=20.0)
        self._map = MissionMap(running, epsg=EPSG)
        self._public = PublicMission(
            running, epsg=EPSG, noise=geometric_noise(Fraction(1, 6)), starts_ns=-LEDGER_STARTS_NS
        )
        self._outbox = Outbox(("north",))
        self._picture = np.full((HEIGHT_PX, WIDTH_PX), 90, np.uint8)

    def weighed(self) -> Weighed:
        """Live through the hour."""
        people, early_bytes = self._crowd.people, 0
        for burst in range(round(HOUR_S / self._every_s)):
            self._burst(burst * self._every_s)
            if early_bytes == 0 and burst * self._every_s >= FIRST_WEIGHED_S:
                early_bytes = self._size()[0]
        late_bytes = self._size()[0]
        self._crowd.people = 0
        for step in range(round(EMPTY_S / EMPTY_EVERY_S)):
            self._burst(HOUR_S + step * EMPTY_EVERY_S)
        left_bytes, left_objects = self._size()
        return Weighed(
            people=people,
            early_bytes=early_bytes,
            late_bytes=late_bytes,
            left_bytes=left_bytes,
            left_objects=left_objects,
        )

    def documents(self, *, lasts_s: float) -> dict[str, dict[str, Any]]:
        """Live for some seconds and return what the web would serve then: topic -> document."""
        for second in range(round(lasts_s)):
            self._burst(float(second))
        running, utc_ns = mission(), UTC_NS + round(lasts_s * 1e9)
        status = CameraStatus(name="north", system_id=None, utc_ns=utc_ns)
        status.change(Change(state=WorkerState.RUNNING, why=""), utc_ns)
        status.take(self._tally.health(utc_ns, round(lasts_s * 1e9)), utc_ns)
        camera = status.document(link=None, pose_refusal=None)
        health = health_document(
            station="proof", mission=running, cameras=[camera], links=[], utc_ns=utc_ns, map_frozen_since_ns=None
        )
        maps = {str(topic): self._outbox.document(topic) or {} for topic in (Topic.DENSITY, Topic.ALERTS)}
        return {**maps, "health": health, "public": self._public.document_at(utc_ns, round(lasts_s * 1e9)) or {}}

    def _size(self) -> tuple[int, int]:
        gc.collect()
        worker = (self._order, self._doubts, self._gate, self._cap, self._counter, self._tally, self._eyes)
        return deep_size([*worker, self._map, self._public, self._outbox, self._also])

    def _burst(self, at_s: float) -> None:
        for number in range(FRAMES_A_BURST):
            self._frame(at_s + number * STEPS_S)
        utc_ns = UTC_NS + round((at_s + FRAMES_A_BURST * STEPS_S) * 1e9)
        self._outbox.put(Topic.DENSITY, self._map.document_at(utc_ns))
        self._outbox.put(Topic.ALERTS, self._map.alerts_at(utc_ns))
        self._public.document_at(utc_ns, utc_ns - UTC_NS)

    def _frame(self, at_s: float) -> None:
        now_ns = round(at_s * 1e9)
        utc_ns = UTC_NS + now_ns
        raw = RawFrame(self._picture, index=round(at_s * FPS), utc_ns=utc_ns)
        for ready in self._order.take(self._cap.capped(raw, CAMERA), now_ns):
            self._release(ready, now_ns)
        for item, came_in_ns in [*self._order.due(now_ns), *self._order.due(now_ns)]:
            if isinstance(item, Seen):
                self._count(item.frame, item.people)
            else:
                self._release(item, came_in_ns)

    def _release(self, ready: Ready, came_in_ns: int) -> None:
        late = ready.late or self._doubts.of_frame(ready.frame)
        released = self._gate.released(ready.frame, ready.looks, late=late, doubting=self._doubts.of_picture)
        self._tally.released(released, bounded=True, now_ns=came_in_ns, came_in_ns=came_in_ns)

    def _count(self, frame: CappedFrame, people: Boxes) -> None:
        if self._also is not None:
            self._also(people, frame.utc_ns)
        counts = self._counter.counts(frame, people)
        if counts is not None:
            self._map.take(counts)
            self._public.take(counts)
            self._tally.counted(frame.utc_ns - UTC_NS)
