"""The time between two clocks by one motion seen on both: cross-correlation, its peak between the steps, its error.

The instant of the poses is the instant of the picture by the video's clock, plus the offset. For the error, each block
of the video tells its own remainder of the offset, by least squares against the slope of the predicted motion; their
spread counts, weighted with how much motion each block holds. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.turning.measured import Turn
from vision.turning.predicted import STEP_NS, Predicted

Floats = NDArray[np.float64]

LEAST_PAIRS: Final = 40
LEAST_SHARE: Final = 0.5
"""Of the measured pairs must lie where there are poses."""
LEAST_RATE: Final = 0.01
"""Spread of the motion, widths of the picture (or radians) per second, below which there is nothing to match."""
LEAST_CORRELATION: Final = 0.6
RIVAL_SHARE: Final = 0.93
"""A second peak so high beside the first makes both doubtful: the motion repeats itself."""
RIVAL_NS: Final = 400_000_000
BLOCKS: Final = 8
LEAST_BLOCKS: Final = 3
"""In so many there must be motion: fewer tell no spread, so no error."""
STILL_SHARE: Final = 1e-6
"""Of the greatest block's weight: what is below moves by rounding alone."""
LEAST_ERROR_S: Final = 0.002
FINE_STEPS: Final = 40
"""Of a grid step, on each side of the peak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """What the match found; `refusal` says why nothing may be believed, empty where it may."""

    refusal: str
    offset_s: float = 0.0
    sigma_s: float = 0.0
    correlation: float = 0.0
    pairs: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Series:
    times_ns: Floats
    """float64 (n,), ns after the first instant of the predicted motion, at offset 0."""
    rates: Floats
    """float64 (n, 3)."""


def offset_between(turns: list[Turn], predicted: Predicted, *, starts_ns: int, search_s: float) -> Offset:
    """Return by how much the pictures' clock must be moved to meet that of the poses.

    Args:
        turns: of the pictures, in order.
        predicted: of the poses.
        starts_ns: assumed UTC of the first picture.
        search_s: greatest offset that is looked for, on either side.

    Refusals: `too short`, `no rotation to match`, `no poses of this time`, `no match`, `ambiguous`,
    `at the limit of the search`.
    """
    if len(turns) < LEAST_PAIRS:
        return Offset(refusal="too short", pairs=len(turns))
    series = _series(turns, starts_ns - predicted.first_ns)
    if _spread(series.rates) < LEAST_RATE:
        return Offset(refusal="no rotation to match", pairs=len(turns))
    steps = round(search_s * 1e9 / STEP_NS)
    coarse = np.arange(-steps, steps + 1, dtype=np.float64) * STEP_NS
    heights = np.array([_correlation(series, predicted, offset_ns) for offset_ns in coarse])
    if not np.isfinite(heights).any():
        return Offset(refusal="no poses of this time", pairs=len(turns))
    best = int(np.nanargmax(heights))
    refusal = _refusal(heights, coarse, best, series, predicted)
    if refusal:
        return Offset(refusal=refusal, correlation=float(heights[best]), pairs=len(turns))
    return _refined(series, predicted, float(coarse[best]))


def _series(turns: list[Turn], begun_ns: int) -> _Series:
    times_ns = np.array([turn.time_s for turn in turns]) * 1e9 + begun_ns
    rates = np.array([(turn.right_per_s, turn.down_per_s, turn.turned_per_s) for turn in turns])
    return _Series(times_ns, rates)


def _both(series: _Series, predicted: Predicted, offset_ns: float) -> tuple[Floats, Floats] | None:
    """Return measured and predicted rates where both are known, each less its mean; None where too few are."""
    told = predicted.at(series.times_ns + offset_ns)
    known = np.asarray(np.isfinite(told).all(axis=1), np.bool_)
    if np.count_nonzero(known) < max(LEAST_PAIRS, LEAST_SHARE * known.size):
        return None
    measured, told = series.rates[known], told[known]
    return measured - measured.mean(axis=0), told - told.mean(axis=0)


def _spread(rates: Floats) -> float:
    return float(np.sqrt(rates.var(axis=0).sum()))


def _correlation(series: _Series, predicted: Predicted, offset_ns: float) -> float:
    both = _both(series, predicted, offset_ns)
    if both is None:
        return float("nan")
    measured, told = both
    size = float(np.sqrt((measured**2).sum() * (told**2).sum()))
    return float((measured * told).sum()) / size if size > 0 else float("nan")


def _refusal(heights: Floats, coarse: Floats, best: int, series: _Series, predicted: Predicted) -> str:
    both = _both(series, predicted, float(coarse[best]))
    if both is None or _spread(both[1]) < LEAST_RATE:
        return "no rotation to match"
    if heights[best] < LEAST_CORRELATION:
        return "no match"
    elsewhere = np.abs(coarse - coarse[best]) > RIVAL_NS
    if elsewhere.any() and np.nanmax(np.where(elsewhere, heights, -1.0)) > RIVAL_SHARE * heights[best]:
        return "ambiguous"
    known = np.flatnonzero(np.isfinite(heights))
    return "at the limit of the search" if best in (known[0], known[-1]) else ""


def _refined(series: _Series, predicted: Predicted, coarse_ns: float) -> Offset:
    """Return the peak between the steps and its error."""
    fine = coarse_ns + np.arange(-FINE_STEPS, FINE_STEPS + 1) * (2.0 * STEP_NS / FINE_STEPS)
    heights = np.array([_correlation(series, predicted, offset_ns) for offset_ns in fine])
    best = int(np.nanargmax(heights))
    at_ns = float(fine[best])
    if 0 < best < len(fine) - 1:
        before, here, after = heights[best - 1 : best + 2]
        bend = before - 2 * here + after
        at_ns += float((before - after) / (2 * bend)) * (fine[1] - fine[0]) if bend < 0 else 0.0
    sigma_s = _sigma_s(series, predicted, at_ns)
    if sigma_s is None:
        return Offset(refusal="no rotation to match", correlation=float(heights[best]), pairs=len(series.rates))
    return Offset(
        refusal="",
        offset_s=float(at_ns / 1e9),
        sigma_s=sigma_s,
        correlation=float(heights[best]),
        pairs=len(series.rates),
    )


def _sigma_s(series: _Series, predicted: Predicted, offset_ns: float) -> float | None:
    """Return the error by the spread of the blocks' own remainders, weighted with the motion in each.

    A block that stands still says nothing; None where fewer than `LEAST_BLOCKS` move.
    """
    half_ns = STEP_NS / 2.0
    before, told, after = (predicted.at(series.times_ns + offset_ns + step_ns) for step_ns in (-half_ns, 0.0, half_ns))
    slope = (after - before) / (STEP_NS / 1e9)
    known = np.asarray(np.isfinite(slope).all(axis=1), np.bool_)
    left, slope = (series.rates - told)[known], slope[known]
    left -= left.mean(axis=0)
    blocks = np.array_split(np.arange(len(left)), BLOCKS)
    weights = np.array([(slope[block] ** 2).sum() for block in blocks])
    moves = weights > STILL_SHARE * weights.max()
    if np.count_nonzero(moves) < LEAST_BLOCKS:
        return None
    products = np.array([(left[block] * slope[block]).sum() for block in blocks])
    weights, remainders = weights[moves], products[moves] / weights[moves]
    spread = remainders - np.average(remainders, weights=weights)
    return max(LEAST_ERROR_S, float(np.sqrt((weights**2 * spread**2).sum()) / weights.sum()))
