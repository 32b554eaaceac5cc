"""From what was found to tables: by threshold, size, angle, light and density. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from proofs.intervals import wilson
from proofs.measure.found import HIDDEN, NOBODY, Outcome
from proofs.measure.pictures import MeasuredPicture

Bools = NDArray[np.bool_]

THRESHOLDS: Final = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)
FINE_THRESHOLDS: Final = tuple(round(0.05 + 0.01 * step, 2) for step in range(71))
ALIKE: Final = 0.01
"""Thresholds whose count errors differ by no more count alike."""
UNCHOSEN: Final = 0.3
"""The threshold where nobody is in any picture, so that none can be chosen."""
SIZE_EDGES_PX: Final = (0, 8, 12, 16, 20, 26, 32, 40, 52, 64, 80, 100, 140, 200)
DEGREES: Final = 10
ALONE_DEG: Final = (25.0, 35.0, 45.0, 55.0, 65.0, 75.0, 85.0)
ALONE_PX: Final = (8.0, 12.0, 16.0, 20.0, 26.0, 32.0, 40.0, 52.0, 64.0, 80.0, 120.0)
DENSITY_EDGES_PER_M2: Final = (0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One picture with what was found in it."""

    picture: MeasuredPicture
    outcome: Outcome


def sums_at(seen: Sequence[Seen], threshold: float) -> dict[str, Any]:
    """Return recall, precision, F1 and count error of some pictures together; None where nothing was there.

    Who is nearly hidden is neither asked for nor a false alarm; `count_error_all` counts them among the people.
    """
    n = hits = centres = found = false = 0
    away = away_all = bias = 0
    for one in seen:
        out = one.outcome
        kept = out.found_score >= threshold
        people, said = len(out.people_px), int(kept.sum())
        n, hits = n + people, hits + int((out.people_score >= threshold).sum())
        centres += int((out.centre_score >= threshold).sum())
        false += int((kept & (out.found_whom == NOBODY)).sum())
        found += int((kept & (out.found_whom != HIDDEN)).sum())
        away, bias = away + abs(said - people), bias + said - people
        away_all += abs(said - people - out.hidden)
    hidden = sum(one.outcome.hidden for one in seen)
    return {
        "pictures": len(seen),
        "n": n,
        "hidden": hidden,
        "recall": _share(hits, n),
        "recall_ci95": _interval(hits, n),
        "centre_recall": _share(centres, n),
        "precision": _share(found - false, found),
        "f1": _share(2 * hits, n + found),
        "false_alarms": false,
        "count_error": _share(away, n),
        "count_bias": _share(bias, n),
        "count_error_all": _share(away_all, n + hidden),
    }


def by_threshold(seen: Sequence[Seen]) -> list[dict[str, Any]]:
    """Return a row for each of `THRESHOLDS`."""
    return [{"threshold": threshold, **sums_at(seen, threshold)} for threshold in THRESHOLDS]


def chosen_threshold(seen: Sequence[Seen]) -> float:
    """Return the threshold of least count error; of those within a hundredth of it the one of best F1."""
    rows = [(threshold, sums_at(seen, threshold)) for threshold in FINE_THRESHOLDS]
    told = [(row["count_error"], row["f1"] or 0.0, threshold) for threshold, row in rows if row["n"]]
    if not told:
        return UNCHOSEN
    least = min(error for error, _, _ in told)
    return max((f1, -error, threshold) for error, f1, threshold in told if error <= least + ALIKE)[2]


def by_size(seen: Sequence[Seen], threshold: float) -> list[dict[str, Any]]:
    """Return a row for each range of sizes in the network's input: recall of people, precision of what was found."""
    people_px, people_score, found_px, found_score = (
        np.concatenate([getattr(one.outcome, name) for one in seen] or [np.empty(0)])
        for name in ("people_px", "people_score", "found_px", "found_score")
    )
    whom = np.concatenate([one.outcome.found_whom for one in seen] or [np.empty(0, np.int64)])
    rows = []
    for from_px, to_px in itertools.pairwise((*SIZE_EDGES_PX, None)):
        inside = _within(people_px, from_px, to_px)
        counted = _within(found_px, from_px, to_px) & (found_score >= threshold) & (whom != HIDDEN)
        n, hits = int(inside.sum()), int((inside & (people_score >= threshold)).sum())
        if n or counted.any():
            right, found = int((whom[counted] >= 0).sum()), int(counted.sum())
            people = {"n": n, "recall": _share(hits, n), "recall_ci95": _interval(hits, n)}
            sizes = {"from_px": from_px, "to_px": to_px}
            rows.append({**sizes, **people, "found": found, "precision": _share(right, found)})
    return rows


