"""The published maps of the last hours: what each tells in one line in memory, the map itself on a shelf; bounded."""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from groundstation.errors import NotKeptError
from groundstation.history.record import Told, packed, seconds_between, told_of, unpacked, utc_ns_of
from groundstation.history.shelves import HISTORY_FOLDER, FolderShelf, Kept, MemoryShelf, Shelf
from groundstation.instants import NS_PER_S
from groundstation.logs import event

INTERVAL_S: Final = 10
MAX_MAPS_AT_ONCE: Final = 360
_FOLLOWED_EVERY_S: Final = 1.0
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long maps are kept, and in how many bytes at most."""

    kept_s: int
    max_bytes: int

    def interval_s(self, map_bytes: int) -> float:
        """Return the time between kept maps: large ones are kept more seldom, so that the whole time has room."""
        return max(float(INTERVAL_S), map_bytes * self.kept_s / self.max_bytes)


IN_MEMORY: Final = Bounds(kept_s=4 * 3600, max_bytes=64 * 1024 * 1024)
ON_DISK: Final = Bounds(kept_s=24 * 3600, max_bytes=512 * 1024 * 1024)


class DensityHistory:
    """One published map every `INTERVAL_S`, or more seldom where maps are large; the oldest is erased.

    Args:
        shelf: where maps lie.
        bounds: how much is kept.
        kept: what the shelf holds already, oldest first.
    """

    def __init__(self, shelf: Shelf | None = None, *, bounds: Bounds = IN_MEMORY, kept: Sequence[Kept] = ()) -> None:
        self._shelf: Shelf = MemoryShelf() if shelf is None else shelf
        self.bounds = bounds
        self._kept: deque[Kept] = deque(kept)
        self._bytes = sum(one.length for one in kept)
        self._fails = False

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def told(self) -> list[Told]:
        """What each kept map tells in one line, oldest first."""
        return [kept.told for kept in self._kept]

    @property
    def interval_s(self) -> float:
        """Time between kept maps now."""
        return self.bounds.interval_s(self._kept[-1].length) if self._kept else float(INTERVAL_S)

    def put(self, utc_ns: int, document: dict[str, Any]) -> None:
        """Keep the document, unless the last one kept is younger than the interval; later ones are of a wrong clock.

        Raises:
            NotKeptError: it cannot be written.
        """
        self._cut_after(utc_ns)
        if self._is_due(utc_ns):
            self._note(self._shelf.append(told_of(utc_ns, document), packed(document)))
        self._erase_before(utc_ns)

    async def follow(self, newest: Callable[[], dict[str, Any] | None], clock: Callable[[], int]) -> None:
        """Keep the newest published map as it comes, until cancelled; one of a mission that has ended is the last one.

        Args:
            newest: the map as it is served, None before the first.
            clock: UTC now in nanoseconds.
        """
        while True:
            self.expire(clock())
            document = newest()
            if document is not None and not document["frozen"]:
                await self.keep(utc_ns_of(document), document)
            await asyncio.sleep(_FOLLOWED_EVERY_S)

    async def keep(self, utc_ns: int, document: dict[str, Any]) -> None:
        """Do as `put`, beside the loop; one at a time. What cannot be written is told and left out."""
        try:
            self._cut_after(utc_ns)
            if self._is_due(utc_ns):
                self._note(await asyncio.to_thread(self._written, utc_ns, document))
            self._erase_before(utc_ns)
        except (NotKeptError, OSError) as error:
            if not self._fails:
                event(_LOG, "history_fails", level=logging.ERROR, why=error)
            self._fails = True
        else:
            self._fails = False

    def _written(self, utc_ns: int, document: dict[str, Any]) -> Kept:
        return self._shelf.append(told_of(utc_ns, document), packed(document))

    def expire(self, utc_ns: int) -> None:
        """Erase what is too old, where nothing new comes."""
        self._erase_before(utc_ns)

    def _is_due(self, utc_ns: int) -> bool:
        return not self._kept or seconds_between(self._kept[-1].told.utc_ns, utc_ns) >= self.interval_s

    def _note(self, kept: Kept) -> None:
        self._kept.append(kept)
        self._bytes += kept.length

    def _cut_after(self, utc_ns: int) -> None:
        gone = []
        while self._kept and self._kept[-1].told.utc_ns > utc_ns:
            gone.append(self._kept.pop())
        self._bytes -= sum(kept.length for kept in gone)
        if gone:
            self._shelf.cut(gone, self._kept[-1] if self._kept else None)

    def _erase_before(self, utc_ns: int) -> None:
        gone = []
        while self._kept and self._is_too_old(self._kept[0], utc_ns):
            gone.append(self._kept.popleft())
            self._bytes -= gone[-1].length
        if gone:
            self._shelf.erase(gone, self._kept[0] if self._kept else None)

    def _is_too_old(self, kept: Kept, utc_ns: int) -> bool:
        old = seconds_between(kept.told.utc_ns, utc_ns) > self.bounds.kept_s
        return old or self._bytes > self.bounds.max_bytes

    def chosen(self, from_utc_ns: int, to_utc_ns: int, *, step_s: float, most: int = MAX_MAPS_AT_ONCE) -> list[Kept]:
        """Return what is kept of a half-open span of time in order, the first of each step."""
        chosen: list[Kept] = []
        due_ns = from_utc_ns
        kept = list(self._kept)
        times = [one.told.utc_ns for one in kept]
        for one in kept[bisect_left(times, from_utc_ns) : bisect_left(times, to_utc_ns)]:
            if one.told.utc_ns >= due_ns and len(chosen) < most:
                chosen.append(one)
                due_ns = one.told.utc_ns + round(step_s * NS_PER_S)
        return chosen

    def newest_at(self, utc_ns: int) -> Kept | None:
        """Return the newest that is kept of an instant or before; None where none is."""
        return next((kept for kept in reversed(self._kept) if kept.told.utc_ns <= utc_ns), None)

    def documents(self, chosen: Sequence[Kept]) -> list[dict[str, Any]]:
        """Return maps as they were published; those that have been erased meanwhile are left out."""
        bodies = (self._shelf.read(kept) for kept in chosen)
        return [unpacked(body) for body in bodies if body is not None]

    def between(self, from_utc_ns: int, to_utc_ns: int, *, step_s: float) -> list[dict[str, Any]]:
        """Return the maps of a half-open span of time in order, the first of each step.

        Args:
            from_utc_ns: start, included.
            to_utc_ns: end, excluded.
            step_s: least distance in time between two of them.
        """
        return self.documents(self.chosen(from_utc_ns, to_utc_ns, step_s=step_s))


def history_in(state_dir: Path | None, *, utc_ns: int) -> DensityHistory:
    """Return the history of a station over its folder of state; what is too old is erased at once.

    Args:
        state_dir: None keeps nothing on the disk, as in a replay: a recording is its own history, and its times are
            those of then, so that they would push out what a real event left.
        utc_ns: now.

    Raises:
        BadInputError: what is kept is damaged, of the other kind of event, or out of reach.
    """
    if state_dir is None:
        return DensityHistory()
    shelf = FolderShelf(state_dir / HISTORY_FOLDER)
    kept = shelf.load()
    if shelf.cut_off_bytes:
        event(_LOG, "history_cut_off", level=logging.WARNING, bytes=shelf.cut_off_bytes)
    history = DensityHistory(shelf, bounds=ON_DISK, kept=kept)
    history.expire(utc_ns)
    return history
