"""How a picture could have looked in another light, through another lens or link: drawn from a seed."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from training.crops import Bytes, Crop, areas
from training.pictures import Corners

HIDDEN_SHARE: Final = 0.6
"""Of whom a patch covers more, nothing is learned."""
Chance = np.random.Generator


def another_look(picture: Bytes, rng: Chance, *, is_thermal: bool) -> Bytes:
    """Return uint8 (h, w, 3): the same scene, seen otherwise; warm may become dark in thermal pictures."""
    picture = _thermal(picture, rng) if is_thermal else _coloured(picture, rng)
    if rng.random() < 0.06:
        picture = _hazy(picture, rng)
    if rng.random() < 0.15:
        picture = _coarse(picture, rng)
    if rng.random() < 0.12:
        picture = _blurred(picture, rng)
    if rng.random() < 0.15:
        picture = _noisy(picture, rng)
    if rng.random() < 0.2:
        picture = _compressed(picture, rng)
    return picture


def _toned(rng: Chance, *, strong: float) -> NDArray[np.float64]:
    """Return float64 (256,): what becomes of each brightness."""
    tones = np.linspace(0, 1, 256) ** np.exp(rng.normal(0, 0.25 * strong))
    contrast, lift = np.exp(rng.normal(0, 0.2 * strong)), rng.normal(0, 0.06 * strong)
    toned: NDArray[np.float64] = ((tones - 0.5) * contrast + 0.5 + lift) * 255
    return toned


def _coloured(picture: Bytes, rng: Chance) -> Bytes:
    tones = _toned(rng, strong=1.0)
    gains = np.exp(rng.normal(0, 0.08, 3))
    table = np.clip(tones[:, None] * gains, 0, 255).astype(np.uint8)[None]
    picture = np.asarray(cv2.LUT(picture, table), np.uint8)
    chosen = rng.random()
    if chosen < 0.1:
        return _greyed(picture)
    if chosen < 0.12:
        return np.ascontiguousarray(picture[..., rng.permutation(3)])
    if chosen < 0.4:
        return _mixed(picture, _greyed(picture), float(rng.uniform(-0.5, 0.8)))
    return picture


def _thermal(picture: Bytes, rng: Chance) -> Bytes:
    tones = _toned(rng, strong=0.7)
    if rng.random() < 0.5:
        tones = tones[::-1]
    table = np.clip(tones, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(_greyed(picture), table), np.uint8)


def _greyed(picture: Bytes) -> Bytes:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)


def _mixed(picture: Bytes, other: Bytes, share: float) -> Bytes:
    return np.asarray(cv2.addWeighted(picture, 1 - share, other, share, 0), np.uint8)


def _hazy(picture: Bytes, rng: Chance) -> Bytes:
    air = np.full_like(picture, rng.integers(150, 235, 3).astype(np.uint8))
    return _mixed(picture, air, float(rng.uniform(0.1, 0.5)))


def _coarse(picture: Bytes, rng: Chance) -> Bytes:
    """Return the picture as a camera further away with more zoom in the station would show it."""
    height, width = picture.shape[:2]
    smaller = float(rng.uniform(1.2, 3.0))
    size = (max(8, round(width / smaller)), max(8, round(height / smaller)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _blurred(picture: Bytes, rng: Chance) -> Bytes:
    if rng.random() < 0.5:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.4, 1.6))), np.uint8)
    length = int(rng.integers(3, 8))
    kernel = np.zeros((length, length), np.float32)
    turn = rng.uniform(0, np.pi)
    along = np.linspace(-(length - 1) / 2, (length - 1) / 2, 2 * length)
    rows, columns = np.rint((length - 1) / 2 + np.outer([np.sin(turn), np.cos(turn)], along)).astype(int)
    kernel[rows, columns] = 1
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.uint8)


def _noisy(picture: Bytes, rng: Chance) -> Bytes:
    shape = (*picture.shape[:2], 1) if rng.random() < 0.5 else picture.shape
    noise = rng.standard_normal(shape, np.float32) * np.float32(rng.uniform(2, 14))
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _compressed(picture: Bytes, rng: Chance) -> Bytes:
    coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 75))])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def patched(crop: Crop, rng: Chance) -> Crop:
    """Return a crop with up to three plain patches over it; who is mostly under one is no longer sought."""
    picture, people, unsure = crop.picture.copy(), crop.people, crop.unsure
    side = picture.shape[0]
    for _ in range(int(rng.integers(1, 4))):
        corner, extent = rng.uniform(0, side, 2), rng.uniform(0.03, 0.16, 2) * side
        left, top, right, bottom = np.clip([*(corner - extent / 2), *(corner + extent / 2)], 0, side).astype(int)
        picture[top:bottom, left:right] = rng.integers(0, 256, 3)
        is_under = covered(people, (left, top, right, bottom)) > HIDDEN_SHARE
        unsure, people = np.concatenate([unsure, people[is_under]]), people[~is_under]
    return Crop(picture, people, unsure)


def covered(people: Corners, patch: tuple[int, int, int, int]) -> NDArray[np.float32]:
    """Return float32 (n,): the share of each box under a patch."""
    low, high = np.maximum(people[:, :2], patch[:2]), np.minimum(people[:, 2:], patch[2:])
    under = areas(np.concatenate([low, high], 1).astype(np.float32))
    return np.asarray(under / np.maximum(areas(people), 1e-6), np.float32)
