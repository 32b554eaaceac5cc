"""The part of a height file about a place, as a `TerrainGrid`; whichever way the file counts its posts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import HeightDatum
from maps.errors import NoTerrainError, TerrainError
from maps.geodesy import geodetic_from_enu
from maps.terrain.grid import MOST_POSTS, PostMap, TerrainGrid, cubic_terms
from maps.terrain.posts import Posts
from maps.terrain.thinned import ThinnedPosts

FloatArray = NDArray[np.float64]

LOWEST_M: Final = -600.0
HIGHEST_M: Final = 9000.0
"""No ground lies lower or higher: -9999 and the like are empty posts, whether the file says so or not."""
FITS_M: Final = 1e-3
"""The polynomials of a `PostMap` meet the file's own projection to this."""
THINNED_M: Final = 1.25
"""Posts nearer to each other than half of this are thinned where all of them would not reach as far as is wanted."""
FINE_M: Final = 2.5
MIDDLING_M: Final = 12.0
SIGMAS_M: Final = (0.5, 1.5, 3.0)
"""Usual errors of heights: surveyed from the air with laser light, by national services, and from space.

From published accuracies: lidar models state 0.2 to 0.5 m, national 5 m models about 1 m, Copernicus GLO-30 and SRTM
4 and 6 m at 90 %. Towns and woods are worse: the models from space lie on roofs and crowns there.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What is wanted of a file."""

    lat_deg: float
    lon_deg: float
    reach_m: float
    """About the place; less where that would be too many posts, even thinned."""
    datum: HeightDatum | None = None
    """Of the heights, as the operator says; None believes the file."""
    sigma_m: float | None = None
    """Of the heights, as the operator says; None takes what is usual for models so fine."""
    most_posts: int = MOST_POSTS


def grid_from_posts(posts: Posts, cut: Cut, *, name: str, datum: HeightDatum) -> TerrainGrid:
    """Return the model about a place.

    Args:
        posts: The file.
        cut: What is wanted.
        name: Of the file, for messages.
        datum: Of the file's heights, unless the operator says another.

    Raises:
        TerrainError: the file does not cover the place, or knows nothing there.
    """
    posting_m = _posting_m(posts, cut, name)
    step = _step(posting_m, cut)
    if step > 1:
        posts, posting_m = ThinnedPosts(posts, step), posting_m * step
    reach_m = min(cut.reach_m, posting_m * _posts_aside(cut))
    lat, lon = _about(cut, reach_m, np.linspace(-1.0, 1.0, 9))
    column, row = posts.posts_from_geodetic(lat, lon)
    rows, columns = _window(row, posts.shape[0]), _window(column, posts.shape[1])
    if rows.stop - rows.start < 2 or columns.stop - columns.start < 2:
        raise NoTerrainError(
            f"{name}: does not cover {cut.lat_deg:.5f}, {cut.lon_deg:.5f}; give the file of that place"
        )
    heights = posts.heights_m(rows, columns)
    known = (heights >= LOWEST_M) & (heights <= HIGHEST_M)
    return TerrainGrid(
        heights_m=np.ascontiguousarray(np.where(known, heights, np.nan), np.float32),
        posts=_post_map(posts, cut, reach_m, (columns.start, rows.start), posting_m, name),
        posting_m=posting_m,
        datum=cut.datum or datum,
        sigma_m=usual_sigma_m(posting_m) if cut.sigma_m is None else cut.sigma_m,
        name=name,
    )


def _posts_aside(cut: Cut) -> float:
    """Return how many posts there may be from the place to each side."""
    return math.sqrt(cut.most_posts) / 2 - 4


def _step(posting_m: float, cut: Cut) -> int:
    """Return which of the posts are taken: every one, or every n-th of a file that is finer than any answer needs."""
    needed = math.ceil(cut.reach_m / (posting_m * _posts_aside(cut)))
    return max(1, min(needed, math.floor(THINNED_M / posting_m)))


def usual_sigma_m(posting_m: float) -> float:
    """Return one standard deviation of heights as usual for a model of this posting."""
    fine, middling, coarse = SIGMAS_M
    return fine if posting_m <= FINE_M else middling if posting_m <= MIDDLING_M else coarse


def _about(cut: Cut, reach_m: float, axis: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return latitudes and longitudes of a lattice about the place, (n * n,) each."""
    east, north = (part.ravel() * reach_m for part in np.meshgrid(axis, axis))
    return geodetic_from_enu(cut.lat_deg, cut.lon_deg, 0.0, east, north, 0.0)


def _posting_m(posts: Posts, cut: Cut, name: str) -> float:
    """Return the smaller distance of neighbouring posts at the place."""
    step_m = 1.0
    lat, lon = geodetic_from_enu(
        cut.lat_deg, cut.lon_deg, 0.0, np.array([0.0, step_m, 0.0]), np.array([0.0, 0.0, step_m]), 0.0
    )
    column, row = posts.posts_from_geodetic(lat, lon)
    along_east, along_north = (math.hypot(column[k] - column[0], row[k] - row[0]) for k in (1, 2))
    if not (math.isfinite(along_east + along_north) and along_east and along_north):
        raise TerrainError(f"{name}: its projection has no answer at {cut.lat_deg}, {cut.lon_deg}; check the file")
    return step_m / max(along_east, along_north)


def _window(coordinate: FloatArray, size: int) -> slice:
    """Return the posts about all coordinates that the file has."""
    if not np.isfinite(coordinate).all():
        return slice(0, 0)
    low, high = math.floor(coordinate.min()) - 1, math.ceil(coordinate.max()) + 2
    return slice(max(low, 0), max(min(high, size), 0))


def _post_map(posts: Posts, cut: Cut, reach_m: float, first: tuple[int, int], posting_m: float, name: str) -> PostMap:
    """Return the polynomials that say where a place lies among the posts from the window's first."""
    lat, lon = _about(cut, reach_m, np.linspace(-1.0, 1.0, 9))
    reach_deg = float(np.abs(lat - cut.lat_deg).max())
    column, row = posts.posts_from_geodetic(lat, lon)
    terms = cubic_terms(_wrapped(lon - cut.lon_deg) / reach_deg, (lat - cut.lat_deg) / reach_deg)
    inverse = np.linalg.pinv(terms)
    first_column, first_row = first
    where = PostMap(
        lat_deg=cut.lat_deg,
        lon_deg=cut.lon_deg,
        reach_deg=reach_deg,
        column=tuple(float(term) for term in inverse @ (column - first_column)),
        row=tuple(float(term) for term in inverse @ (row - first_row)),
    )
    between = _about(cut, reach_m, np.linspace(-0.95, 0.95, 8))
    there, fitted = posts.posts_from_geodetic(*between), where(*between)
    miss = max(np.abs(fitted[0] + first_column - there[0]).max(), np.abs(fitted[1] + first_row - there[1]).max())
    if not miss * posting_m <= FITS_M:
        raise TerrainError(f"{name}: its projection bends too much within {reach_m:.0f} m; convert it to UTM")
    return where


def _wrapped(angle_deg: FloatArray) -> FloatArray:
    return (angle_deg + 180.0) % 360.0 - 180.0
