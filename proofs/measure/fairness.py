"""Recall of groups of rendered people, the widest gap of each grouping, and its interval. Pure.

Groups are drawn independently of where somebody stands, but a picture's light, angle and crowd weigh more than any
group, and children are smaller. A gap is therefore told twice: as it is, and between people of the same picture and
size: the group effects b of a least squares fit with an effect of its own for each picture and size (the within
estimator of a linear probability model), from (D - sum_s n_s n_s' / N_s) b = h - sum_s n_s H_s / N_s, where n_s and
N_s are a stratum's people by group and together, H_s its found people, D and h the groups' people and found people.
Intervals are of a bootstrap over pictures (B. Efron, 1979; percentiles).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from proofs.intervals import wilson
from proofs.measure.tables import SIZE_EDGES_PX, Seen

Floats = NDArray[np.float64]

LEAST_IN_GROUP: Final = 200
"""A smaller group is listed, but no gap is told of it: chance alone would make one."""
RESAMPLED: Final = 400


def fairness(seen: Sequence[Seen], threshold: float, *, seed: int = 1) -> dict[str, Any]:
    """Return for each grouping that the truth tells: recall of its groups, and the widest gap in points."""
    kinds = sorted({kind for one in seen for group in one.picture.groups for kind in group})
    return {kind: _grouping(seen, kind, threshold, np.random.default_rng(seed)) for kind in kinds}


def _grouping(seen: Sequence[Seen], kind: str, threshold: float, rng: np.random.Generator) -> dict[str, Any]:
    names = sorted({group[kind] for one in seen for group in one.picture.groups if kind in group})
    n, hits = _counts(seen, kind, names, threshold)
    sums = zip(names, n.sum(axis=(0, 2)).astype(int), hits.sum(axis=(0, 2)).astype(int), strict=True)
    groups = {name: _row(int(hit), int(whole)) for name, whole, hit in sums}
    large = [place for place, name in enumerate(names) if groups[name]["n"] >= LEAST_IN_GROUP]
    if len(large) < 2:
        return {"groups": groups, "widest": None}
    return {"groups": groups, "widest": _widest(n[:, large], hits[:, large], [names[place] for place in large], rng)}


def _row(hits: int, n: int) -> dict[str, Any]:
    return {"n": n, "recall": round(hits / n, 4), "recall_ci95": [round(end, 4) for end in wilson(hits, n)]}


def _counts(seen: Sequence[Seen], kind: str, names: list[str], threshold: float) -> tuple[Floats, Floats]:
    """Return how many people, and how many found, by picture, group and size: (pictures, groups, sizes) each."""
    n = np.zeros((len(seen), len(names), len(SIZE_EDGES_PX)))
    hits = np.zeros_like(n)
    place = {name: number for number, name in enumerate(names)}
    for row, one in enumerate(seen):
        bins = np.searchsorted(SIZE_EDGES_PX, one.outcome.people_px, side="right") - 1
        for group, size, score in zip(one.picture.groups, bins, one.outcome.people_score, strict=False):
            if kind in group:
                n[row, place[group[kind]], size] += 1
                hits[row, place[group[kind]], size] += score >= threshold
    return n, hits


def _widest(n: Floats, hits: Floats, names: list[str], rng: np.random.Generator) -> dict[str, Any]:
    drawn = rng.multinomial(len(n), np.full(len(n), 1 / len(n)), size=RESAMPLED).astype(float)
    drawn[0] = 1.0  # the pictures as they are
    plain = (drawn @ hits.sum(axis=2)) / np.maximum(drawn @ n.sum(axis=2), 1)
    return {"as_seen": _gap(names, plain[0], plain[1:]), "alike": _gap(names, *_effects(n, hits, drawn))}


def _effects(n: Floats, hits: Floats, drawn: Floats) -> tuple[Floats, Floats]:
    """Return the groups' effects (groups,) with all pictures, and (draws - 1, groups) with pictures drawn.

    Args:
        n: (pictures, groups, sizes) people.
        hits: the same of those found.
        drawn: (draws, pictures) how often each picture counts; the first draw is all of them.
    """
    whole = np.maximum(n.sum(axis=1, keepdims=True), 1)
    sides = hits.sum(axis=2) - (n * hits.sum(axis=1, keepdims=True) / whole).sum(axis=2)
    matrices = np.einsum("pg,gh->pgh", n.sum(axis=2), np.eye(n.shape[1])) - np.einsum("pgs,phs->pgh", n / whole, n)
    sums = np.tensordot(drawn, matrices, 1)
    effects = np.einsum("dgh,dh->dg", np.linalg.pinv(sums, hermitian=True), drawn @ sides)
    return effects[0], effects[1:]


def _gap(names: list[str], recalls: Floats, resampled: Floats) -> dict[str, Any]:
    """Return the gap between the best and the worst group, and its interval from resampled recalls (many, groups)."""
    best, worst = int(np.argmax(recalls)), int(np.argmin(recalls))
    gaps = 100 * (resampled[:, best] - resampled[:, worst])
    return {
        "best": names[best],
        "worst": names[worst],
        "gap_points": round(100 * float(recalls[best] - recalls[worst]), 2),
        "interval_points": [round(float(end), 2) for end in np.percentile(gaps, (2.5, 97.5))],
    }
