"""How high the geoid lies above the ellipsoid, from a grid that the operator gives: checked before it is believed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from flightlink.pose import HeightDatum
from maps.errors import TerrainError
from maps.terrain.crop import Cut, grid_from_posts
from maps.terrain.files import closed_size, is_tiff
from maps.terrain.gtx import gtx_posts, is_gtx
from maps.terrain.posts import Posts

REACH_M: Final = 60_000.0
"""About a place: two posts of the coarsest grids."""
MOST_M: Final = 110.0
"""No geoid lies farther from the ellipsoid."""
KNOWN_M: Final = (
    (38.6281550, -90.2208650, -31.628), (-14.6212170, -54.9788860, -2.969), (46.8743190, 102.4487290, -43.575),
    (-23.6174460, 133.8747120, 15.871), (38.6254730, -0.0005, 50.066), (-0.4667440, 0.0023, 17.329),
    (51.5074, -0.1278, 46.190), (64.1466, -21.9426, 66.263), (-33.4489, -70.6693, 26.412), (39.9042, 116.4074, -10.187),
)  # fmt: skip
"""Latitude, longitude and separation by EGM96, published by NGA and in the tests of OpenAthena."""
AGREES_M: Final = 3.0
"""EGM96, EGM2008 and national geoids differ by less, in all these places."""


def geoid_m_from_file(path: Path, *, lat_deg: float, lon_deg: float) -> float:
    """Return the height of the geoid above the ellipsoid at a place.

    Every published place that the grid covers is looked up first: a grid of something else, upside down or shifted, is
    refused, and so is one in which the place lies on no post.

    Raises:
        TerrainError: the file is no geoid grid, contradicts published separations, or does not cover the place.
    """
    with _posts(path) as posts:
        for known_lat, known_lon, known_m in KNOWN_M:
            found_m = _separation_m(posts, path, known_lat, known_lon)
            if found_m is not None and not abs(found_m - known_m) <= AGREES_M:
                where = f"{known_lat:.2f}, {known_lon:.2f}: {found_m:.1f} m, published are {known_m:.1f} m"
                raise TerrainError(f"{path}: is no geoid: at {where}; give a grid such as egm96_15.gtx")
        separation_m = _separation_m(posts, path, lat_deg, lon_deg)
    if separation_m is None or not abs(separation_m) <= MOST_M:
        raise TerrainError(f"{path}: tells no geoid at {lat_deg:.4f}, {lon_deg:.4f}; give a grid that covers the place")
    return separation_m


@contextmanager
def _posts(path: Path) -> Iterator[Posts]:
    size = closed_size(path)
    if is_tiff(path):
        from maps.terrain.raster import raster_posts  # noqa: PLC0415 - as in `files`

        with raster_posts(path) as (posts, _):
            yield posts
    elif is_gtx(path, size):
        yield gtx_posts(path)
    else:
        raise TerrainError(f"{path}: is no geoid grid that is read; give a .gtx, or a GeoTIFF of separations")


def _separation_m(posts: Posts, path: Path, lat_deg: float, lon_deg: float) -> float | None:
    """Return the bilinear separation, None outside the grid."""
    cut = Cut(lat_deg=lat_deg, lon_deg=lon_deg, reach_m=REACH_M)
    try:
        grid = grid_from_posts(posts, cut, name=path.name, datum=HeightDatum.ELLIPSOID)
    except TerrainError:
        return None
    found_m = float(grid.at(np.array(lat_deg), np.array(lon_deg)))
    return found_m if np.isfinite(found_m) else None
