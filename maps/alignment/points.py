"""Tie points and how well they were clicked; the same as arrays for the solver. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from flightlink.alignment import AXES, left_over_deg
from flightlink.pose import CONSUMER_GIMBAL, UNSTATED, CameraPose
from maps.alignment.place import enu_from_geodetic
from maps.camera import FloatArray, camera_axes, rays_from_image

CLICK_PX: Final = 3.0
"""One standard deviation of a click in the picture, along each axis."""
CLICK_M: Final = 0.5
"""One standard deviation of a click on the map, along each axis: half of a metre is what a site plan shows."""
HEIGHT_M: Final = 0.3
"""One standard deviation of the height of the point clicked over the ground plane: paving, kerbs, a slope."""
NEAREST_M: Final = 2.0
"""A point nearer to the camera than this says nothing of its attitude."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TiePoint:
    """One thing on the ground, clicked in the picture and on the map."""

    pose: CameraPose
    """As reported when the picture was taken."""
    u_px: float
    v_px: float
    """In the picture of `pose.intrinsics`."""
    lat_deg: float
    lon_deg: float
    height_m: float = 0.0
    """Over the ground plane of the pose."""

    @property
    def flaw(self) -> str:
        """What makes the point useless whatever the bias is; empty where nothing does."""
        lens = self.pose.intrinsics
        if not (-1 <= self.u_px <= lens.width_px and -1 <= self.v_px <= lens.height_px):
            return f"pixel {self.u_px:g}, {self.v_px:g} lies outside the picture of {lens.width_px} x {lens.height_px}"
        if self.pose.alt_agl_m <= 0:
            return "the camera is not above the ground there"
        if not self.numbers_are_sound:
            return "the place is not on Earth"
        if not np.isfinite(rays_from_image(self.pose, np.array([self.u_px]), np.array([self.v_px]))).all():
            return "no ray belongs to the pixel: the distortion folds over before it"
        away_m = float(np.linalg.norm(self.enu_m))
        if not NEAREST_M <= away_m <= FARTHEST_M:
            return f"the place is {away_m:.0f} m from the camera; it must lie within {NEAREST_M:g} and {FARTHEST_M:g} m"
        return ""

    @property
    def numbers_are_sound(self) -> bool:
        """Whether the place is one on Earth, at a height that a thing can have."""
        numbers = (self.u_px, self.v_px, self.lat_deg, self.lon_deg, self.height_m)
        is_finite = all(math.isfinite(number) for number in numbers)
        return is_finite and abs(self.lat_deg) <= 90 and abs(self.lon_deg) <= 180 and abs(self.height_m) <= FARTHEST_M

    @property
    def enu_m(self) -> FloatArray:
        """The place, float64 (3,), east, north and up of the camera."""
        pose = self.pose
        return enu_from_geodetic(
            (pose.lat_deg, pose.lon_deg, pose.alt_m), (self.lat_deg, self.lon_deg, pose.ground_alt_m + self.height_m)
        )


FARTHEST_M: Final = 20_000.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sights:
    """n tie points as the solver sees them."""

    rays: FloatArray
    """(n, 3), from the camera to what was clicked in the picture, in the camera's frame; length 1."""
    axes: FloatArray
    """(n, 3, 3), `camera_axes` of the reported attitude: rows right, down, optical axis in ENU."""
    towards: FloatArray
    """(n, 3), from the reported position to what was clicked on the map, ENU; length 1."""
    range_m: FloatArray
    """(n,), how far that is."""
    utc_s: FloatArray
    """(n,), when, from the first on."""
    click_rad: FloatArray
    """(n,), error of the click in the picture."""
    place_m: FloatArray
    """(n, 3) sigmas of the reported position: east, north, up."""
    stated_rad: FloatArray
    """(n, 3) sigmas of the reported yaw, pitch and roll."""
    drift_rad: FloatArray
    """(n, 3), what of them comes and goes."""

    def __len__(self) -> int:
        """Return the number of tie points."""
        return len(self.range_m)

    def without(self, place: int) -> Sights:
        """Return all but one."""
        return Sights(**{name: np.delete(getattr(self, name), place, axis=0) for name in self.__slots__})


def sights_of(points: Sequence[TiePoint]) -> Sights:
    """Return tie points without a flaw as arrays."""
    rays = np.stack([_camera_ray(point) for point in points])
    enu_m = np.stack([point.enu_m for point in points])
    range_m = np.linalg.norm(enu_m, axis=1)
    first_ns = min(point.pose.utc_ns for point in points)
    return Sights(
        rays=rays,
        axes=np.stack([camera_axes(point.pose) for point in points]),
        towards=enu_m / range_m[:, None],
        range_m=range_m,
        utc_s=np.array([(point.pose.utc_ns - first_ns) / 1e9 for point in points]),
        click_rad=np.array([CLICK_PX / min(p.pose.intrinsics.fx_px, p.pose.intrinsics.fy_px) for p in points]),
        place_m=np.array([_place_m(point.pose) for point in points]),
        stated_rad=np.radians([[getattr(point.pose.sigma, name) for name in AXES] for point in points]),
        drift_rad=np.radians([[left_over_deg(point.pose.sigma, name) for name in AXES] for point in points]),
    )


def _camera_ray(point: TiePoint) -> FloatArray:
    """Return the unit ray of the clicked pixel in the camera's frame: right, down, along the axis."""
    ray = rays_from_image(point.pose, np.array([point.u_px]), np.array([point.v_px]))[0]
    turned: FloatArray = camera_axes(point.pose) @ ray / np.linalg.norm(ray)
    return turned


def _place_m(pose: CameraPose) -> tuple[float, float, float]:
    """Return the error of the place; what nobody stated holds errors of the attitude too, which are sought here."""
    is_stated = pose.sigma.horizontal_m != UNSTATED.horizontal_m
    horizontal_m = pose.sigma.horizontal_m if is_stated else CONSUMER_GIMBAL.horizontal_m
    return horizontal_m, horizontal_m, pose.sigma.vertical_m
