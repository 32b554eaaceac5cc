"""How near heads may be on the uneven ground of a height model: what the bound of px/m rests on there."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose
from maps.terrain.about import terrain_about
from maps.terrain.grid import TerrainGrid
from maps.terrain.hits import first_hits
from maps.terrain.packed import PackedTerrain
from maps.terrain.packing import grid_from_packed, raised_grid

Floats = NDArray[np.float64]

REACH_M: Final = 15.0
"""The ground is taken as high as its highest post so near: nodes stand less far apart on it, and places err by less."""


def terrain_for_work(packed: PackedTerrain | None) -> TerrainGrid | None:
    """Return the model of an order with all that is ever asked of it, so that nothing large is made later.

    Raises:
        TerrainError: the packed model is damaged.
    """
    if packed is None:
        return None
    terrain = grid_from_packed(packed)
    highest_around(terrain).prepare()
    terrain.prepare()
    return terrain


@lru_cache(maxsize=2)  # one model a worker, and the rehearsal's
def highest_around(terrain: TerrainGrid) -> TerrainGrid:
    """Return the model in which every place is as high as the highest within `REACH_M`."""
    return raised_grid(terrain, REACH_M)


def nearness_per_m(pose: CameraPose, rays: Floats, spread: Floats, *, terrain: TerrainGrid, margin_m: float) -> Floats:
    """Return one by the least range of what stands `margin_m` high, for all rays that pass near the given ones.

    Infinite where nothing is known: the ray meets no ground of the model, or looks into the sky.

    Args:
        pose: The camera; heights in the model's datum.
        rays: (n, 3) unit rays in ENU.
        spread: (n,) radians; the answer holds for every ray that near to the given one.
        terrain: The ground.
        margin_m: Heights over it that still count, errors included.
    """
    steep = rays - np.stack([np.zeros_like(spread), np.zeros_like(spread), spread], axis=1)
    raised = highest_around(terrain)
    about = terrain_about(raised, pose.lat_deg, pose.lon_deg, pose.alt_m)
    hits = first_hits(about, pose.alt_m - margin_m, np.ascontiguousarray(steep.T))
    range_m = np.minimum(hits.scale * np.linalg.norm(steep, axis=1), REACH_M / np.maximum(spread, 1e-9))
    return np.asarray(np.where(np.isnan(hits.scale), np.inf, 1 / range_m), np.float64)


def ranges_m(pose: CameraPose, rays: Floats, *, terrain: TerrainGrid, height_m: float = 0.0) -> Floats:
    """Return the range (n,) to the ground, or so high over it, along unit rays (n, 3); NaN where none is met."""
    about = terrain_about(terrain, pose.lat_deg, pose.lon_deg, pose.alt_m)
    return first_hits(about, pose.alt_m - height_m, np.ascontiguousarray(rays.T)).scale


def with_ground_sigma(sigma_m: float, terrain: TerrainGrid | None) -> float:
    """Return the standard deviation of a height over ground whose own height errs as well."""
    return sigma_m if terrain is None else math.hypot(sigma_m, terrain.sigma_m)
