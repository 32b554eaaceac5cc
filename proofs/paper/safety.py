"""Life safety on paper: are crushes told, how soon, and how often is there an alarm for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

import sitl
from proofs.paper.station import Watching, watched
from sitl.crowd.crowd import Crowd
from sitl.crowd.truth import density_per_m2
from sitl.measure.alarms import FROM_PER_M2, score
from sitl.measure.score import EventScore
from sitl.world.estimate import GOOD
from sitl.world.file import load_world
from sitl.world.world import VehiclePlan, World
from vision.networks import Networks

WORLDS: Final = Path(sitl.__file__).parent / "worlds"
ARRIVALS_PER_S: Final = (3.5, 9.0)
"""People a second who press towards the gate: from a crush that comes slowly to one in half a minute."""
HEIGHTS: Final = (0.85, 1.3)
"""Of the vehicles' height in the world's file."""
LONGEST_S: Final = 240.0
BEFORE_S, AFTER_S = 15.0, 22.0
"""How long a crush is watched before the truth crosses the threshold, and after."""
CRUSH_COUNTS_EVERY_S: Final = 0.5
QUIET_COUNTS_EVERY_S: Final = 2.0
BUSY_S: Final = 120.0
QUIET_S: Final = 600.0
"""Of one quiet crowd; a long time is made of many."""

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How much is tried."""

    crushes: int
    quiet_hours: float
    busy_hours: float
    first_seed: int = 1


def evaluate_safety(asked: Asked, networks: Networks, told: Told) -> dict[str, Any]:
    """Return missed crushes, seconds to the alert and false alerts an hour, over seeded worlds on paper."""
    crushes = list(_crushes(asked, networks, told))
    document: dict[str, Any] = {"crush": _of_crushes(crushes)}
    for name, hours, lasts_s, every_s in (
        ("quiet", asked.quiet_hours, QUIET_S, QUIET_COUNTS_EVERY_S),
        ("three_drones", asked.busy_hours, BUSY_S, CRUSH_COUNTS_EVERY_S),
    ):
        worlds = max(1, round(hours * 3600 / lasts_s)) if hours > 0 else 0
        scores = list(_calm(name, worlds, Watching(from_s=0.0, to_s=lasts_s, count_every_s=every_s), networks, told))
        document[name] = _of_calm(scores)
    return document


def crush_of(seed: int) -> World:
    """Return a crush of its own pace, seen from its own heights, by vehicles whose poses are off."""
    world, rng = load_world(WORLDS / "crush.toml"), np.random.default_rng([seed, 1 << 19])
    entrances = tuple(replace(one, people_per_s=float(rng.uniform(*ARRIVALS_PER_S))) for one in world.crowd.entrances)
    vehicles = tuple(_raised(plan, float(rng.uniform(*HEIGHTS))) for plan in world.vehicles)
    return replace(world, seed=seed, vehicles=vehicles, crowd=replace(world.crowd, entrances=entrances))


def _raised(plan: VehiclePlan, factor: float) -> VehiclePlan:
    route = replace(plan.route, height_m=plan.route.height_m * factor, radius_m=plan.route.radius_m * factor)
    return replace(plan, route=route, estimate=GOOD)


def crossing_s(world: World) -> float | None:
    """Return the first second in which people are too close somewhere in truth; None where they never are."""
    crowd = Crowd(world)
    for t_s in np.arange(0.0, LONGEST_S).tolist():
        people = crowd.people_at(t_s)
        places = np.column_stack([people.east_m, people.north_m])
        if len(people) and density_per_m2(people, places, 2.0).max() >= FROM_PER_M2:
            return float(t_s)
    return None


def _crushes(asked: Asked, networks: Networks, told: Told) -> Iterator[EventScore]:
    for number in range(asked.crushes):
        world = crush_of(asked.first_seed + number)
        begins_s = crossing_s(world)
        if begins_s is None:
            continue
        watching = Watching(
            from_s=max(0.0, begins_s - BEFORE_S), to_s=begins_s + AFTER_S, count_every_s=CRUSH_COUNTS_EVERY_S
        )
        yield score(watched(world, networks, watching))
        told(f"crush {number + 1} of {asked.crushes}")


def _calm(name: str, worlds: int, watching: Watching, networks: Networks, told: Told) -> Iterator[EventScore]:
    world = load_world(WORLDS / f"{name}.toml")
    for number in range(worlds):
        vehicles = tuple(replace(plan, estimate=GOOD) for plan in world.vehicles)
        yield score(watched(replace(world, seed=world.seed + number, vehicles=vehicles), networks, watching))
        told(f"{name} {number + 1} of {worlds}")


def _of_crushes(scores: Sequence[EventScore]) -> dict[str, Any]:
    delays = sorted(delay for one in scores for delay in one.seconds_to_alert)
    return {
        "worlds": len(scores),
        "true_events": sum(one.true_events for one in scores),
        "missed": sum(one.missed for one in scores),
        "false_alarms": sum(one.false_alarms for one in scores),
        "seconds_to_alert": _quantiles(delays),
        "later_than_10_s": sum(delay > 10 for delay in delays),
    }


def _of_calm(scores: Sequence[EventScore]) -> dict[str, Any]:
    hours, false_alarms = sum(one.hours for one in scores), sum(one.false_alarms for one in scores)
    return {
        "worlds": len(scores),
        "hours": round(hours, 2),
        "true_events": sum(one.true_events for one in scores),
        "false_alarms": false_alarms,
        "false_per_hour": round(false_alarms / hours, 3) if hours else None,
    }


def _quantiles(delays: Sequence[float]) -> dict[str, float] | None:
    if not delays:
        return None
    median, p90, most = np.quantile(delays, (0.5, 0.9, 1.0)).round(2).tolist()
    return {"median": median, "p90": p90, "max": most}
