"""One rendered person in many looks: skin, head cover, mask over the mouth, print and height changed, nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.picture.body_paint import BodyPaint
from sitl.picture.render import Renderer
from sitl.picture.scene import Placement
from sitl.picture.sprite_set import Sprite, SpriteSet
from sitl.picture.tints import TOP_GREY
from sitl.world.look import PALETTES

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Cover = Literal["bare", "hat", "headscarf"]
Print = Literal["plain", "checks", "stripes"]
Rgb = tuple[int, int, int]

SKIN_TONES: Final[tuple[Rgb, ...]] = (
    (246, 237, 228), (243, 231, 219), (247, 234, 208), (234, 218, 186), (215, 189, 150),
    (160, 126, 86), (130, 92, 67), (96, 65, 52), (58, 49, 42), (41, 36, 32),
)  # fmt: skip
"""Ten, lightest first: the Monk Skin Tone scale, sRGB."""
RENDERED_SKIN: Final = (0.42, 0.25, 0.18)
"""Linear reflectance of the skin in the sprites that are recoloured."""
SKIN_HUES: Final = (2, 20)
SKIN_SATURATION: Final = 45
SKIN_VALUE: Final = 75
"""Brighter than this it is skin, darker it is brown hair."""
HEAD_M: Final = (0.10, 0.13)
"""Half width and half height of a head seen from the side."""
PRINT_CELL_PX: Final = 5
COVER_BGR: Final = (52.0, 60.0, 74.0)
MOUTH_BGR: Final = (214.0, 206.0, 190.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What is changed; everything by default as rendered."""

    skin: int | None = None
    """Which of `SKIN_TONES`."""
    cover: Cover = "bare"
    mouth_mask: bool = False
    top_print: Print = "plain"
    taller: float = 1.0


AS_RENDERED: Final = Variant()


class Wardrobe(SpriteSet):
    """All sprites, in a look that can be exchanged."""

    def __init__(self) -> None:
        super().__init__()
        self._variant = AS_RENDERED

    def wear(self, variant: Variant, renderer: Renderer) -> None:
        """Dress everybody whom a renderer with these sprites draws from now on."""
        self._variant = variant
        renderer.bodies = Bodies(self, variant)

    def coloured(self, sprite: Sprite, tint: int) -> Bytes:
        """Return (h, w, 4) BGRA, not premultiplied, in the tint's colours and the look worn."""
        worn, variant = super().coloured(sprite, tint), self._variant
        if variant.skin is not None:
            worn = with_skin(worn, self.parts(sprite), SKIN_TONES[variant.skin])
        if variant.top_print != "plain":
            worn = with_print(worn, self.parts(sprite) == TOP_GREY, variant.top_print)
        if variant.cover != "bare" or variant.mouth_mask:
            worn = self._with_head(worn, sprite, variant)
        return worn

    def _with_head(self, worn: Bytes, sprite: Sprite, variant: Variant) -> Bytes:
        """Cover head or mouth with ovals where the head is."""
        worn, facing = worn.copy(), math.cos(math.radians(sprite.azimuth_deg))
        beside = -math.sin(math.radians(sprite.azimuth_deg))
        (x, y), per_m = self.head_px(sprite), 1 / self.metres_per_px
        half = (HEAD_M[0] * per_m, HEAD_M[1] * per_m)
        if variant.cover == "headscarf":
            face = worn.copy()
            _oval(worn, (x, y), (half[0] * 1.15, half[1] * 1.1), COVER_BGR)
            if facing > -0.1:
                shown = np.zeros(worn.shape[:2], np.uint8)
                middle = (x + beside * half[0] * 0.55, y + half[1] * 0.12)
                cv2.ellipse(shown, _whole(middle), _whole((half[0] * 0.62, half[1] * 0.72)), 0, 0, 360, 255, cv2.FILLED)
                worn = np.asarray(cv2.copyTo(face, shown, worn), np.uint8)
        if variant.mouth_mask and facing > -0.1:
            _oval(worn, (x + beside * half[0] * 0.6, y + half[1] * 0.5), (half[0] * 0.7, half[1] * 0.38), MOUTH_BGR)
        if variant.cover == "hat":
            _oval(worn, (x, y - half[1] * 0.35), (half[0] * 1.6, half[1] * 0.42), COVER_BGR)
            _oval(worn, (x, y - half[1] * 0.75), (half[0] * 1.0, half[1] * 0.6), COVER_BGR)
        return worn


class Bodies(BodyPaint):
    """Paints bodies of a wardrobe, taller or shorter than they were rendered."""

    def __init__(self, sprites: SpriteSet, variant: Variant) -> None:
        super().__init__(sprites, PALETTES["day"])
        self._taller = variant.taller

    def paint(self, picture: Bytes, one: Placement, lamp: int) -> None:
        """Blend a body over a picture, uint8 (h, w, 3) BGR, in place."""
        down = (one.down_px[0] * self._taller, one.down_px[1] * self._taller)
        super().paint(picture, replace(one, down_px=down), lamp)


def with_skin(bgra: Bytes, parts: Bytes, tone: Rgb) -> Bytes:
    """Return BGRA (h, w, 4) with the skin's reflectance that of a tone; light and shade are kept."""
    hsv = cv2.cvtColor(np.ascontiguousarray(bgra[..., :3]), cv2.COLOR_BGR2HSV).astype(np.int16)
    is_skin = (hsv[..., 0] >= SKIN_HUES[0]) & (hsv[..., 0] <= SKIN_HUES[1]) & (hsv[..., 1] > SKIN_SATURATION)
    is_skin &= (hsv[..., 2] > SKIN_VALUE) & (parts == 0)
    ratio = _linear(np.array(tone) / 255) / np.array(RENDERED_SKIN)
    light = _linear(bgra[..., :3] / 255) * ratio[::-1]
    toned = np.round(
        255 * np.clip(np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055), 0, 1)
    )
    worn = bgra.copy()
    worn[..., :3][is_skin] = toned[is_skin].astype(np.uint8)
    return worn


def _linear(value: Floats) -> Floats:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def with_print(bgra: Bytes, top: NDArray[np.bool_], kind: Print) -> Bytes:
    """Return BGRA (h, w, 4) with a print of black and white over the top."""
    rows, columns = (axis // PRINT_CELL_PX for axis in np.indices(bgra.shape[:2]))
    light = (rows + columns) % 2 if kind == "checks" else rows % 2
    worn = bgra.copy()
    worn[..., :3][top] = np.where(light, 225, 25)[top][:, None]
    return worn


def _oval(bgra: Bytes, middle: tuple[float, float], halves: tuple[float, float], colour: tuple[float, ...]) -> None:
    cv2.ellipse(bgra, _whole(middle), _whole(halves), 0, 0, 360, (*colour, 255.0), cv2.FILLED, cv2.LINE_AA)


def _whole(point: tuple[float, float]) -> tuple[int, int]:
    return round(point[0]), max(1, round(point[1]))
