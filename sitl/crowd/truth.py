"""What is true of a crowd: how many are where, how dense, and since when too dense. Pure; the station never asks it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from sitl.crowd.crowd import People

Floats = NDArray[np.float64]

PAIRS_AT_ONCE: Final = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowding:
    """A circle that became too full and stayed so."""

    since_s: float
    """The first instant at which it was."""
    t_s: float
    """The instant at which it had been so for as long as asked."""
    east_m: float
    north_m: float


def count_in(people: People, polygon_en: Sequence[tuple[float, float]]) -> int:
    """Return how many people are inside a polygon of corners (east, north) in metres."""
    polygon = shapely.Polygon(polygon_en)
    shapely.prepare(polygon)
    return int(shapely.contains_xy(polygon, people.east_m, people.north_m).sum())


def density_per_m2(people: People, points_en: Floats, radius_m: float) -> Floats:
    """Return the classic density (m,): people within `radius_m` of each point (m, 2), by the area of the circle."""
    density = np.zeros(len(points_en))
    rows = max(1, PAIRS_AT_ONCE // max(1, len(people)))
    for begin in range(0, len(points_en), rows):
        some = points_en[begin : begin + rows]
        east, north = some[:, :1] - people.east_m, some[:, 1:] - people.north_m
        density[begin : begin + rows] = (east**2 + north**2 <= radius_m**2).sum(axis=1)
    return density / (math.pi * radius_m**2)


def grid_over(polygon_en: Sequence[tuple[float, float]], spacing_m: float) -> Floats:
    """Return points (m, 2), east and north, of a square grid inside a polygon: middles for circles."""
    polygon = shapely.Polygon(polygon_en)
    west, south, east, north = polygon.bounds
    grid = np.meshgrid(np.arange(west, east, spacing_m), np.arange(south, north, spacing_m))
    points = np.column_stack([axis.ravel() for axis in grid]) + spacing_m / 2
    return np.asarray(points[shapely.contains_xy(polygon, points[:, 0], points[:, 1])])


def first_crowding(
    instants: Iterable[tuple[float, People]],
    points_en: Floats,
    *,
    at_least_per_m2: float,
    for_s: float,
    radius_m: float = 2.0,
) -> Crowding | None:
    """Return the first circle that holds a density for some time without a break, or None where none does.

    Args:
        instants: rising seconds and who is where; a break between two of them is not seen.
        points_en: middles (m, 2) of the circles looked at, for instance `grid_over(world.crowd.walkable_m, 0.5)`.
        at_least_per_m2: density that counts as too full.
        for_s: how long at least.
        radius_m: of the circles.
    """
    since_s = np.full(len(points_en), np.nan)
    for t_s, people in instants:
        full = density_per_m2(people, points_en, radius_m) >= at_least_per_m2
        since_s = np.where(full, np.where(np.isnan(since_s), t_s, since_s), np.nan)
        held = np.flatnonzero(t_s - since_s >= for_s)
        if len(held):
            first = int(held[np.argmin(since_s[held])])
            return Crowding(
                since_s=float(since_s[first]),
                t_s=t_s,
                east_m=float(points_en[first, 0]),
                north_m=float(points_en[first, 1]),
            )
    return None
