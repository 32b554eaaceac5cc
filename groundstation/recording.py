"""One recorded video through one sealed worker, as fast as it goes: messages are handed on as they come."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from flightlink.photos.whole import is_cut_jpeg
from groundstation.errors import BadInputError, RefusedError, SourceFailedError, WorkerLostError
from groundstation.files import whole_file
from groundstation.flight import Flight, file_order
from groundstation.progress import Progress
from groundstation.worker_process import WORKER_COMMAND, WorkerProcess
from vision.frames import Media, RedactedFrame
from vision.wire import Done, Failed, Message, Opened, WorkerHealth

FIRST_WITHIN_S: Final = 120.0
SILENCE_S: Final = 60.0
IMAGE_SUFFIXES: Final = (".jpg", ".jpeg", ".png")
VIDEO_SUFFIX: Final = ".mp4"

Take = Callable[[Message], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """What a worker said of a recording that it has worked through."""

    opened: Opened
    health: WorkerHealth
    seconds: float
    """Whole run, from the start of the worker to its end."""

    @property
    def frames_missing(self) -> int:
        """Frames that the file announces and does not hold; 0 where it announces none."""
        return max(0, (self.opened.frames or 0) - self.health.frames_in)

    @property
    def is_cut(self) -> bool:
        """Whether more is missing than a container's own count may be off by."""
        return self.frames_missing > max(2, 0.01 * (self.opened.frames or 0))

    def as_json(self) -> dict[str, Any]:
        """Return the figures under the contract's names."""
        return {
            "frames_in": self.health.frames_in,
            "frames_missing": self.frames_missing,
            "frames_out": self.health.frames_out,
            "frames_withheld": self.health.frames_withheld,
            "withheld_because": self.health.withheld_because,
            "seconds": round(self.seconds, 3),
            "fps": round(self.health.frames_in / self.seconds, 2) if self.seconds > 0 else 0.0,
            "masked_share": round(self.health.masked_share, 5),
            "density_bound_px_per_m": self.health.cap_px_per_m,
            "sealed": self.opened.sealed,
        }


async def work_through(flight: Flight, *, take: Take, counts: bool, command: Sequence[str] = WORKER_COMMAND) -> Worked:
    """Start a worker on the flight's video and hand each of its messages to `take`; `counts` asks for counts too.

    Raises:
        SourceFailedError: the worker said why it cannot.
        WorkerLostError: it ended or fell silent before it was done.
        WireError: it broke the schema.
    """
    started_s = time.monotonic()
    opened: Opened | None = None
    order = file_order(flight, counts=counts)
    async with WorkerProcess(order, recorded_poses=flight.poses, command=command) as worker:
        async for message in worker.messages(first_within_s=FIRST_WITHIN_S, silence_s=SILENCE_S):
            take(message)
            match message:
                case Opened():
                    opened = message
                case Failed():
                    raise SourceFailedError(cause=message.cause, detail=message.detail)
                case Done() if opened is not None:
                    worked = Worked(opened=opened, health=message.health, seconds=time.monotonic() - started_s)
                    _tell_if_cut(flight.video, worked)
                    return worked
    raise WorkerLostError(
        f"{flight.video}: its worker was done without ever opening it; this is a fault of the station"
    )


def _tell_if_cut(video: Path, worked: Worked) -> None:
    if is_cut_jpeg(video):
        sys.stderr.write(f"{video}: the picture is cut, its lower part is missing; copy it again from the camera\n")
    if worked.is_cut:
        sys.stderr.write(
            f"{video}: the file is cut: {worked.frames_missing} of {worked.opened.frames} frames are missing or "
            "damaged; copy it again from where it was recorded\n"
        )


class PictureWriter:
    """Writes redacted pictures as they come: a fragmented MP4 of a video, or one JPEG of an image."""

    def __init__(self, sink: BinaryIO, *, image: bool) -> None:
        self._sink = sink
        self._media = (Media.JPEG,) if image else (Media.FMP4_INIT, Media.FMP4_FRAGMENT)
        self.pictures = 0

    def take(self, message: Message) -> None:
        """Append the bytes of a picture; other messages are left alone."""
        if isinstance(message, RedactedFrame) and message.media in self._media:
            self._sink.write(message.data)
            self.pictures += 1


def refuse_unfit_output(source: Path, out: Path) -> bool:
    """Check the name of a redacted file against its source; returns whether it is an image.

    Raises:
        BadInputError: the source would be overwritten, or the suffix says another format than is written.
    """
    if out.exists() and out.samefile(source):
        raise BadInputError(f"{out}: is the source itself; give the redacted file another name")
    image = source.suffix.lower() in IMAGE_SUFFIXES
    expected = (".jpg", ".jpeg") if image else (VIDEO_SUFFIX,)
    if out.suffix.lower() not in expected:
        what = "image is written as JPEG" if image else "video is written as MP4"
        raise BadInputError(f"{out}: a redacted {what}; end its name in {expected[0]}")
    return image


def redact_file(flight: Flight, out: Path, *, command: Sequence[str] = WORKER_COMMAND) -> Worked:
    """Redact the flight's video or image into `out`, which appears only when it is whole.

    Raises:
        BadInputError: `out` is unfit, or nothing came out of the source.
        RefusedError: the mission let no frame pass.
        SourceFailedError: the worker cannot read the source.
        WorkerLostError: the worker ended before it was done.
    """
    image = refuse_unfit_output(flight.video, out)
    progress = Progress("redact")
    with whole_file(out) as sink:
        writer = PictureWriter(sink, image=image)
        taking = both(progress.take, writer.take)
        worked = asyncio.run(work_through(flight, take=taking, counts=False, command=command))
        if not writer.pictures:
            raise BadInputError(f"{flight.video}: holds no picture that can be decoded; check the file")
        refuse_if_mission_withheld_all(worked)
        if image and worked.health.frames_in > 1:
            raise BadInputError(
                f"{flight.video}: is a video under the name of a picture; end its name in {VIDEO_SUFFIX}"
            )
    return worked


def both(first: Take, second: Take) -> Take:
    """Return a taker that hands each message to both, in order."""

    def take(message: Message) -> None:
        first(message)
        second(message)

    return take


def refuse_if_mission_withheld_all(worked: Worked) -> None:
    """Refuse a recording of which the mission's time window let nothing pass.

    Raises:
        RefusedError: every frame was withheld, and for the mission's time alone.
    """
    causes = set(worked.health.withheld_because)
    if worked.health.frames_out == 0 and causes and causes <= {"mission_ended", "mission_not_started"}:
        raise RefusedError(f"--mission: every frame was withheld ({', '.join(sorted(causes))}); check --video-starts")
