"""What draws from two neighbouring worlds say about differential privacy: bounds on epsilon, and the law of the noise.

An audit bounds epsilon from below: if an event is far likelier with one detection more, epsilon cannot be small
(M. Jagielski, J. Ullman, A. Oprea, 2020). The event is chosen on one half of the draws and judged on the other, by
exact intervals of both shares (C. J. Clopper, E. S. Pearson, 1934). Pure.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DOUBT: Final = 1e-4
"""Chance that a bound is wrong. OpenDP's draws cannot be seeded, so what holds must seldom fail by chance."""
HALVINGS: Final = 50
FARTHEST: Final = 40
"""Noise beyond is one bin of the test of its law."""
TOO_FAR_SIGMA: Final = 4.3
"""A draw of the true law lies farther off once in 100,000 tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What an audit found."""

    at_least: float
    """Epsilon is no smaller, with probability 1 - `DOUBT`."""
    seen: float
    """What the shares of the event give by themselves."""


def clopper_pearson(hits: int, n: int, doubt: float) -> tuple[float, float]:
    """Return the ends of the exact interval of a share; each is wrong with probability `doubt` / 2 at most."""
    low = 0.0 if hits == 0 else _largest(lambda share: _tail(hits, n, share) <= doubt / 2)
    high = 1.0 if hits == n else _largest(lambda share: _tail(n - hits, n, 1 - share) > doubt / 2)
    return low, high


def _tail(hits: int, n: int, share: float) -> float:
    """Return the binomial probability of at least so many hits."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1, dtype=np.float64)))])
    counts = np.arange(hits, n + 1)
    ways = logs[n] - logs[counts] - logs[n - counts]
    return float(np.exp(ways + counts * math.log(share) + (n - counts) * math.log1p(-share)).sum())


def _largest(holds: Callable[[float], bool]) -> float:
    """Return the share up to which something holds that holds for small shares only."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return high


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Figures from a threshold on, or below it; likelier in one of the worlds."""

    threshold: float
    upwards: bool
    likelier_with: bool

    def has(self, draws: Floats) -> NDArray[np.bool_]:
        """Say for each figure whether it is in the event."""
        return np.asarray((draws >= self.threshold) == self.upwards, np.bool_)


def audit(without: Floats, with_one: Floats) -> Bound:
    """Return what figures (n,) of releases without and (n,) with one detection more say of epsilon."""
    half = len(without) // 2
    event = best_event(without[:half], with_one[:half])
    hits = [int(event.has(draws[half:]).sum()) for draws in (without, with_one)]
    less, more = hits if event.likelier_with else reversed(hits)
    return _bound(more, less, len(without) - half)


def best_event(without: Floats, with_one: Floats) -> Event:
    """Return the event that tells the two worlds apart best."""
    n, thresholds = len(without), np.unique(np.concatenate([without, with_one]))
    rest, rest_one = (np.searchsorted(np.sort(draws), thresholds) / n for draws in (without, with_one))
    scores = {
        (True, True): _score(1 - rest_one, 1 - rest, n),
        (True, False): _score(1 - rest, 1 - rest_one, n),
        (False, True): _score(rest_one, rest, n),
        (False, False): _score(rest, rest_one, n),
    }
    upwards, likelier_with = max(scores, key=lambda kind: float(scores[kind].max()))
    best = int(np.argmax(scores[upwards, likelier_with]))
    return Event(threshold=float(thresholds[best]), upwards=upwards, likelier_with=likelier_with)


def _score(more: Floats, less: Floats, n: int) -> Floats:
    """Return about how large an epsilon an event would prove: rare events prove little."""
    sure_more, sure_less = more - 3 * np.sqrt(more / n), less + 3 * np.sqrt((less + 1 / n) / n)
    return np.asarray(np.log(np.maximum(sure_more, 1e-12) / sure_less), np.float64)


def _bound(more: int, less: int, n: int) -> Bound:
    low, high = clopper_pearson(more, n, DOUBT)[0], clopper_pearson(less, n, DOUBT)[1]
    return Bound(
        at_least=max(math.log(max(low, 1e-300) / high), 0.0),
        seen=math.log(more / less) if more and less else math.inf if more else 0.0,
    )


def geometric_share(away: int, epsilon: float) -> float:
    """Return the probability of noise of at least `away` (above 0), of scale 1 / epsilon."""
    keep = math.exp(-epsilon)
    return keep**away / (1 + keep)


def sigmas_from_law(noise: Ints, epsilon: float) -> float:
    """Return how many standard deviations draws lie from the geometric law: chi-squared (Wilson, Hilferty, 1931)."""
    keep = math.exp(-epsilon)
    values = np.arange(-FARTHEST, FARTHEST + 1)
    expected = (1 - keep) / (1 + keep) * keep ** np.abs(values).astype(np.float64)
    expected[[0, -1]] = geometric_share(FARTHEST, epsilon)
    seen = np.bincount(np.clip(noise, -FARTHEST, FARTHEST) + FARTHEST, minlength=len(values))
    expected *= len(noise)
    kept = expected >= 5  # the usual condition; rarer values make one more bin
    bins = np.append(expected[kept], expected[~kept].sum() + 1e-9)
    found = np.append(seen[kept], seen[~kept].sum())
    squares, freedom = float(((found - bins) ** 2 / np.maximum(bins, 1)).sum()), int(kept.sum())
    spread = 2 / (9 * freedom)
    return float(((squares / freedom) ** (1 / 3) - (1 - spread)) / math.sqrt(spread))
