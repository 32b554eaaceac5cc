"""Things that are nobody, drawn between the people of a crop: parcels, hides, dogs, posters, shadows. Pure.

Rendered grounds hold few of the things that a network takes for people at first: as large as people, alone on the
ground, with a shadow. Each thing lies beside the people, never over them, and is drawn from a seed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from training.crops import Bytes, Crop
from training.looks import covered

Chance = np.random.Generator
Shape = NDArray[np.float32]
"""Float32 (s, s) 0..1: how much of each pixel a thing covers."""

MOST: Final = 6
LEAST_PX: Final = 10
AS_LARGE: Final = (0.35, 1.5)
"""Beside the people of the crop; uniform in its logarithm."""
ALONE_PX: Final = (12.0, 90.0)
"""Where nobody is in the crop."""
TOUCHES: Final = 0.05
"""Share of a person's box that a thing may cover."""
FINE: Final = 4
"""Times finer than the crop a shape is drawn."""


def strewn(crop: Crop, rng: Chance) -> Crop:
    """Return a crop with one to six things that are nobody beside its people."""
    picture = crop.picture.copy()
    falls = rng.uniform(-0.6, 0.6, 2)
    for _ in range(int(rng.integers(1, MOST + 1))):
        size = round(_size_px(crop, rng))
        if size < LEAST_PX:
            continue
        left, top = rng.uniform(-size / 4, picture.shape[0] - size * 3 / 4, 2).astype(int)
        place = (int(left), int(top), int(left) + size, int(top) + size)
        if not (covered(crop.people, place) > TOUCHES).any():
            _laid(picture, place, rng, falls)
    return Crop(picture, crop.people, crop.unsure)


def _size_px(crop: Crop, rng: Chance) -> float:
    """Return how large a thing is, px: about as the people beside it."""
    if not len(crop.people):
        return float(np.exp(rng.uniform(*np.log(ALONE_PX))))
    longest = float(np.median((crop.people[:, 2:] - crop.people[:, :2]).max(1)))
    return longest * float(np.exp(rng.uniform(*np.log(AS_LARGE))))


def _laid(picture: Bytes, place: tuple[int, int, int, int], rng: Chance, falls: NDArray[np.float64]) -> None:
    """Draw one thing and its shadow into a picture, a square place whose corner may lie outside."""
    size = place[2] - place[0]
    shape = SHAPES[int(rng.integers(len(SHAPES)))](size, rng)
    if rng.random() < 0.2:  # a mere shadow, or a hole among leaves
        _painted(picture, place, shape * float(rng.uniform(0.4, 0.95)), rng.uniform(0, 45, 3))
        return
    if rng.random() < 0.6:
        step = (falls * size).astype(int)
        under = (place[0] + step[0], place[1] + step[1], place[2] + step[0], place[3] + step[1])
        _painted(picture, under, shape * float(rng.uniform(0.25, 0.6)), np.zeros(3))
    _painted(picture, place, shape, _cloth(size, rng))


def _painted(picture: Bytes, place: tuple[int, int, int, int], cover: Shape, paint: NDArray[np.float64]) -> None:
    """Lay paint, of one colour (3,) or of many (s, s, 3), over a place as far as it lies inside the picture."""
    side = picture.shape[0]
    left, top, right, bottom = (min(max(edge, 0), side) for edge in place)
    if left >= right or top >= bottom:
        return
    part = np.s_[top - place[1] : bottom - place[1], left - place[0] : right - place[0]]
    share = cover[part][..., None]
    colours = paint[part] if paint.ndim == 3 else paint
    here = picture[top:bottom, left:right]
    picture[top:bottom, left:right] = np.clip(here * (1 - share) + colours * share, 0, 255).astype(np.uint8)


def _colour(rng: Chance) -> NDArray[np.float64]:
    """Return BGR 0..255: grey as often as coloured, dark as often as bright."""
    bright = rng.uniform(15, 245)
    tint = rng.normal(0, 45 if rng.random() < 0.5 else 6, 3)
    colour: NDArray[np.float64] = np.clip(bright + tint, 0, 255)
    return colour


