"""The height model of a mission: the part about its area, with the geoid there where the operator gives a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from flightlink.geodesy import distance_m
from flightlink.pose import HeightDatum
from maps.errors import TerrainError
from maps.terrain.crop import Cut
from maps.terrain.files import TerrainFile, terrain_from_file
from maps.terrain.geoid import geoid_m_from_file

BEYOND_M: Final = 1000.0
"""Around the area: a vehicle stands outside it and looks in from no farther."""


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
    for lon, lat in corners:
        if not file.grid.covers(lat, lon):
            raise TerrainError(
                f"{path}: does not cover the mission area's corner {lat:.5f}, {lon:.5f}; give one that does"
            )
    if geoid is None:
        return file
    separation_m = geoid_m_from_file(geoid, lat_deg=lat_deg, lon_deg=lon_deg)
    return replace(file, grid=replace(file.grid, geoid_m=separation_m))
