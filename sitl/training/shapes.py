"""Solids of a few corners that things are made of, and colours of painted things. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sitl.training.things import Bgr, Piece

Floats = NDArray[np.float64]
Pieces = tuple[Piece, ...]

WOOD: Final[Bgr] = (70, 105, 145)
STEEL: Final[Bgr] = (120, 120, 118)
GLASS: Final[Bgr] = (58, 50, 45)
RUBBER: Final[Bgr] = (32, 32, 32)


def any_colour(rng: np.random.Generator) -> Bgr:
    """Return a colour of painted things: mostly greys, some bright."""
    if rng.random() < 0.55:
        grey = rng.uniform(20, 235)
        blue, green, red = np.clip(grey + rng.normal(0, 8, 3), 5, 250).tolist()
    else:
        blue, green, red = rng.uniform(10, 235, 3).tolist()
    return blue, green, red


def rounded(
    radius_m: float, low_m: float, high_m: float, side: Bgr, top: Bgr, *, upper: float = 1.0, corners: int = 12
) -> Piece:
    """Return a round piece about the middle; `upper` is its upper radius over its lower one."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1) * radius_m
    return between(ring, ring * upper, low_m, high_m, side, top)


def block(
    size_m: tuple[float, float], low_m: float, high_m: float, side: Bgr, top: Bgr, *, turn: float = 0.0,
    at_m: tuple[float, float] = (0.0, 0.0), upper: float = 1.0,
) -> Piece:  # fmt: skip
    """Return a block with its middle at a point, turned with it by radians about the thing's middle."""
    half = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * np.array(size_m) / 2
    return between(
        turned(half + np.array(at_m), turn), turned(half * upper + np.array(at_m), turn), low_m, high_m, side, top
    )


def turned(points: Floats, turn: float) -> Floats:
    """Return points (n, 2) turned by radians."""
    return np.asarray(points @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]))


def between(low: Floats, high: Floats, low_m: float, high_m: float, side: Bgr, top: Bgr) -> Piece:
    """Return the piece between two outlines (n, 2) at two heights."""
    at_low = np.column_stack([low, np.full(len(low), low_m)])
    return Piece(low_m=at_low, high_m=np.column_stack([high, np.full(len(high), high_m)]), side_bgr=side, top_bgr=top)
