"""The height model of a mission: the part about its area, with the geoid there where the operator gives a grid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from flightlink.geodesy import distance_m
from flightlink.pose import HeightDatum
from maps.errors import NoTerrainError
from maps.terrain.crop import Cut
from maps.terrain.files import TerrainFile, terrain_from_file
from maps.terrain.geoid import geoid_m_from_file
from maps.terrain.grid import MOST_POSTS, TerrainGrid

BEYOND_M: Final = 1000.0
"""Around the area: a vehicle stands outside it and looks in from no farther."""
REACH_LEFT_M: Final = 20.0
"""So much at the rim of the widest cut counts as outside of it."""


def terrain_of_area(
    path: Path,
    corners: Sequence[tuple[float, float]],
    *,
    datum: HeightDatum | None = None,
    sigma_m: float | None = None,
    geoid: Path | None = None,
) -> TerrainFile:
    """Return the model about an area.

    Args:
        path: GeoTIFF or SRTM tile.
        corners: (lon_deg, lat_deg) of the area.
        datum: Of the heights, as the operator says; None believes the file.
        sigma_m: Of the heights, as the operator says; None takes what is usual for models so fine.
        geoid: A grid of separations; None leaves them to the link.

    Raises:
        TerrainError: a file cannot be read, or the model does not cover the area.
    """
    lons, lats = zip(*corners, strict=True)
    lat_deg, lon_deg = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
    radius_m = max(distance_m(lat_deg, lon_deg, lat, lon) for lon, lat in corners)
    cut = Cut(lat_deg=lat_deg, lon_deg=lon_deg, reach_m=radius_m + BEYOND_M, datum=datum, sigma_m=sigma_m)
    file = terrain_from_file(path, cut)
    outside = next(((lon, lat) for lon, lat in corners if not file.grid.covers(lat, lon)), None)
    if outside is not None:
        raise NoTerrainError(f"{path}: {_why_outside(file.grid, radius_m)}, at {outside[1]:.5f}, {outside[0]:.5f}")
    if geoid is None:
        return file
    separation_m = geoid_m_from_file(geoid, lat_deg=lat_deg, lon_deg=lon_deg)
    return replace(file, grid=replace(file.grid, geoid_m=separation_m))


def _why_outside(grid: TerrainGrid, radius_m: float) -> str:
    """Return why a corner of the area is not in the part that was cut out: the file ends, or it is too fine."""
    widest_m = grid.posting_m * math.sqrt(MOST_POSTS) / 2
    if radius_m > widest_m - REACH_LEFT_M:
        return (
            f"is too fine for an area so wide; resample it to {math.ceil(radius_m / widest_m * grid.posting_m) + 1} m"
        )
    return "does not cover the mission area; give one that does"
