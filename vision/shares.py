"""Shares and their intervals, as the figures of an evaluation hold them. Pure; None where nothing was measured."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np

HEIGHT_EDGES_PX: Final = (0, 8, 12, 16, 24, 32, 48, 64, 96, 128)
"""Half-open ranges of truth heights begin here; the last has no end."""

T = TypeVar("T")


@dataclass(slots=True)
class Rate:
    """How many things came since an instant of a steady clock."""

    begun_s: float
    count: int = 0

    def counted(self, things: Iterable[T]) -> Iterator[T]:
        """Yield things and count them."""
        for thing in things:
            self.count += 1
            yield thing

    def per_s(self, now_s: float) -> float:
        """Return how many came in a second."""
        return self.count / max(now_s - self.begun_s, 1e-9)


def share(part: float, whole: float) -> float | None:
    """Return part / whole, None of nothing."""
    return part / whole if whole else None


def f1(hits: int, people: int, found: int) -> float | None:
    """Return the harmonic mean of recall and precision, 2 hits / (people + found)."""
    return share(2 * hits, people + found)


def wilson(hits: int, n: int) -> list[float] | None:
    """Return the 95 % interval of a share.

    (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n), z = 1.96. Source: E. B. Wilson, 1927. It
    takes the boxes as independent; those of neighbouring frames are not, so the true interval is wider.
    """
    if not n:
        return None
    z, p = 1.96, hits / n
    middle, spread = p + z * z / (2 * n), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    return [max(0.0, (middle - spread) / (1 + z * z / n)), min(1.0, (middle + spread) / (1 + z * z / n))]


def by_height(heights_px: Sequence[float], hits: Sequence[bool], name: str) -> list[dict[str, Any]]:
    """Return a row for each range of heights that somebody has."""
    heights, hit = np.array(heights_px, float), np.array(hits, bool)
    rows = []
    for from_px, to_px in itertools.pairwise((*HEIGHT_EDGES_PX, None)):
        inside = (heights >= (from_px or 0)) & (heights < (np.inf if to_px is None else to_px))
        n, count = int(inside.sum()), int(hit[inside].sum())
        if n:
            rows.append({"from_px": from_px, "to_px": to_px, "n": n, name: share(count, n)})
    return rows
