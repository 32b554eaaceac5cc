"""`View`: one picture's points on flat ground in metres about an origin that all pictures share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.geodesy import M_PER_DEGREE
from flightlink.pose import CameraPose
from maps.camera import FloatArray, rays_from_image

FLIPS: Final = (False, True)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """One picture and its points."""

    pose: CameraPose
    """Yaw as written; the intrinsics' size is that in which the points count."""
    u_px: FloatArray
    """(n,)."""
    v_px: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ties:
    """Points of two pictures that show the same places."""

    first: int
    """Index of the one view."""
    second: int
    of_first: NDArray[np.intp]
    """(m,), points of the first view."""
    of_second: NDArray[np.intp]
    """(m,), the same places among the points of the second view."""


def turned_half(pose: CameraPose, *, flipped: bool) -> CameraPose:
    """Return the pose, its yaw turned by 180 degrees where it is flipped."""
    return replace(pose, yaw_deg=(pose.yaw_deg + 180.0) % 360.0) if flipped else pose


def camera_place_m(pose: CameraPose, origin: CameraPose) -> FloatArray:
    """Return (2,): east and north of a camera about the origin's, on a tangent plane; for some hundred metres."""
    east_deg = (pose.lon_deg - origin.lon_deg + 180.0) % 360.0 - 180.0
    shrink = math.cos(math.radians((pose.lat_deg + origin.lat_deg) / 2))
    return np.array([east_deg * shrink, pose.lat_deg - origin.lat_deg]) * M_PER_DEGREE


def ground_from_view(view: View, origin: CameraPose, *, flipped: bool = False) -> FloatArray:
    """Return (n, 2): where the points lie on the ground, east and north of the origin; NaN at and over the horizon."""
    pose = turned_half(view.pose, flipped=flipped)
    rays = rays_from_image(pose, view.u_px, view.v_px)
    with np.errstate(all="ignore"):
        scale = np.where(rays[:, 2] < 0, -pose.alt_agl_m / rays[:, 2], np.nan)
    places: FloatArray = camera_place_m(pose, origin) + scale[:, None] * rays[:, :2]
    return places


def baseline_m(poses: Sequence[CameraPose], first: int, second: int) -> float:
    """Return how far two cameras are apart on the ground."""
    return float(np.hypot(*camera_place_m(poses[second], poses[first])))
