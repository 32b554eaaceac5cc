"""`evaluate alignment`: the bias of a simulated camera found from clicked marks, and where the station puts all others.

The vehicle's own telemetry, with its errors and the world's faults, is read as any recorded flight; each mark is
clicked where the true camera shows it, and on a map, both with an error. No picture is drawn.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flightlink.alignment import Alignment, aligned
from flightlink.alignment_file import load_alignment
from flightlink.attitude import wrapped_deg
from flightlink.camera_file import CameraFile, load_camera
from flightlink.pose import CameraPose
from flightlink.recorded.kinds import poses_from_file
from flightlink.track import PoseTrack
from groundstation.alignment.store import write_alignment
from groundstation.errors import BadInputError
from maps.alignment.answer import AlignmentRefusal, solution_of
from maps.alignment.points import CLICK_M, CLICK_PX, TiePoint
from sitl.measure.density import place_of
from sitl.measure.marks import MarkFix, fix_of
from sitl.measure.recorded import Span, true_shots, write_telemetry
from sitl.station_files import camera_toml
from sitl.world.file import load_world
from sitl.world.world import Mark, VehiclePlan, World

Floats = NDArray[np.float64]

POINTS: Final = 5
LOOKS_EVERY_S: Final = 5.0
"""Between two looks at all marks."""
MARGIN_PX: Final = 20.0
EPOCH_UTC_NS: Final = 1_780_000_000_000_000_000
FOUND_DEG: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicking:
    """How well marks are clicked, one standard deviation along each axis."""

    picture_px: float = CLICK_PX
    map_m: float = CLICK_M
    points: int = POINTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Flown:
    """One flight: what the station knows, and the truth."""

    world: World
    plan: VehiclePlan
    camera: CameraFile
    reported: PoseTrack
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """One flight aligned: how far off the bias is, and marks before and after."""

    off_deg: Floats
    """(2,) found minus what yaw and pitch were off by when the marks were clicked."""
    off_constant_deg: Floats
    """(2,) found minus the bias that the world states."""
    before: tuple[MarkFix, ...]
    after: tuple[MarkFix, ...]


def evaluate_alignment(world_file: Path, *, seeds: int, vehicle: str | None, clicking: Clicking) -> dict[str, Any]:
    """Measure a world over several seeds and return the document.

    Raises:
        WorldError: the world file has a hole.
        BadInputError: it has no such vehicle, or its marks give no alignment.
    """
    world = load_world(world_file)
    plan = _plan(world, vehicle)
    with tempfile.TemporaryDirectory(prefix="groundstation-alignment-") as name:
        runs = [
            _measured(_flown(replace(world, seed=world.seed + number), plan, Path(name)), Path(name), clicking)
            for number in range(seeds)
        ]
    return _document(world, plan, clicking, runs)


def _plan(world: World, vehicle: str | None) -> VehiclePlan:
    for plan in world.vehicles:
        if vehicle in (None, plan.name):
            return plan
    raise BadInputError(f"--vehicle {vehicle}: the world has {', '.join(plan.name for plan in world.vehicles)}")


def _flown(world: World, plan: VehiclePlan, folder: Path) -> Flown:
    """Return the flight as a station reads it from its files."""
    span = Span(epoch_utc_ns=EPOCH_UTC_NS, from_s=0.0, lasts_s=world.lasts_s)
    log, lens = folder / "flight.tlog", folder / "camera.toml"
    write_telemetry(log, world, plan, span)
    lens.write_text(camera_toml(world.camera, estimate=plan.estimate, latency_s=0.0), encoding="utf-8")
    camera = load_camera(lens)
    poses = poses_from_file(log, camera, plan.system_id).poses
    track = PoseTrack(capacity=max(1, len(poses)))
    for pose in poses:
        track.add(pose)
    return Flown(world=world, plan=plan, camera=camera, reported=track, span=span)


def _measured(flown: Flown, folder: Path, clicking: Clicking) -> Measured:
    rng = np.random.default_rng(flown.world.seed)
    ties = list(_ties(flown, clicking, rng))
    answer = solution_of(ties, utc_ns=EPOCH_UTC_NS)
    if isinstance(answer, AlignmentRefusal):
        raise BadInputError(f"{flown.world.name}, seed {flown.world.seed}: {answer.cause}: {answer.detail}")
    write_alignment(folder / "camera.alignment.toml", answer.alignment)
    found = load_alignment(folder / "camera.alignment.toml")
    estimate = flown.plan.estimate
    told = np.array(found.bias[:2])
    return Measured(
        off_deg=told - _mean_error_deg(flown, ties),
        off_constant_deg=told - np.array([estimate.yaw_bias_deg, estimate.pitch_bias_deg]),
        before=tuple(_fixes(flown, None)),
        after=tuple(_fixes(flown, found)),
    )


def _ties(flown: Flown, clicking: Clicking, rng: np.random.Generator) -> Iterator[TiePoint]:
    """Yield marks clicked in pictures spread over the flight, each another mark."""
    clicked: set[str] = set()
    for t_s in np.linspace(0.05, 0.95, clicking.points) * flown.span.lasts_s:
        seen = [
            (mark, pixel)
            for mark, pixel in marks_in_picture(flown.world, flown.plan, float(t_s))
            if mark.name not in clicked
        ]
        pose = _pose(flown, float(t_s))
        if not seen or pose is None:
            continue
        mark, pixel = seen[int(rng.integers(len(seen)))]
        clicked.add(mark.name)
        east_m, north_m = np.array([mark.east_m, mark.north_m]) + rng.normal(0, clicking.map_m, 2)
        lat_deg, lon_deg = place_of(flown.world, (float(east_m), float(north_m)))
        u_px, v_px = pixel + rng.normal(0, clicking.picture_px, 2)
        yield TiePoint(pose=pose, u_px=float(u_px), v_px=float(v_px), lat_deg=lat_deg, lon_deg=lon_deg)


def marks_in_picture(world: World, plan: VehiclePlan, t_s: float) -> list[tuple[Mark, Floats]]:
    """Return the marks that the true camera shows, with their pixels (2,)."""
    shot = true_shots(world, plan)(t_s)
    points = np.array([(mark.east_m, mark.north_m, 0.0) for mark in world.marks])
    pixels, depth = shot.projected(points)
    size = np.array([shot.intrinsics.width_px, shot.intrinsics.height_px])
    inside = (pixels > MARGIN_PX).all(axis=1) & (pixels < size - MARGIN_PX).all(axis=1) & (depth > 0)
    return [(mark, pixel) for mark, pixel, ok in zip(world.marks, pixels, inside, strict=True) if ok]


def _pose(flown: Flown, t_s: float) -> CameraPose | None:
    """Return the reported pose of a second since the world began, None where there is none."""
    pose = flown.reported.pose_at(EPOCH_UTC_NS + round(t_s * 1e9))
    return pose if isinstance(pose, CameraPose) else None


def _fixes(flown: Flown, alignment: Alignment | None) -> Iterator[MarkFix]:
    """Yield where the station puts each mark that is seen, every few seconds."""
    for t_s in np.arange(2.0, flown.span.lasts_s - 2.0, LOOKS_EVERY_S):
        pose = _pose(flown, float(t_s))
        for mark, pixel in marks_in_picture(flown.world, flown.plan, float(t_s)) if pose is not None else ():
            place = place_of(flown.world, (mark.east_m, mark.north_m))
            fix = None if pose is None else fix_of(aligned(pose, alignment), pixel, place)
            if fix is not None:
                yield fix


def _mean_error_deg(flown: Flown, ties: Sequence[TiePoint]) -> Floats:
    """Return (2,) what reported yaw and pitch were off by on average when the marks were clicked."""
    off = []
    for tie in ties:
        axes = true_shots(flown.world, flown.plan)((tie.pose.utc_ns - EPOCH_UTC_NS) / 1e9).axes
        yaw_deg, pitch_deg = np.degrees([np.arctan2(axes[2, 0], axes[2, 1]), np.arcsin(axes[2, 2])])
        off.append((wrapped_deg(tie.pose.yaw_deg - float(yaw_deg)), tie.pose.pitch_deg - float(pitch_deg)))
    mean: Floats = np.mean(off, axis=0)
    return mean


def _document(world: World, plan: VehiclePlan, clicking: Clicking, runs: Sequence[Measured]) -> dict[str, Any]:
    off, constant = (np.stack([getattr(run, name) for run in runs]) for name in ("off_deg", "off_constant_deg"))
    return {
        "world": world.name,
        "vehicle": plan.name,
        "seeds": len(runs),
        "points": clicking.points,
        "click": {"picture_px": clicking.picture_px, "map_m": clicking.map_m},
        "bias": {"yaw_deg": plan.estimate.yaw_bias_deg, "pitch_deg": plan.estimate.pitch_bias_deg},
        "found_within_0.3_deg": {"at_the_clicks": _share(off), "of_the_constant_bias": _share(constant)},
        "bias_error_deg": {"yaw_rms": _rms(off[:, 0]), "pitch_rms": _rms(off[:, 1])},
        "position_error_m": {name: _errors([getattr(run, name) for run in runs]) for name in ("before", "after")},
        "ce90_coverage": {name: _coverage([getattr(run, name) for run in runs]) for name in ("before", "after")},
    }


def _share(off_deg: Floats) -> dict[str, float]:
    within = np.abs(off_deg) <= FOUND_DEG
    yaw, pitch = within.mean(axis=0)
    return {
        "yaw": round(float(yaw), 3),
        "pitch": round(float(pitch), 3),
        "both": round(float(within.all(axis=1).mean()), 3),
    }


def _rms(off_deg: Floats) -> float:
    return round(float(np.sqrt(np.mean(off_deg**2))), 3)


def _errors(runs: Sequence[tuple[MarkFix, ...]]) -> dict[str, float]:
    """Return figures over all marks of all flights, and the share of flights whose own median is at most 1.5 m."""
    all_m = np.array([fix.error_m for run in runs for fix in run])
    medians = np.array([np.median([fix.error_m for fix in run]) for run in runs])
    return {
        "median": round(float(np.median(all_m)), 3),
        "p90": round(float(np.percentile(all_m, 90)), 3),
        "flights_with_median_up_to_1.5_m": round(float((medians <= 1.5).mean()), 3),
    }


def _coverage(runs: Sequence[tuple[MarkFix, ...]]) -> float:
    return round(float(np.mean([fix.error_m <= fix.ce90_m for run in runs for fix in run])), 3)
