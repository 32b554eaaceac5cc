"""Fill from the surroundings only: what stood under a mask cannot change one byte of what is shown."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

SHRINK: Final = 8
"""The fill is worked out at this fraction of the picture's size."""
NEUTRAL: Final = 118
"""Grey of what the gate keeps closed, and of a picture with no surroundings left."""


def filled(picture: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a copy in which masked pixels are interpolated from unmasked ones (normalised pull-push).

    Args:
        picture: uint8 (height, width) or (height, width, 3).
        mask: uint8 (height, width), 0 or 255; 255 is replaced. Pixels under it are never read.

    Method: masked pixels are set to 0 with weight 0 before anything else; picture and weight are averaged to
    1/8, halved again and again until every cell has weight (pull), and the holes are taken from the coarser
    level (push).
    """
    keep = cv2.bitwise_not(mask)
    known = cv2.bitwise_and(picture, picture, mask=keep)
    if not mask.any():
        return known.astype(np.uint8, copy=False)
    height_px, width_px = mask.shape
    size = (-(-width_px // SHRINK), -(-height_px // SHRINK))
    colour = cv2.resize(known, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    weight = cv2.resize(keep, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    surroundings = np.clip(np.rint(_pulled_and_pushed(colour, weight)), 0, 255).astype(np.uint8)
    whole = cv2.resize(surroundings, (width_px, height_px), interpolation=cv2.INTER_LINEAR)
    cv2.copyTo(whole, mask, known)
    return known.astype(np.uint8, copy=False)


def _pulled_and_pushed(colour: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return colour / weight where there is weight, and a smooth interpolation elsewhere.

    Args:
        colour: float32 (height, width[, 3]), already multiplied by the weight's share.
        weight: float32 (height, width), 0 to 255.
    """
    height, width = weight.shape
    if weight.min() >= 254.5:
        return colour
    if max(height, width) == 1:
        return _normalised(colour, weight)
    size = (-(-width // 2), -(-height // 2))
    coarse = _pulled_and_pushed(
        _cast(cv2.resize(colour, size, interpolation=cv2.INTER_AREA)),
        _cast(cv2.resize(weight, size, interpolation=cv2.INTER_AREA)),
    )
    push = _cast(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR))
    share = np.minimum(weight / 255, 1) if colour.ndim == 2 else np.minimum(weight / 255, 1)[..., None]
    return _cast(colour + (1 - share) * push)


def _normalised(colour: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    share = weight / 255 if colour.ndim == 2 else weight[..., None] / 255
    return np.where(share > 0, colour / np.maximum(share, 1e-6), np.float32(NEUTRAL)).astype(np.float32)


def _cast(values: NDArray[np.float32] | cv2.typing.MatLike) -> NDArray[np.float32]:
    return np.asarray(values, dtype=np.float32)
