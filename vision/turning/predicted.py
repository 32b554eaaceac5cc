"""How a picture should move by the camera's poses alone: the same figures as `vision.turning.measured`. Pure.

What stands in the middle at one instant is taken as a point of the ground plane, far away where the camera looks too
level, and looked for in the next pose's picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.attitude import wrapped_deg
from flightlink.geodesy import M_PER_DEGREE
from flightlink.pose import CameraPose
from flightlink.track import PoseSource
from maps.camera import camera_axes

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
    found = [pose if isinstance(pose, CameraPose) else None for pose in map(poses.pose_at, instants)]
    rates = np.full((len(found), 3), np.nan)
    for row in range(reach, len(found) - reach):
        before, after = found[row - reach], found[row + reach]
        if before is not None and after is not None:
            rates[row] = motion_between(before, after) / (2 * reach * STEP_NS / 1e9)
    return Predicted(first_ns=first_ns, rates=rates)


def motion_between(before: CameraPose, after: CameraPose) -> Floats:
    """Return by how much the middle of a picture moves, right and down as shares of its width, and turns in rad."""
    axes, later = camera_axes(before), camera_axes(after)
    depression = -float(axes[2, 2])
    far_m = min(FAR_M, before.alt_agl_m / depression) if depression > LEVEL and before.alt_agl_m > 0 else FAR_M
    moved_m = _moved_m(before, after)
    middle, beside = (_seen(later @ (far_m * (axes[2] + side * axes[0]) - moved_m)) for side in (0.0, NEARBY))
    lens = after.intrinsics
    turn = math.atan2(beside[1] - middle[1], beside[0] - middle[0])
    return np.array([middle[0] * lens.fx_px / lens.width_px, middle[1] * lens.fy_px / lens.width_px, turn])


def _moved_m(before: CameraPose, after: CameraPose) -> Floats:
    """Return the way of the camera, ENU."""
    north_m = (after.lat_deg - before.lat_deg) * M_PER_DEGREE
    east_m = wrapped_deg(after.lon_deg - before.lon_deg) * M_PER_DEGREE * math.cos(math.radians(before.lat_deg))
    return np.array([east_m, north_m, after.alt_m - before.alt_m])


def _seen(ray: Floats) -> tuple[float, float]:
    """Return where a ray (right, down, along the axis) is seen, in tangents right and down of the axis."""
    along = max(1e-6, float(ray[2]))
    return float(ray[0]) / along, float(ray[1]) / along
