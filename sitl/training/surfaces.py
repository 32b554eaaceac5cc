"""Procedural surfaces of the ground, seen from straight above: each a field of colours drawn from a seed. Pure.

A surface is sRGB, float32 (side, side, 3) BGR, 0 to 255, at a number of metres per pixel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.training.noise import Field, blotches, cells, fractal, grain

Colours = NDArray[np.float32]
Bgr = tuple[float, float, float]
Surface = Callable[[np.random.Generator, int, float], Colours]


def mixed(low: Bgr, high: Bgr, share: Field) -> Colours:
    """Return colours between two, by a share (side, side) that may leave 0 to 1."""
    first, last = np.array(low, np.float32), np.array(high, np.float32)
    return np.asarray(first + share[..., None] * (last - first), np.float32)


def near(rng: np.random.Generator, colour: Bgr, light: float = 0.14, hue: float = 0.025) -> Bgr:
    """Return a colour somewhat lighter or darker, and of a slightly other hue."""
    scaled = np.array(colour) * np.exp(rng.normal(0, light)) * np.exp(rng.normal(0, hue, 3))
    blue, green, red = np.clip(scaled, 4, 250).tolist()
    return blue, green, red


def one_of(rng: np.random.Generator, colours: tuple[Bgr, ...]) -> Bgr:
    """Return one of some colours, varied."""
    return near(rng, colours[int(rng.integers(len(colours)))])


GREENS: Final[tuple[Bgr, ...]] = (
    (38, 110, 88), (45, 125, 105), (52, 132, 118), (30, 95, 80), (60, 140, 128), (48, 108, 98), (42, 150, 120),
)  # fmt: skip
STRAWS: Final[tuple[Bgr, ...]] = ((92, 150, 168), (105, 165, 190), (80, 130, 150), (120, 170, 185))
SOILS: Final[tuple[Bgr, ...]] = ((62, 88, 116), (70, 105, 140), (90, 120, 150), (55, 80, 105), (60, 95, 150))
SANDS: Final[tuple[Bgr, ...]] = ((140, 180, 208), (160, 195, 220), (125, 165, 190), (150, 175, 190))
TARS: Final[tuple[Bgr, ...]] = (
    (95, 92, 90),
    (120, 118, 116),
    (72, 70, 70),
    (148, 146, 144),
    (110, 112, 118),
    (150, 140, 148),
)
STONES: Final[tuple[Bgr, ...]] = (
    (150, 160, 168), (170, 182, 192), (190, 205, 215), (125, 130, 135), (110, 125, 140), (95, 115, 150), (75, 95, 150),
    (120, 140, 170), (205, 215, 220), (140, 140, 142), (85, 90, 95),
)  # fmt: skip
ROCKS: Final[tuple[Bgr, ...]] = ((80, 130, 180), (110, 120, 140), (125, 128, 130), (95, 110, 125), (125, 120, 145))
WATERS: Final[tuple[Bgr, ...]] = ((70, 80, 62), (90, 90, 50), (60, 62, 55), (110, 105, 70), (48, 55, 58))
SNOWS: Final[tuple[Bgr, ...]] = ((240, 234, 230), (228, 226, 224), (245, 240, 238))


def grass(rng: np.random.Generator, side: int, m_px: float) -> Colours:
    """Return lawn or meadow: two greens, dry patches, blades, now and then a mower's stripes."""
    share = 0.5 + 0.24 * fractal(rng, side, 4 / m_px, 0.95) + rng.uniform(0.12, 0.4) * grain(rng, side, 0.5)
    if rng.random() < 0.2:
        width_px, along = rng.uniform(0.5, 1.4) / m_px, np.arange(side, dtype=np.float32)
        share = share + 0.16 * np.sign(np.sin(along * np.float32(np.pi / width_px)))[None]
    out = mixed(near(rng, (30, 82, 66), 0.2), one_of(rng, GREENS), share)
    dry = np.clip(fractal(rng, side, rng.uniform(1, 8) / m_px) * rng.uniform(0.2, 0.7) + rng.uniform(-0.9, 0.6), 0, 1)[
        ..., None
    ]
    return np.asarray(out * (1 - 0.85 * dry) + np.array(one_of(rng, STRAWS), np.float32) * (0.85 * dry), np.float32)


