"""Pictures shifted and turned onto each other: the least squares of what their poses and their common points say.

Each pose is known to its sigma, each common point lies at one place. To first order a picture's ground points move with
its camera, and about its nadir with its yaw; the small system in (east, north, yaw) of all pictures is solved at once.
Heights and the other angles stay as told. (The planar form of an aerial block adjustment; K. Kraus, Photogrammetry.)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from flightlink.pose import CameraPose
from maps.camera import FloatArray
from maps.geodesy import geodetic_from_enu
from maps.overlap.views import Ties, View, camera_place_m, ground_from_view

TIE_SIGMA_M: Final = 0.5
"""A common point's own error: tilt of some tenths of a degree, grass and waves, relief."""
RELATIVE_SIGMA_M: Final = 2.0
"""Of one picture's place against the others': what a receiver errs by as a whole moves all of them."""
MOST_TIES: Final = 40
"""Of one pair, evenly taken: more say nothing new."""
TURNS: Final = 3
"""Repetitions with the points that fit worst weighted down (Huber)."""
HUBER: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """By how much one picture is moved."""

    east_m: float = 0.0
    north_m: float = 0.0
    yaw_deg: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Pictures on each other."""

    shifts: tuple[Shift, ...]
    """Of each view, to be added to its pose."""
    before_m: float
    """Median distance of common points by the poses alone."""
    after_m: float
    """The same after the shifts."""


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Common points of one pair: how far apart, and how each end moves with its picture's yaw."""

    first: int
    second: int
    apart_m: FloatArray
    """(m, 2), second less first."""
    turn_first: FloatArray
    """(m, 2), metres per radian of yaw, clockwise."""
    turn_second: FloatArray


def moved_pose(pose: CameraPose, shift: Shift) -> CameraPose:
    """Return the pose moved by a shift."""
    east, north = np.array([shift.east_m]), np.array([shift.north_m])
    lat, lon = geodetic_from_enu(pose.lat_deg, pose.lon_deg, 0.0, east, north, 0.0)
    yaw_deg = (pose.yaw_deg + shift.yaw_deg) % 360.0
    return replace(pose, lat_deg=float(lat[0]), lon_deg=float(lon[0]), yaw_deg=yaw_deg)


def settled_block(views: Sequence[View], ties: Sequence[Ties]) -> Block:
    """Return the shifts that bring the views onto each other; their poses must tell their yaws the right way round."""
    still = Block(shifts=(Shift(),) * len(views), before_m=float("nan"), after_m=float("nan"))
    rows = [row for tie in ties if len((row := _rows(views, tie)).apart_m)]
    if not rows:
        return still
    unknowns: FloatArray = np.zeros(3 * len(views))
    for _ in range(TURNS):
        weights = [_weights(_apart(row, unknowns)) for row in rows]
        unknowns = _solved([view.pose for view in views], rows, weights)
    parts = unknowns.reshape(-1, 3)
    shifts = tuple(Shift(east_m=float(e), north_m=float(n), yaw_deg=float(np.degrees(yaw))) for e, n, yaw in parts)
    return Block(
        shifts=shifts, before_m=_median_m(row.apart_m for row in rows),
        after_m=_median_m(_apart(row, unknowns) for row in rows),
    )  # fmt: skip


def _rows(views: Sequence[View], ties: Ties) -> _Rows:
    origin = views[0].pose
    step = max(1, -(-len(ties.of_first) // MOST_TIES))
    places = []
    for index, points in ((ties.first, ties.of_first[::step]), (ties.second, ties.of_second[::step])):
        ground = ground_from_view(views[index], origin)[points]
        about = ground - camera_place_m(views[index].pose, origin)
        places.append((ground, np.stack([about[:, 1], -about[:, 0]], axis=1)))
    (first, turn_first), (second, turn_second) = places
    good = np.isfinite(first).all(axis=1) & np.isfinite(second).all(axis=1)
    return _Rows(ties.first, ties.second, (second - first)[good], turn_first[good], turn_second[good])


def _apart(row: _Rows, unknowns: FloatArray) -> FloatArray:
    """Return (m, 2) what is left between the common points after the shifts."""
    first, second = unknowns.reshape(-1, 3)[row.first], unknowns.reshape(-1, 3)[row.second]
    left: FloatArray = row.apart_m + second[:2] + second[2] * row.turn_second - first[:2] - first[2] * row.turn_first
    return left


def _weights(apart_m: FloatArray) -> FloatArray:
    misses = np.hypot(apart_m[:, 0], apart_m[:, 1]) / TIE_SIGMA_M
    weights: FloatArray = np.divide(HUBER, np.maximum(misses, HUBER))
    return weights


def _solved(poses: Sequence[CameraPose], rows: Sequence[_Rows], weights: Sequence[FloatArray]) -> FloatArray:
    """Solve the normal equations; each pose's own sigmas hold it in place."""
    size = 3 * len(poses)
    places_m = [min(pose.sigma.horizontal_m, RELATIVE_SIGMA_M) for pose in poses]
    yaws = [math.radians(pose.sigma.yaw_deg) for pose in poses]
    sigmas = np.array([(place_m, place_m, yaw) for place_m, yaw in zip(places_m, yaws, strict=True)])
    normal, right = np.diag(1 / np.maximum(sigmas.ravel(), 1e-3) ** 2), np.zeros(size)
    for row, weight in zip(rows, weights, strict=True):
        design = np.zeros((2, len(row.apart_m), size))
        for axis in (0, 1):
            design[axis, :, 3 * row.second + axis], design[axis, :, 3 * row.first + axis] = 1.0, -1.0
            design[axis, :, 3 * row.second + 2] = row.turn_second[:, axis]
            design[axis, :, 3 * row.first + 2] = -row.turn_first[:, axis]
        scale = weight / TIE_SIGMA_M**2
        for axis in (0, 1):
            normal += design[axis].T @ (scale[:, None] * design[axis])
            right -= design[axis].T @ (scale * row.apart_m[:, axis])
    return np.asarray(np.linalg.solve(normal, right), dtype=np.float64)


def _median_m(apart_m: Iterable[FloatArray]) -> float:
    return float(np.median(np.concatenate([np.hypot(part[:, 0], part[:, 1]) for part in apart_m])))
