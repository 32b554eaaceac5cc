"""The counts of a recorded flight without its pictures' files: what a station learns when it watches a recording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from groundstation.flight import Flight
from groundstation.recording import Worked, work_through
from maps.cells import CellCounts
from vision.wire import Message, WorkerHealth


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the station made of one flight."""

    counts: tuple[CellCounts, ...]
    """In order of time."""
    worked: Worked


async def counted(flight: Flight, told: Callable[[int], None]) -> Counted:
    """Let a sealed worker go through a flight; `told` hears about once a second how many frames are done.

    Raises:
        SourceFailedError: the worker cannot read the video.
        WorkerLostError: it ended before it was done.
    """
    counts: list[CellCounts] = []

    def take(message: Message) -> None:
        match message:
            case CellCounts():
                counts.append(message)
            case WorkerHealth():
                told(message.frames_in)

    worked = await work_through(flight, take=take, counts=True)
    return Counted(counts=tuple(sorted(counts, key=lambda one: one.utc_ns)), worked=worked)
