"""What no look has seen: since then somebody may have come in over the picture's rim, or the camera may have turned.

Where a look behind the frame is done, both looks show whoever is in between. Until then the last one has to do, and it
knows only the ground that it saw, less a walker's way from its rim: the rest stays closed. Pure.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.capped import CappedFrame
from vision.masks import LEAST_STEEPNESS, WALKER_M_PER_S, Look, points_carried
from vision.plausible import scale_at

SLIVER_M: Final = 0.25
"""Half a body: less than this of somebody in the rim shows nobody, and a look that is fresh costs no rim at all."""
PER_SIDE: Final = 6
"""Points of the rim along each side: a walker's way is longer in the foreground."""

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]


def unlooked(frame: CappedFrame, looks: list[Look]) -> Bytes | None:
    """Return uint8 (height, width) of a frame, 255 where there may be people whom no look could see; None for nowhere.

    Args:
        frame: Without a pose nothing is known of how far a walker gets: None.
        looks: Those that mask it, oldest first.
    """
    before = looks[-1] if looks else None
    if before is None or before.utc_ns >= frame.utc_ns or before.pose is None or frame.pose is None:
        return None
    rim = _rim(before.pose.intrinsics.width_px, before.pose.intrinsics.height_px)
    carried = points_carried(before, frame, rim)
    seen = carried + _inwards(carried, frame, age_s=(frame.utc_ns - before.utc_ns) / 1e9)
    closed = np.full((frame.height_px, frame.width_px), 255, np.uint8)
    if len(seen) == len(rim) and np.isfinite(seen).all():
        cv2.fillPoly(closed, [np.rint(seen).clip(-32_000, 32_000).astype(np.int32)], 0)
    return closed if closed.any() else None


def _rim(width_px: int, height_px: int) -> NDArray[np.float32]:
    """Return points (n, 2) once round a picture's outermost pixels."""
    along = np.arange(PER_SIDE, dtype=np.float32) / PER_SIDE
    none, full = np.zeros_like(along), np.ones_like(along)
    share = np.stack([np.r_[along, full, 1 - along, none], np.r_[none, along, full, 1 - along]], axis=1)
    return share * np.array([width_px - 1, height_px - 1], np.float32)


def _inwards(points: Floats, frame: CappedFrame, *, age_s: float) -> Floats:
    """Return the step (n, 2) from each point towards the middle, as far as somebody may have walked in by now."""
    u_px, v_px = points.clip(0, (frame.width_px - 1, frame.height_px - 1)).T
    scale = scale_at(frame, u_px, v_px)
    if scale is None:
        return np.full_like(points, np.nan)
    walked_m = max(0.0, WALKER_M_PER_S * age_s - SLIVER_M)
    walked_px = np.nan_to_num(scale.px_per_m) * walked_m
    walked = np.stack([walked_px, walked_px * np.maximum(scale.steepness, LEAST_STEEPNESS)], axis=1)
    inwards: Floats = np.sign(points.sum(axis=0) - len(points) * points) * walked
    return inwards
