"""Hills to georeference on, and the way over them that others take: along each ray metre by metre."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose, HeightDatum
from maps.camera import camera_axes
from maps.terrain.about import terrain_about
from maps.terrain.grid import PostMap, TerrainGrid

Floats = NDArray[np.float64]

POSTING_M: Final = 2.0
POSTS: Final = 601
STEP_M: Final = 1.0
FARTHEST_M: Final = 400.0
M_PER_DEG: Final = (111_200.0, 73_340.0)
"""Of latitude and of longitude, at the place of the view."""


def hills(lat_deg: float, lon_deg: float) -> TerrainGrid:
    """Return 1.2 km of country about a place: two waves of 24 m from foot to top, and a roughness of 0.3 m."""
    middle = (POSTS - 1) / 2
    axis_m = (np.arange(POSTS) - middle) * POSTING_M
    waves = 12 * np.sin(axis_m / 45)[:, None] * np.cos(axis_m / 60)[None]
    rough = np.random.default_rng(2).normal(0, 0.3, waves.shape)
    per_lat, per_lon = M_PER_DEG
    cubic = (0.0,) * 7
    posts = PostMap(
        lat_deg=lat_deg, lon_deg=lon_deg, reach_deg=1.0, column=(middle, per_lon / POSTING_M, 0.0, *cubic),
        row=(middle, 0.0, -per_lat / POSTING_M, *cubic),
    )  # fmt: skip
    return TerrainGrid(
        heights_m=(100 + waves + rough).astype(np.float32), posts=posts, posting_m=POSTING_M,
        datum=HeightDatum.EGM96, sigma_m=0.5, name="hills",
    )  # fmt: skip


def marched(pose: CameraPose, grid: TerrainGrid, u_px: Floats, v_px: Floats) -> tuple[Floats, Floats]:
    """Return east and north in metres where rays meet the ground: a metre at a time, then a straight line between.

    A hill thinner than a step is missed. No errors, no degrees, no causes.
    """
    k = pose.intrinsics
    ideal = np.stack([(u_px - k.cx_px) / k.fx_px, (v_px - k.cy_px) / k.fy_px, np.ones_like(u_px)])
    rays = camera_axes(pose).T @ ideal
    rays /= np.linalg.norm(rays, axis=0)
    about = terrain_about(grid, pose.lat_deg, pose.lon_deg, pose.alt_m)
    gone_m, over_m = np.zeros_like(u_px), np.full_like(u_px, pose.alt_m - about.foot_m)
    walking = np.arange(len(u_px))
    for gone in np.arange(STEP_M, FARTHEST_M, STEP_M):
        east, north, up = gone * rays[:, walking]
        now_m = pose.alt_m + up - about.heights_m(east, north)
        met = now_m <= 0
        share = now_m[met] / (now_m[met] - over_m[walking[met]])
        gone_m[walking[met]] = gone - share * STEP_M
        over_m[walking] = now_m
        walking = walking[~met]
        if not len(walking):
            break
    return gone_m * rays[0], gone_m * rays[1]
