"""From ground points to people per leaf: the last step in which a single person has a place. Pure functions."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from maps.cells import LEAF_SIZE_M, CellCount, CellCounts, CellId
from maps.errors import CountingError
from maps.observation import ObservedLeaves
from maps.peaks import peaks_per_m2

FloatArray = NDArray[np.float64]

FALSE_ALARM_VARIANCE: Final = 0.05
"""People^2 in a leaf seen whole: what a detector adds or misses where nobody else stands."""
SATURATED_PER_M2: Final = 2.0
"""Found people/m2 from which boxes hide each other, so that the figure is a lower bound (reference, 2.3)."""

PEOPLE_PLACES: Final = 3
VARIANCE_PLACES: Final = 4
METRE_PLACES: Final = 2
"""Decimals of what leaves the sealed room: no figure is so fine that it could stand for a place or a person."""


def counts_from_points(
    source: str,
    utc_ns: int,
    leaves: ObservedLeaves,
    east_m: FloatArray,
    north_m: FloatArray,
    *,
    recall: float | FloatArray = 1.0,
    weight: FloatArray | None = None,
    lower_bound: NDArray[np.bool_] | None = None,
    saturated_per_m2: float = SATURATED_PER_M2,
) -> CellCounts:
    """Return people per observed leaf from the ground points of one frame.

    Each found person stands for 1 / recall people, with the variance of binomial thinning, (1 - recall) / recall^2.
    A point outside the observed leaves or the mission area is dropped. An observed leaf without a point counts 0.
    `found` is the number of points in a leaf, whatever they weigh.

    Args:
        source: Name of the camera.
        utc_ns: Capture time.
        leaves: What the camera sees.
        east_m: (n,) in the leaves' CRS; NaN for a pixel without a ground point.
        north_m: (n,).
        recall: Share of people that the detector finds, in (0, 1]; one number or (n,).
        weight: (n,) found people per point; None is one each.
        lower_bound: (n,) where more people would not show; a leaf in which half of the found are such is saturated.
        saturated_per_m2: Found people/m2 from which a leaf is, whoever they are.

    Raises:
        CountingError: arrays of different length, or a recall or weight that is none.
    """
    found = np.ones(len(east_m)) if weight is None else np.asarray(weight, dtype=np.float64)
    recalls = np.broadcast_to(np.asarray(recall, dtype=np.float64), found.shape) if np.ndim(recall) == 0 else recall
    bounds = np.zeros(found.shape) if lower_bound is None else lower_bound.astype(np.float64)
    _check(east_m, north_m, found, np.asarray(recalls), bounds)
    rows = leaves.rows_of(east_m, north_m)
    kept = rows >= 0
    rows, found, recalls, bounds = rows[kept], found[kept], np.asarray(recalls)[kept], bounds[kept]
    detections = np.bincount(rows, minlength=len(leaves)).astype(np.int64)
    seen_people = _summed(rows, found, len(leaves))
    people = _summed(rows, found / recalls, len(leaves))
    thinning = _summed(rows, found**2 * (1 - recalls) / recalls**2, len(leaves))
    variance = thinning + FALSE_ALARM_VARIANCE * leaves.share
    saturated = seen_people > saturated_per_m2 * LEAF_SIZE_M**2 * leaves.share
    saturated |= (seen_people > 0) & (_summed(rows, found * bounds, len(leaves)) >= seen_people / 2)
    peaks = peaks_per_m2(rows, east_m[kept], north_m[kept], found / recalls, cells=len(leaves))
    cells = _cells(leaves, people, variance, saturated, detections, peaks)
    return CellCounts(source=source, utc_ns=utc_ns, epsg=leaves.epsg, cells=cells)


def _summed(rows: NDArray[np.int64], weights: FloatArray, size: int) -> FloatArray:
    sums: FloatArray = np.bincount(rows, weights=weights, minlength=size).astype(np.float64)
    return sums


def _check(east_m: FloatArray, north_m: FloatArray, found: FloatArray, recalls: FloatArray, bounds: FloatArray) -> None:
    arrays = {"east_m": east_m, "north_m": north_m, "weight": found, "recall": recalls, "lower_bound": bounds}
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) > 1 or east_m.ndim != 1:
        raise CountingError(f"points need arrays of one length, (n,) each; got {shapes}")
    if not np.all((recalls > 0) & (recalls <= 1)):
        raise CountingError(f"recall must lie above 0 and at most 1, got {recalls.min()} to {recalls.max()}")
    if not np.all((found >= 0) & np.isfinite(found)):
        raise CountingError("weight must be 0 or more and finite")


def _cells(
    leaves: ObservedLeaves,
    people: FloatArray,
    variance: FloatArray,
    saturated: NDArray[np.bool_],
    found: NDArray[np.int64],
    peaks: FloatArray,
) -> tuple[CellCount, ...]:
    people, variance = people.round(PEOPLE_PLACES), variance.round(VARIANCE_PLACES)
    ce90_m = leaves.ce90_m.round(METRE_PLACES)
    columns = (leaves.east_index, leaves.north_index, people, variance, leaves.share, ce90_m, saturated, found, peaks)
    return tuple(
        CellCount(
            cell=CellId(LEAF_SIZE_M, east, north),
            people=count,
            variance=spread,
            observed_share=share,
            ce90_m=ce90,
            saturated=full,
            found=detections,
            peak_per_m2=peak,
        )
        for east, north, count, spread, share, ce90, full, detections, peak in zip(
            *(c.tolist() for c in columns), strict=True
        )
    )
