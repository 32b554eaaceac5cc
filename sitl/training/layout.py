"""Grounds drawn from a seed: surfaces side by side, with edges, paths, beds, stains, leaves and shadows of trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.training.noise import Field, blotches, fractal
from sitl.training.surfaces import SHARES, SURFACES, Colours, water

Bytes = NDArray[np.uint8]

MAY_ADJOIN: Final = ("grass", "grass", "paved", "asphalt", "gravel", "dirt", "sand", "cobbles")
MORE_SHARES: Final = (0.38, 0.47, 0.15)
"""Of grounds with no, one, two further surfaces."""
WATER_SHARE: Final = 0.05
SHADOWED_SHARE: Final = 0.35


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Laid:
    """A square of ground, north up, its middle over home; beyond its edges it goes on mirrored."""

    picture: Bytes
    """(side, side, 3) BGR, in sunlight but for the shadows that a photograph came with."""
    metres_per_px: float
    name: str
    free: Bytes
    """Where people may stand, 255 or 0; square, of any resolution."""
    shaded: Bytes | None
    """Where trees keep the sun off, 0 to 255 (side, side)."""

    def is_free(self, east_m: NDArray[np.float64], north_m: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which points (n,) people may stand on."""
        return self._at(self.free, east_m, north_m) > 127

    def shade_at(self, east_m: NDArray[np.float64], north_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how much of the sun (n,) trees keep off points, 0 to 1."""
        if self.shaded is None:
            return np.zeros(len(east_m))
        return np.asarray(self._at(self.shaded, east_m, north_m) / 255.0)

    def _at(self, mask: Bytes, east_m: NDArray[np.float64], north_m: NDArray[np.float64]) -> Bytes:
        side = mask.shape[0]
        reach_m = self.picture.shape[0] * self.metres_per_px
        places = [np.floor((part / reach_m + 0.5) * side).astype(int) for part in (east_m, -north_m)]
        column, row = (np.where(place % (2 * side) < side, place % side, side - 1 - place % side) for place in places)
        return np.asarray(mask[row, column], np.uint8)


def laid_out(rng: np.random.Generator, metres_per_px: float, side: int, *, shadows: float) -> Laid:
    """Return a ground of one to three surfaces."""
    kinds = [str(rng.choice(list(SHARES), p=list(SHARES.values())))]
    kinds += [str(rng.choice(MAY_ADJOIN)) for _ in range(int(rng.choice(3, p=MORE_SHARES)))]
    ground = SURFACES[kinds[0]](rng, side, metres_per_px)
    for kind in kinds[1:]:
        share = _zone(rng, side, metres_per_px)
        ground = _joined(rng, ground, SURFACES[kind](rng, side, metres_per_px), share, metres_per_px)
    free = np.full((side, side), 255, np.uint8)
    if rng.random() < WATER_SHARE:
        shore = _side_of(rng, side, metres_per_px)
        ground = _joined(rng, ground, water(rng, side, metres_per_px), shore, metres_per_px)
        free[shore > 0.3] = 0
        kinds.append("water")
    ground = _stained(rng, ground, metres_per_px)
    _strewn(rng, ground, metres_per_px)
    shaded = tree_shade(rng, side, metres_per_px) if rng.random() < SHADOWED_SHARE * shadows else None
    picture = np.clip(ground, 0, 255).astype(np.uint8)
    return Laid(picture=picture, metres_per_px=metres_per_px, name="drawn " + " ".join(kinds), free=free, shaded=shaded)


def _zone(rng: np.random.Generator, side: int, m_px: float) -> Field:
    """Return the share (side, side) of another surface: a path, a bed, islands, or all on one side of a line."""
    match int(rng.integers(4)):
        case 0:
            return _path(rng, side, m_px)
        case 1:
            return _side_of(rng, side, m_px)
        case 2:
            return _bed(rng, side, m_px)
        case _:
            islands = fractal(rng, side, rng.uniform(4, 12) / m_px, 0.5) - rng.uniform(-0.2, 0.8)
            return np.asarray(np.clip(islands * 0.15 / m_px * rng.uniform(0.3, 1), 0, 1), np.float32)


def _path(rng: np.random.Generator, side: int, m_px: float) -> Field:
    """Return a band that winds through the middle."""
    angle, wide_px = rng.uniform(0, np.pi), rng.uniform(1.2, 6) / m_px
    along = np.linspace(-side, side, 60)
    bend = np.cumsum(np.cumsum(rng.normal(0, 1, 60)))
    bend = (bend - np.linspace(bend[0], bend[-1], 60)) * rng.uniform(0, 0.6) + rng.normal(0, 0.15) * side
    way = (
        np.stack([along, bend], 1) @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        + side / 2
    )
    band = np.zeros((side, side), np.uint8)
    cv2.polylines(band, [way.astype(np.int32)], False, 255, max(2, round(wide_px)), cv2.LINE_AA)
    return _frayed(rng, band, m_px)


def _bed(rng: np.random.Generator, side: int, m_px: float) -> Field:
    """Return rectangles or ovals."""
    bed = np.zeros((side, side), np.uint8)
    oval, turn = rng.random() < 0.4, float(rng.uniform(0, 90))
    for _ in range(int(rng.integers(1, 5))):
        middle, size = rng.uniform(0, side, 2), rng.uniform(1.5, 12, 2) / m_px
        if oval:
            cv2.ellipse(bed, (middle.tolist(), size.tolist(), turn), 255, -1, cv2.LINE_AA)
        else:
            corners = cv2.boxPoints((middle.tolist(), size.tolist(), turn))
            cv2.fillConvexPoly(bed, np.round(corners).astype(np.int32), 255, cv2.LINE_AA)
    return _frayed(rng, bed, m_px)


def _side_of(rng: np.random.Generator, side: int, m_px: float) -> Field:
    angle = rng.uniform(0, 2 * np.pi)
    steps = np.arange(side, dtype=np.float32) - side / 2
    away = np.float32(np.cos(angle)) * steps[None] + np.float32(np.sin(angle)) * steps[:, None]
    away = away + rng.uniform(0, 2.0) / m_px * blotches(rng, side, 6 / m_px) - rng.uniform(0, 0.3) * side
    return _frayed(rng, np.where(away > 0, 255, 0).astype(np.uint8), m_px)


def _frayed(rng: np.random.Generator, mask: Bytes, m_px: float) -> Field:
    """Return the share of a mask, its edge sharp, or grown over and worn."""
    if rng.random() < 0.5:
        return np.asarray(mask / np.float32(255), np.float32)
    wide_px = rng.uniform(0.05, 0.35) / m_px
    soft = cv2.GaussianBlur(mask, (0, 0), max(0.6, wide_px)) / np.float32(255)
    rough = (
        0.5 + (soft - 0.5) * 5 + 0.8 * fractal(rng, mask.shape[0], max(6.0, 4 * wide_px), 0.9) * (soft * (1 - soft) * 4)
    )
    return np.asarray(np.clip(rough, 0, 1), np.float32)


def _joined(rng: np.random.Generator, one: Colours, other: Colours, share: Field, m_px: float) -> Colours:
    """Return two surfaces by the second's share, often with a kerb between."""
    out = one + share[..., None] * (other - one)
    if rng.random() < 0.35:
        wide = max(1, round(rng.uniform(0.08, 0.25) / m_px)) | 1
        edge = cv2.morphologyEx(
            (share > 0.5).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((wide + 1, wide + 1), np.uint8)
        )
        kerb = np.array([1, 1.02, 1.04], np.float32) * np.float32(rng.uniform(70, 215))
        out = np.where(edge[..., None] > 0, kerb * (1 + 0.04 * blotches(rng, len(one), 4)[..., None]), out)
    return np.asarray(out, np.float32)


def _stained(rng: np.random.Generator, ground: Colours, m_px: float) -> Colours:
    """Return ground with damp and worn places."""
    side = len(ground)
    stain = np.clip(fractal(rng, side, rng.uniform(0.5, 6) / m_px, 0.6) * 0.5 - rng.uniform(0.3, 1.3), 0, 1)
    tone = 1 + np.float32(rng.choice([-0.4, -0.25, 0.2])) * stain
    tone = tone * (1 + np.float32(rng.uniform(0, 0.06)) * blotches(rng, side, 10 / m_px))
    return np.asarray(ground * tone[..., None], np.float32)


def _strewn(rng: np.random.Generator, ground: Colours, m_px: float) -> None:
    """Strew leaves, litter, tufts, stones and lids over the ground, in place."""
    side = len(ground)
    for _ in range(int(rng.integers(0, 4))):
        size_px = float(np.exp(rng.uniform(np.log(0.05), np.log(0.7)))) / m_px
        if size_px < 1.5:
            continue
        many = int(np.exp(rng.uniform(np.log(3), np.log(200))) / (1 + size_px / 12))
        colour = np.array(
            [(40, 70, 110), (45, 60, 60), (210, 215, 215), (50, 100, 80), (60, 130, 190)][rng.integers(5)]
        )
        for column, row in rng.normal(rng.uniform(0, side, 2), rng.uniform(0.1, 0.8) * side, (many, 2)).tolist():
            axes = np.maximum(1, size_px * rng.uniform(0.3, 1, 2) / 2).astype(int).tolist()
            shade = (colour * rng.uniform(0.5, 1.2)).tolist()
            cv2.ellipse(
                ground, (int(column), int(row)), axes, float(rng.uniform(0, 180)), 0, 360, shade, -1, cv2.LINE_AA
            )


def tree_shade(rng: np.random.Generator, side: int, m_px: float) -> Bytes:
    """Return where crowns of trees outside the picture keep the sun off (side, side): lumps with bright flecks."""
    whole, stretch, turn = np.zeros((side, side), np.float32), rng.uniform(1, 1.6), float(rng.uniform(0, 180))
    for _ in range(int(rng.integers(1, 5))):
        middle, radius_px = rng.uniform(0, side, 2), rng.uniform(1.5, 5) / m_px
        for _ in range(int(rng.integers(6, 16))):
            lump = middle + rng.normal(0, radius_px * 0.5, 2)
            axes = np.maximum(1, radius_px * rng.uniform(0.15, 0.5) * np.array([stretch, 1])).astype(int).tolist()
            cv2.ellipse(whole, lump.astype(int).tolist(), axes, turn, 0, 360, 1.0, -1)
    soft = cv2.GaussianBlur(whole, (0, 0), max(1.0, 0.35 / m_px))
    leafy = soft - 0.42 + 0.22 * fractal(rng, side, 1.2 / m_px, 0.95)
    return np.asarray(np.clip(leafy * np.float32(np.clip(0.25 / m_px, 3, 14)), 0, 1) * 255, np.uint8)
