"""Were over-dense places told, how soon, and how often for nothing. Pure: instants in, a score out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maps.cells import CellId
from maps.events import OverDensityWatch
from maps.levels import STANDARD_THRESHOLDS
from sitl.measure.compared import Instant
from sitl.measure.score import EventScore

Floats = NDArray[np.float64]

FROM_PER_M2: Final = STANDARD_THRESHOLDS.alert_per_m2
LASTS_S: Final = 5.0
"""Over-dense for a shorter time is no event."""
NEARLY: Final = 0.8
"""An alarm near people at this share of the threshold is not false."""
NEAR_M: Final = 10.0
"""How far from over-dense people the told place may end."""
AROUND_S: Final = 10.0
"""How far apart in time an alarm and its cause may be."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dense:
    """Where it was dense at one instant; every array is (n, 2) in the mission CRS."""

    t_s: float
    over_m: Floats
    nearly_m: Floats


def score(instants: Sequence[Instant]) -> EventScore:
    """Return how the over-density of a watched world was told; instants are in order."""
    dense = [dense_places(instant) for instant in instants]
    told = told_roots(instants)
    events = true_events(dense)
    found = [_told_within(event, told, dense) for event in events]
    new = [(t_s, root) for before, (t_s, roots) in zip([set[CellId](), *(r for _, r in told)], told, strict=False)
           for root in sorted(roots - before)]  # fmt: skip
    return EventScore(
        true_events=len(events),
        alarms=len(new),
        missed=sum(at_s is None for at_s in found),
        false_alarms=sum(not _explained(t_s, root, dense) for t_s, root in new),
        seconds_to_alert=tuple(
            at_s - event[0].t_s for event, at_s in zip(events, found, strict=True) if at_s is not None
        ),
        hours=(dense[-1].t_s - dense[0].t_s) / 3600 if dense else 0.0,
    )


def told_roots(instants: Sequence[Instant]) -> list[tuple[float, set[CellId]]]:
    """Return for each instant the roots of which the station tells."""
    watch = OverDensityWatch()
    return [
        (instant.compared.t_s, {event.root for event in watch.take(instant.watched, instant.peaks)})
        for instant in instants
    ]


def true_events(dense: Sequence[Dense]) -> list[list[Dense]]:
    """Return the runs of instants with an over-dense place that last as long as an event must."""
    runs = [list(run) for over, run in groupby(dense, key=lambda one: bool(len(one.over_m))) if over]
    return [run for run in runs if run[-1].t_s - run[0].t_s >= LASTS_S]


def _told_within(
    event: Sequence[Dense], told: Sequence[tuple[float, set[CellId]]], dense: Sequence[Dense]
) -> float | None:
    """Return when an event was first told, at the right place; None if never."""
    for (t_s, roots), now in zip(told, dense, strict=True):
        places_m = now.over_m if len(now.over_m) else event[-1].over_m
        in_time = event[0].t_s <= t_s <= event[-1].t_s + AROUND_S
        if in_time and any(distances_m(places_m, root).min() <= NEAR_M for root in roots):
            return t_s
    return None


def _explained(t_s: float, root: CellId, dense: Sequence[Dense]) -> bool:
    """Say whether it was nearly too dense around a told place and time."""
    near = [one.nearly_m for one in dense if abs(one.t_s - t_s) <= AROUND_S and len(one.nearly_m)]
    return any(bool(distances_m(places_m, root).min() <= NEAR_M) for places_m in near)


def dense_places(instant: Instant) -> Dense:
    """Return where people stand too densely at an instant, and nearly."""
    people_m, per_m2 = instant.people_m, instant.per_m2
    return Dense(
        t_s=instant.compared.t_s,
        over_m=people_m[per_m2 >= FROM_PER_M2],
        nearly_m=people_m[per_m2 >= NEARLY * FROM_PER_M2],
    )


def distances_m(places_m: Floats, cell: CellId) -> Floats:
    """Return the distances (n,) of places (n, 2) from a cell; 0 inside it."""
    low = np.array([cell.east_index, cell.north_index], np.float64) * cell.size_m
    outside = np.maximum(np.maximum(low - places_m, places_m - low - cell.size_m), 0.0)
    return np.asarray(np.hypot(outside[:, 0], outside[:, 1]))
