"""The simulated camera at one instant: the true projection of the world into its picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import Intrinsics
from sitl.world.route import FlightInstant

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shot:
    """A pinhole camera in the world's east, north, up."""

    place_m: Floats
    """(3,) from home."""
    axes: Floats
    """(3, 3): rows right, down, along the optical axis."""
    intrinsics: Intrinsics

    def projected(self, points_m: Floats) -> tuple[Floats, Floats]:
        """Return pixels (n, 2), centres at integers, and depths (n,) along the axis, of points (n, 3).

        Points beside or behind the camera get a depth of 0 or less and no meaningful pixel.
        """
        seen = (points_m - self.place_m) @ self.axes.T
        depth = np.where(np.abs(seen[:, 2]) < 1e-9, 1e-9, seen[:, 2])
        k = self.intrinsics
        across, below = k.cx_px + k.fx_px * seen[:, 0] / depth, k.cy_px + k.fy_px * seen[:, 1] / depth
        return np.stack([across, below], axis=1), seen[:, 2]

    @property
    def image_from_ground(self) -> Floats:
        """Return the homography (3, 3) from (east, north, 1) on the ground to pixels."""
        k = self.intrinsics
        camera = np.array([[k.fx_px, 0, k.cx_px], [0, k.fy_px, k.cy_px], [0, 0, 1.0]])
        return np.asarray(camera @ np.column_stack([self.axes[:, 0], self.axes[:, 1], -self.axes @ self.place_m]))


def shot_from(instant: FlightInstant, intrinsics: Intrinsics) -> Shot:
    """Return the camera of a vehicle at an instant."""
    yaw, pitch = math.radians(instant.camera_yaw_deg), math.radians(instant.camera_pitch_deg)
    roll = math.radians(instant.camera_roll_deg)
    along = np.array([math.sin(yaw) * math.cos(pitch), math.cos(yaw) * math.cos(pitch), math.sin(pitch)])
    level = np.array([math.cos(yaw), -math.sin(yaw), 0.0])
    right = math.cos(roll) * level + math.sin(roll) * np.cross(along, level)
    return Shot(
        place_m=np.array([instant.east_m, instant.north_m, instant.up_m]),
        axes=np.stack([right, np.cross(along, right), along]),
        intrinsics=intrinsics,
    )