def _cloth(size: int, rng: Chance) -> NDArray[np.float64]:
    """Return float64 (size, size, 3): one colour in uneven light, or fields of a few, as on a poster."""
    coarse = rng.normal(0, rng.uniform(2, 22), (4, 4)).astype(np.float32)
    uneven = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)[..., None]
    cloth = np.broadcast_to(_colour(rng), (size, size, 3)).copy()
    if rng.random() < 0.35:
        for _ in range(int(rng.integers(1, 5))):
            low, extent = (rng.uniform(0, 0.8, 2) * size).astype(int), (rng.uniform(0.1, 0.5, 2) * size).astype(int) + 1
            cloth[low[1] : low[1] + extent[1], low[0] : low[0] + extent[0]] = _colour(rng)
    return np.asarray(cloth + uneven, np.float64)


def _filled(size: int, *parts: NDArray[np.float64]) -> Shape:
    """Return the shape of polygons (n, 2) whose corners lie between -1 and 1."""
    fine = np.zeros((size * FINE, size * FINE), np.float32)
    for part in parts:
        cv2.fillPoly(fine, [np.rint((part + 1) / 2 * size * FINE).astype(np.int32)], 1.0)
    return np.asarray(cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA), np.float32)


def _turned(part: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(part @ turn.T, np.float64)


def _round(long: float, wide: float, at: float = 0.0) -> NDArray[np.float64]:
    """Return an ellipse with half axes along x and y, its middle at `at` on x."""
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    return np.stack([at + long * np.cos(angles), wide * np.sin(angles)], 1)


def _straight(long: float, wide: float) -> NDArray[np.float64]:
    return np.array([[-long, -wide], [long, -wide], [long, wide], [-long, wide]])


def _parcel(size: int, rng: Chance) -> Shape:
    return _filled(size, _turned(_straight(0.7, float(rng.uniform(0.08, 0.7))), float(rng.uniform(0, np.pi))))


def _stone(size: int, rng: Chance) -> Shape:
    angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(5, 12))))
    return _filled(size, np.stack([np.cos(angles), np.sin(angles)], 1) * rng.uniform(0.4, 1.0, (len(angles), 1)))


def _hide(size: int, rng: Chance) -> Shape:
    return _filled(size, _turned(_round(0.9, float(rng.uniform(0.25, 0.9))), float(rng.uniform(0, np.pi))))


def _dog(size: int, rng: Chance) -> Shape:
    angle = float(rng.uniform(0, 2 * np.pi))
    body, head = _round(0.6, float(rng.uniform(0.16, 0.24)), -0.1), _round(0.18, 0.13, 0.6)
    tail = np.array([[-0.65, 0.0], [-1.0, float(rng.uniform(-0.3, 0.3))], [-0.65, 0.05]])
    return _filled(size, *(_turned(part, angle) for part in (body, head, tail)))


def _drone(size: int, rng: Chance) -> Shape:
    angle = float(rng.uniform(0, np.pi))
    arms = [_turned(_straight(0.8, 0.07), angle + turn) for turn in (np.pi / 4, -np.pi / 4)]
    corners = 0.55 * np.array([[1, 1], [-1, 1], [1, -1], [-1, -1]])
    rotors = [_turned(_round(0.22, 0.22) + corner, angle) for corner in corners]
    return _filled(size, _turned(_round(0.3, 0.2), angle), *arms, *rotors)


def _post(size: int, rng: Chance) -> Shape:
    angle = float(rng.uniform(0, 2 * np.pi))
    return _filled(size, _turned(_straight(0.95, 0.04), angle), _turned(_round(0.12, 0.12, 0.85), angle))


SHAPES: Final[tuple[Callable[[int, Chance], Shape], ...]] = (_parcel, _stone, _hide, _dog, _drone, _post)
