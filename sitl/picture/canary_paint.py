"""Canaries painted into pictures, and where in a picture their faces, tops and plates are: the truth of a search."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.crowd.crowd import People
from sitl.picture.canary_texture import (
    FINER,
    PLATE_M,
    PLATE_PX,
    face_corners,
    person_texture,
    plate_texture,
    top_corners,
)
from sitl.picture.scene import Placement, placements_of
from sitl.picture.sprite_set import SpriteSet
from sitl.picture.tints import TINTS
from sitl.world.canary import Canary
from sitl.world.shot import Shot

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

PLATE_UP_M: Final = 0.45
"""Of a plate's lower edge."""
SOLID: Final = 127
FIGURES: Final = (0, 3, 9, 11)
"""Standing adults with plain tops and bare heads, so that face and pattern are seen."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenCanary:
    """One canary in one picture."""

    canary: Canary
    depth_m: float
    texture: Bytes
    """BGRA, premultiplied."""
    image_from_texture: Floats
    """(3, 3), pixel centres at integers on both sides."""
    parts_px: dict[str, Floats]
    """Outline (4, 2) in the picture of its `face` and `top`, or of its `plate`."""

    def paint(self, picture: Bytes) -> None:
        """Blend it over a picture, uint8 (h, w, 3) BGR, in place."""
        region, warped = self._warped(picture.shape)
        alpha = warped[..., 3:].astype(np.float32) / 255
        picture[region] = np.clip(picture[region] * (1 - alpha) + warped[..., :3], 0, 255).astype(np.uint8)

    def hide(self, numbers: NDArray[np.uint16]) -> None:
        """Write 0 into a map of numbers (h, w) where it is."""
        region, warped = self._warped(numbers.shape)
        numbers[region][warped[..., 3] > SOLID] = 0

    def _warped(self, shape: tuple[int, ...]) -> tuple[tuple[slice, slice], Bytes]:
        """Return which part of a picture it covers, rows first, and its pixels there."""
        shrink = max(1, round(self._finer()))
        size = (self.texture.shape[1] // shrink, self.texture.shape[0] // shrink)
        level = cv2.resize(self.texture, size, interpolation=cv2.INTER_AREA)
        across, down = self.texture.shape[1] / size[0], self.texture.shape[0] / size[1]
        coarser = np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]])
        low, high = self._bounds(shape)
        shifted = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]])
        size = (max(0, high[0] - low[0]), max(0, high[1] - low[1]))
        region = (slice(low[1], low[1] + size[1]), slice(low[0], low[0] + size[0]))
        if not all(size):
            return region, np.zeros((size[1], size[0], 4), np.uint8)
        transform = shifted @ self.image_from_texture @ coarser
        return region, np.asarray(cv2.warpPerspective(level, transform, size), np.uint8)

    def _bounds(self, shape: tuple[int, ...]) -> tuple[list[int], list[int]]:
        """Return left and top, right and bottom (excluded) of what it covers of a picture."""
        height, width = self.texture.shape[:2]
        corners = _through(self.image_from_texture, _outline(np.array([[-1.0, -1.0], [width, height]])))
        end = np.array([shape[1], shape[0]])
        low, high = np.clip(np.floor(corners.min(axis=0)), 0, end), np.clip(np.ceil(corners.max(axis=0)) + 1, 0, end)
        return low.astype(int).tolist(), high.astype(int).tolist()

    def _finer(self) -> float:
        """Return how many pixels of the texture one of the picture holds, across, in its middle."""
        right, down = self.texture.shape[1] / 2, self.texture.shape[0] / 2
        ends = _through(self.image_from_texture, np.array([[right, down], [right + 1, down]]))
        return 1 / max(float(np.linalg.norm(ends[1] - ends[0])), 1e-3)


class CanaryPaint:
    """The canaries of a world.

    Args:
        canaries: who and what is planted.
        sprites: the bodies.
    """

    def __init__(self, canaries: tuple[Canary, ...], sprites: SpriteSet) -> None:
        self._sprites = sprites
        self._persons = [one for one in canaries if one.kind == "person"]
        self._plates = [(one, plate_texture(one.text)) for one in canaries if one.kind == "plate"]
        self._texture = lru_cache(maxsize=4 * len(canaries) + 1)(self._person_texture)

    def seen(self, shot: Shot) -> list[SeenCanary]:
        """Return the canaries that a camera sees, farthest first."""
        found = [self._person(one, shot) for one in self._persons]
        found += [_plate(one, texture, shot) for one, texture in self._plates]
        return sorted((one for one in found if one is not None), key=lambda one: -one.depth_m)

    def _person(self, one: Canary, shot: Shot) -> SeenCanary | None:
        placed = placements_of(_as_people(one, shot), shot, self._sprites)
        if not placed:
            return None
        (place,) = placed
        texture = self._texture(one, place.sprite.depression_deg, place.sprite.figure)
        image_from_sprite = _affine(place)
        image_from_texture = image_from_sprite @ _coarser(FINER)
        parts = {"face": face_corners, "top": top_corners}
        return SeenCanary(
            canary=one,
            depth_m=place.depth_m,
            texture=texture,
            image_from_texture=image_from_texture,
            parts_px={
                name: _through(image_from_sprite, _outline(of(self._sprites, place.sprite)))
                for name, of in parts.items()
            },
        )

    def _person_texture(self, one: Canary, depression_deg: int, figure: int) -> Bytes:
        sprite = self._sprites.sprite_of(figure=figure, phase=0, azimuth_deg=0, depression_deg=depression_deg)
        return person_texture(self._sprites, sprite, seed=one.seed, cloth=one.cloth, tint=one.seed % len(TINTS))


def _as_people(one: Canary, shot: Shot) -> People:
    """Return a canary as somebody of the crowd, who looks at the camera."""
    east, north = one.at_m
    facing = math.degrees(math.atan2(shot.place_m[0] - east, shot.place_m[1] - north)) % 360
    still, figure = np.zeros(1), FIGURES[one.seed % len(FIGURES)]
    return People(
        ids=np.zeros(1, np.int64), east_m=np.array([east]), north_m=np.array([north]),
        heading_deg=np.array([facing]), walked_m=still, speed_m_s=still, walks=np.zeros(1, bool),
        looks=np.array([figure]),
    )  # fmt: skip


def _plate(one: Canary, texture: Bytes, shot: Shot) -> SeenCanary | None:
    facing = math.radians(one.facing_deg)
    outwards, middle = np.array([math.sin(facing), math.cos(facing), 0.0]), np.array([*one.at_m, PLATE_UP_M])
    if (shot.place_m - middle) @ outwards <= 0:
        return None
    rightwards = np.array([-outwards[1], outwards[0], 0.0]) * PLATE_M[0] / 2
    up = np.array([0.0, 0.0, PLATE_M[1]])
    corners = np.stack([middle - rightwards + up, middle + rightwards + up, middle + rightwards, middle - rightwards])
    pixels, depth = shot.projected(corners)
    if depth.min() <= 0:
        return None
    width, height = PLATE_PX
    own = np.array([[-0.5, -0.5], [width - 0.5, -0.5], [width - 0.5, height - 0.5], [-0.5, height - 0.5]])
    transform = cv2.getPerspectiveTransform(own.astype(np.float32), pixels.astype(np.float32))
    return SeenCanary(
        canary=one, depth_m=float(depth.min()) - 0.3, texture=texture,
        image_from_texture=np.asarray(transform, np.float64), parts_px={"plate": pixels},
    )  # fmt: skip


def _affine(place: Placement) -> Floats:
    return np.array([
        [place.across_px[0], place.down_px[0], place.corner_px[0]],
        [place.across_px[1], place.down_px[1], place.corner_px[1]],
        [0, 0, 1],
    ])  # fmt: skip


def _coarser(times: int) -> Floats:
    """Return the transform from a texture that is so many times as fine."""
    shift = (1 / times - 1) / 2
    return np.array([[1 / times, 0, shift], [0, 1 / times, shift], [0, 0, 1]])


def _outline(corners: Floats) -> Floats:
    (left, top), (right, bottom) = corners
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def _through(transform: Floats, points: Floats) -> Floats:
    moved = np.column_stack([points, np.ones(len(points))]) @ transform.T
    return np.asarray(moved[:, :2] / moved[:, 2:])
