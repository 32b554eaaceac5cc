"""The real web application over a real outbox, in a loop of its own, fed with generated documents and video."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final

import numpy as np
from numpy.typing import NDArray

from groundstation.alignment.desk import AlignmentDesk
from groundstation.alignment.shown import ShownPictures
from groundstation.outbox import Outbox, Topic
from groundstation.sessions.entrance import Entrance
from groundstation.web.application import application, served
from groundstation.web.basemap import BaseMap
from groundstation.web.exports import Exports
from groundstation.web.public import Pages
from tests.browser.officers_here import Desk
from tests.browser.tying import REPORTED
from tests.browser.world import (
    Crowd,
    Document,
    camera,
    density_document,
    health_document,
    leaf,
    utc_text,
    vehicles_document,
    world_leaves,
)
from tests.groundstation.entrances import by_itself
from vision.encode import FragmentEncoder, jpeg
from vision.frames import FrameMaker, Media, RedactedFrame

FPS: Final = 10


def grey_picture(number: int) -> NDArray[np.uint8]:
    """Plain grey shapes that move; a picture of nobody."""
    picture = np.full((180, 320), 90, np.uint8)
    picture[60:180] = 128
    for shape in range(6):
        left = (number * (2 + shape) + 47 * shape) % 300
        picture[70 + 16 * shape : 84 + 16 * shape, left : left + 20] = 150 + 10 * shape
    return picture


@dataclass
class Station:
    """The web application in a loop of its own; a test changes what it says by setting its fields."""

    loop: asyncio.AbstractEventLoop
    outbox: Outbox = field(default_factory=lambda: Outbox(("north", "quay")))
    address: str = ""
    port: int = 0
    codec: str = ""
    plays: bool = True
    gates: dict[str, str] = field(default_factory=lambda: {"north": "open", "quay": "stale_pose"})
    since_utc: str = field(default_factory=lambda: utc_text(-75))
    mission: dict[str, float] = field(default_factory=dict)
    replay: Document | None = None
    exercise: bool = False
    crowd: Crowd | None = world_leaves
    """None sends no map at all."""
    vehicles: Document = field(default_factory=vehicles_document)
    desks: dict[str, AlignmentDesk] = field(default_factory=dict)
    """Where cameras are aligned."""
    desk: Desk | None = None
    """Where officers draw zones and acknowledge alerts; set before the page asks."""
    basemap: BaseMap | None = None
    exports: Exports | None = None
    entrance: Entrance | None = field(default_factory=by_itself)
    """A session opens by itself, unless a test says who signs in."""
    pages: Pages | None = None
    """What the public is told."""
    shown: ShownPictures = field(default_factory=ShownPictures)
    """Poses of north's pictures, as its vehicle reports them."""
    ended: threading.Event = field(default_factory=threading.Event)
    running: Future[None] | None = None

    def start(self) -> None:
        opened = threading.Event()
        self.ended.clear()
        self.running = asyncio.run_coroutine_threadsafe(self._run(opened), self.loop)
        assert opened.wait(10), "the test's station did not start"

    def stop(self) -> None:
        """End the server and its connections."""
        if self.running is not None and self.running.cancel():
            assert self.ended.wait(10), "the test's station did not end"

    def show_crowd(self, density_per_m2: float) -> None:
        """From now on one crowd, evenly over the western half."""
        self.crowd = lambda: [leaf(east, north, density_per_m2) for east in range(20) for north in range(24)]

    async def _run(self, opened: threading.Event) -> None:
        at = None if self.desk is None else self.desk.officers
        zones, alerts, log, lookouts = (None,) * 4 if at is None else (at.zones, at.alerts, at.log, at.lookouts)
        app = application(
            self.outbox, clock=time.time_ns, desks=self.desks, zones=zones, alerts=alerts, basemap=self.basemap,
            exports=self.exports, incidents=log, lookouts=lookouts, entrance=self.entrance, pages=self.pages,
        )  # fmt: skip
        try:
            async with served(app, host="127.0.0.1", port=self.port) as address, asyncio.TaskGroup() as tasks:
                self.address, self.port = address, int(address.rstrip("/").rsplit(":", 1)[1])
                tasks.create_task(self._play())
                tasks.create_task(self._speak())
                opened.set()
        finally:
            self.ended.set()

    async def _speak(self) -> None:
        while True:
            self.outbox.put(Topic.VEHICLES, self.vehicles)
            self.outbox.put(Topic.HEALTH, self._health())
            if self.desk is not None:
                self.desk.speak()
                await self.desk.officers.log.look()
                await self.desk.officers.lookouts.look()
            if self.crowd is not None:
                self.outbox.put(Topic.DENSITY, density_document(self.crowd) | {"utc": utc_text()})
            await asyncio.sleep(0.5)

    def _health(self) -> Document:
        cameras = [camera(name, gate, self.codec, self.since_utc) for name, gate in self.gates.items()]
        return {**health_document(cameras, **self.mission), "replay": self.replay, "exercise": self.exercise}

    async def _play(self) -> None:
        encoder = FragmentEncoder(width_px=320, height_px=180, fps=FPS)
        self.codec = encoder.codec
        self._frame(Media.FMP4_INIT, 0, encoder.init_segment)
        for number in count():
            picture = grey_picture(number)
            for fragment in encoder.fragments(picture, utc_ns=time.time_ns()):
                self._frame(Media.FMP4_FRAGMENT, number, fragment.data, keyframe=fragment.keyframe)
            if number % FPS == 0:
                self._frame(Media.JPEG, number, jpeg(picture))
            await asyncio.sleep(1 / FPS)

    def _frame(self, media: Media, sequence: int, data: bytes, *, keyframe: bool = False) -> None:
        if not self.plays and media is not Media.FMP4_INIT:
            return
        utc_ns = time.time_ns()
        if media is Media.JPEG:
            self.shown.add(replace(REPORTED, utc_ns=utc_ns), width_px=320, height_px=180)
        for source in self.gates:
            frame = RedactedFrame(
                source=source, sequence=sequence, utc_ns=utc_ns, media=media, keyframe=keyframe,
                width_px=320, height_px=180, closed_because="", data=data,
                made_by=FrameMaker.GATE,
            )  # fmt: skip
            self.outbox.put_frame(frame)
