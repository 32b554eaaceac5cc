"""`TerrainGrid`: heights on regular posts and where on Earth they stand. Plain arrays, no file and no engine.

Between posts the ground is bilinear. Posts are counted from 0 at the middle of the first one of the first row, so that
half a posting is settled where a file is read, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import HeightDatum
from maps.errors import NoTerrainError, TerrainError
from maps.terrain.pyramid import Pyramid, pyramid_of

FloatArray = NDArray[np.float64]

MOST_POSTS: Final = 3072 * 3072
"""38 MB of heights and 50 MB of their pyramid; a file with more is cut about the place that is asked for."""
REGISTRATION_POSTS: Final = 0.25
"""Models lie beside the truth by about so many postings; more would show as a shift in their own checks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostMap:
    """Where a place lies among the posts: cubic polynomials in latitude and longitude about an origin.

    With x and y, longitude and latitude from the origin in units of `reach_deg`, the terms are 1, x, y, x^2, x y, y^2,
    x^3, x^2 y, x y^2, y^3. A geographic file needs the first three alone; over a few kilometres a projected one is met
    to less than a millimetre, which is checked where it is made.
    """

    lat_deg: float
    lon_deg: float
    reach_deg: float
    column: tuple[float, ...]
    row: tuple[float, ...]

    def __call__(self, lat_deg: FloatArray, lon_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return column and row in posts of places; any shape."""
        x = ((lon_deg - self.lon_deg + 180.0) % 360.0 - 180.0) / self.reach_deg
        y = (lat_deg - self.lat_deg) / self.reach_deg
        terms = cubic_terms(x, y)
        return np.asarray(terms @ np.array(self.column)), np.asarray(terms @ np.array(self.row))


def cubic_terms(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the terms of a cubic polynomial in two variables, (..., 10)."""
    terms: FloatArray = np.stack(
        [np.ones_like(x), x, y, x * x, x * y, y * y, x**3, x * x * y, x * y * y, y**3], axis=-1
    )
    return terms


@dataclass(frozen=True, kw_only=True, eq=False)
class TerrainGrid:
    """Heights of the ground about one place. Compared by identity: one is read once and kept."""

    heights_m: NDArray[np.float32]
    """(rows, columns), at least 2 x 2; NaN where the model knows no ground."""
    posts: PostMap
    posting_m: float
    """Distance of neighbouring posts, the smaller of both directions."""
    datum: HeightDatum
    sigma_m: float
    """One standard deviation of a height."""
    name: str
    """Of the file, for messages."""
    geoid_m: float | None = None
    """Height of the geoid above the ellipsoid here, where the operator's grid tells it."""

    def __post_init__(self) -> None:
        """Refuse what no ray can meet."""
        if self.heights_m.ndim != 2 or min(self.heights_m.shape) < 2:
            raise TerrainError(f"{self.name}: has {self.heights_m.shape} posts, it needs at least 2 x 2")
        if not np.isfinite(self.heights_m).any():
            raise NoTerrainError(f"{self.name}: knows no ground here, all posts are empty")

    def sigma_of(self, slopes: tuple[FloatArray, FloatArray]) -> FloatArray:
        """Return one standard deviation of heights where the ground rises so; a misplaced slope is a wrong height."""
        rise = REGISTRATION_POSTS * self.posting_m
        return np.sqrt(self.sigma_m**2 + rise * rise * (slopes[0] ** 2 + slopes[1] ** 2))

    @cached_property
    def highest_m(self) -> float:
        """Height of the highest post."""
        return float(np.nanmax(self.heights_m))

    @cached_property
    def pyramid(self) -> Pyramid:
        """The highest ground over ever larger squares of cells."""
        return pyramid_of(self.heights_m)

    def prepare(self) -> None:
        """Make all that is made once and kept."""
        _ = self.pyramid, self.highest_m

    def covers(self, lat_deg: float, lon_deg: float) -> bool:
        """Say whether a place lies among the posts, whether or not these are known."""
        column, row = self.posts(np.array(lat_deg), np.array(lon_deg))
        rows, columns = self.heights_m.shape
        return bool(0 <= column <= columns - 1 and 0 <= row <= rows - 1)

    def at(self, lat_deg: FloatArray, lon_deg: FloatArray) -> FloatArray:
        """Return the bilinear height at places, NaN outside the posts and beside empty ones; any shape."""
        column, row = self.posts(np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64))
        return self.at_posts(column, row)

    def at_posts(self, column: FloatArray, row: FloatArray) -> FloatArray:
        """Return the bilinear height at places among the posts, NaN outside and beside empty ones."""
        rows, columns = self.heights_m.shape
        inside = (column >= 0) & (column <= columns - 1) & (row >= 0) & (row <= rows - 1)
        i, j = cell_of(np.where(inside, column, 0), columns), cell_of(np.where(inside, row, 0), rows)
        base, right, down, twist = self.cell(i, j)
        x, y = column - i, row - j
        return np.where(inside, base + x * right + y * (down + x * twist), np.nan)

    def cell(self, i: NDArray[np.intp], j: NDArray[np.intp]) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return a, b, c, d of cells (column i, row j): the height is a + b x + c y + d x y, x and y from 0 to 1."""
        columns = self.heights_m.shape[1]
        flat, at = self.heights_m.ravel(), j * columns + i
        corner = [flat.take(at + step).astype(np.float64) for step in (0, 1, columns, columns + 1)]
        right, down = corner[1] - corner[0], corner[2] - corner[0]
        return corner[0], right, down, corner[3] - corner[2] - right


def cell_of(coordinate: FloatArray, posts: int) -> NDArray[np.intp]:
    """Return the cell that holds a coordinate along one axis; the last post belongs to the last cell."""
    cell = coordinate.astype(np.intp)
    np.maximum(cell, 0, out=cell)
    return np.minimum(cell, posts - 2, out=cell)
