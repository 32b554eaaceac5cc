"""How many pixels a metre takes, everywhere in a picture: the upper bound that the cap rests on."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.alignment import reported_attitude
from flightlink.pose import NOT_ALIGNED, CameraPose
from maps.camera import camera_axes, rays_from_image
from maps.terrain.grid import TerrainGrid
from vision.relief import nearness_per_m, ranges_m, with_ground_sigma

HEAD_PLANE_M: Final = 2.0
"""Range to flat ground is the farthest surface; heads are nearer, so the bound holds for a plane 2 m above it."""

RAISED_M: Final = 3.0
"""And nearer still are people on a stage, a wall, a first floor's balcony: the plane is raised by so much more ..."""

RAISED_SHARE: Final = 0.2
"""... but by no more than this share of the camera's height over heads, which from a low mast is less."""

SIGMAS: Final = 2.0
"""The height over ground is taken smaller by this many of its standard deviations."""

GRID_NODES: Final = 64
"""Nodes along the longer side at which the bound is computed; blocks take the largest of their corners."""

LEAST_STEP_PX: Final = 8

HEIGHT_HALVINGS: Final = 30
"""A height of kilometres to a millimetre."""

BLOCK_SLACK: Final = 1.005
"""For what lies between nodes and is not seen by their second differences: 0.3 % at most in 3 000 random cameras."""


