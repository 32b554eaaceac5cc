"""Lay grounds for the simulated world out of the surfaces of one real photograph taken from straight above.

Grass, asphalt and gravel are quilted from patches of the photograph; the paving is slabs with the asphalt's own
grain. North is up, the middle of the square, the crossing or the meadow is the picture's middle.

    python -m tools.build_ground --photograph brighton_DJI_0029.jpg --scene square --out sitl/grounds/square.webp
    python -m tools.build_ground --photograph brighton_DJI_0029.jpg --scene street --out sitl/grounds/street.webp
    python -m tools.build_ground --photograph brighton_DJI_0029.jpg --scene meadow --out sitl/grounds/meadow.webp
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

PHOTOGRAPH_M_PER_PX: Final = 0.0214
METRES_PER_PX: Final = 0.035
WIDTH_M: Final = 96.0
HEIGHT_M: Final = 84.0
SQUARE_M: Final = (54.0, 48.0)
LAWN_M: Final = (66.0, 60.0)
ROAD_M: Final = (82.0, 74.0)
BAND_EVERY_M: Final = 9.0
SLAB_M: Final = (0.9, 0.6)
WEBP_QUALITY: Final = {"square": 80, "street": 72, "meadow": 60}
STREET_M: Final = (12.0, 10.0)
"""Widths of the roads that run east and north."""
PAVEMENT_M: Final = 4.5
ZEBRA_M: Final = (2.0, 5.5)
"""From the crossing road's edge to the near and the far end of a zebra crossing."""
ASPHALT_TINT: Final = np.array([0.76, 0.77, 0.78], np.float32)
PATH_M: Final = 1.6
"""Half a path across the meadow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """Where a surface lies in the photograph: x, y, width, height in pixels."""

    x: int
    y: int
    width: int
    height: int


GRASS: Final = Patch(x=1600, y=590, width=780, height=430)
ASPHALT: Final = Patch(x=1125, y=1225, width=200, height=260)
GRAVEL: Final = Patch(x=1400, y=890, width=105, height=330)
STONE: Final = np.array([138, 147, 152], np.float32)
PALE_STONE: Final = np.array([178, 186, 190], np.float32)
WARMER: Final = np.array([0.90, 0.97, 1.0], np.float32)
"""The photograph's greys are lilac; stone in the sun is not."""


def surface_of(photograph: Bytes, patch: Patch) -> Floats:
    """Return a surface (h, w, 3) at the ground's scale."""
    cut = photograph[patch.y : patch.y + patch.height, patch.x : patch.x + patch.width]
    ratio = PHOTOGRAPH_M_PER_PX / METRES_PER_PX
    return np.asarray(cv2.resize(cut, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA), np.float32)


