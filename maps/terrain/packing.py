"""Height models to plain text and back."""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import replace
from functools import lru_cache
from typing import Final

import numpy as np

from flightlink.pose import HeightDatum
from maps.errors import TerrainError
from maps.terrain.grid import MOST_POSTS, PostMap, TerrainGrid
from maps.terrain.packed import PackedTerrain

_LEVEL: Final = 1
"""Of deflation: heights hardly shrink further."""
_TERMS: Final = 10


@lru_cache(maxsize=1)  # a station has one model, and tells it to every camera
def packed_from_grid(grid: TerrainGrid) -> PackedTerrain:
    """Return a model as text and numbers."""
    rows, columns = grid.heights_m.shape
    heights = zlib.compress(grid.heights_m.astype("<f4").tobytes(), _LEVEL)
    return PackedTerrain(
        heights=base64.b64encode(heights).decode("ascii"), rows=rows, columns=columns, lat_deg=grid.posts.lat_deg,
        lon_deg=grid.posts.lon_deg, reach_deg=grid.posts.reach_deg, column_terms=grid.posts.column,
        row_terms=grid.posts.row, posting_m=grid.posting_m, datum=grid.datum.value, sigma_m=grid.sigma_m,
        name=grid.name, geoid_m=grid.geoid_m,
    )  # fmt: skip


def grid_from_packed(packed: PackedTerrain) -> TerrainGrid:
    """Return the model; the other end of `packed_from_grid`.

    Raises:
        TerrainError: it holds other than it says.
    """
    count = packed.rows * packed.columns
    if not 0 < count <= MOST_POSTS or {len(packed.column_terms), len(packed.row_terms)} != {_TERMS}:
        raise TerrainError(f"{packed.name}: {packed.rows} x {packed.columns} posts cannot be taken in")
    try:
        deflated = base64.b64decode(packed.heights, validate=True)
        data = zlib.decompressobj().decompress(deflated, 4 * count + 1)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise TerrainError(f"{packed.name}: its packed heights are damaged") from error
    if len(data) != 4 * count:
        raise TerrainError(f"{packed.name}: has {len(data)} bytes of heights, not {4 * count}")
    return TerrainGrid(
        heights_m=np.frombuffer(data, "<f4").reshape(packed.rows, packed.columns).astype(np.float32),
        posts=PostMap(
            lat_deg=packed.lat_deg, lon_deg=packed.lon_deg, reach_deg=packed.reach_deg,
            column=tuple(packed.column_terms), row=tuple(packed.row_terms),
        ),
        posting_m=packed.posting_m, datum=HeightDatum(packed.datum), sigma_m=packed.sigma_m, name=packed.name,
        geoid_m=packed.geoid_m,
    )  # fmt: skip


def raised_grid(grid: TerrainGrid, reach_m: float) -> TerrainGrid:
    """Return the model whose every post is as high as the highest within a reach; an unknown one makes all unknown."""
    heights = grid.heights_m
    for axis in (0, 1):
        heights = _highest_beside(heights, max(1, int(np.ceil(reach_m / grid.posting_m))), axis)
    return replace(grid, heights_m=heights)


def _highest_beside(heights: np.ndarray, posts: int, axis: int) -> np.ndarray:
    """Return the highest of so many posts to both sides along an axis, by doubling what is looked at."""
    padding = [(posts, posts) if one == axis else (0, 0) for one in range(2)]
    padded = np.pad(heights, padding, mode="edge")
    width, wanted = 1, 2 * posts + 1
    while width < wanted:
        step = min(width, wanted - width)
        ahead, behind = [slice(None)] * 2, [slice(None)] * 2
        ahead[axis], behind[axis] = slice(step, None), slice(None, padded.shape[axis] - step)
        padded = np.maximum(padded[tuple(ahead)], padded[tuple(behind)])
        width += step
    return padded
