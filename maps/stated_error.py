"""The stated error of a ground point: every sigma of the pose and of the ground, carried to the ground. Pure functions.

A part of the pose that errs moves the ray w; the point P = s w stays on the ground, whose normal is n = (-gx, -gy, 1)
with the slopes gx and gy to the east and north (0 on a plane). What moves the ray by dw moves the point by

    dP = s (dw - w (n . dw) / (n . w))

and a height of the camera that errs by dh, or a ground that lies dh lower, by -w dh / (n . w). The parts err
independently and normally, to first order; `ce90_m` is the radius that then holds 90 % of the errors.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose
from maps.camera import camera_axes

FloatArray = NDArray[np.float64]
Slopes = tuple[FloatArray, FloatArray]
"""How the ground rises per metre to the east and to the north, (n,) each."""

CE90_OF_RATIO: Final = (1.64430761, 0.0, 0.50315298, -1.50752458, 4.0068693, -3.55609633, 1.05497752)
"""Polynomial in minor/major standard deviation of a plane normal error: CE90 in major deviations, within 0.06 %.

Fitted to the integral of the bivariate normal: 1.6449 for a line (ratio 0), 2.1460 for a circle (ratio 1).
"""


def ground_slopes(
    pose: CameraPose, rays: FloatArray, scale: FloatArray, slopes: Slopes | None = None
) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Return how (east, north) of ground points moves with each part of the pose, per metre, per radian or per share.

    A small turn of the camera by t about a unit axis n moves a ray w by t (n x w): yaw turns about down, pitch about
    the level right axis, roll about the optical axis. A focal length that is larger by a share e moves w by -e (w - a),
    a the optical axis.

    Args:
        pose: The camera.
        rays: (3, n) ENU directions, of length 1 along the optical axis.
        scale: (n,) s, the length of each ray down to the ground in units of itself.
        slopes: Of the ground; None for a level plane.
    """
    yaw = math.radians(pose.yaw_deg)
    axis = camera_axes(pose)[2]
    down = rays[2] if slopes is None else rays[2] - slopes[0] * rays[0] - slopes[1] * rays[1]
    east_slope, north_slope = rays[0] / down, rays[1] / down
    moved = {"vertical": (-east_slope, -north_slope)}
    turns = {"yaw": (0.0, 0.0, -1.0), "pitch": (math.cos(yaw), -math.sin(yaw), 0.0), "roll": tuple(axis)}
    ways = {name: _turned(turn, rays) for name, turn in turns.items()}
    if pose.sigma.focal_share:
        ways["focal"] = (axis[0] - rays[0], axis[1] - rays[1], axis[2] - rays[2])
    for name, (d_east, d_north, d_up) in ways.items():
        drop = d_up if slopes is None else d_up - slopes[0] * d_east - slopes[1] * d_north
        moved[name] = (scale * (d_east - east_slope * drop), scale * (d_north - north_slope * drop))
    return moved


def _turned(axis: tuple[float, ...], rays: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray | float]:
    """Return the cross product of an axis with rays, without what is 0 for the axes used here."""
    x, y, z = axis
    if x == y == 0.0:
        return -z * rays[1], z * rays[0], 0.0
    if z == 0.0:
        return y * rays[2], -x * rays[2], x * rays[1] - y * rays[0]
    return y * rays[2] - z * rays[1], z * rays[0] - x * rays[2], x * rays[1] - y * rays[0]


def covariance(
    pose: CameraPose,
    rays: FloatArray,
    scale: FloatArray,
    slopes: Slopes | None = None,
    ground_sigma_m: FloatArray | float = 0.0,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return var(east), var(north), cov(east, north) in m^2, each (n,).

    Args:
        pose: The camera, with its sigmas.
        rays: (3, n) ENU directions, of length 1 along the optical axis.
        scale: (n,) length of each down to the ground.
        slopes: Of the ground; None for a level plane.
        ground_sigma_m: Of the height of the ground, beside that of the pose.
    """
    sigma = pose.sigma
    sizes = {
        "vertical": np.hypot(sigma.vertical_m, ground_sigma_m),
        "yaw": math.radians(sigma.yaw_deg),
        "pitch": math.radians(sigma.pitch_deg),
        "roll": math.radians(sigma.roll_deg),
        "focal": sigma.focal_share,
    }
    moved = ground_slopes(pose, rays, scale, slopes)
    var_east, var_north, cov = _of_place(sigma.horizontal_m**2, moved["vertical"], slopes, scale)
    for name, (d_east, d_north) in moved.items():
        variance = sizes[name] ** 2
        var_east += variance * d_east * d_east
        var_north += variance * d_north * d_north
        cov += variance * d_east * d_north
    return var_east, var_north, cov


def _of_place(
    variance: float, per_metre: tuple[FloatArray, FloatArray], slopes: Slopes | None, like: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return what the place of the camera alone does: moved over a slope, it also stands higher over the ground."""
    if slopes is None:
        level = np.full_like(like, variance)
        return level, level.copy(), np.zeros_like(like)
    (down_east, down_north), (rise_east, rise_north) = per_metre, slopes
    east_by_east, north_by_east = 1 - down_east * rise_east, -down_north * rise_east
    east_by_north, north_by_north = -down_east * rise_north, 1 - down_north * rise_north
    return (
        variance * (east_by_east**2 + east_by_north**2),
        variance * (north_by_east**2 + north_by_north**2),
        variance * (east_by_east * north_by_east + east_by_north * north_by_north),
    )


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
