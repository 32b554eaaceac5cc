"""How uneven the ground of a height model is about a place."""

from __future__ import annotations

import math

import numpy as np

from flightlink.geodesy import M_PER_DEGREE
from maps.terrain.grid import TerrainGrid

_SAMPLES = 41


def relief_m(grid: TerrainGrid, lat_deg: float, lon_deg: float, *, within_m: float) -> float:
    """Return the root mean square of the ground's height about a place against the height there; 0 where unknown."""
    steps_m = np.linspace(-within_m, within_m, _SAMPLES)
    north, east = np.meshgrid(steps_m, steps_m, indexing="ij")
    shrink = max(math.cos(math.radians(lat_deg)), 0.01)
    heights = grid.at(lat_deg + north / M_PER_DEGREE, lon_deg + east / (M_PER_DEGREE * shrink))
    foot_m = float(grid.at(np.array(lat_deg), np.array(lon_deg)))
    off = (heights - foot_m)[np.isfinite(heights) & (np.hypot(north, east) <= within_m)]
    return float(np.sqrt(np.mean(off * off))) if len(off) and math.isfinite(foot_m) else 0.0
