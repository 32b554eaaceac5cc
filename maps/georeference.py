"""From a pixel to the ground, with its error: level ground or a height model. Pure functions over numpy arrays.

    ray     w = axis + x right + y down           (x, y: ideal image point)
    flat    s = -h / w_up                         (h: height of the camera over the plane; w_up >= 0: above the horizon)
    model   the first s at which the ray lies on the ground (`maps.terrain`)
    ground  s w

Level ground is tangent to the Earth below the camera (4.5 mm at 240 m); a model is met with the Earth's curvature.
Refraction is ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose
from maps.camera import BoolArray, FloatArray, camera_axes, rays_from_image
from maps.geodesy import geodetic_from_enu
from maps.stated_error import ce90_from_covariance, covariance
from maps.terrain.about import TerrainAbout, terrain_about
from maps.terrain.grid import TerrainGrid
from maps.terrain.hits import first_hits

DEFAULT_LIMIT_M: Final = 30.0
"""A point whose `ce90_m` is larger is refused, whatever the angle."""
CHUNK: Final = 8192
"""Points at a time, so that all intermediate arrays stay in the processor's cache."""
CHUNK_ON_TERRAIN: Final = 16384
"""There many small steps are taken at a time: the larger arrays cost less than twice as many steps."""


class GroundCause(IntEnum):
    """Why a pixel has a ground point, or has none."""

    OK = 0
    ABOVE_HORIZON = 1
    BEYOND_LIMIT = 2
    """There is a point, but its `ce90_m` is over the limit."""
    INVALID = 3
    """The pixel is not finite or has no ray, or the camera is not above the ground."""
    NO_TERRAIN = 4
    """The height model knows no ground where the ray goes: it ends there, or its posts are empty."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroundPoints:
    """Ground points of n pixels of one pose; every array is (n,). Where `cause` is not OK, places are NaN."""

    east_m: FloatArray
    """From the camera, in its local tangent plane."""
    north_m: FloatArray
    up_m: FloatArray
    """From the camera to what is seen at the pixel; below 0 where that lies lower."""
    lat_deg: FloatArray
    lon_deg: FloatArray
    slant_range_m: FloatArray
    ce90_m: FloatArray
    """Radius that holds 90 % of the errors; kept for points beyond the limit, NaN where there is none."""
    cause: NDArray[np.uint8]
    """A `GroundCause` each."""

    @property
    def ok(self) -> BoolArray:
        """Say which pixels have a ground point."""
        found: BoolArray = self.cause == GroundCause.OK
        return found

    def __len__(self) -> int:
        """Return the number of pixels."""
        return len(self.cause)


def ground_from_image(
    pose: CameraPose,
    u_px: FloatArray,
    v_px: FloatArray,
    *,
    height_m: float = 0.0,
    limit_m: float = DEFAULT_LIMIT_M,
    terrain: TerrainGrid | None = None,
) -> GroundPoints:
    """Return the ground points of pixels.

    Args:
        pose: The camera. With a height model its `alt_m` is in the model's datum (`maps.terrain.heights`), and
            `ground_alt_m` is not asked.
        u_px: float64 (n,), column; pixel centres at integer coordinates.
        v_px: float64 (n,), row.
        height_m: Height over the ground of what is seen at the pixel, for instance 0.9 for the middle of a body.
        limit_m: Points with a larger `ce90_m` are refused.
        terrain: The ground; None for a level plane at `ground_alt_m`.
    """
    u_px, v_px = np.asarray(u_px, dtype=np.float64), np.asarray(v_px, dtype=np.float64)
    if u_px.shape != v_px.shape or u_px.ndim != 1:
        raise ValueError(f"u_px has shape {u_px.shape} and v_px {v_px.shape}; both must be (n,)")
    about = None if terrain is None else terrain_about(terrain, pose.lat_deg, pose.lon_deg, pose.alt_m)
    chunk = CHUNK if about is None else CHUNK_ON_TERRAIN
    parts = [
        _ground_of_chunk(pose, u_px[at : at + chunk], v_px[at : at + chunk], height_m, limit_m, about)
        for at in range(0, max(len(u_px), 1), chunk)
    ]
    east, north, up, lat, lon, slant, ce90, cause = (np.concatenate(column) for column in zip(*parts, strict=True))
    return GroundPoints(
        east_m=east, north_m=north, up_m=up, lat_deg=lat, lon_deg=lon, slant_range_m=slant, ce90_m=ce90, cause=cause
    )


def _ground_of_chunk(
    pose: CameraPose,
    u_px: FloatArray,
    v_px: FloatArray,
    height_m: float,
    limit_m: float,
    about: TerrainAbout | None,
) -> tuple[NDArray[np.float64] | NDArray[np.uint8], ...]:
    """Return the columns of `GroundPoints` for a few pixels."""
    rays = np.ascontiguousarray(rays_from_image(pose, u_px, v_px).T)
    with np.errstate(all="ignore"):  # rays at and over the horizon; flagged by their cause
        met = _on_plane(pose, rays, height_m) if about is None else _on_terrain(pose, rays, height_m, about)
        east, north, up = met.scale * rays[0], met.scale * rays[1], met.scale * rays[2]
        met.cause[(met.cause == GroundCause.OK) & ~(met.ce90 <= limit_m)] = GroundCause.BEYOND_LIMIT
        gone = met.cause != GroundCause.OK
        slant = np.sqrt(east * east + north * north + up * up)
        east[gone], north[gone] = np.nan, np.nan
        met.ce90[gone & (met.cause != GroundCause.BEYOND_LIMIT)] = np.nan
        lat, lon = geodetic_from_enu(pose.lat_deg, pose.lon_deg, pose.alt_m, east, north, up)
    slant[gone], up[gone] = np.nan, np.nan
    return east, north, up, lat, lon, slant, met.ce90, met.cause


class _Met(NamedTuple):
    """Where rays meet the ground."""

    scale: FloatArray
    ce90: FloatArray
    cause: NDArray[np.uint8]
    """Not yet asked whether `ce90` is within the limit."""


def _on_plane(pose: CameraPose, rays: FloatArray, height_m: float) -> _Met:
    drop_m = pose.alt_agl_m - height_m
    scale = -drop_m / rays[2]
    cause = np.zeros(rays.shape[1], dtype=np.uint8)
    cause[rays[2] >= 0] = GroundCause.ABOVE_HORIZON
    cause[np.isnan(rays[2])] = GroundCause.INVALID
    if drop_m <= 0:
        cause[:] = GroundCause.INVALID
    return _Met(scale, ce90_from_covariance(*covariance(pose, rays, scale)), cause)


def _on_terrain(pose: CameraPose, rays: FloatArray, height_m: float, about: TerrainAbout) -> _Met:
    """Meet the ground of a model, raised by `height_m`; what is not known there is never taken as level."""
    hits = first_hits(about, pose.alt_m - height_m, rays)
    ce90 = _ce90_on_terrain(pose, rays, hits.scale, about)
    cause = np.full(rays.shape[1], GroundCause.NO_TERRAIN, dtype=np.uint8)
    cause[hits.over_all] = GroundCause.ABOVE_HORIZON
    cause[np.isfinite(hits.scale) & ~np.isnan(ce90)] = GroundCause.OK
    cause[np.isnan(rays[2])] = GroundCause.INVALID
    if pose.alt_m - height_m <= about.foot_m:
        cause[:] = GroundCause.INVALID
    return _Met(hits.scale, ce90, cause)


def _ce90_on_terrain(pose: CameraPose, rays: FloatArray, scale: FloatArray, about: TerrainAbout) -> FloatArray:
    slopes = about.slopes(scale * rays[0], scale * rays[1])
    parts = covariance(pose, rays, scale, slopes, about.grid.sigma_of(slopes))
    return ce90_from_covariance(*parts)


def ce90_of_enu(pose: CameraPose, enu_m: FloatArray, terrain: TerrainGrid | None = None) -> FloatArray:
    """Return the `ce90_m` of points of the ground, (n, 3) about the camera, as if each were georeferenced."""
    depth = enu_m @ camera_axes(pose)[2]
    rays = np.ascontiguousarray(enu_m.T) / depth
    if terrain is None:
        return ce90_from_covariance(*covariance(pose, rays, depth))
    return _ce90_on_terrain(pose, rays, depth, terrain_about(terrain, pose.lat_deg, pose.lon_deg, pose.alt_m))
