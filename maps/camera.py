"""The camera model: pixel to ray and back, with Brown-Conrady distortion. Pure functions over numpy arrays.

Frames: ENU at the camera (east, north, up); camera frame x right in the picture, y down, z along the optical axis.
Ideal image points are (x / z, y / z) in the camera frame. The distortion model D maps ideal to observed points:

    q = x^2 + y^2,  g = 1 + k1 q + k2 q^2 + k3 q^3
    D_x = x g + 2 p1 x y + p2 (q + 2 x^2)      D_y = y g + p1 (q + 2 y^2) + 2 p2 x y

so undistorting means solving it (D. C. Brown, Close-range camera calibration, 1971; coefficients in OpenCV order).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import NO_DISTORTION, CameraPose, Intrinsics

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Distortion = tuple[float, float, float, float, float]

NEWTON_STEPS: Final = 20
RESIDUAL_LIMIT: Final = 1e-10
"""Of a solved ideal point, in focal lengths: a ten-thousandth of a pixel at a focal length of a million pixels."""
FLATTEST: Final = 1e-6
"""A picture that folds over only beyond a thousand focal lengths from its centre does not fold over."""
NEAREST_DEPTH_M: Final = 1e-6
"""Points nearer to the camera's own plane than this have no image."""


def camera_axes(pose: CameraPose) -> FloatArray:
    """Return the camera's axes in ENU, float64 (3, 3): rows right, down, optical axis, each of length 1."""
    yaw, pitch, roll = (math.radians(angle) for angle in (pose.yaw_deg, pose.pitch_deg, pose.roll_deg))
    sin_yaw, cos_yaw, sin_pitch, cos_pitch = math.sin(yaw), math.cos(yaw), math.sin(pitch), math.cos(pitch)
    level_right = np.array([cos_yaw, -sin_yaw, 0.0])
    level_down = np.array([sin_yaw * sin_pitch, cos_yaw * sin_pitch, -cos_pitch])  # axis x right, written out
    axes = np.empty((3, 3))
    axes[0] = math.cos(roll) * level_right + math.sin(roll) * level_down
    axes[1] = -math.sin(roll) * level_right + math.cos(roll) * level_down
    axes[2] = sin_yaw * cos_pitch, cos_yaw * cos_pitch, sin_pitch
    return axes


@lru_cache(maxsize=64)
def fold_radius_squared(distortion: Distortion) -> float:
    """Return q where the radial polynomial stops rising (the picture folds over itself beyond), inf if it never does.

    The observed radius is r (1 + k1 q + k2 q^2 + k3 q^3), its derivative 1 + 3 k1 q + 5 k2 q^2 + 7 k3 q^3. Solved
    for 1 / q, where the polynomial keeps its leading 1 whatever the coefficients.
    """
    k1, k2, _, _, k3 = distortion
    roots = np.roots([1.0, 3 * k1, 5 * k2, 7 * k3])
    turning = [float(root.real) for root in roots if abs(root.imag) <= 1e-9 * abs(root) and root.real > FLATTEST]
    return 1 / max(turning) if turning else math.inf


