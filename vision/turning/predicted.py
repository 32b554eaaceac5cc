"""How a picture should move by the camera's poses alone: the same figures as `vision.turning.measured`. Pure.

What stands in the middle at one instant is taken as a point of the ground plane, far away where the camera looks too
level, and looked for in the next pose's picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.geodesy import M_PER_DEGREE
from flightlink.pose import CameraPose, PoseRefusal
from flightlink.track import PoseSource

Floats = NDArray[np.float64]

STEP_NS: Final = 20_000_000
FAR_M: Final = 5_000.0
LEVEL: Final = 0.05
"""Sine of the depression below which no ground is counted on."""
NEARBY: Final = 0.01
"""To the right of the middle, in tangents: tells the turn."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predicted:
    """Motion on a grid of instants."""

    first_ns: int
    """UTC of the first; the others follow by `STEP_NS`."""
    rates: Floats
    """float64 (n, 3): right, down as shares of the width per second, turn in rad/s; NaN where there is no pose."""

    def at(self, utc_ns: Floats) -> Floats:
        """Return the rates (n, 3) at instants (n,), float64 ns after `first_ns`; linear, NaN outside."""
        place = utc_ns / STEP_NS
        low = np.clip(np.floor(place).astype(np.int64), 0, max(0, len(self.rates) - 2))
        share = (place - low)[:, None]
        between = self.rates[low] * (1 - share) + self.rates[np.minimum(low + 1, len(self.rates) - 1)] * share
        outside = (place < 0) | (place > len(self.rates) - 1)
        between[outside] = np.nan
        return np.asarray(between, np.float64)


def predicted_between(poses: PoseSource, *, first_ns: int, last_ns: int, apart_s: float) -> Predicted:
    """Return the motion of the poses between two instants.

    Args:
        poses: of the camera.
        first_ns: UTC.
        last_ns: UTC, later.
        apart_s: between the two pictures that are compared, so that both sides are smoothed alike.
    """
    reach = max(1, round(apart_s * 5e8 / STEP_NS))
    instants = range(first_ns, last_ns + 1, STEP_NS)
    told = _told(map(poses.pose_at, instants))
    rates = np.full((len(instants), 3), np.nan)
    if len(instants) > 2 * reach:
        rates[reach:-reach] = _motions(told[: -2 * reach], told[2 * reach :]) / (2 * reach * STEP_NS / 1e9)
    return Predicted(first_ns=first_ns, rates=rates)


def motion_between(before: CameraPose, after: CameraPose) -> Floats:
    """Return by how much the middle of a picture moves, right and down as shares of its width, and turns in rad."""
    told = _told((before, after))
    return np.asarray(_motions(told[:1], told[1:])[0], np.float64)


def _told(answers: Iterable[CameraPose | PoseRefusal]) -> Floats:
    """Return float64 (n, 9): place, heights over datum and ground, angles, focal lengths in widths; NaN for none."""
    rows = [
        (
            pose.lat_deg, pose.lon_deg, pose.alt_m, pose.alt_agl_m, pose.yaw_deg, pose.pitch_deg, pose.roll_deg,
            pose.intrinsics.fx_px / pose.intrinsics.width_px, pose.intrinsics.fy_px / pose.intrinsics.width_px,
        ) if isinstance(pose, CameraPose) else (math.nan,) * 9
        for pose in answers
    ]  # fmt: skip
    return np.array(rows, np.float64).reshape(-1, 9)


def _motions(before: Floats, after: Floats) -> Floats:
    """Return the motions (n, 3) of pairs of poses as `_told` gives them."""
    axes, later = _axes(before), _axes(after)
    depression, agl_m = -axes[:, 2, 2], before[:, 3]
    sees_ground = (depression > LEVEL) & (agl_m > 0)
    far_m = np.where(sees_ground, np.minimum(FAR_M, agl_m / np.where(sees_ground, depression, 1.0)), FAR_M)
    moved_m = _moved_m(before, after)
    middle, beside = (
        _seen(later, far_m[:, None] * (axes[:, 2] + side * axes[:, 0]) - moved_m) for side in (0.0, NEARBY)
    )
    turn = np.arctan2(beside[:, 1] - middle[:, 1], beside[:, 0] - middle[:, 0])
    return np.column_stack([middle[:, 0] * after[:, 7], middle[:, 1] * after[:, 8], turn])


def _axes(told: Floats) -> Floats:
    """Return the cameras' axes in ENU, (n, 3, 3): rows right, down, axis, as `maps.camera.camera_axes` has them."""
    yaw, pitch, roll = np.radians(told[:, 4:7]).T
    none = np.zeros_like(yaw)
    axis = np.column_stack([np.sin(yaw) * np.cos(pitch), np.cos(yaw) * np.cos(pitch), np.sin(pitch)])
    right = np.column_stack([np.cos(yaw), -np.sin(yaw), none])
    down = np.cross(axis, right)
    cosine, sine = np.cos(roll)[:, None], np.sin(roll)[:, None]
    return np.stack([cosine * right + sine * down, -sine * right + cosine * down, axis], axis=1)


def _moved_m(before: Floats, after: Floats) -> Floats:
    """Return the ways of the cameras, ENU, (n, 3)."""
    east_deg = (after[:, 1] - before[:, 1] + 180) % 360 - 180
    east_m = east_deg * M_PER_DEGREE * np.cos(np.radians(before[:, 0]))
    return np.column_stack([east_m, (after[:, 0] - before[:, 0]) * M_PER_DEGREE, after[:, 2] - before[:, 2]])


def _seen(axes: Floats, points: Floats) -> Floats:
    """Return where points (n, 3), ENU from their cameras, are seen: tangents right and down of the axis, (n, 2)."""
    rays = np.einsum("nij,nj->ni", axes, points)
    return np.asarray(rays[:, :2] / np.maximum(1e-6, rays[:, 2:]), np.float64)
