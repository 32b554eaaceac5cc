"""`evaluate density`: a whole world filmed, logged, watched by the station and compared with the truth."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

from flightlink.pose import PoseRefusal
from groundstation.errors import BadInputError, StationError
from maps.geodesy import geodetic_from_enu
from sitl.crowd.crowd import Crowd
from sitl.demo import child
from sitl.measure.alarms import score
from sitl.measure.cell_error import cell_error
from sitl.measure.compared import NS_PER_S, Ground, instants
from sitl.measure.marks import MarkFix, fix_of, seen_at
from sitl.measure.recorded import Progress, Recorded, Span, asked_of, files_of, true_shots
from sitl.measure.score import figures, position_figures
from sitl.measure.watched import Watched, watch
from sitl.world.file import load_world
from sitl.world.world import VehiclePlan, World

AT_ONCE: Final = 2
"""Flights filmed, and watched, beside each other."""
STEP_S: Final = 1.0
SETTLES_S: Final = 2.0
"""From the first frame until the map is compared."""
MARKS_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to measure."""

    world_file: Path
    folder: Path
    """For the recordings."""
    seed: int | None = None
    """None: the world's own."""
    estimate: str | None = None
    """Errors of all vehicles, by the name of their kind; None: the world's own."""
    seconds: float | None = None
    """None: as long as the world says."""
    epoch_utc_ns: int = 1_780_000_000 * NS_PER_S


def evaluate_density(asked: Asked) -> dict[str, Any]:
    """Measure a world and return the document.

    Raises:
        WorldError: the world file has a hole.
        BadInputError: no such span.
        StationError: the station could not watch a recording.
    """
    world = asked_of(load_world(asked.world_file), seed=asked.seed, estimate=asked.estimate)
    span = Span(epoch_utc_ns=asked.epoch_utc_ns, from_s=0.0, lasts_s=asked.seconds or world.lasts_s)
    if span.lasts_s < 2 * SETTLES_S:
        raise BadInputError(f"--seconds {span.lasts_s:g}: the map needs at least {2 * SETTLES_S:g} s; give more")
    return _document(world, span, asyncio.run(_flown_and_watched(asked, world, span)))


async def _flown_and_watched(asked: Asked, world: World, span: Span) -> list[Watched]:
    return await _watched(await _recorded(asked, world, span), world, span)


async def _recorded(asked: Asked, world: World, span: Span) -> list[Recorded]:
    """Film every flight, each in a process of its own."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(plan: VehiclePlan) -> Recorded:
        arguments = [str(asked.world_file), "--vehicle", plan.name, "--out", str(asked.folder)]
        arguments += ["--epoch-utc-ns", str(span.epoch_utc_ns), "--seconds", str(span.lasts_s)]
        arguments += ["--seed", str(world.seed)]
        arguments += [] if asked.estimate is None else ["--estimate", asked.estimate]
        async with places, child("sitl.measure.recorded", *arguments) as process:
            if status := await process.wait():
                raise StationError(f"evaluate: filming {plan.name} ended with status {status}; its last line says why")
        return files_of(asked.folder, plan, span)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(plan)) for plan in world.vehicles]
    return [task.result() for task in tasks]


async def _watched(recordings: list[Recorded], world: World, span: Span) -> list[Watched]:
    places, frames = asyncio.Semaphore(AT_ONCE), max(1.0, span.lasts_s * world.camera.fps)

    async def one(recorded: Recorded) -> Watched:
        progress = Progress(f"{recorded.vehicle} watched")
        async with places:
            return await watch(recorded, lambda done: progress(done / frames))

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(recorded)) for recorded in recordings]
    return [task.result() for task in tasks]


def _document(world: World, span: Span, watched: list[Watched]) -> dict[str, Any]:
    epsg = watched[0].flight.epsg
    if epsg is None:
        raise BadInputError(f"{world.name}: lies where there is no metric CRS; move its home")
    ground = Ground(world, epsg)
    times_s = np.arange(span.from_s + SETTLES_S, span.from_s + span.lasts_s, STEP_S).tolist()
    seen = list(
        instants(Crowd(world), ground, [one.counts for one in watched], epoch_utc_ns=span.epoch_utc_ns, times_s=times_s)
    )
    plans = {plan.name: plan for plan in world.vehicles}
    fixes = [list(mark_fixes(world, plans[one.recorded.vehicle], one, span)) for one in watched]
    compared = [instant.compared for instant in seen]
    measured = figures(compared, [fix for some in fixes for fix in some], score(seen))
    return {
        "world": world.name,
        "seed": world.seed,
        "seconds": span.lasts_s,
        **measured,
        "cell_error": cell_error(compared),
        "vehicles": [_of_vehicle(one, some) for one, some in zip(watched, fixes, strict=True)],
    }


def _of_vehicle(watched: Watched, fixes: list[MarkFix]) -> dict[str, Any]:
    health = watched.worked.health
    return {
        "name": watched.recorded.vehicle,
        "frames": health.frames_in,
        "withheld": health.frames_withheld,
        "withheld_because": dict(health.withheld_because),
        "masked_share": round(health.masked_share, 4),
        "poses": len(watched.flight.poses),
        **position_figures(fixes),
    }


def mark_fixes(world: World, plan: VehiclePlan, watched: Watched, span: Span) -> Iterator[MarkFix]:
    """Yield a fix for each surveyed mark that a vehicle's pictures show, once a second.

    The mark is found in the decoded picture, as an officer would click it; the pose is the station's own.
    """
    track, shot_at = watched.poses(), true_shots(world, plan)
    every = max(1, round(MARKS_EVERY_S * world.camera.fps))
    with av.open(str(watched.recorded.video)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            t_s = span.from_s + number / world.camera.fps
            pose = track.pose_at(span.epoch_utc_ns + round(t_s * NS_PER_S)) if number % every == 0 else None
            if pose is None or isinstance(pose, PoseRefusal):
                continue
            grey = np.asarray(frame.to_ndarray(format="gray"), np.uint8)
            shot = shot_at(t_s)
            for mark in world.marks:
                pixel = seen_at(grey, shot, (mark.east_m, mark.north_m))
                fix = None if pixel is None else fix_of(pose, pixel, place_of(world, (mark.east_m, mark.north_m)))
                if fix is not None:
                    yield fix


def place_of(world: World, at_m: tuple[float, float]) -> tuple[float, float]:
    """Return latitude and longitude in degrees of a place east and north of home."""
    home = world.home
    east, north = np.array([at_m[0]]), np.array([at_m[1]])
    lat, lon = geodetic_from_enu(home.lat_deg, home.lon_deg, home.alt_amsl_m, east, north, 0.0)
    return float(lat[0]), float(lon[0])
