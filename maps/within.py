"""Whether the ground in a camera's picture lies in the mission's area, as far as its place is known. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from maps.crs import MissionCrs
from maps.georeference import GroundPoints

LEAST_FOOTPRINT_M2: Final = 0.01


class Where(StrEnum):
    """How a picture lies to the area."""

    INSIDE = "inside"
    """All of it, by more than its place may be off."""
    EDGE = "edge"
    """By less: it may be inside or not."""
    PARTLY = "partly"
    """Some of it surely lies outside."""
    OUTSIDE = "outside"
    """No part of it lies inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """One picture and the area."""

    where: Where
    outside_share: float
    """Of the ground in the picture."""
    edge_m: float
    """From the picture's edge to the area's where they come nearest; 0 where they cross."""
    error_m: float
    """Radius that holds 90 % of the errors of the picture's edge there (`ce90_m`)."""


def within(points: GroundPoints, *, crs: MissionCrs, area: shapely.Polygon) -> Within | None:
    """Return how the ground that points along a picture's edge enclose lies to an area.

    None where it has no extent, or no place in this CRS.

    Each point of the edge is judged by its own error: the far edge of an oblique picture is known worse than the near.

    Args:
        points: along the edge of the picture, in order, all with a place.
        crs: metric CRS of the area.
        area: in that CRS.
    """
    east_m, north_m = crs.crs_from_geodetic(points.lon_deg, points.lat_deg)
    if not np.isfinite([east_m, north_m]).all():
        return None
    footprint = shapely.make_valid(shapely.Polygon(np.column_stack([east_m, north_m])))
    if footprint.area < LEAST_FOOTPRINT_M2:
        return None
    outside_share = float(footprint.difference(area).area / footprint.area)
    corners = shapely.points(east_m, north_m)
    to_edge_m = shapely.distance(corners, area.exterior)
    beyond_m = np.where(shapely.contains_properly(area, corners), -to_edge_m, to_edge_m)
    nearest = int(np.argmin(to_edge_m))
    return Within(
        where=_where(footprint, area, beyond_m, points.ce90_m),
        outside_share=outside_share,
        edge_m=float(shapely.distance(footprint.boundary, area.exterior)),
        error_m=float(points.ce90_m[nearest]),
    )


def _where(
    footprint: shapely.Geometry,
    area: shapely.Polygon,
    beyond_m: NDArray[np.float64],
    ce90_m: NDArray[np.float64],
) -> Where:
    """Judge the picture: `beyond_m` is how far each point of its edge lies outside, below 0 inside."""
    if not footprint.intersects(area):
        return Where.OUTSIDE
    if bool((beyond_m > ce90_m).any()):
        return Where.PARTLY
    # corners of the area that poke into the picture lie between its points
    pokes = footprint.difference(area).area > 0
    return Where.EDGE if pokes or bool((beyond_m > -ce90_m).any()) else Where.INSIDE
