"""The closed loop live: telemetry over a real link, video over a real one, marks found in what the decoder gives.

Frames are stamped, capped and given their pose as in the sealed worker; only the process around them is left out.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import Intrinsics, PoseRefusal
from flightlink.track import PoseSource
from sitl.measure.density import place_of
from sitl.measure.marks import MarkFix, fix_of, seen_at
from sitl.world.errors import NotSeenError
from sitl.world.shot import Shot
from sitl.world.world import World
from vision.capped import CappedFrame
from vision.clock import LiveClock
from vision.errors import SourceLostError
from vision.raw.cap import Cap
from vision.raw.frames import RawFrame
from vision.raw.source import opened_stream

HELD_S = 0.5
"""A pose is asked so long after its frame came out of the decoder: the worker waits for its look as long."""
MOST_HELD = 32
MEASURED_EVERY = 4


@dataclass(kw_only=True)
class Measured:
    """What a live flight gave."""

    fixes: list[MarkFix] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)
    """How much later than its true capture each frame was stamped."""
    refusals: list[PoseRefusal] = field(default_factory=list)

    @property
    def words(self) -> str:
        errors = [fix.error_m for fix in self.fixes] or [np.nan]
        inside = np.mean([fix.error_m <= fix.ce90_m for fix in self.fixes]) if self.fixes else np.nan
        return (
            f"{len(self.fixes)} fixes, median {np.median(errors):.2f} m, p90 {np.percentile(errors, 90):.2f} m, "
            f"{inside:.0%} within ce90; stamps {np.median(self.late_ms):+.0f} ms "
            f"({np.min(self.late_ms):+.0f} to {np.max(self.late_ms):+.0f}); {len(self.refusals)} refusals"
        )


class Camera(threading.Thread):
    """Reads a live stream as the sealed worker does; the oldest frame is dropped where nobody takes it."""

    def __init__(self, address: str, *, latency_s: float) -> None:
        super().__init__(daemon=True)
        self.frames: deque[tuple[float, RawFrame]] = deque(maxlen=MOST_HELD)
        self._address = address
        self._clock = LiveClock(latency_ns=round(latency_s * 1e9))

    def run(self) -> None:
        try:
            for raw in opened_stream(self._address).live_frames(self._clock):
                if raw.index % MEASURED_EVERY == 0:
                    self.frames.append((time.monotonic(), raw))
        except SourceLostError:
            return


async def measured(
    world: World,
    camera: Camera,
    poses: Callable[[], PoseSource | None],
    shot_at: Callable[[float], Shot],
    *,
    epoch_utc_ns: int,
    lasts_s: float,
) -> Measured:
    """Place the marks of each frame that comes while `lasts_s` lasts.

    Args:
        world: its marks and its frames a second, by which a frame's true instant is told.
        camera: started.
        poses: the station's tracker of the vehicle, once it knows it.
        shot_at: the true camera at seconds since the world began; may wait.
        epoch_utc_ns: when the world began.
        lasts_s: how long.
    """
    found, cap, end_s = Measured(), Cap(), time.monotonic() + lasts_s
    while time.monotonic() < end_s:
        await asyncio.sleep(0.05)
        tracker = poses()
        if tracker is None or not camera.frames or time.monotonic() - camera.frames[0][0] < HELD_S:
            continue
        _, raw = camera.frames.popleft()
        pose = tracker.pose_at(raw.utc_ns)
        if isinstance(pose, PoseRefusal):
            found.refusals.append(pose)
            continue
        frame = cap.capped(raw, pose)
        with suppress(NotSeenError):
            await asyncio.to_thread(_place, found, world, frame, shot_at, (raw.utc_ns - epoch_utc_ns) / 1e9)
    return found


def _place(
    found: Measured, world: World, frame: CappedFrame, shot_at: Callable[[float], Shot], stamped_s: float
) -> None:
    """Add the fixes of one frame; its true instant is that near its stamp at which most marks are where they show."""
    if frame.pose is None:
        return
    grey = np.asarray(frame.pixels if frame.pixels.ndim == 2 else frame.pixels[..., 1], np.uint8)
    nearest = round(stamped_s * world.camera.fps)
    true_s, pixels = max(
        (
            (number / world.camera.fps, _seen(world, grey, frame.pose.intrinsics, shot_at(number / world.camera.fps)))
            for number in (nearest, nearest - 1, nearest + 1)
        ),
        key=lambda seen: len(seen[1]),
    )
    found.late_ms.append(1000 * (stamped_s - true_s))
    for at_m, pixel in pixels.items():
        fix = fix_of(frame.pose, pixel, place_of(world, at_m))
        found.fixes += [] if fix is None else [fix]


def _seen(
    world: World, grey: NDArray[np.uint8], intrinsics: Intrinsics, shot: Shot
) -> dict[tuple[float, float], NDArray[np.float64]]:
    """Return the pixel of each mark that a picture shows where a true camera has it."""
    scaled = Shot(place_m=shot.place_m, axes=shot.axes, intrinsics=intrinsics)
    places = [(mark.east_m, mark.north_m) for mark in world.marks]
    pixels = {at_m: seen_at(grey, scaled, at_m) for at_m in places}
    return {at_m: pixel for at_m, pixel in pixels.items() if pixel is not None}
