"""One rendered figure, many people: its clothes in other colours, or its warmth in place of its colours. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

SKIN_HUES: Final = (3, 22)
"""OpenCV's half degrees; brown and blond hair have them too."""
SKIN_SATURATION: Final = 40
PALE_SATURATION: Final = 45
HEAD_M: Final = 0.12
CLOTH_GREY: Final = 172.0
SKIN_GREY: Final = 238.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tint:
    """What is done to everything that is neither skin nor hair."""

    turn: int = 0
    """Of the hue, in half degrees."""
    gain: float = 1.0
    wash_bgr: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Pale cloth is dyed with this."""


TINTS: Final = (
    Tint(),
    Tint(turn=35, gain=0.92, wash_bgr=(0.95, 0.72, 0.62)),
    Tint(turn=80, gain=1.08, wash_bgr=(0.55, 0.62, 0.95)),
    Tint(turn=125, gain=0.85, wash_bgr=(0.45, 0.80, 0.92)),
    Tint(turn=12, gain=0.75, wash_bgr=(0.62, 0.86, 0.66)),
    Tint(turn=155, gain=1.0, wash_bgr=(0.5, 0.45, 0.42)),
)


def tinted(bgra: Bytes, tint: int) -> Bytes:
    """Return BGRA (h, w, 4) in a tint's colours; alpha is left."""
    chosen = TINTS[tint]
    hsv = _hsv(bgra)
    hue, saturation = hsv[..., 0].astype(np.int16), hsv[..., 1]
    skin = _skin(hue, saturation)
    hsv[..., 0] = np.where(skin, hue, (hue + chosen.turn) % 180)
    turned = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR).astype(np.float32)
    pale = np.clip((PALE_SATURATION - saturation.astype(np.float32)) / 15, 0, 1)[..., None]
    dyed = turned * (1 + pale * (np.array(chosen.wash_bgr, np.float32) - 1))
    dyed = np.where(skin[..., None], turned, dyed * chosen.gain)
    return np.concatenate([np.clip(np.round(dyed), 0, 255).astype(np.uint8), bgra[..., 3:]], axis=2)


def warmth(bgra: Bytes, head_px: tuple[float, float], metres_per_px: float) -> Bytes:
    """Return BGRA (h, w, 4) as a thermal camera shows the body: skin and head white, cloth duller."""
    hsv = _hsv(bgra)
    grey = cv2.cvtColor(np.ascontiguousarray(bgra[..., :3]), cv2.COLOR_BGR2GRAY).astype(np.float32)
    heat = np.where(
        _skin(hsv[..., 0].astype(np.int16), hsv[..., 1]), SKIN_GREY, CLOTH_GREY + 0.22 * (grey - 110)
    ).astype(np.float32)
    rows, columns = np.indices(grey.shape, np.float32)
    away_m = np.hypot(columns - head_px[0], rows - head_px[1]) * metres_per_px
    heat += (SKIN_GREY - 4 - heat) * np.exp(-((away_m / HEAD_M) ** 2)).astype(np.float32)
    soft = cv2.GaussianBlur(heat, (0, 0), 0.03 / metres_per_px)
    white = np.clip(np.round(soft), 0, 255).astype(np.uint8)
    return np.dstack([white, white, white, bgra[..., 3]])


def _hsv(bgra: Bytes) -> Bytes:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(bgra[..., :3]), cv2.COLOR_BGR2HSV), np.uint8)


def _skin(hue: NDArray[np.int16], saturation: Bytes) -> NDArray[np.bool_]:
    return np.asarray((hue >= SKIN_HUES[0]) & (hue <= SKIN_HUES[1]) & (saturation > SKIN_SATURATION))
