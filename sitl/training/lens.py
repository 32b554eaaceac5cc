"""What lens, shutter and codec do to training pictures: small blurs of random strength. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """Blurs of one picture, and how hard it is compressed."""

    softness_px: float
    motion_px: float
    motion_deg: float
    jpeg_quality: int


def lens_from(rng: np.random.Generator, *, is_dark: bool) -> Lens:
    """Draw a lens; in the dark the shutter stays open longer."""
    longest_px = 3.0 if is_dark else 1.5
    return Lens(
        softness_px=float(rng.uniform(0.2, 0.8)),
        motion_px=float(longest_px * rng.random() ** 2),
        motion_deg=float(rng.uniform(0, 180)),
        jpeg_quality=int(rng.integers(70, 95)),
    )


def through(lens: Lens, picture: Bytes) -> Bytes:
    """Return a picture (h, w, 3) as the lens lets it through."""
    soft = cv2.GaussianBlur(picture, (0, 0), lens.softness_px) if lens.softness_px > 0.3 else picture
    if lens.motion_px < 0.5:
        return np.asarray(soft, np.uint8)
    return np.asarray(cv2.filter2D(soft, -1, motion_kernel(lens.motion_px, lens.motion_deg)), np.uint8)


def motion_kernel(length_px: float, angle_deg: float) -> NDArray[np.float32]:
    """Return a kernel (n, n) of sum 1 that smears along a direction, about its middle."""
    reach = int(np.ceil(length_px / 2)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    angle = np.radians(angle_deg)
    for along in np.linspace(-length_px / 2, length_px / 2, 25):
        x, y = reach + along * np.cos(angle), reach + along * np.sin(angle)
        column, row = int(x), int(y)
        right, down = x - column, y - row
        kernel[row : row + 2, column : column + 2] += np.outer([1 - down, down], [1 - right, right])
    return np.asarray(kernel / kernel.sum(), np.float32)
