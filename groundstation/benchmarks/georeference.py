"""Pixels to the ground with their stated error, beside the bare intersection of rays and plane, and a bare march."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from statistics import median
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CONSUMER_GIMBAL, NO_DISTORTION, CameraPose, Intrinsics
from groundstation.benchmarks.hills import hills, marched
from groundstation.benchmarks.timing import cpu_seconds_of
from groundstation.errors import StationError
from maps.camera import Distortion, camera_axes
from maps.georeference import ground_from_image
from maps.terrain.grid import TerrainGrid

Floats = NDArray[np.float64]

POINTS: Final = 500_000
ROUNDS: Final = 5
QUICK_POINTS: Final = 20_000
BARREL: Final[Distortion] = (-0.16, 0.07, 0.0005, -0.0003, -0.03)
AGREES_M: Final = 1e-6
MARCHED_ONE_IN: Final = 20
"""The march is slow; its speed does not depend on the number of points."""
MARCH_AGREES_M: Final = 1.0
"""In the median: a march that steps over bumps is not exact."""


def measured(*, quick: bool) -> dict[str, Any]:
    """Return points per CPU second of ours, without and with lens distortion and on hills, and of floors beside them.

    Raises:
        StationError: ours and a floor give different places.
    """
    points, rounds = (QUICK_POINTS, 1) if quick else (POINTS, ROUNDS)
    u_px, v_px = pixels(points, np.random.default_rng(1))
    plain, barrel = view(NO_DISTORTION), view(BARREL)
    refuse_other_places(plain, u_px, v_px)
    country = hills(plain.lat_deg, plain.lon_deg)
    hovering = over(plain, country)
    few = slice(None, points // MARCHED_ONE_IN)
    refuse_other_hills(hovering, country, u_px[few], v_px[few])
    works: dict[str, Callable[[], object]] = {
        "points_per_s": partial(ground_from_image, plain, u_px, v_px),
        "points_per_s_distorted": partial(ground_from_image, barrel, u_px, v_px),
        "points_per_s_terrain": partial(ground_from_image, hovering, u_px, v_px, terrain=country),
        "floor_points_per_s": partial(plane_hits, plain, u_px, v_px),
        "marched_points_per_s_terrain": partial(marched, hovering, country, u_px[few], v_px[few]),
    }
    spent = [{name: cpu_seconds_of(work) for name, work in works.items()} for _ in range(rounds)]
    medians = {name: median(row[name] for row in spent) for name in works}
    ratio = medians["floor_points_per_s"] / medians["points_per_s"]
    medians["marched_points_per_s_terrain"] *= MARCHED_ONE_IN
    speeds = {name: round(points / spent_s) for name, spent_s in medians.items()}
    return {**speeds, "ratio_to_floor": round(ratio, 3), "points": points, "rounds": rounds}


def view(distortion: Distortion) -> CameraPose:
    """Return a camera 60 m over the ground that looks down at 45 degrees; no horizon in its picture."""
    intrinsics = Intrinsics(
        width_px=1920, height_px=1080, fx_px=1500.0, fy_px=1500.0, cx_px=959.5, cy_px=539.5, distortion=distortion
    )
    return CameraPose(
        utc_ns=0, lat_deg=48.857, lon_deg=2.352, alt_m=60.0, ground_alt_m=0.0, yaw_deg=30.0, pitch_deg=-45.0,
        roll_deg=1.0, intrinsics=intrinsics, sigma=CONSUMER_GIMBAL,
    )  # fmt: skip


def over(pose: CameraPose, country: TerrainGrid) -> CameraPose:
    """Return the same view as high over the ground of a model."""
    foot_m = float(country.at(np.array(pose.lat_deg), np.array(pose.lon_deg)))
    return replace(pose, alt_m=foot_m + pose.alt_agl_m, ground_alt_m=foot_m, height_datum=country.datum)


def pixels(count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return columns and rows, (count,) each, anywhere in the picture of `view`."""
    return rng.uniform(-0.5, 1919.5, count), rng.uniform(-0.5, 1079.5, count)


def plane_hits(pose: CameraPose, u_px: Floats, v_px: Floats) -> tuple[Floats, Floats]:
    """Return east and north in metres where the rays of pixels (n,) meet the ground: no errors, no degrees."""
    k = pose.intrinsics
    ideal = np.stack([(u_px - k.cx_px) / k.fx_px, (v_px - k.cy_px) / k.fy_px, np.ones_like(u_px)], axis=-1)
    rays = ideal @ camera_axes(pose)
    scale = -pose.alt_agl_m / rays[:, 2]
    return scale * rays[:, 0], scale * rays[:, 1]


def refuse_other_places(pose: CameraPose, u_px: Floats, v_px: Floats) -> None:
    """Refuse to time two answers that differ.

    Raises:
        StationError: they differ by more than a micrometre, or ours has none.
    """
    ours, floor = ground_from_image(pose, u_px, v_px), plane_hits(pose, u_px, v_px)
    miss = np.hypot(ours.east_m - floor[0], ours.north_m - floor[1])
    if not (miss <= AGREES_M).all():
        raise StationError("bench: georeference and its floor give different places; this is a fault of the station")


def refuse_other_hills(pose: CameraPose, country: TerrainGrid, u_px: Floats, v_px: Floats) -> None:
    """Refuse to time two answers on hills that differ.

    Raises:
        StationError: half of them differ by more than `MARCH_AGREES_M`, or ours has none.
    """
    ours, floor = ground_from_image(pose, u_px, v_px, terrain=country), marched(pose, country, u_px, v_px)
    miss = np.hypot(ours.east_m - floor[0], ours.north_m - floor[1])
    if not (ours.ok.all() and np.median(miss) <= MARCH_AGREES_M):
        raise StationError("bench: georeference and a march give different hills; this is a fault of the station")
