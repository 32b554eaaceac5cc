"""The ground's picture before any camera sees it: read, marked, lit, and continued beyond its edge."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.world.errors import WorldError
from sitl.world.look import Palette
from sitl.world.world import Ground, Mark, Prop

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

MARK_M: Final = 0.6
"""Side of a mark: four quadrants, black and white, which meet in the surveyed point."""
MARK_GREYS: Final = (24, 236)
FINER: Final = 16
"""Marks are painted at so many times the texture's resolution and averaged, so that their middle is where it is."""
SURROUNDINGS_M: Final = 420.0
SURROUNDINGS_M_PER_PX: Final = 0.28
RING_M: Final = 5.0
"""The outermost ring of the picture: what goes on beyond it is patched from this."""
LAMP_REACH_M: Final = 7.0
LAMP_EVERY_M: Final = 16.0
LAMP_BGR: Final = np.array([0.55, 0.85, 1.1], np.float32)
THERMAL_MEAN: Final = 130.0
THERMAL_GROUND: Final = (78.0, 0.30)
"""Grey of the mean ground, and how much of the visible contrast remains."""


def ground_from_texture(metres_per_px: float, shape: tuple[int, int]) -> Floats:
    """Return the transform (3, 3) from a texture's pixels to east and north: north is up, home in the middle."""
    height, width = shape
    m = metres_per_px
    return np.array([[m, 0, -m * (width - 1) / 2], [0, -m, m * (height - 1) / 2], [0, 0, 1.0]])


def ground_picture(ground: Ground, marks: tuple[Mark, ...]) -> Bytes:
    """Return the ground with its marks, uint8 (h, w, 3) BGR.

    Raises:
        WorldError: the picture cannot be read.
    """
    found = cv2.imread(str(ground.file), cv2.IMREAD_COLOR)
    if found is None:
        raise WorldError(f"{ground.file}: cannot be read as a picture; give a JPEG, PNG or WebP")
    picture = np.asarray(found, np.uint8)
    for mark in marks:
        _paint_mark(picture, mark, ground.metres_per_px)
    return picture


def _paint_mark(picture: Bytes, mark: Mark, metres_per_px: float) -> None:
    """Paint a mark's four quadrants, each texel by the share of it that they cover."""
    texture_from_ground = np.linalg.inv(ground_from_texture(metres_per_px, picture.shape[:2]))
    column, row, _ = texture_from_ground @ [mark.east_m, mark.north_m, 1.0]
    half = MARK_M / 2 / metres_per_px
    left, top = int(np.floor(column - half)) - 1, int(np.floor(row - half)) - 1
    side = int(np.ceil(2 * half)) + 3
    if left < 0 or top < 0 or left + side > picture.shape[1] or top + side > picture.shape[0]:
        return
    steps = (np.arange(side * FINER) + 0.5) / FINER - 0.5
    right, down = steps + left - column, (steps + top - row)[:, None]
    inside = (np.maximum(np.abs(right), np.abs(down)) <= half).astype(np.float32)
    white = ((right > 0) == (down > 0)).astype(np.float32)
    share, light = (
        np.asarray(cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA), np.float32)[..., None]
        for part in (inside, white * inside)
    )
    region = picture[top : top + side, left : left + side]
    region[:] = np.round(region * (1 - share) + MARK_GREYS[0] * (share - light) + MARK_GREYS[1] * light)


def surroundings(picture: Bytes, metres_per_px: float, rng: np.random.Generator) -> Bytes:
    """Return ground (n, n, 3) for `SURROUNDINGS_M` about home: patched from the picture's rim, the picture within."""
    ratio = metres_per_px / SURROUNDINGS_M_PER_PX
    size = (round(picture.shape[1] * ratio), round(picture.shape[0] * ratio))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    side = round(SURROUNDINGS_M / SURROUNDINGS_M_PER_PX)
    side += (side - size[0]) % 2
    wide = _patched(small, side, 2 * max(3, round(RING_M / 2 / SURROUNDINGS_M_PER_PX)), rng)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    wide[top : top + size[1], left : left + size[0]] = small
    return wide


