"""The live renderer: ground by its true homography, shadows, boxes and people from far to near, haze and noise."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.crowd import People
from sitl.errors import WorldError
from sitl.props import Face, faces_of, shadow_of
from sitl.scene import Placement, placements_of, shadow_outlines
from sitl.shot import Shot
from sitl.sprite_set import SpriteSet
from sitl.world import Ground, Prop, World

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

SHADOW_DEPTH: Final = 0.52
"""Share of the light that a shadow takes away."""
HAZE_SHARE: Final = 0.05
HAZE_GREY: Final = 205.0
NOISE_SIGMA: Final = 2.0
NOISE_MEAN: Final = 8
NOISE_MARGIN_PX: Final = 64
SUBPIXEL_BITS: Final = 4
FAR_PX: Final = 20_000.0
"""Pixels further out are drawn here: fixed point has its limits."""


class Renderer:
    """Draws what a world's camera sees.

    Args:
        world: ground, sun, props and size of the picture.
        sprites: the people.

    Raises:
        WorldError: the ground's picture cannot be read.
    """

    def __init__(self, world: World, sprites: SpriteSet) -> None:
        self._sprites = sprites
        self._sun = world.sun
        self._texture = _texture(world.ground)
        self._ground_from_texture = ground_from_texture(world.ground, self._texture.shape[:2])
        self._props = [(prop, faces_of(prop, world.sun)) for prop in world.props]
        self._prop_shadows = [shadow_of(prop, world.sun) for prop in world.props]
        self._seed = world.seed
        self._size = (world.camera.intrinsics.width_px, world.camera.intrinsics.height_px)
        self._noise = _noise(self._size, np.random.default_rng(world.seed))
        self._tone = _tone_curve()

    def frame(self, shot: Shot, people: People, number: int) -> Bytes:
        """Return the picture, uint8 (height, width, 3) BGR.

        Args:
            shot: the camera.
            people: the truth at the same instant.
            number: of the frame; chooses the noise.
        """
        placed = placements_of(people, shot, self._sprites)
        image_from_texture = shot.image_from_ground @ self._ground_from_texture
        picture = cv2.warpPerspective(
            self._texture, image_from_texture, self._size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
        )
        shadows = self._prop_shadows + shadow_outlines(people, placed, self._sprites, self._sun)
        picture = _shaded(np.asarray(picture, np.uint8), shadows, shot)
        self._paint(picture, placed, shot)
        return self._finished(picture, number)

    def _paint(self, picture: Bytes, placed: list[Placement], shot: Shot) -> None:
        """Paint boxes and people into the picture, farthest first."""
        waiting = sorted(self._props, key=lambda item: -_depth(item[0], shot))
        for one in placed:
            while waiting and _depth(waiting[0][0], shot) > one.depth_m:
                _paint_prop(picture, waiting.pop(0)[1], shot)
            _paint_person(picture, one, self._sprites.pixels(one.sprite, one.tint))
        for _, faces in waiting:
            _paint_prop(picture, faces, shot)

    def _finished(self, picture: Bytes, number: int) -> Bytes:
        """Return the picture with haze and sensor noise."""
        x, y = (self._seed * 7919 + number * 31) % NOISE_MARGIN_PX, (number * 17) % NOISE_MARGIN_PX
        grain = self._noise[y : y + self._size[1], x : x + self._size[0]]
        return np.asarray(cv2.add(cv2.LUT(picture, self._tone), grain), np.uint8)


def ground_from_texture(ground: Ground, shape: tuple[int, int]) -> Floats:
    """Return the transform (3, 3) from a texture's pixels to east and north: north is up, home in the middle."""
    m = ground.metres_per_px
    height, width = shape
    return np.array([[m, 0, -m * (width - 1) / 2], [0, -m, m * (height - 1) / 2], [0, 0, 1.0]])


def _texture(ground: Ground) -> Bytes:
    found = cv2.imread(str(ground.file), cv2.IMREAD_COLOR)
    if found is None:
        raise WorldError(f"{ground.file}: cannot be read as a picture; give a JPEG, PNG or WebP")
    return np.asarray(found, np.uint8)


