"""From a pixel to the ground, with its error. Flat ground; pure functions over numpy arrays.

    ray     w = axis + x right + y down           (x, y: ideal image point)
    flat    s = -h / w_up                         (h: height of the camera over the plane; w_up >= 0: above the horizon)
    ground  (s w_east, s w_north, -h)

The stated error is the radius that holds 90 % of the errors when the pose's parts err independently and normally with
the pose's own sigmas, to first order. Earth curvature (4.5 mm at 240 m) and refraction are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose, PoseSigma
from maps.camera import BoolArray, FloatArray, camera_axes, rays_from_image
from maps.geodesy import geodetic_from_enu

DEFAULT_LIMIT_M: Final = 30.0
"""A point whose `ce90_m` is larger is refused, whatever the angle."""
CHUNK: Final = 8192
"""Points at a time, so that all intermediate arrays stay in the processor's cache."""

CE90_OF_RATIO: Final = (1.64430761, 0.0, 0.50315298, -1.50752458, 4.0068693, -3.55609633, 1.05497752)
"""Polynomial in minor/major standard deviation of a plane normal error: CE90 in major deviations, within 0.06 %.

Fitted to the integral of the bivariate normal: 1.6449 for a line (ratio 0), 2.1460 for a circle (ratio 1).
"""


class GroundCause(IntEnum):
    """Why a pixel has a ground point, or has none."""

    OK = 0
    ABOVE_HORIZON = 1
    BEYOND_LIMIT = 2
    """There is a point, but its `ce90_m` is over the limit."""
    INVALID = 3
    """The pixel is not finite or has no ray, or the camera is not above the plane."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroundPoints:
    """Ground points of n pixels of one pose; every array is (n,). Where `cause` is not OK, places are NaN."""

    east_m: FloatArray
    """From the camera, in its local tangent plane."""
    north_m: FloatArray
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
    pose: CameraPose, u_px: FloatArray, v_px: FloatArray, *, height_m: float = 0.0, limit_m: float = DEFAULT_LIMIT_M
) -> GroundPoints:
    """Return the ground points of pixels.

    Args:
        pose: The camera.
        u_px: float64 (n,), column; pixel centres at integer coordinates.
        v_px: float64 (n,), row.
        height_m: Height over the ground plane of what is seen at the pixel, for instance 0.9 for the middle of a body.
        limit_m: Points with a larger `ce90_m` are refused.
    """
    u_px, v_px = np.asarray(u_px, dtype=np.float64), np.asarray(v_px, dtype=np.float64)
    if u_px.shape != v_px.shape or u_px.ndim != 1:
        raise ValueError(f"u_px has shape {u_px.shape} and v_px {v_px.shape}; both must be (n,)")
    parts = [
        _ground_of_chunk(pose, u_px[at : at + CHUNK], v_px[at : at + CHUNK], height_m, limit_m)
        for at in range(0, max(len(u_px), 1), CHUNK)
    ]
    east, north, lat, lon, slant, ce90, cause = (np.concatenate(column) for column in zip(*parts, strict=True))
    return GroundPoints(
        east_m=east, north_m=north, lat_deg=lat, lon_deg=lon, slant_range_m=slant, ce90_m=ce90, cause=cause
    )


def _ground_of_chunk(
    pose: CameraPose, u_px: FloatArray, v_px: FloatArray, height_m: float, limit_m: float
) -> tuple[NDArray[np.float64] | NDArray[np.uint8], ...]:
    """Return the columns of `GroundPoints` for a few pixels."""
    drop_m = pose.alt_agl_m - height_m
    rays = np.ascontiguousarray(rays_from_image(pose, u_px, v_px).T)
    with np.errstate(all="ignore"):  # rays at and over the horizon; flagged by their cause
        scale = -drop_m / rays[2]
        east, north = scale * rays[0], scale * rays[1]
        ce90 = ce90_from_covariance(*_covariance(pose, rays, scale))
        cause = _causes(drop_m, rays, ce90, limit_m)
        gone = cause != GroundCause.OK
        east[gone], north[gone] = np.nan, np.nan
        ce90[(cause == GroundCause.INVALID) | (cause == GroundCause.ABOVE_HORIZON)] = np.nan
        lat, lon = geodetic_from_enu(pose.lat_deg, pose.lon_deg, pose.alt_m, east, north, -drop_m)
        slant = np.sqrt(east * east + north * north + drop_m * drop_m)
    return east, north, lat, lon, slant, ce90, cause


def _causes(drop_m: float, rays: FloatArray, ce90: FloatArray, limit_m: float) -> NDArray[np.uint8]:
    cause = np.zeros(rays.shape[1], dtype=np.uint8)
    cause[~(ce90 <= limit_m)] = GroundCause.BEYOND_LIMIT
    cause[rays[2] >= 0] = GroundCause.ABOVE_HORIZON
    cause[np.isnan(rays[2])] = GroundCause.INVALID
    if drop_m <= 0:
        cause[:] = GroundCause.INVALID
    return cause


def ground_slopes(pose: CameraPose, rays: FloatArray, scale: FloatArray) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Return how (east, north) of ground points moves with each part of the pose, per metre or per radian.

    A small turn of the camera by t about a unit axis n moves a ray w by t (n x w): yaw turns about down, pitch about
    the level right axis, roll about the optical axis. The ground point s w then moves by s (dw - w dw_up / w_up).

    Args:
        pose: The camera.
        rays: (3, n) ENU directions.
        scale: (n,) s, the length of each ray down to the ground in units of itself.
    """
    yaw = np.radians(pose.yaw_deg)
    turns = {"pitch": np.array([np.cos(yaw), -np.sin(yaw), 0.0]), "roll": camera_axes(pose)[2]}
    east_slope, north_slope = rays[0] / rays[2], rays[1] / rays[2]
    slopes = {"vertical": (-east_slope, -north_slope), "yaw": (scale * rays[1], -scale * rays[0])}
    for name, (x, y, z) in turns.items():
        d_up = x * rays[1] - y * rays[0]
        d_east = y * rays[2] - z * rays[1]
        d_north = z * rays[0] - x * rays[2]
        slopes[name] = (scale * (d_east - east_slope * d_up), scale * (d_north - north_slope * d_up))
    return slopes