def _patched(small: Bytes, side: int, ring: int, rng: np.random.Generator) -> Bytes:
    """Return (side, side, 3) covered with turned patches of a picture's rim, faded into one another, slowly stained."""
    rim = np.concatenate([small[:ring], small[-ring:]], axis=1).astype(np.float32)
    pieces = np.stack([rim[:, x : x + ring] for x in range(0, rim.shape[1] - ring, ring)])
    # what most of the rim is like goes on: meadow rather than the roads that cross it
    unlike = np.abs(pieces.mean((1, 2)) - np.median(rim, axis=(0, 1))).sum(axis=1)
    usual = pieces[np.argsort(unlike)[: max(1, len(pieces) // 2)]]
    mean = usual.mean((0, 1, 2))
    turned = np.concatenate([np.rot90(usual - mean, k, axes=(1, 2)) for k in range(4)])
    ramp = np.hanning(ring + 2)[1:-1].astype(np.float32)
    fade = (np.outer(ramp, ramp) + 1e-3)[..., None]
    across = side // ring + 3
    total, weight = np.zeros((across * ring, across * ring, 3), np.float32), np.zeros_like(fade)
    # four lattices of patches, half a patch apart; within one nothing overlaps
    for down, right in ((0, 0), (0, ring // 2), (ring // 2, 0), (ring // 2, ring // 2)):
        drawn = fade * turned[rng.integers(len(turned), size=(across, across))]
        total += np.roll(drawn.transpose(0, 2, 1, 3, 4).reshape(total.shape), (down, right), axis=(0, 1))
        weight = weight + np.roll(fade * fade, (down, right), axis=(0, 1))
    # dividing by the root of the summed squares keeps the grain as rough as it was
    detail = (total / np.tile(np.sqrt(weight), (across, across, 1)))[:side, :side]
    stains = [cv2.resize(rng.normal(0, 1, (n, n)).astype(np.float32), (side, side)) for n in (5, 17, 51)]
    stain = 1 + 0.05 * np.asarray(np.sum(np.stack(stains), axis=0), np.float32)
    return np.asarray(np.clip(np.round((mean + detail) * stain[..., None]), 0, 255), np.uint8)


def lamp_places(props: tuple[Prop, ...], reach_m: float) -> Floats:
    """Return where lamps hang at dusk, (n, 2) east and north: on a grid, and at the corners of roofed props."""
    steps = np.arange(-reach_m, reach_m + 1, LAMP_EVERY_M)
    grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    roofed = [prop.middle_m for prop in props if prop.roof_m > 0]
    return np.concatenate([grid, np.array(roofed).reshape(-1, 2)])


def lamp_light(east_m: Floats, north_m: Floats, lamps: Floats) -> Floats:
    """Return how strong (0 to about 1) the lamps light points of the ground; the arrays broadcast."""
    strength = np.zeros(np.broadcast_shapes(east_m.shape, north_m.shape))
    for east, north in lamps:
        strength += 1 / (1 + ((east_m - east) ** 2 + (north_m - north) ** 2) / (LAMP_REACH_M / 2) ** 2) ** 2
    return np.asarray(np.minimum(strength, 1.0))


def lit(picture: Bytes, metres_per_px: float, palette: Palette, lamps: Floats | None) -> Bytes:
    """Return the ground's picture in a light: cool and grey in thermal pictures, with pools of lamplight at dusk."""
    if palette.is_thermal:
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
        level, contrast = THERMAL_GROUND
        cool = np.clip(level + contrast * (cv2.GaussianBlur(grey, (0, 0), 2.0) - grey.mean()), 0, 255)
        return np.asarray(cv2.cvtColor(np.round(cool).astype(np.uint8), cv2.COLOR_GRAY2BGR), np.uint8)
    if lamps is None:
        return picture
    height, width = (max(2, round(side * metres_per_px)) for side in picture.shape[:2])
    east = (np.arange(width) + 0.5 - width / 2)[None]
    north = (height / 2 - np.arange(height) - 0.5)[:, None]
    pools = cv2.resize(lamp_light(east, north, lamps).astype(np.float32), picture.shape[1::-1])
    return np.clip(picture * (1 + np.asarray(pools)[..., None] * LAMP_BGR), 0, 255).astype(np.uint8)