def by_depression(seen: Sequence[Seen], threshold: float) -> list[dict[str, Any]]:
    """Return a row for each ten degrees of depression that some picture tells."""
    rows: dict[int, list[Seen]] = {}
    for one in seen:
        if one.picture.truth.depression_deg is not None:
            rows.setdefault(min(int(one.picture.truth.depression_deg // DEGREES), 8), []).append(one)
    return [
        {"from_deg": DEGREES * key, "to_deg": DEGREES * (key + 1), **sums_at(of, threshold)}
        for key, of in sorted(rows.items())
    ]


def by_light(seen: Sequence[Seen], threshold: float) -> list[dict[str, Any]]:
    """Return a row for each light that some picture tells."""
    lights = sorted({one.picture.light for one in seen if one.picture.light})
    return [
        {"light": light, **sums_at([one for one in seen if one.picture.light == light], threshold)} for light in lights
    ]


def by_density(seen: Sequence[Seen], threshold: float) -> list[dict[str, Any]]:
    """Return a row for each range of people/m2."""
    told = [one for one in seen if one.picture.per_m2 is not None]
    densities = np.array([one.picture.per_m2 for one in told], float)
    rows = []
    for low, high in itertools.pairwise((*DENSITY_EDGES_PER_M2, None)):
        inside = [one for one, is_in in zip(told, _within(densities, low, high), strict=True) if is_in]
        if inside:
            rows.append({"from_per_m2": low, "to_per_m2": high, **sums_at(inside, threshold)})
    return rows


def recall_alone(seen: Sequence[Seen], threshold: float) -> dict[str, Any] | None:
    """Return how often people who stand alone are found, by depression and by length in the network's input.

    Rows are depressions, columns lengths; each entry is of the half-open range about its figure. None where no camera
    is told. As `vision.recall` uses it.
    """
    told = [(one, one.picture.stands) for one in seen if one.picture.stands is not None]
    if not told:
        return None
    body_px = np.concatenate([stands.body_px * one.outcome.scale for one, stands in told])
    depression = np.concatenate([stands.depression_deg for _, stands in told])
    is_alone = np.concatenate([stands.is_alone for _, stands in told])
    is_found = np.concatenate([one.outcome.people_score for one, _ in told]) >= threshold
    n, hits = ([
        [int((is_alone & _about(depression, ALONE_DEG, row) & _about(body_px, ALONE_PX, column) & which).sum())
         for column in range(len(ALONE_PX))] for row in range(len(ALONE_DEG))
    ] for which in (np.ones_like(is_found), is_found))  # fmt: skip
    recalls = [[_share(hit, whole) for hit, whole in zip(*rows, strict=True)] for rows in zip(hits, n, strict=True)]
    return {"depressions_deg": list(ALONE_DEG), "lengths_px": list(ALONE_PX), "n": n, "recalls": recalls}


def _about(values: NDArray[np.float64], entries: Sequence[float], place: int) -> Bools:
    """Say which values (n,) lie nearer to an entry than to its neighbours."""
    nearest: Bools = np.abs(values[:, None] - np.array(entries)).argmin(axis=1) == place
    return nearest


def _within(sizes_px: NDArray[np.float64], low: float | None, high: float | None) -> Bools:
    inside: Bools = (sizes_px >= (low or 0)) & (sizes_px < (np.inf if high is None else high))
    return inside


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _interval(hits: int, n: int) -> list[float] | None:
    return [round(end, 4) for end in wilson(hits, n)] if n else None