def distorted_from_ideal(distortion: Distortion, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the observed points of ideal points, both in focal lengths; any shape, the same for both axes."""
    if distortion == NO_DISTORTION:
        return x, y
    k1, k2, p1, p2, k3 = distortion
    q = x * x + y * y
    gain = 1 + q * (k1 + q * (k2 + q * k3))
    x_observed = x * gain + 2 * p1 * x * y + p2 * (q + 2 * x * x)
    y_observed = y * gain + p1 * (q + 2 * y * y) + 2 * p2 * x * y
    return x_observed, y_observed


def _distortion_slopes(distortion: Distortion, x: FloatArray, y: FloatArray) -> tuple[FloatArray, ...]:
    """Return dD_x/dx, dD_x/dy (equal to dD_y/dx) and dD_y/dy."""
    k1, k2, p1, p2, k3 = distortion
    q = x * x + y * y
    gain = 1 + q * (k1 + q * (k2 + q * k3))
    twice_slope = 2 * (k1 + q * (2 * k2 + q * 3 * k3))
    across = x * y * twice_slope + 2 * p1 * x + 2 * p2 * y
    return (
        gain + x * x * twice_slope + 2 * p1 * y + 6 * p2 * x,
        across,
        gain + y * y * twice_slope + 6 * p1 * y + 2 * p2 * x,
    )


def unfolded(distortion: Distortion, x: FloatArray, y: FloatArray) -> BoolArray:
    """Say which ideal points lie where the model still maps the plane one to one."""
    if distortion == NO_DISTORTION:
        return np.isfinite(x) & np.isfinite(y)
    along_x, across, along_y = _distortion_slopes(distortion, x, y)
    inside: BoolArray = (x * x + y * y <= fold_radius_squared(distortion)) & (along_x * along_y - across * across > 0)
    return inside


def ideal_from_distorted(
    distortion: Distortion, x_observed: FloatArray, y_observed: FloatArray
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return the ideal points of observed points, and which of them are true solutions.

    Newton's method from the observed point, held inside the fold. A point that no ideal point maps to (beyond the
    fold of a barrel polynomial), or that is not finite, is flagged False and must not be used.
    """
    if distortion == NO_DISTORTION:
        return x_observed, y_observed, np.isfinite(x_observed) & np.isfinite(y_observed)
    with np.errstate(all="ignore"):  # hopeless points overflow; they are flagged below
        x, y = _solved(distortion, x_observed, y_observed)
        x_again, y_again = distorted_from_ideal(distortion, x, y)
        miss = np.maximum(np.abs(x_again - x_observed), np.abs(y_again - y_observed))
        return x, y, (miss <= RESIDUAL_LIMIT) & unfolded(distortion, x, y)


def _solved(distortion: Distortion, x_observed: FloatArray, y_observed: FloatArray) -> tuple[FloatArray, FloatArray]:
    fold_squared = fold_radius_squared(distortion)
    x, y = _held_inside(fold_squared, np.zeros_like(x_observed), x_observed, y_observed)
    for _ in range(NEWTON_STEPS):
        x_now, y_now = distorted_from_ideal(distortion, x, y)
        x_miss, y_miss = x_now - x_observed, y_now - y_observed
        if not np.any(np.maximum(np.abs(x_miss), np.abs(y_miss)) > RESIDUAL_LIMIT / 10):
            break
        along_x, across, along_y = _distortion_slopes(distortion, x, y)
        determinant = along_x * along_y - across * across
        before_squared = x * x + y * y
        x = x - (along_y * x_miss - across * y_miss) / determinant
        y = y - (along_x * y_miss - across * x_miss) / determinant
        x, y = _held_inside(fold_squared, before_squared, x, y)
    return x, y


def _held_inside(
    fold_squared: float, before_squared: FloatArray, x: FloatArray, y: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return a step's end, or half way from the last radius to the fold where it went over: there the slope is 0."""
    squared = x * x + y * y
    over = squared > fold_squared
    if not over.any():
        return x, y
    half_way = (np.sqrt(before_squared) + math.sqrt(fold_squared)) / 2
    shrink = np.where(over, half_way / np.sqrt(squared), 1.0)
    return x * shrink, y * shrink


def ideal_from_image(
    intrinsics: Intrinsics, u_px: FloatArray, v_px: FloatArray
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return ideal points of pixels, in focal lengths, and which of them are true solutions."""
    return ideal_from_distorted(
        intrinsics.distortion,
        (u_px - intrinsics.cx_px) / intrinsics.fx_px,
        (v_px - intrinsics.cy_px) / intrinsics.fy_px,
    )


def rays_from_image(pose: CameraPose, u_px: FloatArray, v_px: FloatArray) -> FloatArray:
    """Return ENU directions, float64 (n, 3), of pixels float64 (n,); NaN where a pixel has no ray.

    Not of length 1: each has length 1 along the optical axis.
    """
    x, y, valid = ideal_from_image(pose.intrinsics, u_px, v_px)
    x, y = np.where(valid, x, np.nan), np.where(valid, y, np.nan)
    rays: FloatArray = np.stack([x, y, np.ones_like(x)], axis=-1) @ camera_axes(pose)
    return rays


def image_from_enu(pose: CameraPose, enu_m: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return pixels of points, and which points have an image at all.

    Args:
        pose: The camera.
        enu_m: float64 (n, 3), east, north and up of the camera.

    Returns:
        u_px, v_px, in_front; each (n,). A point behind the camera, or beyond the radius where the distortion folds
        over, has NaN pixels and False. Whether a pixel lies inside the picture is not asked here.
    """
    right, down, depth = camera_axes(pose) @ enu_m.T
    with np.errstate(all="ignore"):  # points in or behind the camera's plane; flagged below
        x, y = right / depth, down / depth
        in_front = (depth > NEAREST_DEPTH_M) & unfolded(pose.intrinsics.distortion, x, y)
        x_observed, y_observed = distorted_from_ideal(pose.intrinsics.distortion, x, y)
    u_px = np.where(in_front, pose.intrinsics.cx_px + pose.intrinsics.fx_px * x_observed, np.nan)
    v_px = np.where(in_front, pose.intrinsics.cy_px + pose.intrinsics.fy_px * y_observed, np.nan)
    return u_px, v_px, in_front
