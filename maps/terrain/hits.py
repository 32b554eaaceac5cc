"""Where rays first meet the ground of a height model.

Every ray walks over the cells of the model from the camera outwards. A square of the pyramid whose highest ground lies
below the whole ray is passed in one step; else the ray looks at smaller squares, down to a single cell, where ground
minus ray is a quadratic along the ray and its first root is exact (the maximum mipmaps of A. Tevs, I. Ihrke and
H.-P. Seidel, 2008). So no ridge is missed, however thin. The walk takes posts as linear in metres; Newton's method then
puts the root where it is with the Earth's curvature and the true form of the map.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maps.terrain.about import REACH_M, TerrainAbout, sagitta_m
from maps.terrain.walk import Track, walked

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

NEWTON_STEPS: Final = 4
BISECTIONS: Final = 50
MEETS_M: Final = 1e-5
"""A root is one where ray and ground are this near in height: a hundredth of a millimetre."""


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Of n rays."""

    scale: FloatArray
    """(n,) length down to the ground in lengths of the ray; NaN where it meets none."""
    over_all: BoolArray
    """(n,) the ray leaves above every height of the model: it looks into the sky. Other misses left unknown ground."""


def first_hits(about: TerrainAbout, alt_m: float, rays: FloatArray) -> Hits:
    """Return where rays (3, n) from the camera, at a height of the model's datum, first meet the ground.

    A camera that is not above known ground meets none. Raise the ground by lowering `alt_m`.
    """
    over_all = (alt_m >= about.grid.highest_m) & (rays[2] >= 0)
    if not alt_m > about.foot_m:  # also where nothing is known below it
        return Hits(np.full(rays.shape[1], np.nan), np.zeros_like(over_all))
    reached, escaped = walked(_track(about, alt_m, rays), about.grid)
    return Hits(_refined(about, alt_m, rays, reached), over_all | escaped)


def _track(about: TerrainAbout, alt_m: float, rays: FloatArray) -> Track:
    """Return the rays in posts, to first order about the camera."""
    columns, rows = about.columns, about.rows
    return Track(
        column=float(columns[0]),
        row=float(rows[0]),
        alt_m=alt_m,
        along_column=(columns[1] * rays[0] + columns[2] * rays[1]) / REACH_M,
        along_row=(rows[1] * rays[0] + rows[2] * rays[1]) / REACH_M,
        rise=rays[2],
    )


def _refined(about: TerrainAbout, alt_m: float, rays: FloatArray, reached: FloatArray) -> FloatArray:
    """Return the true roots beside those of the walk; NaN stays NaN."""
    found = np.flatnonzero(np.isfinite(reached))
    scale = np.full_like(reached, np.nan)
    if not len(found):
        return scale
    ray, start = rays[:, found], reached[found]
    leeway = about.grid.posting_m / np.maximum(np.hypot(ray[0], ray[1]), 1e-9)
    best = start
    gap, slope = _gap(about, alt_m, ray, best)
    for _ in range(NEWTON_STEPS):
        with np.errstate(divide="ignore", invalid="ignore"):
            best = np.nan_to_num(best - gap / slope, posinf=0.0, neginf=0.0)
        gap, slope = _gap(about, alt_m, ray, best)
        if np.abs(gap).max() <= MEETS_M:
            break
    astray = ~((np.abs(gap) <= MEETS_M) & (np.abs(best - start) <= leeway))
    if astray.any():
        best[astray] = _bisected(about, alt_m, ray[:, astray], start[astray], leeway[astray])
    scale[found] = best
    return scale


def _gap(about: TerrainAbout, alt_m: float, ray: FloatArray, scale: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the height of points of rays over the ground, and how it changes along each ray."""
    east, north = scale * ray[0], scale * ray[1]
    height, right, down = about.cells(*about.posts(east, north))
    columns, rows = about.columns, about.rows
    along = right * (columns[1] * ray[0] + columns[2] * ray[1]) + down * (rows[1] * ray[0] + rows[2] * ray[1])
    return alt_m + scale * ray[2] + sagitta_m(east * east + north * north) - height, ray[2] - along / REACH_M


def _bisected(about: TerrainAbout, alt_m: float, ray: FloatArray, start: FloatArray, leeway: FloatArray) -> FloatArray:
    """Return roots between one posting before and one behind the walk's, NaN where none is bracketed there."""
    near, far = np.maximum(start - leeway, 0.0), start + leeway
    bracketed = (_gap(about, alt_m, ray, near)[0] >= 0) & (_gap(about, alt_m, ray, far)[0] <= 0)
    for _ in range(BISECTIONS):
        middle = (near + far) / 2
        above = _gap(about, alt_m, ray, middle)[0] > 0
        near, far = np.where(above, middle, near), np.where(above, far, middle)
    return np.where(bracketed, (near + far) / 2, np.nan)