def _covariance(pose: CameraPose, rays: FloatArray, scale: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return var(east), var(north), cov(east, north) in m^2, each (n,)."""
    sigma: PoseSigma = pose.sigma
    sizes = {
        "vertical": sigma.vertical_m,
        "yaw": np.radians(sigma.yaw_deg),
        "pitch": np.radians(sigma.pitch_deg),
        "roll": np.radians(sigma.roll_deg),
    }
    var_east = np.full_like(scale, sigma.horizontal_m**2)
    var_north = var_east.copy()
    cov = np.zeros_like(scale)
    for name, (d_east, d_north) in ground_slopes(pose, rays, scale).items():
        variance = sizes[name] ** 2
        var_east += variance * d_east * d_east
        var_north += variance * d_north * d_north
        cov += variance * d_east * d_north
    return var_east, var_north, cov


def ce90_of_enu(pose: CameraPose, enu_m: FloatArray) -> FloatArray:
    """Return the `ce90_m` of points of the ground plane, (n, 3) about the camera, as if each were georeferenced."""
    rays = np.ascontiguousarray(enu_m.T)
    return ce90_from_covariance(*_covariance(pose, rays, np.ones(len(enu_m))))


def ce90_from_covariance(var_east: FloatArray, var_north: FloatArray, cov: FloatArray) -> FloatArray:
    """Return the radius in metres that holds 90 % of a centred plane normal error of the given covariance, (n,)."""
    middle = (var_east + var_north) / 2
    spread = np.hypot((var_east - var_north) / 2, cov)
    major = middle + spread
    ratio = np.sqrt(np.clip(middle - spread, 0.0, None) / np.where(major > 0, major, 1.0))
    factor = np.full_like(ratio, CE90_OF_RATIO[-1])
    for coefficient in CE90_OF_RATIO[-2::-1]:
        factor = factor * ratio + coefficient
    radius: FloatArray = np.sqrt(major) * factor
    return radius
