"""The renderer: ground by its true homography, shadows, boxes and people from far to near, haze and noise."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sitl.crowd.crowd import People
from sitl.picture.body_paint import LAMP_STEPS, BodyPaint
from sitl.picture.canary_paint import CanaryPaint, SeenCanary
from sitl.picture.ground_picture import ground_picture, lamp_light, lamp_places, lit, surroundings
from sitl.picture.mark_paint import MarkPaint
from sitl.picture.prop_paint import PropPaint, SeenProp
from sitl.picture.props import Face, faces_of, shadow_of
from sitl.picture.scene import Placement, placements_of
from sitl.picture.sensor import Sensor
from sitl.picture.shadows import contact_outlines, shaded, shadow_mask, shadow_outlines
from sitl.picture.sprite_set import SpriteSet
from sitl.picture.terrain import Terrain
from sitl.world.look import PALETTES, Light, Palette
from sitl.world.shot import Shot
from sitl.world.world import Ground, Mark, World

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Points = tuple[tuple[float, float], ...]

SURROUNDINGS_SEED: Final = 5
THERMAL_PROP: Final = (62.0, 0.16)
"""Grey of a box in thermal pictures, and how much of its visible shade remains."""


class Renderer:
    """Draws what a world's camera sees.

    Args:
        world: ground, sun, props, light and size of the picture.
        sprites: the people.

    Raises:
        WorldError: the ground's picture cannot be read.
    """

    def __init__(self, world: World, sprites: SpriteSet) -> None:
        self._sprites, self._sun = sprites, world.sun
        self._palette = PALETTES[world.look.light]
        self._lamps = _lamps(world)
        lamps = None if self._lamps is None else tuple((east, north) for east, north in self._lamps.tolist())
        self._terrain = _terrain(world.ground, world.marks, world.look.light, lamps)
        self._marks = MarkPaint(world.marks, self._palette)
        self.bodies = BodyPaint(sprites, self._palette)
        self._props = PropPaint([(prop, _in_light(faces_of(prop, world.sun), self._palette)) for prop in world.props])
        self.canaries = CanaryPaint(world.canaries, sprites)
        self._prop_shadows = [shadow_of(prop, world.sun) for prop in world.props]
        self._size = (world.camera.intrinsics.width_px, world.camera.intrinsics.height_px)
        self._sensor = Sensor(world.look, self._palette, self._size, world.seed)

    def frame(self, shot: Shot, people: People, number: int) -> Bytes:
        """Return the picture, uint8 (height, width, 3) BGR.

        Args:
            shot: the camera.
            people: the truth at the same instant.
            number: of the frame; chooses the noise.
        """
        placed = self.placed(shot, people)
        return self.developed(self.scene(shot, people, placed, self._size), shot, number)

    def developed(self, scene: Bytes, shot: Shot, number: int) -> Bytes:
        """Return a scene with haze, the light's tone, and the noise of the frame of a number."""
        return self._sensor.finished(scene, shot, number)

    def placed(self, shot: Shot, people: People) -> list[Placement]:
        """Return everybody in the picture, farthest first."""
        return placements_of(people, shot, self._sprites, self._sun)

    def scene(self, shot: Shot, people: People, placed: list[Placement], size: tuple[int, int]) -> Bytes:
        """Return what the lens sees, uint8 (height, width, 3) BGR: no haze yet, no noise."""
        picture = self._terrain.seen(shot, size)
        self._marks.paint(picture, shot)
        sunless = self._prop_shadows + shadow_outlines(people, placed, self._sprites, self._sun)
        mask = shadow_mask(sunless, contact_outlines(people, placed), shot, size)
        if mask is not None:
            picture = shaded(picture, mask, self._palette)
        lamps = self.lamps_on(people, placed)
        for item in self.items(shot, placed):
            if isinstance(item, Placement):
                self.bodies.paint(picture, item, lamps[item.person])
            else:
                item.paint(picture)
        return picture

    def items(self, shot: Shot, placed: list[Placement]) -> list[Placement | SeenProp | SeenCanary]:
        """Return people, who come farthest first, with props and canaries among them, farthest first."""
        things: list[SeenProp | SeenCanary] = [*self._props.seen(shot), *self.canaries.seen(shot)]
        waiting = sorted(things, key=lambda thing: -thing.depth_m)
        items: list[Placement | SeenProp | SeenCanary] = []
        for one in placed:
            while waiting and waiting[0].depth_m > one.depth_m:
                items.append(waiting.pop(0))
            items.append(one)
        return items + waiting

    def lamps_on(self, people: People, placed: list[Placement]) -> dict[int, int]:
        """Return for each person placed how much lamplight falls there, 0 to `LAMP_STEPS`."""
        persons = [one.person for one in placed]
        if self._lamps is None:
            return dict.fromkeys(persons, 0)
        strength = lamp_light(people.east_m[persons], people.north_m[persons], self._lamps)
        return dict(zip(persons, np.round(strength * LAMP_STEPS).astype(int).tolist(), strict=True))


def _lamps(world: World) -> Floats | None:
    if world.look.light != "dusk":
        return None
    return lamp_places(world.props, float(np.abs(np.array(world.area_m)).max()))


@lru_cache(maxsize=3)
def _terrain(ground: Ground, marks: tuple[Mark, ...], light: Light, lamps: Points | None) -> Terrain:
    """Return the ground of a world; pictures of one ground in one light share it."""
    palette, scale = PALETTES[light], ground.metres_per_px
    places = None if lamps is None else np.array(lamps).reshape(-1, 2)
    picture = lit(ground_picture(ground, marks), scale, palette, places)
    wide = surroundings(picture, scale, np.random.default_rng(SURROUNDINGS_SEED))
    return Terrain(picture, scale, wide, palette.haze_bgr)


def _in_light(faces: tuple[Face, ...], palette: Palette) -> tuple[Face, ...]:
    if not palette.is_thermal:
        return faces
    level, contrast = THERMAL_PROP
    greys = [level + contrast * sum(face.shade_bgr) / 3 for face in faces]
    return tuple(
        Face(corners_m=face.corners_m, normal=face.normal, shade_bgr=(grey, grey, grey))
        for face, grey in zip(faces, greys, strict=True)
    )