@dataclass(frozen=True, slots=True)
class DensityBound:
    """Upper bound of px/m on the nodes of a coarse grid over a picture.

    Attributes:
        px_per_m: float32 (rows, columns); infinite where no bound is known (above the horizon).
        step_px: Distance of the nodes; node (i, j) is at the outer corner of pixel (j step, i step).
        on_the_ground: Factor from this bound to the likeliest px/m of the ground itself, below 1.
        ground_share: The same at each node, float32 (rows, columns), where it is not the same everywhere: on a height
            model, whose highest ground around is the bound's. NaN where nothing is known.
    """

    px_per_m: NDArray[np.float32]
    step_px: int
    on_the_ground: float
    ground_share: NDArray[np.float32] | None = None

    @property
    def least(self) -> float:
        """Smallest bound in the picture, px/m."""
        return float(self.px_per_m.min())

    @property
    def greatest_known(self) -> float | None:
        """Largest bound where one is known, px/m; None where none is anywhere."""
        known = self.px_per_m[np.isfinite(self.px_per_m)]
        return float(known.max()) if len(known) else None

    @property
    def blocks(self) -> NDArray[np.float32]:
        """Upper bound of px/m over each square between four nodes, float32 (rows - 1, columns - 1).

        The largest of its corners, and how far the bound can rise above them in between: an eighth of the second
        differences along rows and columns.
        """
        rise = (_rise(self.px_per_m, axis=0) + _rise(self.px_per_m, axis=1)) / 8
        blocks: NDArray[np.float32] = _largest_corner(self.px_per_m) + _largest_corner(rise.astype(np.float32))
        return blocks * np.float32(BLOCK_SLACK)

    def at(self, u_px: NDArray[np.float64], v_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the bound at points (n,), from the nearest node; points outside take the edge's."""
        return self._nearest(self.px_per_m, u_px, v_px)

    def ground_at(self, u_px: NDArray[np.float64], v_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the likeliest px/m of the ground at points (n,); not finite where nothing is known."""
        share = self.on_the_ground if self.ground_share is None else self._nearest(self.ground_share, u_px, v_px)
        return self.at(u_px, v_px) * share

    def _nearest(
        self, nodes: NDArray[np.float32], u_px: NDArray[np.float64], v_px: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        rows, columns = nodes.shape
        i = np.clip(np.rint(v_px / self.step_px), 0, rows - 1).astype(np.intp)
        j = np.clip(np.rint(u_px / self.step_px), 0, columns - 1).astype(np.intp)
        return nodes[i, j].astype(np.float64)


def raised_m_for(pose: CameraPose, stated_m: float = 0.0) -> float:
    """Return how far above the ground people may stand: as stated, and never less than by the camera's height."""
    return max(stated_m, min(RAISED_M, RAISED_SHARE * max(0.0, pose.alt_agl_m - HEAD_PLANE_M)))


def margin_m(pose: CameraPose, *, raised_m: float = 0.0, terrain: TerrainGrid | None = None) -> float:
    """Return how high over the ground heads may be, with all that the height over ground may be off by.

    The height over ground errs, and people may stand raised: what always holds is the root of both squared, because
    neither depends on the other; a height that is stated (`raised_m`) is a fact and is taken in full.
    """
    errs_m = SIGMAS * with_ground_sigma(pose.sigma.vertical_m, terrain)
    return HEAD_PLANE_M + max(math.hypot(errs_m, raised_m_for(pose)), errs_m + raised_m)


def clearance_m(pose: CameraPose, *, raised_m: float = 0.0) -> float:
    """Return the camera's least height over the heads of people who stand raised. Not above 0: among the heads."""
    return pose.alt_agl_m - margin_m(pose, raised_m=raised_m)


def uncapped_from_agl_m(pose: CameraPose, *, px_per_m: float, cap_px_per_m: float, raised_m: float = 0.0) -> float:
    """Return the height over ground from which the same camera, turned the same way, shows `cap_px_per_m` at most.

    Over a plane px/m go down as the height over the highest heads goes up. It is found by halving, because how high
    heads may be (`margin_m`) depends on the height itself.

    Args:
        pose: The camera, above the heads (`clearance_m` > 0).
        px_per_m: The largest bound in its picture.
        cap_px_per_m: What may be shown.
        raised_m: As for `density_bound`.
    """
    needed_m = clearance_m(pose, raised_m=raised_m) * px_per_m / cap_px_per_m
    low_m, high_m = 0.0, 2 * needed_m + HEAD_PLANE_M + 2 * margin_m(pose, raised_m=max(raised_m, RAISED_M))
    for _ in range(HEIGHT_HALVINGS):
        middle_m = (low_m + high_m) / 2
        there = replace(pose, alt_m=pose.ground_alt_m + middle_m)
        low_m, high_m = (low_m, middle_m) if clearance_m(there, raised_m=raised_m) >= needed_m else (middle_m, high_m)
    return high_m


def density_bound(pose: CameraPose, *, raised_m: float = 0.0, terrain: TerrainGrid | None = None) -> DensityBound:
    """Return the upper bound of px/m over the picture of `pose.intrinsics`.

    A pixel that spans the angle a (radians, in whichever direction of the picture it is least; numerically from the
    rays of its neighbours, so distortion is inside) at the slant range s shows 1 / (a s) px/m. The range is the one to
    the plane of the highest heads (`clearance_m`).
    A camera that is not above that plane has no bound.

    Of an aligned pose the reported attitude counts as well, and the larger bound holds: an alignment solved from wrong
    clicks must not make the cap weaker than it was without.

    Args:
        pose: The camera.
        raised_m: People stand so far above the ground; never taken as less than `raised_m_for` gives.
        terrain: The ground, in whose datum the pose's height is; None for a plane. The range is then the least to
            anything as high over the highest ground around (`vision.relief`).
    """
    width_px, height_px = pose.intrinsics.width_px, pose.intrinsics.height_px
    step_px = max(LEAST_STEP_PX, 2 * -(-max(width_px, height_px) // (2 * GRID_NODES)))
    u_px, v_px = np.meshgrid(_nodes(width_px, step_px), _nodes(height_px, step_px))
    over_heads_m = pose.alt_agl_m - margin_m(pose, raised_m=raised_m, terrain=terrain)
    if over_heads_m <= 0:
        return DensityBound(np.full(u_px.shape, np.inf, np.float32), step_px, 1.0)
    rays = _unit_rays(pose, u_px, v_px)
    along_u, along_v = _unit_rays(pose, u_px + 1, v_px) - rays, _unit_rays(pose, u_px, v_px + 1) - rays
    px_per_rad = 1 / _least_angle(along_u, along_v)
    middles = rays + (along_u + along_v) / 2
    if terrain is not None:
        spread = (np.linalg.norm(along_u, axis=-1) + np.linalg.norm(along_v, axis=-1)) * (step_px / 2)
        high_m = margin_m(pose, raised_m=raised_m, terrain=terrain)
        return _bound_on_terrain(pose, middles, spread, px_per_rad, step_px, terrain, high_m)
    down = _down(pose, middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = np.where(down > 0, px_per_rad * down / over_heads_m, np.inf)
    bound = np.nan_to_num(bound, nan=np.inf, posinf=np.inf).astype(np.float32)
    return DensityBound(bound, step_px, over_heads_m / pose.alt_agl_m)


def _bound_on_terrain(
    pose: CameraPose,
    rays: NDArray[np.float64],
    spread: NDArray[np.float64],
    px_per_rad: NDArray[np.float64],
    step_px: int,
    terrain: TerrainGrid,
    high_m: float,
) -> DensityBound:
    """Return the bound of nodes whose rays (rows, columns, 3) meet a model; infinite where they meet nothing known."""
    flat, wide = rays.reshape(-1, 3), spread.ravel()
    per_m = nearness_per_m(pose, flat, wide, terrain=terrain, margin_m=high_m)
    if pose.aligned_deg != NOT_ALIGNED:
        reported = _by_report(pose, flat)
        per_m = np.maximum(per_m, nearness_per_m(pose, reported, wide, terrain=terrain, margin_m=high_m))
    per_m = np.nan_to_num(per_m, nan=np.inf, posinf=np.inf).reshape(px_per_rad.shape)
    shares = 1 / (ranges_m(pose, flat, terrain=terrain).reshape(per_m.shape) * per_m)
    shares = np.where(np.isfinite(per_m), np.minimum(shares, 1.0), np.nan)
    known = shares[np.isfinite(shares)]
    share = float(np.median(known)) if len(known) else 1.0
    return DensityBound((px_per_rad * per_m).astype(np.float32), step_px, share, shares.astype(np.float32))


def _by_report(pose: CameraPose, rays: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rays (..., 3) of an aligned pose as the reported attitude has them."""
    attitude = reported_attitude(pose)
    reported = replace(pose, yaw_deg=attitude.yaw_deg, pitch_deg=attitude.pitch_deg, roll_deg=attitude.roll_deg)
    turned: NDArray[np.float64] = rays @ camera_axes(pose).T @ camera_axes(reported)
    return turned


def _down(pose: CameraPose, rays: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far unit rays (..., 3) go down: the further of what the aligned and the reported attitude say.

    Not above 0 where either says that they go up.
    """
    down: NDArray[np.float64] = -rays[..., 2]
    if pose.aligned_deg == NOT_ALIGNED:
        return down
    by_report = -_by_report(pose, rays)[..., 2]
    return np.where(np.minimum(down, by_report) > 0, np.maximum(down, by_report), 0.0)


def _largest_corner(nodes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the largest of the four corners of each block."""
    largest: NDArray[np.float32] = np.maximum(
        np.maximum(nodes[:-1, :-1], nodes[1:, :-1]), np.maximum(nodes[:-1, 1:], nodes[1:, 1:])
    )
    return largest


def _rise(nodes: NDArray[np.float32], *, axis: int) -> NDArray[np.float32]:
    """Return how strongly the bound arches upwards at each node; as much as the bound itself beside the unknown."""
    padding = [(1, 1) if one == axis else (0, 0) for one in range(2)]
    with np.errstate(invalid="ignore"):
        bends: NDArray[np.float32] = -np.diff(np.pad(nodes, padding, mode="reflect", reflect_type="odd"), 2, axis=axis)
    return np.where(np.isfinite(bends), np.maximum(bends, 0), nodes).astype(np.float32)


def _nodes(size_px: int, step_px: int) -> NDArray[np.float64]:
    """Return the pixels half a pixel before the nodes: a step of one pixel from there has the node in its middle."""
    return np.arange(0, size_px + step_px, step_px, dtype=np.float64) - 1


def _unit_rays(pose: CameraPose, u_px: NDArray[np.float64], v_px: NDArray[np.float64]) -> NDArray[np.float64]:
    rays = rays_from_image(pose, u_px.ravel(), v_px.ravel()).reshape(*u_px.shape, 3)
    unit: NDArray[np.float64] = rays / np.linalg.norm(rays, axis=-1, keepdims=True)
    return unit


def _least_angle(along_u: NDArray[np.float64], along_v: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the smallest angle per pixel of any direction in the picture, radians, at least 1e-9.

    Args:
        along_u: (..., 3), how far the unit ray moves from one pixel to the next in its row.
        along_v: The same in its column.

    It is the smaller singular value of the two taken as columns. Towards the corners of a wide lens a diagonal is
    finer than either row or column.
    """
    uu, vv, uv = (np.sum(one * other, axis=-1) for one, other in ((along_u,) * 2, (along_v,) * 2, (along_u, along_v)))
    squared = (uu + vv) / 2 - np.hypot((uu - vv) / 2, uv)
    angle: NDArray[np.float64] = np.sqrt(np.maximum(squared, 1e-18))
    return angle
