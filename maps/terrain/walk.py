"""The walk of many rays over a pyramid of heights at once, until each meets a cell or leaves the model."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maps.terrain.grid import TerrainGrid, cell_of

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

LEAST: Final = 1e-12
"""A ray that crosses fewer columns than this per length of itself is held to cross so many."""
NUDGE_POSTS: Final = 1e-6
"""A square is the one that holds the point so far ahead: on an edge, the next."""
FIRST_LEVEL: Final = 3
KEPT_SHARE: Final = 0.75
"""Rays that are done are dropped when fewer than this still walk."""
STEPS_PER_POST: Final = 4
"""No ray needs as many steps per row and column of the model; one that takes more is given up, and meets nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """n straight rays from one camera, in posts and metres of height, per length of each ray."""

    column: float
    row: float
    alt_m: float
    along_column: FloatArray
    along_row: FloatArray
    rise: FloatArray


@dataclass(slots=True, eq=False)
class _Walkers:
    """The rays that still walk; all arrays of one length."""

    index: NDArray[np.intp]
    along_column: FloatArray
    along_row: FloatArray
    per_column: FloatArray
    """Of `along_column`, one by it."""
    per_row: FloatArray
    ahead_i: NDArray[np.intp]
    """1 where the ray goes to higher columns, 0 where to lower."""
    ahead_j: NDArray[np.intp]
    rise: FloatArray
    nudge: FloatArray
    end: FloatArray
    at: FloatArray
    level: NDArray[np.intp]

    def kept(self, keep: BoolArray) -> _Walkers:
        rows = np.flatnonzero(keep)
        return _Walkers(*(getattr(self, field.name).take(rows) for field in fields(self)))


def walked(track: Track, grid: TerrainGrid) -> tuple[FloatArray, BoolArray]:
    """Return where each ray meets the ground first, in lengths of itself (NaN: nowhere), and which leave above it all.

    A ray that passes over an empty post, lower than the model's highest ground, ends there: nobody knows what it met.
    """
    count = len(track.rise)
    reached, escaped = np.full(count, np.nan), np.zeros(count, np.bool_)
    walkers = _started(track, grid, escaped)
    for _ in range(STEPS_PER_POST * sum(grid.heights_m.shape) + 64):
        if not len(walkers.index):
            break
        done = _step(track, grid, walkers, reached)
        walking = np.count_nonzero(~done)
        if walking <= KEPT_SHARE * len(done):
            walkers = walkers.kept(~done)
        else:
            walkers.end[done] = -np.inf
    return reached, escaped


def _started(track: Track, grid: TerrainGrid, escaped: BoolArray) -> _Walkers:
    """Return the rays at the highest ground of the model, and mark those that leave above it."""
    columns, rows = grid.heights_m.shape[1] - 1, grid.heights_m.shape[0] - 1
    along_column, along_row = _moving(track.along_column), _moving(track.along_row)
    with np.errstate(divide="ignore", invalid="ignore"):
        level_off = (grid.highest_m - track.alt_m) / track.rise
    edge = np.minimum(
        (np.where(along_column > 0, columns, 0) - track.column) / along_column,
        (np.where(along_row > 0, rows, 0) - track.row) / along_row,
    )
    start = np.where((track.rise < 0) & (level_off > 0), level_off, 0.0)
    rising = (track.rise > 0) & (level_off < edge)
    escaped |= rising
    end = np.where(rising, level_off, edge)
    nudge = NUDGE_POSTS / np.maximum(np.abs(along_column), np.abs(along_row))
    level = np.full(len(start), min(FIRST_LEVEL, grid.pyramid.top), np.intp)
    walkers = _Walkers(
        index=np.arange(len(start)),
        along_column=along_column,
        along_row=along_row,
        per_column=1 / along_column,
        per_row=1 / along_row,
        ahead_i=(along_column > 0).astype(np.intp),
        ahead_j=(along_row > 0).astype(np.intp),
        rise=track.rise,
        nudge=nudge,
        end=end,
        at=start,
        level=level,
    )
    inside = 0 <= track.column <= columns and 0 <= track.row <= rows
    return walkers.kept((start <= end) & np.isfinite(track.rise) & inside)


def _moving(along: FloatArray) -> FloatArray:
    return np.where(np.abs(along) < LEAST, LEAST, along)


def _step(track: Track, grid: TerrainGrid, walkers: _Walkers, reached: FloatArray) -> BoolArray:
    """Move each ray over one square or down to a smaller one, and say which are at their end."""
    rows, columns = grid.heights_m.shape
    ahead = walkers.at + walkers.nudge
    i = cell_of(track.column + ahead * walkers.along_column, columns)
    j = cell_of(track.row + ahead * walkers.along_row, rows)
    level, pyramid = walkers.level, grid.pyramid
    square_i, square_j = i >> level, j >> level
    highest_m = pyramid.flat.take(pyramid.starts.take(level) + square_j * pyramid.widths.take(level) + square_i)
    leave = np.minimum(
        (((square_i + walkers.ahead_i) << level) - track.column) * walkers.per_column,
        (((square_j + walkers.ahead_j) << level) - track.row) * walkers.per_row,
    )
    np.maximum(np.minimum(leave, walkers.end, out=leave), ahead, out=leave)
    over = track.alt_m + np.minimum(walkers.rise * leave, walkers.rise * walkers.at) > highest_m
    leaf = ~over & (level == 0)
    ended = _met(track, grid, walkers, reached, np.flatnonzero(leaf & (walkers.at <= walkers.end)), i, j, leave)
    walkers.at = np.where(over | leaf, leave, walkers.at)
    level = np.where(over, np.minimum(level + 1, pyramid.top), level - 1)
    walkers.level = np.maximum(level, 0, out=level)
    done: BoolArray = walkers.at >= walkers.end
    done[ended] = True
    return done


def _met(
    track: Track,
    grid: TerrainGrid,
    walkers: _Walkers,
    reached: FloatArray,
    leaf: NDArray[np.intp],
    i: NDArray[np.intp],
    j: NDArray[np.intp],
    leave: FloatArray,
) -> NDArray[np.intp]:
    """Write down where rays meet the ground of their cell, and return those that end there: met, or over no ground.

    With t from the entry, the ray's height over the ground is G0 + G1 t + G2 t^2.
    """
    if not len(leaf):
        return leaf
    base, right, down, twist = grid.cell(i[leaf], j[leaf])
    at, along_i, along_j = walkers.at[leaf], walkers.along_column[leaf], walkers.along_row[leaf]
    x, y = track.column + at * along_i - i[leaf], track.row + at * along_j - j[leaf]
    gap0 = track.alt_m + at * walkers.rise[leaf] - (base + right * x + y * (down + x * twist))
    gap1 = walkers.rise[leaf] - (right * along_i + down * along_j + twist * (x * along_j + y * along_i))
    gap2 = -twist * along_i * along_j
    with np.errstate(divide="ignore", invalid="ignore"):
        root = 2 * gap0 / (np.sqrt(gap1 * gap1 - 4 * gap2 * gap0) - gap1)
    root = np.where(gap0 <= 0, 0.0, root)
    meets = (root >= 0) & (root <= leave[leaf] - at + walkers.nudge[leaf])
    reached[walkers.index[leaf[meets]]] = (at + root)[meets]
    return leaf[meets | np.isnan(gap0)]
