"""A station that stands still: every document is the first one, at one instant of long ago, and so is the video."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from groundstation.outbox import Outbox, Topic
from tests.browser.station import FPS, Station, grey_picture
from vision.encode import FragmentEncoder
from vision.frames import Media

THEN: Final = datetime(2026, 6, 21, 20, 42, 8, 300_000, tzinfo=UTC)
INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
KEEPS_S: Final = 0.1
"""Ages run on by so much at most, before the same document comes again."""


class StillOutbox(Outbox):
    """Keeps the first document of each topic, moved to `THEN`."""

    def __init__(self, cameras: tuple[str, ...]) -> None:
        super().__init__(cameras)
        self._by: timedelta | None = None
        self._first: dict[Topic, dict[str, Any]] = {}

    def put(self, topic: Topic, document: dict[str, Any]) -> None:
        if topic not in self._first:
            self._first[topic] = self.moved(document)
        super().put(topic, self._first[topic])

    def moved(self, document: dict[str, Any]) -> Any:
        """Return a document of now as one of then; the first one says when now was."""
        if self._by is None:
            self._by = THEN - datetime.now(UTC)
        return moved(document, self._by)


def moved(value: Any, by: timedelta) -> Any:
    """Return a document with all its instants moved."""
    if isinstance(value, dict):
        return {key: moved(part, by) for key, part in value.items()}
    if isinstance(value, list):
        return [moved(part, by) for part in value]
    if isinstance(value, str) and INSTANT.match(value):
        return (datetime.fromisoformat(value) + by).isoformat(timespec="milliseconds")
    return value


@dataclass
class StillStation(Station):
    """A station whose pages look the same whenever they are opened."""

    outbox: Outbox = field(default_factory=lambda: StillOutbox(("north", "quay")))

    def start(self) -> None:
        # what the pre-flight page asks for is laid on the shelf without `put`
        if isinstance(self.outbox, StillOutbox) and self.outbox.check is not None:
            self.outbox.check = self.outbox.check | {"utc": THEN.isoformat(timespec="milliseconds")}
        super().start()

    async def _speak(self) -> None:
        spoken = asyncio.create_task(super()._speak())
        try:
            while True:
                await asyncio.sleep(KEEPS_S)
                for topic in Topic:
                    if (document := self.outbox.document(topic)) is not None:
                        self.outbox.put(topic, document)
        finally:
            spoken.cancel()

    async def _play(self) -> None:
        encoder = FragmentEncoder(width_px=320, height_px=180, fps=FPS)
        self.codec = encoder.codec
        self._frame(Media.FMP4_INIT, 0, encoder.init_segment)
        number = 0
        while True:
            for fragment in encoder.fragments(grey_picture(7), utc_ns=time.time_ns()):
                self._frame(Media.FMP4_FRAGMENT, number, fragment.data, keyframe=fragment.keyframe)
            number += 1
            await asyncio.sleep(1 / FPS)
