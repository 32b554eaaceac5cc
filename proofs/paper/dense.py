"""Crowds that stand close and calm, below the alert's threshold: how often is one told all the same, by its density.

What the score of a world calls false has nobody near at 80 % of the threshold. Here nobody is over the threshold at
any time, so that every alarm is one too many, and is counted, with the density that the crowd really had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from proofs.paper.crowds import dense_of
from proofs.paper.station import Watching, watched
from sitl.measure.alarms import score, told_roots
from sitl.measure.compared import Instant
from vision.networks import Networks

BANDS_PER_M2: Final = (2.2, 2.5, 2.8, 3.1, 3.4)
"""Of the tightest spot that there ever was, people/m2 in a circle of 2 m; the alert's threshold is 3.5."""
LASTS_S: Final = 300.0
"""Of one crowd; a long time is made of many, each watched by a flight of its own."""
COUNTS_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calm:
    """One calm crowd, watched."""

    peak_per_m2: float
    """True, the most that there was."""
    hours: float
    alarms: int
    """Places told anew."""
    called_false: int
    """Of them, those that `sitl.measure.alarms` calls false: nobody near at 80 % of the threshold."""
    told_share: float
    """Of the time."""


def evaluate_dense(seeds: Sequence[int], networks: Networks, told: Callable[[str], None]) -> list[dict[str, Any]]:
    """Return alarms an hour by the density that calm crowds really had."""
    return by_band(list(_calms(seeds, networks, told)))


def _calms(seeds: Sequence[int], networks: Networks, told: Callable[[str], None]) -> Iterator[Calm]:
    watching = Watching(from_s=0.0, to_s=LASTS_S, count_every_s=COUNTS_EVERY_S)
    for number, seed in enumerate(seeds):
        yield calm_from(watched(dense_of(seed), networks, watching))
        told(f"dense {number + 1} of {len(seeds)}")


def calm_from(instants: Sequence[Instant]) -> Calm:
    """Return what was told of a crowd in which nobody is over the threshold."""
    scored = score(instants)
    return Calm(
        peak_per_m2=max(float(instant.per_m2.max(initial=0.0)) for instant in instants),
        hours=scored.hours,
        alarms=scored.alarms,
        called_false=scored.false_alarms,
        told_share=float(np.mean([bool(roots) for _, roots in told_roots(instants)])),
    )


def by_band(calms: Sequence[Calm]) -> list[dict[str, Any]]:
    """Return a row for each band; crowds outside all bands are in none."""
    return [
        _row(low, high, [calm for calm in calms if low <= calm.peak_per_m2 < high])
        for low, high in pairwise(BANDS_PER_M2)
    ]


def _row(low: float, high: float, calms: Sequence[Calm]) -> dict[str, Any]:
    hours, alarms = sum(calm.hours for calm in calms), sum(calm.alarms for calm in calms)
    return {
        "true_peak_per_m2": [low, high],
        "worlds": len(calms),
        "hours": round(hours, 2),
        "alarms": alarms,
        "called_false": sum(calm.called_false for calm in calms),
        "worlds_with_an_alarm": sum(calm.alarms > 0 for calm in calms),
        "alarms_per_hour": round(alarms / hours, 2) if hours else None,
        "told_share_of_time": round(float(np.mean([calm.told_share for calm in calms])), 3) if calms else None,
    }
