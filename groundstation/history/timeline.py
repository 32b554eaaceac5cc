"""The kept time at a glance, for a strip: totals with error and share, the worst level, gaps. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any, Final

from groundstation.history.record import RISING, Told, seconds_between
from groundstation.instants import NS_PER_S, text_from_utc_ns

MOST_STEPS: Final = 360
GAP_INTERVALS: Final = 3
"""Maps further apart than so many intervals leave a gap."""


def timeline(told: Sequence[Told], *, utc_ns: int, interval_s: float, kept_s: int) -> dict[str, Any]:
    """Return the kept time in at most `MOST_STEPS` steps.

    Args:
        told: of each kept map, oldest first.
        utc_ns: now.
        interval_s: between kept maps.
        kept_s: how long maps are kept.
    """
    if not told:
        from_ns = to_ns = None
    else:
        from_ns, to_ns = told[0].utc_ns, told[-1].utc_ns
    span_s = 0.0 if not told else seconds_between(told[0].utc_ns, told[-1].utc_ns)
    step_s = max(interval_s, span_s / (MOST_STEPS - 1))
    return {
        "type": "Timeline",
        "utc": text_from_utc_ns(utc_ns),
        "from_utc": None if from_ns is None else text_from_utc_ns(from_ns),
        "to_utc": None if to_ns is None else text_from_utc_ns(to_ns),
        "kept_s": kept_s,
        "step_s": round(step_s, 3),
        "interval_s": round(interval_s, 3),
        "steps": [_step(part) for part in _steps(told, step_s)],
        "gaps": [
            {"from_utc": text_from_utc_ns(start), "to_utc": text_from_utc_ns(end)}
            for start, end in gaps([one.utc_ns for one in told] + [utc_ns], interval_s)
        ],
    }


def gaps(times_ns: Sequence[int], interval_s: float) -> Iterator[tuple[int, int]]:
    """Yield the spans in which nothing was kept: from the last map before to the first after."""
    longest_s = GAP_INTERVALS * interval_s
    for earlier, later in pairwise(times_ns):
        if seconds_between(earlier, later) > longest_s:
            yield earlier, later


def _steps(told: Sequence[Told], step_s: float) -> Iterator[list[Told]]:
    step_ns = round(step_s * NS_PER_S)
    for _, part in groupby(told, key=lambda one: (one.utc_ns - told[0].utc_ns) // step_ns):
        yield list(part)


def _step(part: Sequence[Told]) -> dict[str, Any]:
    """Return a step: of its map with most people, so that no peak is lost, and the worst level of all."""
    most = max(part, key=lambda one: -1.0 if one.people is None else one.people)
    return {
        "utc": text_from_utc_ns(most.utc_ns),
        "people": most.people,
        "people_sigma": most.people_sigma,
        "observed_share": most.observed_share,
        "level": worst(one.level for one in part),
        "lower_bound": any(one.lower_bound for one in part),
    }


def worst(levels: Iterable[str | None]) -> str | None:
    """Return the worst of some levels, None where there is none."""
    known = [RISING.index(level) for level in levels if level is not None]
    return RISING[max(known)] if known else None
