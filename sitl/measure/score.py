"""The figures of `evaluate density` out of what the station said and what was true. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from maps.cells import CellId
from sitl.measure.marks import MarkFix

WHOLE_SHARE: Final = 0.9
"""A cell is compared by its density where so much of it was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafPair:
    """One leaf, or one published cell, at one instant: what the station says beside what was there."""

    cell: CellId
    people: float
    true_people: float
    """On the part of it that was seen."""
    area_m2: float
    """Seen."""
    whole: bool
    """Nearly all of what lies in the mission area was seen."""
    saturated: bool
    """The station says that more people are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One instant."""

    t_s: float
    leaves: tuple[LeafPair, ...]
    published: tuple[LeafPair, ...]
    """Cells of the operator map that tell a figure, seen now and nearly whole."""
    published_people: float
    """Total of the operator map, after gate 2; NaN where none was asked for."""
    sigma: float
    """Of the sum over the leaves, as the station states it."""

    @property
    def people(self) -> float:
        """Estimate over all leaves seen."""
        return sum(leaf.people for leaf in self.leaves)

    @property
    def true_people(self) -> float:
        """Truth over all leaves seen."""
        return sum(leaf.true_people for leaf in self.leaves)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventScore:
    """How over-density was told."""

    true_events: int
    missed: int
    alarms: int
    """Places told anew, whether rightly or not."""
    false_alarms: int
    """Of them, where it was not even nearly too dense."""
    seconds_to_alert: tuple[float, ...]
    hours: float


def figures(instants: Sequence[Compared], fixes: Sequence[MarkFix], events: EventScore) -> dict[str, Any]:
    """Return the document; a figure for which there was nothing to measure is None.

    `count_error` is sum |estimate - truth| / sum truth over instants, of all people on the ground seen;
    `count_bias` the same with signs; `cell_mae_per_m2` the mean over whole leaves of |density - true density|;
    `ce90_coverage` the share of fixes within their own stated `ce90_m`.
    """
    truth = np.array([instant.true_people for instant in instants])
    estimate = np.array([instant.people for instant in instants])
    shown = np.array([instant.published_people for instant in instants])
    total = float(truth.sum())
    return {
        "count_error": _share(float(np.abs(estimate - truth).sum()), total),
        "count_bias": _share(float((estimate - truth).sum()), total),
        "published_count_bias": _share(float((shown - truth).sum()), total),
        "cell_mae_per_m2": _cell_mae(instants),
        "people_true_mean": _rounded(total / len(instants)) if instants else None,
        "within_two_sigma": _two_sigma(instants),
        "instants": len(instants),
        **position_figures(fixes),
        "events": {
            "kind": "over_density",
            "true": events.true_events,
            "missed": events.missed,
            "alarms": events.alarms,
            "false_per_hour": _rounded(events.false_alarms / events.hours) if events.hours else None,
            "seconds_to_alert": _rounded(float(np.median(events.seconds_to_alert)))
            if events.seconds_to_alert
            else None,
        },
    }


def position_figures(fixes: Sequence[MarkFix]) -> dict[str, Any]:
    """Return how far surveyed marks were placed from where they are, and how often within the stated `ce90_m`."""
    stated = [fix.ce90_m for fix in fixes]
    return {
        "position_error_m": _position(fixes),
        "ce90_m_median": _rounded(float(np.median(stated))) if stated else None,
        "ce90_coverage": _share(sum(fix.error_m <= fix.ce90_m for fix in fixes), len(fixes)),
        "mark_fixes": len(fixes),
    }


def _cell_mae(instants: Sequence[Compared]) -> float | None:
    errors = [
        abs(leaf.people - leaf.true_people) / leaf.area_m2
        for instant in instants
        for leaf in instant.leaves
        if leaf.whole
    ]
    return _rounded(float(np.mean(errors))) if errors else None


def _two_sigma(instants: Sequence[Compared]) -> float | None:
    within = sum(abs(instant.people - instant.true_people) <= 2 * instant.sigma for instant in instants)
    return _share(within, len(instants))


def _position(fixes: Sequence[MarkFix]) -> dict[str, float | None]:
    if not fixes:
        return {"median": None, "p90": None}
    errors = np.array([fix.error_m for fix in fixes])
    return {"median": _rounded(float(np.median(errors))), "p90": _rounded(float(np.percentile(errors, 90)))}


def _share(part: float, whole: float) -> float | None:
    return _rounded(part / whole) if whole else None


def _rounded(value: float) -> float:
    return round(value, 4)
