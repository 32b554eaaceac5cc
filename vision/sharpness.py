"""How sharply a camera itself sees the ground, and from which height its picture needs no cap: for the pilot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from flightlink.pose import CameraPose
from vision.capped import CappedFrame
from vision.scale import DensityBound, clearance_m, uncapped_from_agl_m


class Sharpness(NamedTuple):
    """What the optics give before the cap, in the picture as it comes from the camera."""

    camera_px_per_m: float
    """The largest bound in the picture."""
    uncapped_from_agl_m: float
    """Height over ground from which the same camera, turned the same way, gives no more than the cap."""


@dataclass(frozen=True, slots=True)
class Sight:
    """From where a frame was taken, and how sharply; nothing of its picture."""

    pose: CameraPose
    bound: DensityBound
    finer: float
    """Pixels of the source for one of the working picture, along its longer ratio."""


def sight_of(frame: CappedFrame) -> Sight | None:
    """Return from where a frame was taken; None without a pose."""
    if frame.pose is None or frame.bound is None:
        return None
    finer = max(frame.source_width_px / frame.width_px, frame.source_height_px / frame.height_px)
    return Sight(frame.pose, frame.bound, finer)


def sharpness_of(sight: Sight, *, cap_px_per_m: float, raised_m: float = 0.0) -> Sharpness | None:
    """Return how sharply a camera sees; None among the heads, or where no ground is seen.

    Args:
        sight: Of a frame.
        cap_px_per_m: What may be published.
        raised_m: As the mission states it.
    """
    known = sight.bound.greatest_known
    if known is None or clearance_m(sight.pose, raised_m=raised_m) <= 0:
        return None
    px_per_m = known * sight.finer
    from_m = uncapped_from_agl_m(sight.pose, px_per_m=px_per_m, cap_px_per_m=cap_px_per_m, raised_m=raised_m)
    return Sharpness(round(px_per_m, 1), round(from_m, 1))
