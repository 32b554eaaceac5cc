"""From light to pixels: haze that grows with distance, the light's tone, the lens, and the sensor's grain."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.world.look import Look, Palette
from sitl.world.shot import Shot

Bytes = NDArray[np.uint8]

CONTRAST_LIMIT: Final = 3.912
"""-ln 0.02: Koschmieder's law, the contrast that is left at the visibility."""
NOISE_MARGIN_PX: Final = 64
STRIPE_PX: Final = 24
"""Rows that share their haze."""
FARTHEST_M: Final = 20_000.0
TONES: Final = 65
"""Tables are made beforehand for so many shares of haze."""


class Sensor:
    """Finishes pictures of one size.

    Args:
        look: the light and the air.
        palette: what the light does.
        size: width, height.
        seed: of the grain.
    """

    def __init__(self, look: Look, palette: Palette, size: tuple[int, int], seed: int) -> None:
        self._visibility_m = look.visibility_m
        self._palette = palette
        self._size = size
        self._seed = seed
        self._mean = math.ceil(3 * palette.noise_sigma)
        self._grain = _grain(size, self._mean, palette.noise_sigma, np.random.default_rng(seed))
        self._tones = [_tone(palette, share, self._mean) for share in np.linspace(0, 1, TONES)]

    def finished(self, picture: Bytes, shot: Shot, number: int) -> Bytes:
        """Return the picture, uint8 (h, w, 3), as it leaves the camera; `number` of the frame chooses the grain."""
        if self._palette.softness_px:
            picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), self._palette.softness_px), np.uint8)
        out = np.empty_like(picture)
        height = picture.shape[0]
        for top in range(0, height, STRIPE_PX):
            rows = slice(top, min(top + STRIPE_PX, height))
            share = haze_share(shot, (rows.start + rows.stop) / 2, self._visibility_m)
            cv2.LUT(picture[rows], self._tones[round(share * (TONES - 1))], dst=out[rows])
        x, y = (self._seed * 7919 + number * 31) % NOISE_MARGIN_PX, (number * 17) % NOISE_MARGIN_PX
        return np.asarray(cv2.add(out, self._grain[y : y + height, x : x + picture.shape[1]], dst=out), np.uint8)


def haze_share(shot: Shot, row_px: float, visibility_m: float) -> float:
    """Return how much of a row's light is haze, 0 to 1, by the range of the ground in its middle."""
    k = shot.intrinsics
    ray = np.array([(k.width_px / 2 - k.cx_px) / k.fx_px, (row_px - k.cy_px) / k.fy_px, 1.0])
    climb = float(ray @ shot.axes[:, 2]) / float(np.linalg.norm(ray))
    range_m = min(shot.place_m[2] / -climb, FARTHEST_M) if climb < 0 else FARTHEST_M
    return 1 - math.exp(-CONTRAST_LIMIT * range_m / visibility_m)


def _grain(size: tuple[int, int], mean: int, sigma: float, rng: np.random.Generator) -> Bytes:
    shape = (size[1] + NOISE_MARGIN_PX, size[0] + NOISE_MARGIN_PX, 3)
    drawn = rng.normal(mean, sigma, shape).astype(np.float32)
    # Demosaicing smears a sensor's noise over its neighbours.
    smeared = mean + 1.6 * (cv2.GaussianBlur(drawn, (0, 0), 0.6) - mean)
    return np.clip(np.round(smeared), 0, 2 * mean).astype(np.uint8)


def _tone(palette: Palette, haze: float, noise_mean: int) -> Bytes:
    """Return the table, (256,) or (1, 256, 3), of a share of haze: tone first, then haze, then room for the noise."""
    toned = 255 * (np.arange(256) / 255)[:, None] ** palette.gamma * np.array(palette.gain_bgr)
    hazy = toned * (1 - haze) + np.array(palette.haze_bgr) * haze
    table = np.clip(np.round(hazy - noise_mean), 0, 255).astype(np.uint8)
    # one column for all channels is quicker than three that are alike
    is_grey = bool((table == table[:, :1]).all())
    return np.asarray(table[:, 0] if is_grey else table[None], np.uint8)
