"""The recording of one vehicle's flight over a world: video, telemetry, camera and mission file in a folder.

python -m sitl.measure.recorded WORLD.toml --vehicle D1 --out FOLDER --seconds 30
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from flightlink.errors import FlightlinkError
from sitl.crowd.crowd import Crowd
from sitl.options import plan_named
from sitl.picture.render import Renderer
from sitl.picture.sprite_set import SpriteSet
from sitl.station_files import camera_toml, mission_toml
from sitl.vehicle.flight_record import recorded_tlog
from sitl.vehicle.flown import board_of, true_flight_of
from sitl.vehicle.true_camera import true_intrinsics
from sitl.world.estimate import KINDS
from sitl.world.file import load_world
from sitl.world.shot import Shot, shot_from
from sitl.world.world import VehiclePlan, World

Bytes = NDArray[np.uint8]

TOLD_EVERY_S: Final = 2.0
BAD_INPUT: Final = 2
TELEMETRY_LEADS_S: Final = 2.0
"""The log begins so long before the first frame and ends so long after the last."""
OPTIONS: Final = {
    "preset": "ultrafast",
    "tune": "zerolatency",
    "x264-params": "bitrate=5000:vbv-maxrate=5000:vbv-bufsize=500:scenecut=0:crf=21",
}
"""As the simulated camera sends live: the station must find people in what compression leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The files of one flight."""

    vehicle: str
    system_id: int
    video: Path
    telemetry: Path
    camera: Path
    mission: Path
    starts_utc_ns: int
    """Capture time of the first frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which part of a world is recorded."""

    epoch_utc_ns: int
    """When the world began."""
    from_s: float
    """Since then."""
    lasts_s: float

    @property
    def starts_utc_ns(self) -> int:
        """Capture time of the first frame."""
        return self.epoch_utc_ns + round(self.from_s * 1e9)


class Progress:
    """Tells on standard error how far something is, every two seconds."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._told_s = time.monotonic()

    def __call__(self, share: float) -> None:
        """Note the share that is done."""
        if time.monotonic() - self._told_s >= TOLD_EVERY_S:
            self._told_s = time.monotonic()
            sys.stderr.write(f"evaluate: {self._what} {share:.0%}\n")


def asked_of(world: World, *, seed: int | None, estimate: str | None) -> World:
    """Return the world with another crowd and other errors of its vehicles; None leaves its own."""
    vehicles = world.vehicles
    if estimate is not None:
        vehicles = tuple(replace(plan, estimate=KINDS[estimate]) for plan in vehicles)
    return replace(world, seed=world.seed if seed is None else seed, vehicles=vehicles)


def files_of(folder: Path, plan: VehiclePlan, span: Span) -> Recorded:
    """Return the names of a flight's files in a folder."""
    return Recorded(
        vehicle=plan.name,
        system_id=plan.system_id,
        video=folder / f"{plan.name}.mp4",
        telemetry=folder / f"{plan.name}.tlog",
        camera=folder / f"{plan.name}.toml",
        mission=folder / "mission.toml",
        starts_utc_ns=span.starts_utc_ns,
    )


def record(world: World, plan: VehiclePlan, folder: Path, span: Span) -> None:
    """Film and log one vehicle's flight into a folder, which is made.

    Raises:
        OSError: the folder cannot be written.
    """
    cv2.setNumThreads(1)
    folder.mkdir(parents=True, exist_ok=True)
    files = files_of(folder, plan, span)
    files.camera.write_text(camera_toml(world.camera, estimate=plan.estimate, latency_s=0.0), encoding="utf-8")
    begins = datetime.fromtimestamp(span.starts_utc_ns / 1e9, UTC)
    files.mission.write_text(mission_toml(world, starts_utc=begins), encoding="utf-8")
    write_telemetry(files.telemetry, world, plan, span)
    told = Progress(f"{plan.name} filmed")
    write_video(files.video, world.camera.fps, _told_of(frames_of(world, plan, span), span, world, told))


def write_telemetry(path: Path, world: World, plan: VehiclePlan, span: Span) -> None:
    """Write what the vehicle said on its link, with the world's faults, as a log."""
    log = recorded_tlog(
        world,
        plan,
        epoch_utc_ns=span.epoch_utc_ns,
        from_s=span.from_s - TELEMETRY_LEADS_S,
        lasts_s=span.lasts_s + 2 * TELEMETRY_LEADS_S,
    )
    path.write_bytes(log)


def frame_instants_s(world: World, span: Span) -> list[float]:
    """Return when each frame is taken, in seconds since the world began."""
    fps = world.camera.fps
    return [span.from_s + number / fps for number in range(max(1, round(span.lasts_s * fps)))]


def frames_of(world: World, plan: VehiclePlan, span: Span) -> Iterator[Bytes]:
    """Yield uint8 (height, width, 3) BGR pictures, each from the vehicle's true place at its instant."""
    crowd, renderer, shot_at = Crowd(world), Renderer(world, SpriteSet()), true_shots(world, plan)
    for number, t_s in enumerate(frame_instants_s(world, span)):
        yield renderer.frame(shot_at(t_s), crowd.people_at(t_s), number)


def true_shots(world: World, plan: VehiclePlan) -> Callable[[float], Shot]:
    """Return a vehicle's true camera by seconds since the world began, whatever its telemetry says."""
    flight_at = true_flight_of(world, plan)
    intrinsics_at = true_intrinsics(world.camera.intrinsics, board_of(world, plan))
    return lambda t_s: shot_from(flight_at(t_s), intrinsics_at(t_s))


def _told_of(frames: Iterator[Bytes], span: Span, world: World, told: Callable[[float], None]) -> Iterator[Bytes]:
    total = len(frame_instants_s(world, span))
    for number, frame in enumerate(frames, start=1):
        yield frame
        told(number / total)


def write_video(path: Path, fps: float, frames: Iterator[Bytes]) -> None:
    """Write pictures as H.264 in MP4, evenly spaced from 0.

    Raises:
        OSError: the file cannot be written.
    """
    rate = Fraction(fps).limit_denominator(1000)
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=rate, options=OPTIONS)
        stream.codec_context.thread_count = 1
        for number, picture in enumerate(frames):
            if number == 0:
                stream.height, stream.width, stream.pix_fmt = picture.shape[0], picture.shape[1], "yuv420p"
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = number, 1 / rate
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def main() -> int:
    """Record one flight; 2 where the world file has a hole or the folder cannot be written."""
    parser = argparse.ArgumentParser(prog="python -m sitl.measure.recorded", description="film and log one flight")
    parser.add_argument("world", type=Path)
    parser.add_argument("--vehicle", required=True)
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--epoch-utc-ns", type=int, required=True, help="when the world began")
    parser.add_argument("--seed", type=int, help="of the crowd; default: the world's own")
    parser.add_argument("--estimate", choices=tuple(KINDS), help="errors of the vehicles; default: the world's own")
    parser.add_argument("--seconds", type=float, required=True)
    asked = parser.parse_args()
    try:
        world = asked_of(load_world(asked.world), seed=asked.seed, estimate=asked.estimate)
        span = Span(epoch_utc_ns=asked.epoch_utc_ns, from_s=0.0, lasts_s=asked.seconds)
        record(world, plan_named(world, asked.vehicle), asked.out, span)
    except (FlightlinkError, OSError) as error:
        sys.stderr.write(f"evaluate: {error}\n")
        return BAD_INPUT
    return 0


if __name__ == "__main__":
    sys.exit(main())
