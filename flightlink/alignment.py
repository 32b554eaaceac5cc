"""`Alignment`: by how much one camera's reported attitude is off, found from tie points, and poses put right by it.

    reported = turn about the vertical (yaw) . true . turn about the camera's right axis (pitch) . about its own (roll)

Yaw is an error of the compass or of the mount's zero: it stays the same against north wherever the camera looks, so it
turns about the vertical. Pitch and roll are errors of how the camera sits in its mount: they turn with the camera, so
they are taken in its own frame. For a level camera each is simply reported minus true, in degrees.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from flightlink.attitude import (
    Attitude,
    Quaternion,
    attitude_from_quaternion,
    quaternion_from_attitude,
    turned_about_down,
    wrapped_deg,
)
from flightlink.errors import PoseInvalidError
from flightlink.pose import CONSUMER_GIMBAL, NOT_ALIGNED, CameraPose, PoseSigma

DRIFT_SHARE: Final = 0.7
"""Of a consumer's usual sigma, so much comes and goes within a flight and no alignment takes it away: 2.1 of the 3
degrees of its compass. Whoever states a smaller sigma is believed, and keeps all of it."""
AXES: Final = ("yaw_deg", "pitch_deg", "roll_deg")
LARGEST_TILT_DEG: Final = 25.0
"""A camera whose pitch or roll is off by more is not one that an alignment may put right."""
LARGEST_SIGMA_DEG: Final = 10.0


class Bias(NamedTuple):
    """Degrees about each axis: a bias, or its sigma."""

    yaw_deg: float
    pitch_deg: float
    roll_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """What tie points told of one camera's attitude: reported minus true."""

    bias: Bias
    """0 about an axis of which the tie points told nothing."""
    sigma_deg: tuple[float | None, float | None, float | None]
    """One standard deviation about each axis; None where the tie points told nothing: the pose keeps its own."""
    utc_ns: int
    """When it was solved."""
    points: int
    """Tie points behind it."""
    residual_m: float
    """Median distance of the tie points from where the aligned pose puts them."""

    def __post_init__(self) -> None:
        """Refuse what cannot be an alignment."""
        numbers = (*self.bias, self.residual_m, *self._told())
        if not all(math.isfinite(number) for number in numbers):
            raise PoseInvalidError("the alignment holds a number that is not finite")
        if abs(self.bias.yaw_deg) > 180 or max(abs(self.bias.pitch_deg), abs(self.bias.roll_deg)) > LARGEST_TILT_DEG:
            raise PoseInvalidError(
                f"a bias of {self.bias} deg; yaw within 180, pitch and roll within {LARGEST_TILT_DEG:g}"
            )
        if not self._told() or not all(0 < sigma <= LARGEST_SIGMA_DEG for sigma in self._told()):
            raise PoseInvalidError(f"sigma {self.sigma_deg}; each above 0 and at most {LARGEST_SIGMA_DEG:g} deg")
        if any(sigma is None and bias for bias, sigma in zip(self.bias, self.sigma_deg, strict=True)):
            raise PoseInvalidError("the alignment has a bias without its sigma")
        if self.points < 2 or self.residual_m < 0:
            raise PoseInvalidError(f"{self.points} tie points, residual {self.residual_m} m; at least 2, not below 0")

    def _told(self) -> tuple[float, ...]:
        return tuple(sigma for sigma in self.sigma_deg if sigma is not None)


def aligned(pose: CameraPose, alignment: Alignment | None) -> CameraPose:
    """Return the pose with the bias taken off and the aligned axes' sigmas; one that is aligned already stays."""
    if alignment is None or pose.aligned_deg != NOT_ALIGNED:
        return pose
    attitude = turned_back(pose, alignment.bias)
    return replace(
        pose,
        yaw_deg=attitude.yaw_deg,
        pitch_deg=attitude.pitch_deg,
        roll_deg=attitude.roll_deg,
        sigma=_sigma(pose.sigma, alignment),
        aligned_deg=alignment.bias,
    )


def turned_back(pose: CameraPose, bias: Bias) -> Attitude:
    """Return the true attitude behind a reported one."""
    reported = turned_about_down(_quaternion(pose), yaw_deg=-bias.yaw_deg)
    return attitude_from_quaternion(reported.times(_conjugate(_in_camera(bias))))


def reported_attitude(pose: CameraPose) -> Attitude:
    """Return the attitude that was reported, before any alignment."""
    if pose.aligned_deg == NOT_ALIGNED:
        return Attitude(yaw_deg=pose.yaw_deg, pitch_deg=pose.pitch_deg, roll_deg=pose.roll_deg)
    bias = Bias(*pose.aligned_deg)
    turned = turned_about_down(_quaternion(pose).times(_in_camera(bias)), yaw_deg=bias.yaw_deg)
    return attitude_from_quaternion(turned)


def _sigma(stated: PoseSigma, alignment: Alignment) -> PoseSigma:
    told = {name: sigma for name, sigma in zip(AXES, alignment.sigma_deg, strict=True) if sigma is not None}
    left = {name: math.hypot(sigma, left_over_deg(stated, name)) for name, sigma in told.items()}
    return replace(stated, **left)


def left_over_deg(stated: PoseSigma, name: str) -> float:
    """Return what an alignment leaves of a stated sigma: the drift within a flight, and all that the pose grew by.

    A pose held beside its samples states more than is usual for its kind; of that nothing is taken away.
    """
    now_deg, usual_deg = float(getattr(stated, name)), float(getattr(CONSUMER_GIMBAL, name))
    constant_deg = min(now_deg, usual_deg) - DRIFT_SHARE * usual_deg
    return now_deg - max(0.0, constant_deg)


def _quaternion(pose: CameraPose) -> Quaternion:
    return quaternion_from_attitude(yaw_deg=pose.yaw_deg, pitch_deg=pose.pitch_deg, roll_deg=pose.roll_deg)


def _in_camera(bias: Bias) -> Quaternion:
    return quaternion_from_attitude(yaw_deg=0.0, pitch_deg=bias.pitch_deg, roll_deg=bias.roll_deg)


def _conjugate(q: Quaternion) -> Quaternion:
    return Quaternion(q.w, -q.x, -q.y, -q.z)


def bias_of(yaw_deg: float, pitch_deg: float, roll_deg: float) -> Bias:
    """Return the bias with its yaw within [-180, 180)."""
    return Bias(wrapped_deg(yaw_deg), pitch_deg, roll_deg)
