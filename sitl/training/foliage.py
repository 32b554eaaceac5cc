"""Bushes and crowns of trees: lumps of leaves, each a small face lit by the sun, seen from any side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sitl.picture.props import sun_direction
from sitl.picture.shadows import fixed_point
from sitl.training.surfaces import near
from sitl.training.things import Bgr, SeenThing, shade_of
from sitl.world.look import Palette
from sitl.world.shot import Shot
from sitl.world.world import Sun

Floats = NDArray[np.float64]

LEAVES: Final[tuple[Bgr, ...]] = (
    (40, 125, 95), (55, 140, 120), (35, 95, 70), (70, 150, 145), (60, 120, 130), (75, 110, 100), (50, 100, 150),
)  # fmt: skip
MOST_LEAVES: Final = 2200
LEAF_PX: Final = 2.2
"""Half a leaf is at least so many pixels of the finer picture wide."""
CORNERS: Final = np.array([(-1.0, -0.2), (-0.1, -0.8), (1.0, 0.1), (0.0, 0.7)])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crown:
    """A bush, or a tree's crown above the ground."""

    middle_m: tuple[float, float]
    radius_m: float
    base_m: float
    """Where its leaves begin above the ground."""
    high_m: float
    colour_bgr: Bgr
    leaf_m: float
    seed: int

    @property
    def reach_m(self) -> float:
        """Return how near to the middle nobody stands: a bush takes its room, below a tree there is some."""
        return self.radius_m + 0.2 if self.base_m < 1.0 else 0.5


def crown(rng: np.random.Generator, middle_m: tuple[float, float]) -> Crown:
    """Draw a bush as large as a person, a larger one, or a tree."""
    match int(rng.choice(3, p=(0.45, 0.25, 0.3))):
        case 0:
            radius, base, high = rng.uniform(0.2, 0.6), 0.0, rng.uniform(0.4, 1.6)
        case 1:
            radius, base, high = rng.uniform(0.6, 1.8), 0.0, rng.uniform(0.8, 2.2)
        case _:
            radius, base = rng.uniform(1.2, 4.0), rng.uniform(1.8, 2.6)
            high = base + radius * rng.uniform(1.0, 1.8)
    return Crown(
        middle_m=middle_m, radius_m=float(radius), base_m=float(base), high_m=float(high),
        colour_bgr=near(rng, LEAVES[int(rng.integers(len(LEAVES)))], 0.2, 0.05),
        leaf_m=float(rng.uniform(0.05, 0.14)), seed=int(rng.integers(1 << 30)),
    )  # fmt: skip


def seen_crown(one: Crown, shot: Shot, sun: Sun, palette: Palette) -> SeenThing | None:
    """Return a crown as a camera sees it; None where it does not."""
    rng = np.random.default_rng(one.seed)
    middle = np.array([[*one.middle_m, (one.base_m + one.high_m) / 2]])
    (centre,), (depth,) = shot.projected(middle)
    px_per_m = shot.intrinsics.fx_px / max(float(depth), 1.0)
    reach_px = (one.radius_m + one.high_m) * px_per_m
    size = np.array([shot.intrinsics.width_px, shot.intrinsics.height_px])
    if depth < 1 or (centre < -reach_px).any() or (centre > size + reach_px).any():
        return None
    half_px = max(LEAF_PX, one.leaf_m * px_per_m)
    count = int(np.clip(9 * (one.radius_m * px_per_m / half_px) ** 2, 20, MOST_LEAVES))
    half_m = max(half_px / px_per_m, one.radius_m * 1.9 / np.sqrt(count))
    points, light = _leaves(rng, one, count, sun)
    pixels, depths = shot.projected(points)
    order = np.argsort(-depths)
    turns = rng.uniform(0, 2 * np.pi, count)
    spin = np.stack([np.stack([np.cos(turns), -np.sin(turns)], -1), np.stack([np.sin(turns), np.cos(turns)], -1)], -2)
    sizes = half_m * px_per_m * rng.uniform(0.6, 1.4, (count, 1, 1))
    corners = fixed_point((pixels[:, None] + np.einsum("nij,kj->nki", spin, CORNERS) * sizes).reshape(-1, 2))
    corners = corners.reshape(count, len(CORNERS), 2)
    colours = np.clip(np.array(one.colour_bgr) * light[:, None] * np.exp(rng.normal(0, 0.08, (count, 3))), 0, 255)
    fills = tuple((corners[k], shade_of(_bgr(colours[k]), 1.0, palette, 1.0)) for k in order.tolist())
    return SeenThing(depth_m=float(depths.min()), person=None, fills=fills)


def _bgr(colour: Floats) -> Bgr:
    blue, green, red = colour.tolist()
    return blue, green, red


def _leaves(rng: np.random.Generator, one: Crown, count: int, sun: Sun) -> tuple[Floats, Floats]:
    """Return leaves (n, 3) in lumps on a dome, and the light (n,) on each: the sun's side is bright, gaps are dark."""
    lumps = max(3, count // 28)
    away = rng.normal(0, 1, (lumps, 3))
    away /= np.linalg.norm(away, axis=1)[:, None]
    away *= rng.uniform(0.35, 0.85, (lumps, 1))
    of = rng.integers(lumps, size=count)
    leaf = rng.normal(0, 1, (count, 3))
    leaf /= np.linalg.norm(leaf, axis=1)[:, None]
    size = rng.uniform(0.18, 0.4, lumps)[of][:, None]
    shape = np.array([one.radius_m, one.radius_m, (one.high_m - one.base_m) / 2])
    points = (away[of] + leaf * size) * shape + np.array([*one.middle_m, (one.base_m + one.high_m) / 2])
    facing = (0.55 * leaf + 0.45 * away[of]) @ sun_direction(sun)
    deep = np.clip(np.linalg.norm(away[of] + leaf * size, axis=1), 0, 1)
    light = (0.5 + 0.75 * np.clip(facing, -0.3, 1)) * (0.35 + 0.75 * deep) * np.exp(rng.normal(0, 0.16, count))
    points[:, 2] = np.maximum(points[:, 2], 0.02)
    return points, light


def shadow_of_crown(one: Crown, sun: Sun) -> list[Floats]:
    """Return lumps (n, 2), east and north, of a crown's shadow on the ground."""
    rng, light = np.random.default_rng(one.seed), sun_direction(sun)
    angle = np.linspace(0, 2 * np.pi, 9, endpoint=False)
    ring, outlines = np.stack([np.cos(angle), np.sin(angle)], axis=1), []
    for _ in range(26):
        away = rng.normal(0, 0.42, 3)
        point = away * np.array([one.radius_m, one.radius_m, (one.high_m - one.base_m) / 2])
        up = max(0.0, point[2] + (one.base_m + one.high_m) / 2)
        middle = np.array(one.middle_m) + point[:2] - light[:2] / light[2] * up
        outlines.append(middle + ring * rng.uniform(0.6, 1.2, (9, 1)) * one.radius_m * rng.uniform(0.15, 0.4))
    return outlines
