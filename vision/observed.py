"""What the networks that count in a frame find: which ground they observe, and which share of the people. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose
from maps.observation import Findable
from vision.networks import LEAST_COUNTED_RECALL, STREET
from vision.plan import Pass
from vision.recall import DEPTH_M, HEIGHT_M, STEEPEST_DEG, alone_recall, depressions_deg, span_m

FloatArray = NDArray[np.float64]

MOST_SPAN_M: Final = math.hypot(HEIGHT_M, DEPTH_M)
"""A standing person shows at most so much, from any angle."""


def least_px_per_m(passes: Sequence[Pass]) -> float:
    """Return the px/m below which the street-level network finds nobody; infinite where it does not count."""
    street = [each for each in passes if each.network is STREET]
    return min((each.network.least_person_px / (HEIGHT_M * max(each.scales)) for each in street), default=math.inf)


def also_observed(passes: Sequence[Pass]) -> Findable | None:
    """Return where the network for steep views finds people besides; None where it does not count."""
    return next((_findable(each) for each in passes if each.network is not STREET), None)


def _findable(above: Pass) -> Findable:
    scale, table = max(above.scales), above.network.recall

    def where(depression_deg: FloatArray, px_per_m: FloatArray) -> NDArray[np.bool_]:
        height_px = scale * px_per_m * span_m(np.radians(depression_deg))
        found: NDArray[np.bool_] = table.at(depression_deg, height_px) >= LEAST_COUNTED_RECALL
        return found & above.counts_at(depression_deg) & (height_px >= table.heights_px[0])

    return Findable(least_px_per_m=table.heights_px[0] / (MOST_SPAN_M * scale), where=where)


def steepest_observed_deg(passes: Sequence[Pass]) -> float:
    """Return the depression up to which the street-level network observes ground."""
    return min((min(STEEPEST_DEG, each.to_deg) for each in passes if each.network is STREET), default=0.0)


def recall_of(passes: Sequence[Pass], pose: CameraPose, east_m: FloatArray, north_m: FloatArray) -> FloatArray:
    """Return the recall (n,) of people alone at places from the camera's foot: that of the best network there.

    What both find together is a little more; how much they have in common was not measured.
    """
    return np.asarray(_recalls(passes, pose, east_m, north_m).max(axis=0), np.float64)


def hiding_of(passes: Sequence[Pass], pose: CameraPose, east_m: FloatArray, north_m: FloatArray) -> FloatArray:
    """Return how much of who stands behind somebody is lost (n,): by the best network of those that count there."""
    counting = np.stack([each.counts_at(depressions_deg(pose, east_m, north_m)) for each in passes])
    each_m = np.array([[each.network.hiding_m] for each in passes])
    return np.asarray(np.where(counting, each_m, np.inf).min(axis=0), np.float64)


def saturated_of(passes: Sequence[Pass], pose: CameraPose, east_m: FloatArray, north_m: FloatArray) -> FloatArray:
    """Return the found people/m2 (n,) from which a count is a lower bound: of the best network that counts there."""
    counting = np.stack([each.counts_at(depressions_deg(pose, east_m, north_m)) for each in passes])
    each_per_m2 = np.array([[each.network.saturated_per_m2] for each in passes])
    return np.asarray(np.where(counting, each_per_m2, 0.0).max(axis=0), np.float64)


def _recalls(passes: Sequence[Pass], pose: CameraPose, east_m: FloatArray, north_m: FloatArray) -> FloatArray:
    """Return each network's recall of people alone, (passes, n); 0 where it does not count."""
    depression_deg = depressions_deg(pose, east_m, north_m)
    recalls = [
        alone_recall(pose, east_m, north_m, scale=max(each.scales), table=each.network.recall)
        * each.counts_at(depression_deg)
        for each in passes
    ]
    return np.stack(recalls)
