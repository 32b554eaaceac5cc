"""What a file of heights is to those who read a part of it, whichever way the file counts."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Posts(Protocol):
    """A file's posts, not read yet; column and row count from the middle of the first post of the first row."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        ...

    def posts_from_geodetic(self, lat_deg: FloatArray, lon_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return column and row of places; not finite where the file's projection has no answer."""
        ...

    def heights_m(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Return heights, NaN where posts are empty."""
        ...
