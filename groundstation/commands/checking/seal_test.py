"""The worker's own self-test without any camera: it opens a grey picture of our making and seals itself for good."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flightlink.mission import DEFAULT_PUBLISHED_PX_PER_M, RedactionLevel
from groundstation.errors import WorkerLostError
from groundstation.preflight.cameras import seal_words
from groundstation.preflight.points import STATION, Point
from groundstation.worker_process import WorkerProcess
from vision.models.store import models_dir
from vision.wire import Failed, Job, Opened, Order, WireError

FIRST_WITHIN_S: Final = 60.0
_SIDE_PX: Final = 64


async def seal_point(command: Sequence[str]) -> Point:
    """Start a worker on a grey picture and return the point of its seal."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "grey.png"
        picture.write_bytes(grey_png(_SIDE_PX))
        word, values = await _tested(picture, command)
    return Point(point="seal", about=STATION, word=word, values=values)


async def _tested(picture: Path, command: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    try:
        async with WorkerProcess(_order(picture), command=command) as worker:
            async for message in worker.messages(first_within_s=FIRST_WITHIN_S, silence_s=FIRST_WITHIN_S):
                match message:
                    case Opened():
                        return seal_words(message, "")
                    case Failed():
                        return seal_words(None, message.detail)
    except (WorkerLostError, WireError) as error:
        return seal_words(None, str(error))
    return seal_words(None, "its process ended without a word")


def _order(picture: Path) -> Order:
    return Order(
        source="pre-flight", video=str(picture), job=Job.FILE, models_dir=str(models_dir()), epsg=None, intrinsics=None,
        fixed_pose=None, mission=None, video_starts_utc_ns=0, video_latency_s=0.0, level=RedactionLevel.STRICT,
        published_px_per_m=DEFAULT_PUBLISHED_PX_PER_M,
    )  # fmt: skip


def grey_png(side_px: int) -> bytes:
    """Return a square of one grey as PNG (ISO 15948): header, one block of pixels, end."""
    rows = (b"\0" + b"\x80" * side_px) * side_px
    header = side_px.to_bytes(4) + side_px.to_bytes(4) + bytes((8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)
