"""What canaries look like from near: a rendered body with a drawn face and a patterned top, and a plate. Pure."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.picture.drawn_faces import FACE_M, drawn_face
from sitl.picture.sprite_set import Sprite, SpriteSet, premultiplied
from sitl.picture.tints import TOP_GREY
from sitl.world.canary import Cloth

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

FINER: Final = 6
"""Texture pixels per pixel of the sprite: 2.5 mm each, far finer than any camera of ours."""
CELL_M: Final = 0.035
"""Side of a check, a stripe or a module of a code on a T-shirt: 1.4 px at the hard ceiling."""
CODE_SIDE: Final = 9
CLOTH_GREYS: Final = (22.0, 232.0)
SHADE_FULL: Final = 150.0
"""Grey of a plain top in the sun: patterns take their light and shade from it."""
PLATE_M: Final = (0.52, 0.11)
PLATE_PX: Final = (520, 110)
PLATE_FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
PLATE_INK_PX: Final = 10


def person_texture(sprites: SpriteSet, sprite: Sprite, *, seed: int, cloth: Cloth, tint: int) -> Bytes:
    """Return a sprite (h, w, 4), `FINER` times as fine and premultiplied, with the face and the top of a canary."""
    size = (sprite.width_px * FINER, sprite.height_px * FINER)
    body = np.asarray(cv2.resize(premultiplied(sprites.coloured(sprite, tint)), size), np.uint8)
    plain = cv2.resize(sprites.straight(sprite)[..., 1].astype(np.float32), size)
    top = cv2.resize((sprites.parts(sprite) == TOP_GREY).astype(np.float32), size)[..., None]
    worn = pattern(cloth, seed, size, CELL_M / sprites.metres_per_px * FINER)
    shade = np.clip(np.asarray(plain) / SHADE_FULL, 0.25, 1.1)[..., None]
    dyed = worn[..., None] * shade * (body[..., 3:].astype(np.float32) / 255)
    body[..., :3] = np.clip(body[..., :3] * (1 - top) + dyed * top, 0, 255)
    _paint_face(body, sprites, sprite, seed)
    return body


def _paint_face(body: Bytes, sprites: SpriteSet, sprite: Sprite, seed: int) -> None:
    """Lay the drawn face over the head; seen from above it is as much shorter as a head looks then."""
    per_m = FINER / sprites.metres_per_px
    shorter = 0.5 + 0.5 * math.cos(math.radians(sprite.depression_deg))
    size = (round(FACE_M[0] * per_m), round(FACE_M[1] * shorter * per_m))
    face = np.asarray(cv2.resize(premultiplied(drawn_face(seed)), size, interpolation=cv2.INTER_AREA), np.float32)
    middle = [(part + 0.5) * FINER for part in sprites.head_px(sprite)]
    left, above = round(middle[0] - size[0] / 2), round(middle[1] - size[1] / 2)
    top, first = max(0, -above), max(0, -left)
    region = body[above + top : above + size[1], left + first : left + size[0]]
    face = face[top : top + region.shape[0], first : first + region.shape[1]]
    region[:] = np.clip(region * (1 - face[..., 3:] / 255) + face, 0, 255)


def face_corners(sprites: SpriteSet, sprite: Sprite) -> NDArray[np.float64]:
    """Return the corners (2, 2) of the face in the sprite's pixels: left and top, right and bottom."""
    across = FACE_M[0] / sprites.metres_per_px
    down = FACE_M[1] * (0.5 + 0.5 * math.cos(math.radians(sprite.depression_deg))) / sprites.metres_per_px
    middle, half = np.array(sprites.head_px(sprite)), np.array([across, down]) / 2
    return np.stack([middle - half, middle + half])


def top_corners(sprites: SpriteSet, sprite: Sprite) -> NDArray[np.float64]:
    """Return the corners (2, 2) of what holds most of the top, likewise."""
    rows, columns = np.nonzero(sprites.parts(sprite) == TOP_GREY)
    low, high = (np.percentile(np.stack([columns, rows]), share, axis=1) for share in (15, 85))
    return np.stack([low, high])


def pattern(cloth: Cloth, seed: int, size: tuple[int, int], cell_px: float) -> Floats:
    """Return the greys (h, w) of a patterned cloth; a code's modules are drawn anew for each seed."""
    width, height = size
    down, right = np.mgrid[:height, :width]
    rows, columns = (down // cell_px).astype(int), (right // cell_px).astype(int)
    match cloth:
        case "checks":
            light = (rows + columns) % 2
        case "stripes":
            light = (rows + columns // 3 * (seed % 2)) % 2
        case "code":
            modules = np.random.default_rng([seed, 41]).integers(0, 2, (CODE_SIDE, CODE_SIDE))
            light = modules[rows % CODE_SIDE, columns % CODE_SIDE]
    dark, bright = CLOTH_GREYS
    return np.asarray(dark + (bright - dark) * light, np.float32)


def plate_texture(text: str) -> Bytes:
    """Return a number plate (110, 520, 4) BGRA: black on white in a black rim, a text that fills it."""
    width, height = PLATE_PX
    plate = np.full((height, width, 4), 255, np.uint8)
    plate[..., :3] = 238
    cv2.rectangle(plate, (2, 2), (width - 3, height - 3), (20, 20, 20, 255), 4)
    (wide, tall), _ = cv2.getTextSize(text, PLATE_FONT, 1.0, PLATE_INK_PX)
    scale = min((width - 50) / wide, 72 / tall)
    (wide, tall), _ = cv2.getTextSize(text, PLATE_FONT, scale, PLATE_INK_PX)
    place = ((width - wide) // 2, (height + tall) // 2)
    cv2.putText(plate, text, place, PLATE_FONT, scale, (16, 16, 16, 255), PLATE_INK_PX, cv2.LINE_AA)
    return plate