def quilted(surface: Floats, shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Return (h, w, 3) covered by turned patches of a surface that fade into one another."""
    size = min(surface.shape[:2]) - 1
    ramp = np.hanning(size + 2)[1:-1].astype(np.float32)
    fade = (np.outer(ramp, ramp) + 1e-3)[..., None]
    height, width = shape[0] + 2 * size, shape[1] + 2 * size
    total, weight = np.zeros((height, width, 3), np.float32), np.zeros((height, width, 1), np.float32)
    detail = surface - surface.mean((0, 1))
    for top in range(0, height - size, size // 2):
        for left in range(0, width - size, size // 2):
            y, x = rng.integers(surface.shape[0] - size), rng.integers(surface.shape[1] - size)
            piece = np.rot90(detail[y : y + size, x : x + size], int(rng.integers(4)))
            total[top : top + size, left : left + size] += fade * piece
            weight[top : top + size, left : left + size] += fade * fade
    # Dividing by the root of the summed squares keeps the grain as rough as the photograph's.
    mixed = total / np.sqrt(weight + 1e-9) + surface.mean((0, 1))
    return np.asarray(mixed[size : size + shape[0], size : size + shape[1]], np.float32)


def ground_axes() -> tuple[Floats, Floats]:
    """Return metres east (1, w) and north (h, 1) of every pixel's middle."""
    width, height = round(WIDTH_M / METRES_PER_PX), round(HEIGHT_M / METRES_PER_PX)
    east = (np.arange(width, dtype=np.float32) + 0.5) * METRES_PER_PX - WIDTH_M / 2
    north = HEIGHT_M / 2 - (np.arange(height, dtype=np.float32) + 0.5) * METRES_PER_PX
    return east[None, :], north[:, None]


def inside(size_m: tuple[float, float], east: Floats, north: Floats) -> Floats:
    """Return a (h, w, 1) mask of the rectangle about the middle, with an edge soft over a hand's breadth."""
    outside = np.maximum(np.abs(east) - size_m[0] / 2, np.abs(north) - size_m[1] / 2)
    return np.asarray(np.clip(0.5 - outside / 0.12, 0, 1)[..., None], np.float32)


def slabs(east: Floats, north: Floats, rng: np.random.Generator) -> Floats:
    """Return the brightness (h, w, 1) of paving: slabs in bond, each a little different, with joints."""
    row = np.floor(north / SLAB_M[1]).astype(np.int64) + 200
    shifted = east / SLAB_M[0] + 0.5 * (row % 2)
    column = np.floor(shifted).astype(np.int64) + 200
    tone = rng.normal(1.0, 0.035, (400, 400)).astype(np.float32)[row % 400, column % 400]
    joint_m = np.minimum(
        np.abs(shifted - np.round(shifted)) * SLAB_M[0],
        np.abs(north / SLAB_M[1] - np.round(north / SLAB_M[1])) * SLAB_M[1],
    )
    return np.asarray((tone * np.where(joint_m < METRES_PER_PX * 0.6, 0.80, 1.0))[..., None], np.float32)


def worn(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Return slow stains (h, w, 1) about 1: what feet, rain and years leave."""
    coarse = [rng.normal(0, 1, (n, n)).astype(np.float32) for n in (6, 18, 60)]
    grown = [cv2.resize(noise, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC) for noise in coarse]
    return np.asarray(1 + 0.025 * sum(grown, np.zeros(shape, np.float32)), np.float32)[..., None]


def paving(asphalt: Floats, east: Floats, north: Floats, rng: np.random.Generator) -> Floats:
    """Return the square's stone (h, w, 3): warm grey with pale bands, grained like the photograph's asphalt."""
    grain = asphalt - cv2.GaussianBlur(asphalt, (0, 0), 12)
    to_band = np.abs(((east + north * 0) / BAND_EVERY_M + 0.5) % 1 - 0.5) * BAND_EVERY_M
    across = np.abs(((north + east * 0) / BAND_EVERY_M + 0.5) % 1 - 0.5) * BAND_EVERY_M
    band = (np.minimum(to_band, across) < 0.45)[..., None]
    stone = np.where(band, PALE_STONE, STONE)
    brightness = slabs(east, north, rng) * worn(asphalt.shape[:2], rng)
    return np.asarray(stone * brightness + 0.9 * grain, np.float32)


def markings(road: Floats, east: Floats, north: Floats) -> Floats:
    """Return the road (h, w, 3) with worn dashes along its middle."""
    middle = ((LAWN_M[0] + ROAD_M[0]) / 4, (LAWN_M[1] + ROAD_M[1]) / 4)
    along_north = (np.abs(np.abs(east) - middle[0]) < 0.07) & (np.abs(north) < middle[1]) & (north % 4 < 2)
    along_east = (np.abs(np.abs(north) - middle[1]) < 0.07) & (np.abs(east) < middle[0]) & (east % 4 < 2)
    return np.where((along_north | along_east)[..., None], 0.35 * road + 0.65 * 215, road)


def ground_from(photograph: Bytes, rng: np.random.Generator) -> Bytes:
    """Return the finished ground, uint8 (h, w, 3) BGR."""
    east, north = ground_axes()
    shape = (north.shape[0], east.shape[1])
    grass, asphalt, gravel = (quilted(surface_of(photograph, patch), shape, rng) for patch in (GRASS, ASPHALT, GRAVEL))
    kerb = np.full((*shape, 3), 185.0, np.float32) + 0.8 * (asphalt - cv2.GaussianBlur(asphalt, (0, 0), 9))
    ground = grass * worn(shape, rng)
    layers = [
        (ROAD_M, kerb, 0.5),
        (ROAD_M, markings(asphalt * WARMER * worn(shape, rng) * 0.86, east, north), 0.0),
        (LAWN_M, kerb, 0.5),
        (LAWN_M, grass * worn(shape, rng), 0.0),
        (SQUARE_M, gravel * WARMER * 0.92, 3.4),
        (SQUARE_M, kerb, 0.5),
        (SQUARE_M, paving(asphalt, east, north, rng), 0.0),
    ]
    for size_m, layer, wider_m in layers:
        mask = inside((size_m[0] + wider_m, size_m[1] + wider_m), east, north)
        ground = ground * (1 - mask) + layer * mask
    return np.clip(np.round(ground), 0, 255).astype(np.uint8)


def stripes(road: Floats, along: Floats, across: Floats, half_m: float, begins_m: float) -> Floats:
    """Return a road (h, w, 3) with dashes, edge lines, stop lines and zebra crossings; it runs along an axis."""
    beyond = np.abs(along) - begins_m
    open_road = beyond > ZEBRA_M[1] + 1
    dashes = (np.abs(across) < 0.07) & (along % 6 < 3) & open_road
    edges = (np.abs(np.abs(across) - half_m + 0.3) < 0.06) & (beyond > 0.4)
    zebra = (beyond > ZEBRA_M[0]) & (beyond < ZEBRA_M[1]) & (across % 1.0 < 0.5) & (np.abs(across) < half_m - 0.4)
    stop = (np.abs(beyond - ZEBRA_M[1] - 0.8) < 0.2) & (across * np.sign(along) < 0) & (np.abs(across) < half_m - 0.3)
    painted = ((dashes | edges | zebra | stop) & (np.abs(across) < half_m))[..., None]
    return np.asarray(np.where(painted, 0.3 * road + 0.7 * 218, road), np.float32)


def street_from(photograph: Bytes, rng: np.random.Generator) -> Bytes:
    """Return a crossing of two roads between pavements, uint8 (h, w, 3) BGR, with paved and green blocks about it."""
    east, north = ground_axes()
    shape = (north.shape[0], east.shape[1])
    grass, asphalt = (quilted(surface_of(photograph, patch), shape, rng) for patch in (GRASS, ASPHALT))
    halves = STREET_M[0] / 2, STREET_M[1] / 2
    road = asphalt.mean(axis=2, keepdims=True) * ASPHALT_TINT * worn(shape, rng)
    road = stripes(road, east + 0 * north, north + 0 * east, halves[0], halves[1])
    road = stripes(road, north + 0 * east, east + 0 * north, halves[1], halves[0])
    from_road = np.minimum(np.abs(north) - halves[0], np.abs(east) - halves[1])[..., None]
    kerb = np.full((*shape, 3), 182.0, np.float32) + 0.8 * (asphalt - cv2.GaussianBlur(asphalt, (0, 0), 9))
    is_green = ((east * north) > 0)[..., None]
    ground = np.where(is_green, grass * worn(shape, rng), paving(asphalt, east, north, rng) * 0.94)
    pavement = paving(asphalt, east * 1.5, north * 1.5, rng) * np.float32(1.04)
    for layer, edge_m in ((kerb, PAVEMENT_M + 0.15), (pavement, PAVEMENT_M), (kerb, 0.25), (road, 0.0)):
        mask = np.clip(0.5 - (from_road - edge_m) / 0.08, 0, 1)
        ground = ground * (1 - mask) + layer * mask
    return np.clip(np.round(ground), 0, 255).astype(np.uint8)


def meadow_from(photograph: Bytes, rng: np.random.Generator) -> Bytes:
    """Return a meadow of mown and trodden grass, uint8 (h, w, 3) BGR, with two winding paths of gravel."""
    east, north = ground_axes()
    shape = (north.shape[0], east.shape[1])
    grass, gravel = (quilted(surface_of(photograph, patch), shape, rng) for patch in (GRASS, GRAVEL))
    mown = 1 + 0.06 * np.sign(np.sin((east * 0.6 + north) * np.pi / 3.2))
    trodden = np.clip(1.3 - np.hypot(east / 26, north / 20), 0, 1)[..., None] * np.array([0.0, -0.10, 0.10], np.float32)
    ground = grass * worn(shape, rng) * mown[..., None] * (1 + trodden)
    one = np.abs(north - 5 * np.sin(east / 11) + 9)
    two = np.abs(east + 4 * np.sin(north / 9) - 12)
    ragged = cv2.resize(rng.normal(0, 0.25, (300, 340)).astype(np.float32), (shape[1], shape[0]))
    path = np.clip(0.5 - (np.minimum(one, two) - PATH_M + ragged) / 0.5, 0, 1)[..., None]
    ground = ground * (1 - path) + gravel * WARMER * np.float32(0.9) * path
    return np.asarray(np.clip(np.round(ground), 0, 255), np.uint8)


SCENES: Final = {"square": ground_from, "street": street_from, "meadow": meadow_from}


def main() -> None:
    """Read the arguments, build, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photograph", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scene", choices=sorted(SCENES), default="square")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    photograph = cv2.imread(str(asked.photograph))
    if photograph is None:
        parser.error(f"{asked.photograph}: cannot be read as a picture")
    ground = SCENES[asked.scene](np.asarray(photograph, np.uint8), np.random.default_rng(asked.seed))
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(asked.out), ground, [cv2.IMWRITE_WEBP_QUALITY, WEBP_QUALITY[asked.scene]])
    print(f"{asked.out}: {ground.shape[1]} x {ground.shape[0]} px, {asked.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
