"""Fusion alone, on paper: several drones over one crowd are one crowd, beside the sum of them as a control.

Detectors err here as they say they do, so that what is left is the fusion's own error: a share of the people is found,
by each camera for itself, and each found person stands for one over that share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from groundstation.flight import epsg_of
from maps.cells import LEAF_SIZE_M, CellCounts, CellId, FusedCell
from maps.counting import counts_from_points
from maps.crs import MissionCrs
from maps.fusion import FusedMap
from maps.georeference import ground_from_image
from maps.observation import leaves_observed
from proofs.paper.crowds import WORLDS
from proofs.paper.station import EPOCH_UTC_NS, mission_of, pose_of
from sitl.measure.compared import NS_PER_S, Ground
from sitl.vehicle.flown import true_flight_of
from sitl.world.estimate import GOOD, estimated
from sitl.world.file import load_world
from sitl.world.shot import shot_from
from sitl.world.world import World

Floats = NDArray[np.float64]

DENSITIES_PER_M2: Final = (0.1, 0.3, 1.0, 2.0, 4.0, 6.0)
RECALL: Final = 0.8
WALK_M_S: Final = 0.7
STAYS_S: Final = 2.0
LASTS_S: Final = 20
SETTLES_S: Final = 4
COUNT_EVERY_S: Final = 0.5
LEAST_PX_PER_M: Final = 12.0
SEEN_NOW_S: Final = 1.0
TOLERATED_SHARE: Final = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Walkers:
    """People who walk straight on, wrapped around a box; places from home, (n, 2)."""

    begin_m: Floats
    velocity_m_s: Floats
    low_m: Floats
    high_m: Floats

    @classmethod
    def drawn(cls, world: World, per_m2: float, rng: np.random.Generator) -> Walkers:
        """Return so many a square metre over the box around the world's area, anywhere and any way."""
        corners = np.array(world.area_m, np.float64)
        low, high = corners.min(axis=0), corners.max(axis=0)
        people = round(per_m2 * float(np.prod(high - low)))
        angle = rng.uniform(0, 2 * np.pi, people)
        velocity = rng.uniform(0, WALK_M_S, people)[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        return cls(rng.uniform(low, high, (people, 2)), velocity, low, high)

    def at(self, t_s: float) -> Floats:
        """Return everybody's place at an instant."""
        return self.low_m + (self.begin_m + t_s * self.velocity_m_s - self.low_m) % (self.high_m - self.low_m)


def evaluate_fusion(*, seed: int) -> dict[str, Any]:
    """Return errors of the fused total and cells and of the drones' sum, for each density."""
    world = load_world(WORLDS / "three_drones.toml")
    world = replace(world, vehicles=tuple(replace(plan, estimate=GOOD) for plan in world.vehicles))
    rows = [_row(world, per_m2, np.random.default_rng([seed, round(1000 * per_m2)])) for per_m2 in DENSITIES_PER_M2]
    return {
        "by_density_per_m2": rows,
        "largest_total_error": max(row["total_error"] for row in rows),
        "control_sum_of_drones_fails": all(row["sum_of_drones_error"] > TOLERATED_SHARE for row in rows),
    }


def _row(world: World, per_m2: float, rng: np.random.Generator) -> dict[str, Any]:
    ground, walkers = Ground(world, epsg_of(mission_of(world))), Walkers.drawn(world, per_m2, rng)
    fused, newest = FusedMap(), dict[str, CellCounts]()
    off, off_cells, summed, true = 0.0, 0.0, 0.0, 0.0
    for t_s, some in _sent(world, ground, walkers, rng):
        fused.take(some)
        newest[some.source] = some
        if t_s < SETTLES_S or some.source != world.vehicles[-1].name:
            continue
        now_ns = some.utc_ns
        leaves = [leaf for leaf in fused.cells_at(now_ns) if now_ns - leaf.seen_utc_ns <= SEEN_NOW_S * NS_PER_S]
        there = ground.people_by_cell(ground.crs_from_world(walkers.at(t_s)))
        pairs = [_pair(leaf, ground, there) for leaf in leaves]
        true_now = sum(pair[1] for pair in pairs)
        off += abs(sum(pair[0] for pair in pairs) - true_now)
        off_cells += sum(abs(pair[0] - pair[1]) for pair in pairs)
        summed += abs(_sum_of_drones(newest.values(), {leaf.cell for leaf in leaves}) - true_now)
        true += true_now
    return {
        "per_m2": per_m2,
        "people": len(walkers.begin_m),
        "total_error": round(off / true, 4),
        "cells_error": round(off_cells / true, 4),
        "sum_of_drones_error": round(summed / true, 4),
    }


def _pair(leaf: FusedCell, ground: Ground, there: dict[CellId, int]) -> tuple[float, float]:
    """Return a leaf's people as estimated and as true, on the part of it that is seen."""
    area_m2 = max(ground.area_m2(leaf.cell), 1e-9)
    return leaf.people, there.get(leaf.cell, 0) * min(leaf.observed_share * LEAF_SIZE_M**2 / area_m2, 1.0)


def _sum_of_drones(newest: Sequence[CellCounts] | Any, cells: set[CellId]) -> float:
    return float(sum(count.people for counts in newest for count in counts.cells if count.cell in cells))


def _sent(
    world: World, ground: Ground, walkers: Walkers, rng: np.random.Generator
) -> Iterator[tuple[float, CellCounts]]:
    """Yield what each drone counts, all at the same instants, in order of time."""
    cameras = [_Camera(world, number, ground, len(walkers.begin_m), rng) for number in range(len(world.vehicles))]
    for step in range(round(LASTS_S / COUNT_EVERY_S)):
        t_s = step * COUNT_EVERY_S
        for camera in cameras:
            yield t_s, camera.counts(walkers.at(t_s), t_s)


class _Camera:
    """One drone that finds a known share of those in its picture; who is missed stays missed for some seconds."""

    def __init__(self, world: World, number: int, ground: Ground, people: int, rng: np.random.Generator) -> None:
        self._world, self._plan, self._people, self._rng = world, world.vehicles[number], people, rng
        self._crs, self._area = MissionCrs(ground.epsg), ground.area
        shapely.prepare(self._area)
        self._found, self._drawn_s = rng.random(people) < RECALL, 0.0

    def counts(self, place_m: Floats, t_s: float) -> CellCounts:
        if t_s - self._drawn_s >= STAYS_S:
            self._found, self._drawn_s = self._rng.random(self._people) < RECALL, t_s
        true = true_flight_of(self._world, self._plan)(t_s)
        seed = 1000 * self._world.seed + self._plan.system_id
        pose = pose_of(
            self._world, estimated(true, self._plan.estimate, seed=seed, t_s=t_s), EPOCH_UTC_NS + round(t_s * NS_PER_S)
        )
        k = self._world.camera.intrinsics
        pixels, depth_m = shot_from(true, k).projected(np.column_stack([place_m, np.zeros(len(place_m))]))
        inside = (depth_m > 0) & (pixels >= 0).all(axis=1) & (pixels <= (k.width_px - 1, k.height_px - 1)).all(axis=1)
        u_px, v_px = pixels[inside & self._found].T
        points = ground_from_image(pose, u_px, v_px)
        east_m, north_m = self._crs.crs_from_enu(pose)(points.east_m, points.north_m)
        leaves = leaves_observed(pose, self._crs, min_px_per_m=LEAST_PX_PER_M, area=self._area)
        return counts_from_points(
            self._plan.name, pose.utc_ns, leaves, east_m, north_m, recall=RECALL, saturated_per_m2=np.inf
        )
