"""Surveyed marks placed by a station's poses, without rendering: the true camera says at which pixel each is seen."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from flightlink.camera_file import load_camera
from flightlink.pose import PoseRefusal
from flightlink.recorded.kinds import poses_from_file
from flightlink.track import PoseTrack
from sitl.measure.density import place_of
from sitl.measure.marks import MarkFix, fix_of
from sitl.measure.recorded import Span, files_of, true_shots, write_telemetry
from sitl.station_files import camera_toml
from sitl.world.world import VehiclePlan, World

EPOCH_NS = 1_900_000_000 * 1_000_000_000


def station_poses(world: World, plan: VehiclePlan, folder: Path, *, lasts_s: float) -> PoseTrack:
    """Return what a station makes of a flight's telemetry log and camera file."""
    span = Span(epoch_utc_ns=EPOCH_NS, from_s=0.0, lasts_s=lasts_s)
    files = files_of(folder, plan, span)
    files.camera.write_text(camera_toml(world.camera, estimate=plan.estimate, latency_s=0.0), encoding="utf-8")
    write_telemetry(files.telemetry, world, plan, span)
    flight = poses_from_file(files.telemetry, load_camera(files.camera), plan.system_id)
    track = PoseTrack(capacity=max(1, len(flight.poses)))
    for pose in flight.poses:
        track.add(pose)
    return track


def fixes(world: World, plan: VehiclePlan, track: PoseTrack, instants_s: Iterable[float]) -> Iterator[MarkFix]:
    """Yield a fix of each mark in view of the true camera at some instants."""
    shot_at, k = true_shots(world, plan), world.camera.intrinsics
    points = np.array([(mark.east_m, mark.north_m, 0.0) for mark in world.marks])
    for t_s in instants_s:
        pose = track.pose_at(EPOCH_NS + round(t_s * 1e9))
        if isinstance(pose, PoseRefusal):
            continue
        pixels, depth = shot_at(t_s).projected(points)
        inside = (depth > 0) & (pixels >= 0).all(axis=1) & (pixels < (k.width_px, k.height_px)).all(axis=1)
        for number in np.flatnonzero(inside):
            mark = world.marks[number]
            fix = fix_of(pose, pixels[number], place_of(world, (mark.east_m, mark.north_m)))
            if fix is not None:
                yield fix
