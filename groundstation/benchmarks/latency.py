"""From a frame of a live camera to the redacted frame in the station, through the real sealed worker."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from flightlink.camera_file import load_camera
from flightlink.mission import Mission
from flightlink.pose import CameraPose
from groundstation.benchmarks.clips import SMALL_PX, Clip, live_clip
from groundstation.benchmarks.timing import module_command, timed
from groundstation.errors import BadInputError, SourceFailedError, StationError
from groundstation.live_camera import live_order
from groundstation.settings import CameraTable
from groundstation.worker_process import WorkerProcess
from vision.frames import Media, RedactedFrame
from vision.wire import Failed, Message, Opened, Order, WorkerHealth

FRAMES: Final = 500
QUICK_FRAMES: Final = 125
MOST_MS: Final = 250.0
"""Of the 95th percentile, decoding included."""
MOST_FLOOR_MS: Final = 15.0
"""Asked for where decoding and encoding alone take no longer than this, in the median."""
AT_RATE: Final = 0.98
"""Of the video's rate: below, pictures were left out."""
FIRST_WITHIN_S: Final = 40.0
SILENCE_S: Final = 10.0
AROUND_DEG: Final = 0.05
HOUR_NS: Final = 3600 * 1_000_000_000
TALLEST_M: Final = 1000.0


@dataclass(slots=True)
class Watched:
    """What came out of a worker: pictures as they arrived."""

    opened: Opened | None = None
    health: WorkerHealth | None = None
    latencies_ms: list[float] = field(default_factory=list)
    """Of the pictures that were let out."""
    times_s: list[float] = field(default_factory=list)
    """Capture times of all."""
    withheld: dict[str, int] = field(default_factory=dict)

    def take(self, message: Message, now_utc_ns: int) -> None:
        """Take one message."""
        match message:
            case Opened():
                self.opened = message
            case WorkerHealth():
                self.health = message
            case RedactedFrame(media=Media.FMP4_FRAGMENT):
                self.times_s.append(message.utc_ns / 1e9)
                if message.closed_because:
                    self.withheld[message.closed_because] = self.withheld.get(message.closed_because, 0) + 1
                else:
                    self.latencies_ms.append((now_utc_ns - message.utc_ns) / 1e6)


def measured(*, quick: bool) -> dict[str, Any]:
    """Return milliseconds from frame-in to redacted-out on clips that play at their own rate, and those of the floor.

    Those of 1080 lines, and `at_720p` those of the size at which the floor is as quick as it was asked for.

    Raises:
        StationError: a clip could not be made, or the worker let nothing out.
    """
    frames = QUICK_FRAMES if quick else FRAMES
    return {**_measured(frames), "at_720p": _measured(frames, SMALL_PX)}


def _measured(frames: int, size_px: tuple[int, int] | None = None) -> dict[str, Any]:
    with TemporaryDirectory(prefix="groundstation-bench-") as name:
        clip = live_clip(Path(name), frames, size_px=size_px)
        watched = asyncio.run(watch(order_of(clip)))
        floor = json.loads(timed(module_command("groundstation.benchmarks.paced_floor", clip.video)).out)
    return {"clip": clip.name, **figures_of(watched, floor)}


def order_of(clip: Clip) -> Order:
    """Return what the station tells the worker of a live camera that stands where the clip's stood.

    Raises:
        BadInputError: the clip's camera does not stand still.
    """
    camera = load_camera(clip.camera)
    if camera.fixed_pose is None:
        raise BadInputError(f"{clip.camera}: has no fixed pose; add lat_deg to roll_deg")
    table = CameraTable(name="bench", video=str(clip.video), file=clip.camera)
    mission = mission_about(camera.fixed_pose, now_utc_ns=time.time_ns())
    return live_order(table, camera, mission, core_share=float(os.cpu_count() or 1))


def mission_about(pose: CameraPose, *, now_utc_ns: int) -> Mission:
    """Return a mission of two hours on all ground about a camera."""
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return Mission(
        area=tuple((pose.lon_deg + x * AROUND_DEG, pose.lat_deg + y * AROUND_DEG) for x, y in corners),
        starts_utc_ns=now_utc_ns - HOUR_NS, ends_utc_ns=now_utc_ns + 25 * HOUR_NS,
        min_agl_m=0.0, max_agl_m=TALLEST_M, purpose="benchmark",
    )  # fmt: skip


async def watch(order: Order) -> Watched:
    """Run one worker until its video ends.

    Raises:
        SourceFailedError: it failed before it let anything out.
        WorkerLostError: it ended without a word.
    """
    watched = Watched()
    async with WorkerProcess(order) as worker:
        async for message in worker.messages(first_within_s=FIRST_WITHIN_S, silence_s=SILENCE_S):
            watched.take(message, time.time_ns())
            if isinstance(message, Failed) and not watched.times_s:
                raise SourceFailedError(cause=message.cause, detail=message.detail)
    return watched


def figures_of(watched: Watched, floor: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return the figures of a worker's pictures beside those of the floor.

    Raises:
        StationError: the worker let nothing out.
    """
    if len(watched.latencies_ms) < 2 or watched.opened is None or watched.health is None:
        raise StationError(f"bench: the worker let out {len(watched.latencies_ms)} pictures: {watched.withheld}")
    ours, of_floor = percentiles(watched.latencies_ms), percentiles(floor["lasted_ms"])
    decoding_ms = percentiles(floor["decoding_ms"])["p95_ms"]
    with_decoding_ms = round(ours["p95_ms"] + decoding_ms, 1)
    fps = (len(watched.times_s) - 1) / (max(watched.times_s) - min(watched.times_s))
    return {
        **ours,
        "p95_with_decoding_ms": with_decoding_ms,
        **{f"floor_{name}": value for name, value in of_floor.items()},
        "floor_decoding_p95_ms": decoding_ms,
        "floor_is_as_asked": of_floor["p50_ms"] <= MOST_FLOOR_MS,
        "video_fps": round(watched.opened.fps, 2),
        "fps": round(fps, 2),
        "reached": with_decoding_ms <= MOST_MS and fps >= AT_RATE * watched.opened.fps,
        "frames_out": len(watched.latencies_ms),
        "frames_withheld": sum(watched.withheld.values()),
        "withheld_because": watched.withheld,
        "masked_share": round(watched.health.masked_share, 4),
        "count_rate_hz": watched.health.count_rate_hz,
        "sealed": watched.opened.sealed,
    }


def percentiles(values_ms: Sequence[float]) -> dict[str, float]:
    """Return the median, the 95th percentile and the maximum, in tenths."""
    p50, p95, most = np.percentile(values_ms, [50, 95, 100])
    return {"p50_ms": round(float(p50), 1), "p95_ms": round(float(p95), 1), "max_ms": round(float(most), 1)}