def rough(colours: tuple[Bgr, ...], contrast: tuple[float, float], largest_m: float) -> Surface:
    """Return a surface of one stuff: earth, sand, tar, snow; mottled, with a grain."""

    def laid(rng: np.random.Generator, side: int, m_px: float) -> Colours:
        colour, strength = one_of(rng, colours), rng.uniform(*contrast)
        tone = 1 + strength * (
            0.4 * fractal(rng, side, largest_m / m_px, 0.95) + 0.7 * grain(rng, side, rng.uniform(0, 0.9))
        )
        warm = 0.02 * blotches(rng, side, largest_m / m_px)
        out = np.array(colour, np.float32) * tone[..., None]
        out[..., 2] *= 1 + warm
        return np.asarray(out, np.float32)

    return laid


def stony(size_m: tuple[float, float], depth: tuple[float, float], colours: tuple[Bgr, ...]) -> Surface:
    """Return stones side by side, each with a tone and a slope of its own: gravel, cobbles, rocks, by their size."""

    def laid(rng: np.random.Generator, side: int, m_px: float) -> Colours:
        stone_px = float(np.exp(rng.uniform(*np.log(size_m)))) / m_px
        if stone_px < 3:
            return rough(colours, (0.1, 0.3), 1.5)(rng, side, m_px)
        number, away = cells(rng, side, stone_px)
        tones = 1 + rng.uniform(0.08, 0.22) * rng.standard_normal(int(number.max()) + 1).astype(np.float32)
        edge = np.clip((away / np.float32(stone_px * 0.55)) ** 3, 0, 1)
        tone = tones[number] * (1 - np.float32(rng.uniform(*depth)) * edge) + 0.06 * grain(rng, side, 0.6)
        slope = cv2.GaussianBlur(tones[number], (0, 0), max(0.8, stone_px / 6))
        tone = tone + np.float32(rng.uniform(0.5, 2.5)) * (slope - np.roll(slope, max(1, round(stone_px / 6)), 0))
        tone = tone * (1 + 0.05 * blotches(rng, side, 4 / m_px))
        return np.asarray(np.array(one_of(rng, colours), np.float32) * tone[..., None], np.float32)

    return laid


def paved(rng: np.random.Generator, side: int, m_px: float) -> Colours:
    """Return slabs, blocks or bricks in rows, in line or staggered, joints lighter or darker, each of its own tone."""
    long_m = float(np.exp(rng.uniform(np.log(0.1), np.log(1.2))))
    wide_m = long_m * float(rng.choice([1.0, 1.0, 0.5, 0.66]))
    if wide_m / m_px < 2.5:
        return rough(STONES, (0.04, 0.12), 3.0)(rng, side, m_px)
    colour, joint_px = np.array(one_of(rng, STONES), np.float32), max(0.9, rng.uniform(0.006, 0.02) / m_px)
    along, across = np.arange(side) * (m_px / long_m), np.arange(side) * (m_px / wide_m)
    row = np.floor(across).astype(int)
    shift = rng.choice([0.0, 0.0, 0.5, 0.33]) * row
    place = along[None] + shift[:, None]
    column = np.floor(place).astype(int)
    tones = (1 + rng.uniform(0.02, 0.13) * rng.standard_normal((97, 89))).astype(np.float32)
    tone = tones[row[:, None] % 97, column % 89]
    joint = ((place - column) * (long_m / m_px) < joint_px) | ((across - row) * (wide_m / m_px) < joint_px)[:, None]
    tone = np.where(joint, np.float32(rng.choice([0.55, 0.7, 0.8, 1.15, 1.25])), tone)
    tone = tone * (1 + 0.04 * fractal(rng, side, 3 / m_px)) + 0.03 * grain(rng, side)
    out = np.asarray(colour * tone[..., None], np.float32)
    return _banded(rng, _bent(rng, out, m_px), m_px) if rng.random() < 0.3 else out


def _bent(rng: np.random.Generator, picture: Colours, m_px: float) -> Colours:
    """Return a picture whose rows run in waves, as laid stones do."""
    side = picture.shape[0]
    rows, columns = np.indices((side, side), np.float32)
    x, y = (blotches(rng, side, rng.uniform(1.5, 6) / m_px) * np.float32(0.12 / m_px) for _ in range(2))
    return np.asarray(cv2.remap(picture, columns + x, rows + y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101))


