"""Some seconds of redacted video out of the real sealed worker, to be sent again and again, each fragment with a clock.

A fragment ends in a box of its own, `free`, in which players see nothing: when it was handed over.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from groundstation.benchmarks.clips import SMALL_PX, rendered
from groundstation.benchmarks.latency import order_of
from groundstation.errors import StationError
from groundstation.worker_process import WorkerProcess
from vision.frames import FrameMaker, Media, RedactedFrame
from vision.wire import Failed, Opened

BOX: Final = struct.Struct("!I4sQ")
FREE: Final = b"free"
CLIP_FRAMES: Final = 100
FIRST_WITHIN_S: Final = 40.0
SILENCE_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """A stream's head and its fragments, the first a keyframe."""

    fps: float
    init: bytes
    fragments: tuple[bytes, ...]

    def frames(self, source: str) -> Iterator[RedactedFrame]:
        """Yield the fragments over and over, without their clock."""
        for number in count():
            place = number % len(self.fragments)
            yield _frame(source, self.fragments[place], Media.FMP4_FRAGMENT, number, is_key=place == 0)

    def head(self, source: str) -> RedactedFrame:
        """Return what a player needs first."""
        return _frame(source, self.init, Media.FMP4_INIT, 0, is_key=False)


def _frame(source: str, data: bytes, media: Media, number: int, *, is_key: bool) -> RedactedFrame:
    return RedactedFrame(
        source=source, sequence=number, utc_ns=0, media=media, keyframe=is_key, width_px=SMALL_PX[0],
        height_px=SMALL_PX[1], closed_because="", data=data, made_by=FrameMaker.WIRE,
    )  # fmt: skip


def stamped(data: bytes, utc_ns: int) -> bytes:
    """Return a fragment that says when it was handed over."""
    return data + BOX.pack(BOX.size, FREE, utc_ns)


def stamp_of(data: bytes) -> int | None:
    """Return when a fragment was handed over, None where it does not say."""
    if len(data) < BOX.size:
        return None
    size, kind, utc_ns = BOX.unpack(data[-BOX.size :])
    return int(utc_ns) if (size, kind) == (BOX.size, FREE) else None


async def filmed(folder: Path) -> Film:
    """Return what the sealed worker makes of a rendered clip at its pace.

    Raises:
        StationError: it let nothing out.
    """
    clip = rendered(folder, SMALL_PX, CLIP_FRAMES)
    fps, init = 0.0, b""
    shown: list[RedactedFrame] = []
    async with WorkerProcess(order_of(clip)) as worker:
        async for message in worker.messages(first_within_s=FIRST_WITHIN_S, silence_s=SILENCE_S):
            match message:
                case Opened():
                    fps = message.fps
                case Failed() if not shown:  # once it has shown something, this is the clip's end
                    raise StationError(f"bench: the worker failed: {message.detail}")
                case RedactedFrame(media=Media.FMP4_INIT):
                    init = message.data
                case RedactedFrame(media=Media.FMP4_FRAGMENT, closed_because=""):
                    shown.append(message)
    return Film(fps=fps, init=init, fragments=_between_keyframes(shown))


def _between_keyframes(shown: Sequence[RedactedFrame]) -> tuple[bytes, ...]:
    """Return the fragments from the first keyframe up to the last, so that the beginning follows the end.

    Raises:
        StationError: there are no two.
    """
    keys = [place for place, frame in enumerate(shown) if frame.keyframe]
    if len(keys) < 2:
        raise StationError(f"bench: the worker let out {len(shown)} pictures, {len(keys)} keyframes; two are needed")
    return tuple(frame.data for frame in shown[keys[0] : keys[-1]])


def write(film: Film, path: Path) -> None:
    """Write a film into a file."""
    parts = [base64.b64encode(part).decode("ascii") for part in (film.init, *film.fragments)]
    path.write_text(json.dumps({"fps": film.fps, "parts": parts}), encoding="ascii")


def read(path: Path) -> Film:
    """Return the film in a file."""
    told = json.loads(path.read_text(encoding="ascii"))
    init, *fragments = (base64.b64decode(part) for part in told["parts"])
    return Film(fps=told["fps"], init=init, fragments=tuple(fragments))
