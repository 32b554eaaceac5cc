"""NOAA's `.gtx` grids of a geoid: a header of six numbers, then separations row by row from the south, big-endian.

Read here and not by PROJ, which changes no height at all, and says nothing, where it does not find its grid.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maps.errors import TerrainError
from maps.terrain.grid import MOST_POSTS

FloatArray = NDArray[np.float64]

_HEADER: Final = struct.Struct(">4d2i")
_EMPTY: Final = -88.8888


@dataclass(frozen=True, slots=True, eq=False)
class GtxPosts:
    """A grid in degrees; its first row here is the northernmost."""

    north_deg: float
    west_deg: float
    lat_step_deg: float
    lon_step_deg: float
    posts: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.posts.shape[0], self.posts.shape[1]

    def posts_from_geodetic(self, lat_deg: FloatArray, lon_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return column and row of places."""
        middle_deg = self.lon_step_deg * (self.posts.shape[1] - 1) / 2
        east_deg = (lon_deg - self.west_deg - middle_deg + 180.0) % 360.0 - 180.0 + middle_deg
        return east_deg / self.lon_step_deg, (self.north_deg - lat_deg) / self.lat_step_deg

    def heights_m(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Return separations, NaN where the grid has none."""
        part = self.posts[rows, columns]
        return np.where(np.abs(part - _EMPTY) < 1e-3, np.nan, part).astype(np.float32)


def is_gtx(path: Path, size: int) -> bool:
    """Say whether a file is such a grid: by its name and by its header, which tells its size."""
    if path.suffix.lower() != ".gtx" or size < _HEADER.size:
        return False
    rows, columns = _header(path)[4:]
    return min(rows, columns) >= 2 and rows * columns <= MOST_POSTS and size == _HEADER.size + 4 * rows * columns


def _header(path: Path) -> tuple[float, float, float, float, int, int]:
    with path.open("rb") as source:
        south, west, lat_step, lon_step, rows, columns = _HEADER.unpack(source.read(_HEADER.size))
    return south, west, lat_step, lon_step, rows, columns


def gtx_posts(path: Path) -> GtxPosts:
    """Return a grid; `is_gtx` must have said that it is one.

    Raises:
        TerrainError: its header tells of no place on Earth.
    """
    south_deg, west_deg, lat_step_deg, lon_step_deg, rows, columns = _header(path)
    north_deg = south_deg + lat_step_deg * (rows - 1)
    if not (lat_step_deg > 0 < lon_step_deg and south_deg >= -90.5 and north_deg <= 90.5 and abs(west_deg) <= 360):
        raise TerrainError(f"{path}: its header tells of no place on Earth; copy it again")
    separations = np.frombuffer(path.read_bytes(), ">f4", offset=_HEADER.size).reshape(rows, columns)
    return GtxPosts(north_deg, west_deg, lat_step_deg, lon_step_deg, separations[::-1].astype(np.float32))
