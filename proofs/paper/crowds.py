"""Crowds on paper, each by its seed: crushes, and audiences that stand close and calm."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

import sitl
from sitl.crowd.crowd import Crowd
from sitl.crowd.truth import density_per_m2
from sitl.measure.alarms import FROM_PER_M2
from sitl.measure.compared import RADIUS_M
from sitl.world.crowd_plan import CrowdPlan, Patch
from sitl.world.estimate import GOOD
from sitl.world.file import load_world
from sitl.world.world import VehiclePlan, World

WORLDS: Final = Path(sitl.__file__).parent / "worlds"
ARRIVALS_PER_S: Final = (3.5, 9.0)
"""People a second who press towards the gate: from a crush that comes slowly to one in half a minute."""
HEIGHTS: Final = (0.85, 1.3)
"""Of the vehicles' height in the world's file."""
LONGEST_S: Final = 240.0
CALM_PER_M2: Final = (2.2, 3.4)
"""Of an audience's tightest spot, people/m2 in a circle of `RADIUS_M`: the alert's threshold is 3.5."""
MEAN_OF_PEAK: Final = 0.8
NEAR_ENOUGH_PER_M2: Final = 0.05
TRIES: Final = 8


def crush_of(seed: int) -> World:
    """Return a crush of its own pace, seen from its own heights, by vehicles whose poses are off."""
    world, rng = load_world(WORLDS / "crush.toml"), np.random.default_rng([seed, 1 << 19])
    entrances = tuple(replace(one, people_per_s=float(rng.uniform(*ARRIVALS_PER_S))) for one in world.crowd.entrances)
    return replace(world, seed=seed, vehicles=_flown(world, rng), crowd=replace(world.crowd, entrances=entrances))


def crossing_s(world: World) -> float | None:
    """Return the first second in which people are too close somewhere in truth; None where they never are."""
    crowd = Crowd(world)
    for t_s in np.arange(0.0, LONGEST_S).tolist():
        people = crowd.people_at(t_s)
        places = np.column_stack([people.east_m, people.north_m])
        if len(people) and density_per_m2(people, places, RADIUS_M).max() >= FROM_PER_M2:
            return float(t_s)
    return None


def dense_of(seed: int) -> World:
    """Return an audience, its tightest spot as dense as the seed says, seen by vehicles of its own."""
    world, rng = load_world(WORLDS / "dense.toml"), np.random.default_rng([seed, 1 << 18])
    wanted = float(rng.uniform(*CALM_PER_M2))
    vehicles = _flown(world, rng)
    people = round(MEAN_OF_PEAK * wanted * _ground_m2(world.crowd.gatherings[0]))
    for _ in range(TRIES):
        dense = replace(world, seed=seed, vehicles=vehicles, crowd=_of_so_many(world.crowd, people))
        peak = tightest_per_m2(dense)
        if abs(peak - wanted) <= NEAR_ENOUGH_PER_M2:
            break
        people = round(people * wanted / peak)
    return dense


def _ground_m2(patch: Patch) -> float:
    return (patch.east_m[1] - patch.east_m[0]) * (patch.north_m[1] - patch.north_m[0])


def _of_so_many(plan: CrowdPlan, people: int) -> CrowdPlan:
    return replace(plan, gatherings=(replace(plan.gatherings[0], people=people),))


def tightest_per_m2(world: World) -> float:
    """Return the density about the person of a world who has most people around at its beginning."""
    people = Crowd(world).people_at(0.0)
    return float(density_per_m2(people, np.column_stack([people.east_m, people.north_m]), RADIUS_M).max())


def _flown(world: World, rng: np.random.Generator) -> tuple[VehiclePlan, ...]:
    """Return the vehicles of a world, each at another height and with poses that are off."""
    return tuple(_raised(plan, float(rng.uniform(*HEIGHTS))) for plan in world.vehicles)


def _raised(plan: VehiclePlan, factor: float) -> VehiclePlan:
    route = replace(plan.route, height_m=plan.route.height_m * factor, radius_m=plan.route.radius_m * factor)
    return replace(plan, route=route, estimate=GOOD)
