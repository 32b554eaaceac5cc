"""The shelf between the pipeline and the web: what may be served lies here ready-made, and nothing else does.

Documents are JSON-able and replace each other: newest wins, for each slow reader too. Video is bytes of redacted
fragments from the newest keyframe on. Everything is bounded; a slow reader loses, never the others.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, Final

from groundstation.density_feed import DensityFeed
from groundstation.history.history import DensityHistory
from groundstation.instants import NS_PER_S
from vision.frames import Media, RedactedFrame

MAX_FRAGMENTS: Final = 240
"""Longest run of fragments kept from one keyframe, and longest queue of one viewer."""
MAX_VIEWERS: Final = 64
"""Of one video."""
MAX_LIVE_READERS: Final = 256
"""Of the documents; each message is made into text once for all of them."""
SILENT_NS: Final = 700_000_000
"""A stream without a fragment for so long is interrupted: a healthy worker sends fill long before."""
NEVER_NS: Final = 2**63


class Topic(StrEnum):
    """What `GET /api/v1/live` tells of."""

    DENSITY = "density"
    VEHICLES = "vehicles"
    HEALTH = "health"
    ALERTS = "alerts"
    ZONES = "zones"
    LOG = "log"
    LOOKOUTS = "lookouts"


class TooManyReadersError(Exception):
    """The station serves `MAX_VIEWERS` of a video and `MAX_LIVE_READERS` of documents at most."""


class LiveReader:
    """One reader of documents; holds the newest unread text of each topic and no older one.

    Args:
        feed: the map in steps, for a reader who asked for it so; None sends it whole each time.
    """

    def __init__(self, feed: DensityFeed | None = None) -> None:
        self._feed = feed
        self._held_seq = 0
        self._unread: dict[Topic, str] = {}
        self._arrived = asyncio.Event()

    def put(self, topic: Topic, text: str) -> None:
        """Replace what is unread of the topic: newest wins."""
        self._unread[topic] = text
        self._arrived.set()

    def note_step(self) -> None:
        """Note that the feed has a newer map; which form this reader needs is settled when it reads."""
        self._arrived.set()

    def ask_anew(self) -> None:
        """Send the whole map next: this reader has lost its own."""
        self._held_seq = 0
        self._arrived.set()

    @property
    def in_steps(self) -> bool:
        """Whether it takes the map in steps."""
        return self._feed is not None

    @property
    def held_seq(self) -> int:
        """Number of the map that it was sent last; 0 for none, and where it takes no steps."""
        return self._held_seq

    async def texts(self) -> list[str]:
        """Wait for news and return it, each topic once; nothing where what it asked for is not there yet."""
        await self._arrived.wait()
        self._arrived.clear()
        texts = [*self._steps(), *self._unread.values()]
        self._unread.clear()
        return texts

    def _steps(self) -> Iterator[str]:
        """Yield the newest map: as a step from the one that was read last, else whole. Steps never queue up."""
        feed = self._feed
        if feed is None or feed.seq in (0, self._held_seq):
            return
        is_next = feed.has_delta and self._held_seq == feed.seq - 1
        self._held_seq = feed.seq
        yield feed.delta() if is_next else feed.keyframe()


class VideoReader:
    """One viewer of one video; when full it is emptied and goes on from the newest keyframe."""

    def __init__(self) -> None:
        self._queue: deque[bytes] = deque()
        self._arrived = asyncio.Event()
        self._awaits_keyframe = True
        self._ended = False
        self.drops = 0
        """How often this viewer was too slow."""

    def put(self, frame: RedactedFrame) -> None:
        """Queue a fragment; a full queue is dropped to the newest keyframe, and fill overtakes what waits."""
        if frame.keyframe and frame.closed_because:
            self._queue.clear()
        if len(self._queue) >= MAX_FRAGMENTS:
            self._queue.clear()
            self._awaits_keyframe = True
            self.drops += 1
        if self._awaits_keyframe and not frame.keyframe:
            return
        self._awaits_keyframe = False
        self._queue.append(frame.data)
        self._arrived.set()

    def end(self) -> None:
        """End the reader: its stream is no more; what it holds is not shown any longer."""
        self._queue.clear()
        self._ended = True
        self._arrived.set()

    async def fragment(self) -> bytes | None:
        """Wait for the next fragment; None when the stream has ended."""
        while not self._queue and not self._ended:
            self._arrived.clear()
            await self._arrived.wait()
        return None if self._ended else self._queue.popleft()


class VideoShelf:
    """The redacted video of one camera: init segment, fragments from the newest keyframe, newest snapshot."""

    def __init__(self) -> None:
        self._init: bytes | None = None
        self._run: list[RedactedFrame] = []
        self._snapshot: RedactedFrame | None = None
        self._readers: set[VideoReader] = set()
        self._silent_since_ns: int | None = None

    def put(self, frame: RedactedFrame) -> None:
        """Take a redacted frame of the camera."""
        match frame.media:
            case Media.FMP4_INIT:
                self.clear()
                self._init = frame.data
            case Media.FMP4_FRAGMENT:
                self._put_fragment(frame)
            case Media.JPEG:
                self._snapshot = frame

    def _put_fragment(self, frame: RedactedFrame) -> None:
        self._silent_since_ns = None
        if frame.closed_because and self._snapshot is not None and not self._snapshot.closed_because:
            self._snapshot = None  # the next one comes within a second, and is fill
        if frame.keyframe:
            self._run.clear()
        if frame.keyframe or 0 < len(self._run) < MAX_FRAGMENTS:
            self._run.append(frame)
        else:
            # a run without its keyframe cannot be decoded: newcomers wait for the next one
            self._run.clear()
        for reader in self._readers:
            reader.put(frame)

    def end_if_silent(self, now_ns: int) -> None:
        """Interrupt a stream that has not been heard for `SILENT_NS`; called several times a second.

        Args:
            now_ns: of a clock that nobody can set.
        """
        if self._silent_since_ns is None:
            self._silent_since_ns = now_ns
        elif now_ns - self._silent_since_ns >= SILENT_NS:
            self._silent_since_ns = NEVER_NS  # once: who comes back may wait in peace
            self._interrupt()

    def clear(self) -> None:
        """Take everything off: the stream is lost, and no last picture may be left standing."""
        self._init = None
        self._interrupt()

    def _interrupt(self) -> None:
        """End every viewer and keep no picture; who comes back waits for the next keyframe."""
        self._run, self._snapshot = [], None
        for reader in self._readers:
            reader.end()
        self._readers.clear()

    def snapshot_at(self, utc_ns: int, *, max_age_s: float) -> RedactedFrame | None:
        """Return the newest snapshot unless it is too old to be called live."""
        frame = self._snapshot
        return frame if frame is not None and utc_ns - frame.utc_ns <= max_age_s * NS_PER_S else None

    @contextmanager
    def reader(self) -> Iterator[tuple[bytes, VideoReader] | None]:
        """Subscribe; yields the init segment and a reader that starts at the newest keyframe, None without a stream."""
        if self._init is None:
            yield None
            return
        if len(self._readers) >= MAX_VIEWERS:
            raise TooManyReadersError
        reader = VideoReader()
        for frame in self._run:
            reader.put(frame)
        self._readers.add(reader)
        try:
            yield self._init, reader
        finally:
            self._readers.discard(reader)


class Outbox:
    """Everything that the web may see.

    Args:
        cameras: names of the cameras; a frame of another source is refused.
        is_exercise: every document says so.
    """

    def __init__(self, cameras: tuple[str, ...], *, is_exercise: bool = False) -> None:
        self._mark = {"exercise": True} if is_exercise else {}
        self._documents: dict[Topic, dict[str, Any]] = {}
        self._texts: dict[Topic, str] = {}
        self._readers: set[LiveReader] = set()
        self._feed = DensityFeed()
        self.public: dict[str, Any] | None = None
        """The public map, which anybody may read; None before its first release."""
        self.check: dict[str, Any] | None = None
        """The newest pre-flight points; None before the first."""
        self.videos = {name: VideoShelf() for name in cameras}
        self.history = DensityHistory()

    def marked(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return a document as it leaves: in an exercise it says so."""
        return {**document, **self._mark}

    def put(self, topic: Topic, document: dict[str, Any]) -> None:
        """Replace the document of a topic and tell every live reader.

        Raises:
            ValueError: the document holds a number that is not finite.
        """
        document = self.marked(document)
        # live messages are told apart by `type`; fetched by GET the same document keeps its GeoJSON type
        text = json.dumps({**document, "type": topic.value}, allow_nan=False, separators=(",", ":"))
        self._documents[topic], self._texts[topic] = document, text
        if topic is Topic.DENSITY:
            is_followed = any(reader.in_steps and reader.held_seq == self._feed.seq for reader in self._readers)
            self._feed.put(document, is_followed=is_followed)
        for reader in self._readers:
            self._hand(reader, topic, text)

    def _hand(self, reader: LiveReader, topic: Topic, text: str) -> None:
        if topic is Topic.DENSITY and reader.in_steps:
            reader.note_step()
        else:
            reader.put(topic, text)

    def put_public(self, document: dict[str, Any] | None) -> None:
        """Replace the public map."""
        self.public = None if document is None else self.marked(document)

    def put_frame(self, frame: RedactedFrame) -> None:
        """Take a redacted frame.

        Raises:
            KeyError: no camera has the frame's source as its name.
        """
        self.videos[frame.source].put(frame)

    def document(self, topic: Topic) -> dict[str, Any] | None:
        """Return the newest document of a topic, None before the first."""
        return self._documents.get(topic)

    @contextmanager
    def live_reader(self, *, in_steps: bool = False) -> Iterator[LiveReader]:
        """Subscribe to the documents, the map whole or in steps; the newest of each is unread at once."""
        if len(self._readers) >= MAX_LIVE_READERS:
            raise TooManyReadersError
        reader = LiveReader(self._feed if in_steps else None)
        for topic, text in self._texts.items():
            self._hand(reader, topic, text)
        self._readers.add(reader)
        try:
            yield reader
        finally:
            self._readers.discard(reader)