def _banded(rng: np.random.Generator, picture: Colours, m_px: float) -> Colours:
    """Return paving with bands of another stone across it."""
    every_px, wide_px = rng.uniform(2.5, 8) / m_px, rng.uniform(0.2, 0.7) / m_px
    band = np.arange(picture.shape[0]) % every_px < wide_px
    factor = np.float32(rng.choice([0.6, 0.75, 1.2, 1.35]))
    picture[band] *= factor
    if rng.random() < 0.6:
        picture[:, band] *= factor
    return picture


def asphalt(rng: np.random.Generator, side: int, m_px: float) -> Colours:
    """Return tar with cracks, mended patches and now and then painted lines, stripes, arrows or bays."""
    out = rough(TARS, (0.04, 0.14), 4.0)(rng, side, m_px)
    for _ in range(int(rng.integers(0, 4))):
        corner, size = rng.uniform(0, side, 2), rng.uniform(0.5, 4, 2) / m_px
        x0, y0 = corner.astype(int)
        x1, y1 = (corner + size).astype(int)
        out[y0:y1, x0:x1] *= np.float32(rng.uniform(0.75, 1.12))
    for _ in range(int(rng.integers(0, 6))):
        way = np.cumsum(rng.normal(0, 0.35 / m_px, (24, 2)), axis=0) + rng.uniform(0, side, 2)
        cv2.polylines(out, [way.astype(np.int32)], False, _scalar(out, 0.6), max(1, round(0.02 / m_px)), cv2.LINE_AA)
    if rng.random() < 0.65:
        _marked(rng, out, m_px)
    return out


def _scalar(picture: Colours, factor: float) -> Bgr:
    blue, green, red = (picture[::50, ::50].mean((0, 1)) * factor).tolist()
    return blue, green, red


def _marked(rng: np.random.Generator, picture: Colours, m_px: float) -> None:
    """Paint lines of one distance on a picture: a crossing, bays of a car park, lanes."""
    side, fresh = picture.shape[0], rng.uniform(0.45, 1)
    paint = np.array(((235, 240, 240), (235, 240, 240), (60, 190, 230), (180, 110, 60))[rng.integers(4)], np.float32)
    every_m, wide_m, long_m = ((1.0, 0.5, 4.0), (2.5, 0.1, 5.0), (3.3, 0.12, 60.0))[rng.integers(3)]
    left, top = rng.uniform(0, side, 2)
    long_px, worn = long_m / m_px, np.clip(0.8 + 0.4 * blotches(rng, side, 0.5 / m_px), 0, 1)[..., None]
    for number in range(int(rng.integers(3, 12))):
        x0, y0 = int(left + number * every_m / m_px), int(top - long_px / 2)
        x1, y1 = x0 + max(1, round(wide_m / m_px)), int(top + long_px / 2)
        part = slice(max(0, y0), max(0, y1)), slice(max(0, x0), max(0, x1))
        share = np.float32(fresh) * worn[part]
        picture[part] = picture[part] * (1 - share) + paint * share


def water(rng: np.random.Generator, side: int, m_px: float) -> Colours:
    """Return water: dark and smooth, with ripples and glints."""
    ripples = fractal(rng, side, rng.uniform(0.3, 3) / m_px, 0.7)
    tone = 1 + 0.10 * blotches(rng, side, 8 / m_px) + rng.uniform(0.03, 0.15) * ripples
    out = np.array(one_of(rng, WATERS), np.float32) * tone[..., None]
    glints = np.clip(ripples - rng.uniform(2.0, 4.0), 0, 1)[..., None]
    return np.asarray(out + 200 * glints, np.float32)


SURFACES: Final[dict[str, Surface]] = {
    "grass": grass,
    "paved": paved,
    "asphalt": asphalt,
    "gravel": stony((0.03, 0.12), (0.3, 0.7), STONES + SOILS),
    "cobbles": stony((0.09, 0.2), (0.3, 0.6), STONES),
    "rocks": stony((0.2, 1.5), (0.2, 0.7), ROCKS),
    "sand": rough(SANDS, (0.04, 0.16), 2.0),
    "dirt": rough(SOILS, (0.10, 0.3), 3.0),
    "snow": rough(SNOWS, (0.01, 0.06), 3.0),
    "water": water,
}
SHARES: Final[dict[str, float]] = {
    "grass": 0.24, "paved": 0.22, "asphalt": 0.17, "gravel": 0.08, "cobbles": 0.06, "rocks": 0.05, "sand": 0.07,
    "dirt": 0.08, "snow": 0.03,
}  # fmt: skip
"""How often each is the ground that people stand on; water only lies beside it."""