def _noise(size: tuple[int, int], rng: np.random.Generator) -> Bytes:
    shape = (size[1] + NOISE_MARGIN_PX, size[0] + NOISE_MARGIN_PX, 3)
    drawn = rng.normal(NOISE_MEAN, NOISE_SIGMA, shape).astype(np.float32)
    # Demosaicing smears a sensor's noise over its neighbours.
    smeared = NOISE_MEAN + 1.6 * (cv2.GaussianBlur(drawn, (0, 0), 0.6) - NOISE_MEAN)
    return np.clip(np.round(smeared), 0, 2 * NOISE_MEAN).astype(np.uint8)


def _tone_curve() -> Bytes:
    """Return the table (256,) that adds haze and takes off the noise's mean."""
    values = np.arange(256) * (1 - HAZE_SHARE) + HAZE_GREY * HAZE_SHARE - NOISE_MEAN
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def _fixed_point(pixels: Floats) -> NDArray[np.int32]:
    return np.round(np.clip(pixels, -FAR_PX, FAR_PX) * (1 << SUBPIXEL_BITS)).astype(np.int32)


def _shaded(picture: Bytes, outlines_m: list[Floats], shot: Shot) -> Bytes:
    """Return the picture darkened where outlines (n, 2) on the ground lie; overlaps are no darker."""
    if not outlines_m:
        return picture
    mask = np.zeros(picture.shape[:2], np.uint8)
    points = np.concatenate(outlines_m)
    pixels, depth = shot.projected(np.column_stack([points, np.zeros(len(points))]))
    ends = np.cumsum([len(outline) for outline in outlines_m])
    fixed = np.split(_fixed_point(pixels), ends[:-1])
    ahead = np.minimum.reduceat(depth, np.concatenate([[0], ends[:-1]])) > 0
    for outline, visible in zip(fixed, ahead, strict=True):
        if visible:
            cv2.fillPoly(mask, [outline], 255, cv2.LINE_AA, SUBPIXEL_BITS)
    keep = cv2.LUT(cv2.blur(mask, (3, 3)), np.round(255 - SHADOW_DEPTH * np.arange(256)).astype(np.uint8))
    return np.asarray(cv2.multiply(picture, cv2.merge([keep, keep, keep]), scale=1 / 255), np.uint8)


def _depth(prop: Prop, shot: Shot) -> float:
    """Return the depth of a prop's middle on the ground, by which it is painted among people."""
    return float((np.array([*prop.middle_m, 0.0]) - shot.place_m) @ shot.axes[2])


def _paint_prop(picture: Bytes, faces: tuple[Face, ...], shot: Shot) -> None:
    for face in faces:
        pixels, depth = shot.projected(face.corners_m)
        if depth.min() > 0 and face.normal @ (shot.place_m - face.corners_m[0]) > 0:
            cv2.fillConvexPoly(picture, _fixed_point(pixels), face.shade_bgr, cv2.LINE_AA, SUBPIXEL_BITS)


def _paint_person(picture: Bytes, one: Placement, pixels: Bytes) -> None:
    """Blend one sprite, sized and placed to a fraction of a pixel, over the picture."""
    left, top, width, height = one.box_px
    x0, y0 = max(0, math.floor(left)), max(0, math.floor(top))
    x1 = min(picture.shape[1], math.ceil(left + width) + 1)
    y1 = min(picture.shape[0], math.ceil(top + height) + 1)
    if x1 <= x0 or y1 <= y0:
        return
    picture_from_sprite = np.array([[one.scale_x, 0, left - x0], [0, one.scale_y, top - y0]])
    body = cv2.warpAffine(pixels, picture_from_sprite, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
    free = 255 - body[..., 3]
    region = picture[y0:y1, x0:x1]
    behind = cv2.multiply(region, cv2.merge([free, free, free]), scale=1 / 255)
    cv2.add(behind, body[..., :3], dst=region)
