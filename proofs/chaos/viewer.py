"""What a viewer of the station has on the screen at each instant, out of the bytes alone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from io import BytesIO
from typing import Final

import av
import numpy as np

from groundstation.outbox import VideoReader, VideoShelf
from proofs.chaos.planted import Picture
from vision.fill import NEUTRAL

FILL_WITHIN_LEVELS: Final = 8
"""Fill after H.264 may be off by so much."""


class Screen(StrEnum):
    """What is on a screen."""

    NOTHING = "nothing"
    """No stream: the page covers the tile."""
    FILL = "fill"
    OPEN = "open"


@dataclass(slots=True)
class Subscription:
    """One connection of a viewer: the bytes it got, and when each picture of them came on."""

    init: bytes
    fragments: list[bytes] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)
    ended_s: float | None = None

    def pictures(self) -> list[Picture]:
        """Decode what came, one picture a fragment, luma uint8 (height, width)."""
        if not self.fragments:
            return []
        with av.open(BytesIO(self.init + b"".join(self.fragments)), "r") as container:
            shown = [frame.to_ndarray(format="gray").astype(np.uint8) for frame in container.decode(video=0)]
        if len(shown) != len(self.fragments):
            raise ValueError(f"{len(self.fragments)} fragments gave {len(shown)} pictures")
        return shown


class Viewer:
    """One viewer, who reads at once whatever there is, and connects again when the stream has ended."""

    def __init__(self, shelf: VideoShelf) -> None:
        self._shelf = shelf
        self._reader: VideoReader | None = None
        self._context = shelf.reader()
        self.subscriptions: list[Subscription] = []

    async def look(self, now_s: float) -> None:
        """Read all that waits."""
        if self._reader is None and not self._connect():
            return
        mine = self.subscriptions[-1]
        while self._reader is not None:
            try:
                async with asyncio.timeout(0):
                    fragment = await self._reader.fragment()
            except TimeoutError:
                return
            if fragment is None:
                mine.ended_s = now_s
                self._context.__exit__(None, None, None)
                self._reader = None
                return
            mine.fragments.append(fragment)
            mine.times_s.append(now_s)

    def _connect(self) -> bool:
        self._context = self._shelf.reader()
        subscribed = self._context.__enter__()
        if subscribed is None:
            self._context.__exit__(None, None, None)
            return False
        init, self._reader = subscribed
        self.subscriptions.append(Subscription(init))
        return True


def is_fill(picture: Picture) -> bool:
    """Say whether a picture is fill only."""
    return int(np.abs(picture.astype(np.int16) - NEUTRAL).max()) <= FILL_WITHIN_LEVELS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Shown:
    """One picture that was on the screen."""

    from_s: float
    until_s: float
    screen: Screen
    fragment: bytes
    picture: Picture


def shown_on_screen(subscriptions: list[Subscription], *, end_s: float) -> list[Shown]:
    """Return every picture that was on the screen, in order; between the subscriptions there is nothing."""
    shown = []
    for one in [one for one in subscriptions if one.fragments]:
        ends_s = end_s if one.ended_s is None else one.ended_s
        until = [*one.times_s[1:], ends_s]
        for fragment, picture, from_s, until_s in zip(one.fragments, one.pictures(), one.times_s, until, strict=True):
            screen = Screen.FILL if is_fill(picture) else Screen.OPEN
            shown.append(Shown(from_s=from_s, until_s=until_s, screen=screen, fragment=fragment, picture=picture))
    return shown
