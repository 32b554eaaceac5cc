"""Random fields: what grounds, foliage and stains are made of. Pure."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
"""(side, side)."""

FINEST_PX: Final = 2.5
COARSER: Final = 4
"""Large octaves are drawn at a resolution so many times coarser."""
STEP: Final = 2.2
"""Sizes of a fractal's octaves are so much apart."""


def blotches(rng: np.random.Generator, side: int, size_px: float) -> Field:
    """Return a smooth field of mean 0 and deviation about 1 whose blotches have a size, in pixels."""
    cells = int(np.clip(side / max(size_px, 1.0), 2, side))
    drawn = rng.standard_normal((cells + 2, cells + 2), dtype=np.float32)
    wide = cv2.resize(drawn, (side, side), interpolation=cv2.INTER_CUBIC if cells < side / 3 else cv2.INTER_LINEAR)
    return np.asarray(wide * 1.25, np.float32)


def fractal(rng: np.random.Generator, side: int, largest_px: float, roughness: float = 0.8) -> Field:
    """Return blotches upon blotches: each octave is `STEP` times finer and `roughness` times as strong."""
    small = -(-side // COARSER)
    coarse, fine = np.zeros((small, small), np.float32), np.zeros((side, side), np.float32)
    strength, weight, size_px = 1.0, 0.0, largest_px
    while size_px >= FINEST_PX:
        if size_px > FINEST_PX * COARSER:
            coarse += np.float32(strength) * blotches(rng, small, size_px / COARSER)
        else:
            fine += np.float32(strength) * blotches(rng, side, size_px)
        weight, strength, size_px = weight + strength**2, strength * roughness, size_px / STEP
    fine += cv2.resize(coarse, (side, side), interpolation=cv2.INTER_LINEAR)
    return np.asarray(fine / np.float32(max(weight, 1e-6) ** 0.5), np.float32)


def grain(rng: np.random.Generator, side: int, sigma_px: float = 0.0) -> Field:
    """Return noise of mean 0 and deviation 1, each pixel on its own or smeared."""
    drawn = rng.standard_normal((side, side), dtype=np.float32)
    if sigma_px <= 0:
        return drawn
    soft = cv2.GaussianBlur(drawn, (0, 0), sigma_px)
    return np.asarray(soft / max(float(soft.std()), 1e-6), np.float32)


def cells(rng: np.random.Generator, side: int, size_px: float) -> tuple[NDArray[np.int32], Field]:
    """Return stones that fill a square: each pixel's number of a stone (side, side), and the pixels to its middle."""
    step = max(size_px, 3.0)
    count = int(np.ceil(side / step)) + 1
    place = (
        np.stack(np.meshgrid(np.arange(count), np.arange(count)), -1) + rng.uniform(0.1, 0.9, (count, count, 2))
    ) * step
    columns, rows = np.clip(place.reshape(-1, 2), 0, side - 1).astype(int).T
    others = np.full((side, side), 1, np.uint8)
    others[rows, columns] = 0
    away, label = cv2.distanceTransformWithLabels(others, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    return np.asarray(label, np.int32), np.asarray(away, np.float32)
