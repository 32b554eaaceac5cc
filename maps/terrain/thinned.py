"""Every n-th post of a height file that is finer than is needed: models made from drones have a post every few cm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maps.terrain.posts import Posts

FloatArray = NDArray[np.float64]

ROWS_AT_A_TIME: Final = 256
"""Of the file: with all the columns of a wide one they stay below 100 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class ThinnedPosts:
    """Every `step`-th post of each row and column, from the first."""

    posts: Posts
    step: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns that are left."""
        rows, columns = self.posts.shape
        return -(-rows // self.step), -(-columns // self.step)

    def posts_from_geodetic(self, lat_deg: FloatArray, lon_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return column and row of places, among the posts that are left."""
        column, row = self.posts.posts_from_geodetic(lat_deg, lon_deg)
        return column / self.step, row / self.step

    def heights_m(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Return heights, NaN where posts are empty; the file is read in bands.

        Raises:
            TerrainError: the file is damaged there.
        """
        first, last = columns.start * self.step, (columns.stop - 1) * self.step + 1
        band = max(ROWS_AT_A_TIME // self.step, 1)
        parts = [
            self._band(slice(at, min(at + band, rows.stop)), slice(first, last))
            for at in range(rows.start, rows.stop, band)
        ]
        return np.concatenate(parts)

    def _band(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        whole = self.posts.heights_m(slice(rows.start * self.step, (rows.stop - 1) * self.step + 1), columns)
        return whole[:: self.step, :: self.step]
