"""How large a person is at a place of the picture, by the pose: scale for growing masks, and a test for weak boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose
from maps.camera import rays_from_image
from vision.boxes import Boxes
from vision.capped import CappedFrame

MID_BODY_M: Final = 0.9
"""Height over ground of the middle of a person's box."""
PERSON_HEIGHT_M: Final = 1.7
SMALLEST_M: Final = (1.1, 0.35)
"""Least height of a person and least length seen from straight above: a child, or somebody half hidden."""
LARGEST_M: Final = (2.1, 1.2)
"""Largest height, and length seen from straight above, arms out."""
SIGMAS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Of the picture at n places.

    Attributes:
        px_per_m: (n,) at the middle of a body that stands there.
        steepness: (n,) sine of the depression: how much a step on the ground, or a body's depth, shows vertically.
    """

    px_per_m: NDArray[np.float64]
    steepness: NDArray[np.float64]


def scale_at(frame: CappedFrame, u_px: NDArray[np.float64], v_px: NDArray[np.float64]) -> Scale | None:
    """Return the picture's scale at points (n,); None without a pose. No known bound gives NaN."""
    if frame.pose is None or frame.bound is None:
        return None
    rays = rays_from_image(frame.pose, u_px, v_px)
    steepness = np.clip(-rays[:, 2] / np.linalg.norm(rays, axis=1), 0.0, 1.0)
    alt_agl_m = frame.pose.alt_agl_m
    nearer = alt_agl_m / max(alt_agl_m - MID_BODY_M, 1.0)
    px_per_m = np.minimum(frame.bound.ground_at(u_px, v_px) * nearer, frame.bound.at(u_px, v_px))
    return Scale(np.where(np.isfinite(px_per_m), px_per_m, np.nan), steepness)


@dataclass(frozen=True, slots=True)
class Spans:
    """How tall n boxes are, and how tall the least and the largest person would be there, all (n,) in metres.

    A person of height h and depth d, seen under the depression a, spans h cos a + d sin a. NaN where the scale is
    not known.
    """

    seen_m: NDArray[np.float64]
    least_m: NDArray[np.float64]
    most_m: NDArray[np.float64]
    steepness: NDArray[np.float64]


def spans(boxes: Boxes, frame: CappedFrame) -> Spans | None:
    """Return the spans of boxes, given in the frame's pixels; None without a pose."""
    centre_u, centre_v = boxes.centres().astype(np.float64).T
    scale = scale_at(frame, centre_u, centre_v)
    if scale is None:
        return None
    level = np.sqrt(1 - scale.steepness**2)
    return Spans(
        boxes.heights_px() / scale.px_per_m,
        SMALLEST_M[0] * level + SMALLEST_M[1] * scale.steepness,
        LARGEST_M[0] * level + LARGEST_M[1] * scale.steepness,
        scale.steepness,
    )


def plausible(
    boxes: Boxes, frame: CappedFrame, *, allowance: float = 1.0, least_share: float = 1.0
) -> NDArray[np.bool_]:
    """Say of each box whether a person can be as tall as it is, there; all are without a pose.

    The pose's own error in height widens the limits.

    Args:
        boxes: In the frame's pixels.
        frame: Where they were found.
        allowance: Widens the limits by this factor on both sides.
        least_share: Of the least person, how much a box must show: less where boxes hold no feet or only who is seen.
    """
    span = spans(boxes, frame)
    if span is None or frame.pose is None:
        return np.ones(len(boxes), np.bool_)
    slack = allowance * (1 + SIGMAS * _relative_height_sigma(frame.pose))
    fits: NDArray[np.bool_] = (span.seen_m >= least_share * span.least_m / slack) & (span.seen_m <= span.most_m * slack)
    return fits


def _relative_height_sigma(pose: CameraPose) -> float:
    return min(pose.sigma.vertical_m / max(pose.alt_agl_m - MID_BODY_M, 1.0), 0.5)
