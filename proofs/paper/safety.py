"""Life safety on paper: are crushes told, how soon, and how often is there an alarm for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from proofs.paper.crowds import WORLDS, crossing_s, crush_of
from proofs.paper.dense import LASTS_S, evaluate_dense
from proofs.paper.station import Watching, watched
from sitl.measure.alarms import score
from sitl.measure.score import EventScore
from sitl.world.estimate import GOOD
from sitl.world.file import load_world
from vision.networks import Networks

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
    dense_hours: float
    first_seed: int = 1
    """Of crushes and dense crowds; quiet and busy ones begin as far from their world's own."""


def evaluate_safety(asked: Asked, networks: Networks, told: Told) -> dict[str, Any]:
    """Return missed crushes, seconds to the alert and false alerts an hour, over seeded worlds on paper."""
    crushes = list(_crushes(asked, networks, told))
    document: dict[str, Any] = {"crush": _of_crushes(crushes)}
    for name, hours, lasts_s, every_s in (
        ("quiet", asked.quiet_hours, QUIET_S, QUIET_COUNTS_EVERY_S),
        ("three_drones", asked.busy_hours, BUSY_S, CRUSH_COUNTS_EVERY_S),
    ):
        seeds = hour_seeds(asked.first_seed, hours, lasts_s)
        scores = list(_calm(name, seeds, Watching(from_s=0.0, to_s=lasts_s, count_every_s=every_s), networks, told))
        document[name] = _of_calm(scores)
    document["dense"] = evaluate_dense(hour_seeds(asked.first_seed, asked.dense_hours, LASTS_S), networks, told)
    return document


def hour_seeds(first: int, hours: float, lasts_s: float) -> range:
    """Return the seeds of as many worlds as make up some hours, at least one for any time at all."""
    return range(first, first + (max(1, round(hours * 3600 / lasts_s)) if hours > 0 else 0))


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


def _calm(name: str, seeds: range, watching: Watching, networks: Networks, told: Told) -> Iterator[EventScore]:
    world = load_world(WORLDS / f"{name}.toml")
    vehicles = tuple(replace(plan, estimate=GOOD) for plan in world.vehicles)
    for number, seed in enumerate(seeds):
        yield score(watched(replace(world, seed=world.seed + seed - 1, vehicles=vehicles), networks, watching))
        told(f"{name} {number + 1} of {len(seeds)}")


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
