"""Faces drawn by a program, of nobody: canaries that face detectors find where a picture is sharp enough. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Bgr = tuple[float, float, float]

FACE_M: Final = (0.20, 0.26)
"""Width and height of the drawing: ears, hair and chin."""
SIZE_PX: Final = (160, 208)
SKIN: Final[tuple[Bgr, ...]] = (
    (168, 188, 226), (140, 166, 212), (112, 142, 196), (84, 116, 172), (60, 88, 144), (46, 66, 110),
)  # fmt: skip
HAIR: Final[tuple[Bgr, ...]] = ((18, 20, 24), (24, 36, 58), (40, 66, 104), (90, 130, 170), (120, 122, 126))


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What makes a drawn face this one; lengths in pixels of the drawing."""

    skin: Bgr
    hair: Bgr
    half_width: float
    eyes_apart: float
    eyes_down: float
    brow_thick: int
    mouth_half: float
    mouth_down: float
    fringe: float
    glasses: bool
    beard: bool


def features(seed: int) -> Features:
    """Return the features of the face of a seed."""
    rng = np.random.default_rng([seed, 77])
    return Features(
        skin=SKIN[seed % len(SKIN)],
        hair=HAIR[int(rng.integers(len(HAIR)))],
        half_width=float(rng.uniform(53, 61)),
        eyes_apart=float(rng.uniform(23, 28)),
        eyes_down=float(rng.uniform(94, 102)),
        brow_thick=int(rng.integers(4, 8)),
        mouth_half=float(rng.uniform(18, 26)),
        mouth_down=float(rng.uniform(156, 164)),
        fringe=float(rng.uniform(48, 66)),
        glasses=bool(rng.random() < 0.2),
        beard=bool(rng.random() < 0.2),
    )


def drawn_face(seed: int) -> Bytes:
    """Return the face of a seed from the front, uint8 (208, 160, 4) BGRA, not premultiplied."""
    face, (width, height) = features(seed), SIZE_PX
    middle = width / 2
    picture, alpha = np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.uint8)
    for canvas, colour in ((picture, face.hair), (alpha, 255)):
        _oval(canvas, (middle, 92), (face.half_width + 10, 86), colour)
    for side in (-1, 1):
        for canvas, colour in ((picture, _times(face.skin, 0.8)), (alpha, 255)):
            _oval(canvas, (middle + side * (face.half_width + 3), 112), (8, 17), colour)
    _oval(picture, (middle, 116), (face.half_width, 84), face.skin)
    _oval(alpha, (middle, 116), (face.half_width, 84), 255)
    _shade(picture, face)
    _fringe(picture, face)
    _features(picture, face)
    soft = cv2.GaussianBlur(picture, (0, 0), 1.2)
    return np.dstack([np.clip(soft, 0, 255).astype(np.uint8), cv2.GaussianBlur(alpha, (0, 0), 1.2)])


def _shade(picture: Floats, face: Features) -> None:
    """Round the face by light from above, with dark sockets, a light nose and cheeks."""
    height, width = picture.shape[:2]
    down, right = np.mgrid[:height, :width].astype(np.float32)
    middle = width / 2
    edge = ((right - middle) / face.half_width) ** 2 + ((down - 116) / 84) ** 2
    light = 1.06 - 0.30 * np.clip(edge, 0, 1.3) - 0.05 * (down - 116) / 84
    for side in (-1, 1):
        light -= 0.26 * _spot(right, down, middle + side * face.eyes_apart, face.eyes_down, 17, 10)
        light += 0.10 * _spot(right, down, middle + side * face.eyes_apart * 1.15, face.eyes_down + 34, 15, 13)
        light -= 0.10 * _spot(right, down, middle + side * 11, face.eyes_down + 22, 5, 20)
    light += 0.16 * _spot(right, down, middle, face.eyes_down + 22, 6, 26)
    light -= 0.18 * _spot(right, down, middle, face.mouth_down + 15, 20, 5)
    inside = (edge < 1.0)[..., None]
    picture[:] = np.where(inside, picture * light[..., None], picture)


def _spot(right: Floats, down: Floats, x: float, y: float, across: float, along: float) -> Floats:
    return np.exp(-(((right - x) / across) ** 2) - ((down - y) / along) ** 2)


def _fringe(picture: Floats, face: Features) -> None:
    middle = picture.shape[1] / 2
    _oval(picture, (middle, face.fringe - 34), (face.half_width + 6, 44), face.hair)


def _features(picture: Floats, face: Features) -> None:
    middle, lips = picture.shape[1] / 2, (0.45 * face.skin[0], 0.42 * face.skin[1], 0.80 * face.skin[2])
    if face.beard:
        _oval(picture, (middle, face.mouth_down + 14), (face.half_width * 0.62, 30), _times(face.hair, 1.2))
    for side in (-1, 1):
        eye = (middle + side * face.eyes_apart, face.eyes_down)
        brow = (eye[0] + side * 1.5, eye[1] - 16)
        _oval(picture, brow, (15, face.brow_thick), _times(face.hair, 0.9), turn_deg=side * 6)
        _oval(picture, eye, (12.5, 6.5), _times(face.skin, 0.42))
        _oval(picture, (eye[0], eye[1] + 0.8), (11, 5.2), (214, 220, 224))
        _oval(picture, (eye[0], eye[1]), (5.4, 5.4), (32, 44, 60))
        _oval(picture, (middle + side * 7.5, face.eyes_down + 44), (4.5, 2.6), _times(face.skin, 0.35))
        if face.glasses:
            cv2.ellipse(picture, _whole(eye), (18, 14), 0, 0, 360, (26, 26, 28), 3, cv2.LINE_AA)
    _oval(picture, (middle, face.mouth_down - 2), (face.mouth_half, 5.5), lips)
    _oval(picture, (middle, face.mouth_down - 1), (face.mouth_half, 1.6), _times(lips, 0.4))
    _oval(picture, (middle, face.mouth_down + 5), (face.mouth_half * 0.8, 5), _times(lips, 1.15))


def _oval(
    canvas: Floats | Bytes,
    middle: tuple[float, float],
    halves: tuple[float, float],
    colour: Bgr | int,
    *,
    turn_deg: float = 0.0,
) -> None:
    bits = 4
    fine = 1 << bits
    centre, axes = (tuple(round(part * fine) for part in pair) for pair in (middle, halves))
    shade = colour if isinstance(colour, tuple) else (colour,)
    cv2.ellipse(canvas, centre, axes, turn_deg, 0, 360, shade, cv2.FILLED, cv2.LINE_8, bits)


def _times(colour: Bgr, factor: float) -> Bgr:
    blue, green, red = (part * factor for part in colour)
    return blue, green, red


def _whole(point: tuple[float, float]) -> tuple[int, int]:
    return round(point[0]), round(point[1])
