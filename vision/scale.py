"""How many pixels a metre takes, everywhere in a picture: the upper bound that the cap rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose
from maps.camera import rays_from_image

HEAD_PLANE_M: Final = 2.0
"""Range to flat ground is the farthest surface; heads are nearer, so the bound holds for a plane 2 m above it."""

SIGMAS: Final = 2.0
"""The height over ground is taken smaller by this many of its standard deviations."""

GRID_NODES: Final = 64
"""Nodes along the longer side at which the bound is computed; blocks take the largest of their corners."""

LEAST_STEP_PX: Final = 8


@dataclass(frozen=True, slots=True)
class DensityBound:
    """Upper bound of px/m on the nodes of a coarse grid over a picture.

    Attributes:
        px_per_m: float32 (rows, columns); infinite where no bound is known (above the horizon).
        step_px: Distance of the nodes; node (i, j) is at pixel (j step, i step).
        on_the_ground: Factor from this bound to the likeliest px/m of the ground itself, below 1.
    """

    px_per_m: NDArray[np.float32]
    step_px: int
    on_the_ground: float

    @property
    def least(self) -> float:
        """Smallest bound in the picture, px/m."""
        return float(self.px_per_m.min())

    def at(self, u_px: NDArray[np.float64], v_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the bound at points (n,), from the nearest node; points outside take the edge's."""
        rows, columns = self.px_per_m.shape
        i = np.clip(np.rint(v_px / self.step_px), 0, rows - 1).astype(np.intp)
        j = np.clip(np.rint(u_px / self.step_px), 0, columns - 1).astype(np.intp)
        return self.px_per_m[i, j].astype(np.float64)


def density_bound(pose: CameraPose, *, plane_m: float = HEAD_PLANE_M, sigmas: float = SIGMAS) -> DensityBound:
    """Return the upper bound of px/m over the picture of `pose.intrinsics`.

    A pixel that spans the angle a (radians, numerically from the rays of its neighbours, so distortion is inside)
    at the slant range s shows 1 / (a s) px/m. The range is the one to a plane `plane_m` above the ground, from a
    height that is `sigmas` standard deviations lower than stated. A camera that is not above that plane has no bound.
    """
    width_px, height_px = pose.intrinsics.width_px, pose.intrinsics.height_px
    step_px = max(LEAST_STEP_PX, -(-max(width_px, height_px) // GRID_NODES))
    u_px, v_px = np.meshgrid(_nodes(width_px, step_px), _nodes(height_px, step_px))
    clearance_m = pose.alt_agl_m - plane_m - sigmas * pose.sigma.vertical_m
    if clearance_m <= 0:
        return DensityBound(np.full(u_px.shape, np.inf, np.float32), step_px, 1.0)
    rays = _unit_rays(pose, u_px, v_px)
    px_per_rad = np.maximum(
        1 / _angles(rays, _unit_rays(pose, u_px + 1, v_px)), 1 / _angles(rays, _unit_rays(pose, u_px, v_px + 1))
    )
    down = -rays[..., 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = np.where(down > 0, px_per_rad * down / clearance_m, np.inf)
    bound = np.nan_to_num(bound, nan=np.inf, posinf=np.inf).astype(np.float32)
    return DensityBound(bound, step_px, clearance_m / pose.alt_agl_m)


def _nodes(size_px: int, step_px: int) -> NDArray[np.float64]:
    return np.arange(0, size_px + step_px, step_px, dtype=np.float64)


def _unit_rays(pose: CameraPose, u_px: NDArray[np.float64], v_px: NDArray[np.float64]) -> NDArray[np.float64]:
    rays = rays_from_image(pose, u_px.ravel(), v_px.ravel()).reshape(*u_px.shape, 3)
    unit: NDArray[np.float64] = rays / np.linalg.norm(rays, axis=-1, keepdims=True)
    return unit


def _angles(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angle between unit rays, radians; at least 1e-9 so that a fold of the lens model cannot divide by 0."""
    chord = np.linalg.norm(first - second, axis=-1)
    angle: NDArray[np.float64] = np.maximum(2 * np.arcsin(np.clip(chord / 2, 0, 1)), 1e-9)
    return angle
