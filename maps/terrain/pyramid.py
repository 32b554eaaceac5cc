"""The highest ground over ever larger squares of cells, by which a ray passes over whole valleys in one step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Pyramid:
    """Level 0 has the highest post of each cell, each further level the highest of 2 x 2 squares of the one before.

    A square with an empty post has no highest ground: it counts as infinitely high, so that no ray passes it unseen.
    """

    flat: NDArray[np.float32]
    """All levels, one after the other, row by row."""
    starts: NDArray[np.intp]
    """Where each level begins in `flat`."""
    widths: NDArray[np.intp]

    @property
    def top(self) -> int:
        """The level of one square."""
        return len(self.starts) - 1


def pyramid_of(heights_m: NDArray[np.float32]) -> Pyramid:
    """Return the pyramid of posts (rows, columns)."""
    known = np.where(np.isnan(heights_m), np.float32(np.inf), heights_m)
    level = np.maximum(np.maximum(known[:-1, :-1], known[:-1, 1:]), np.maximum(known[1:, :-1], known[1:, 1:]))
    levels = [level]
    while max(level.shape) > 1:
        odd = [(0, size % 2) for size in level.shape]
        even = np.pad(level, odd, constant_values=-np.inf)
        level = even.reshape(even.shape[0] // 2, 2, even.shape[1] // 2, 2).max(axis=(1, 3))
        levels.append(level)
    starts = np.cumsum([0, *(one.size for one in levels[:-1])])
    return Pyramid(
        np.concatenate([one.ravel() for one in levels]),
        starts.astype(np.intp),
        np.array([one.shape[1] for one in levels], np.intp),
    )
