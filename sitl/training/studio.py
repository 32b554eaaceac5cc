"""One training picture set up: its ground, who and what stands there, and all of it painted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.crowd.crowd import People
from sitl.picture.body_paint import LAMP_STEPS, BodyPaint, Patch
from sitl.picture.ground_picture import ground_from_texture, lamp_light, lamp_places, lit
from sitl.picture.scene import Placement, placements_of
from sitl.picture.shadows import contact_outlines, shadow_mask, shadow_outlines
from sitl.picture.terrain import Terrain
from sitl.training.foliage import Crown, seen_crown, shadow_of_crown
from sitl.training.layout import Laid
from sitl.training.staging import Cast, staged
from sitl.training.things import SeenThing, Thing, seen_things, shadows_of
from sitl.training.wardrobe import DressedSprites
from sitl.training.weather import BLUE_SHADOW, Air
from sitl.world.shot import Shot

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

LAMPS_REACH_M: Final = 40.0
SUNLESS: Final = 0.8
"""Of the shade of trees on bodies: leaves let some light through."""
SAT_LOW: Final = 0.5
"""A shadow of one who sits is so much shorter."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stage:
    """Everything in one picture, where it stands."""

    laid: Laid
    people: People
    cast: Cast
    things: tuple[Thing, ...]
    crowns: tuple[Crown, ...]
    ghosts: People
    """Shadows without anybody: who casts them is outside the picture."""


class Studio:
    """Paints a stage in an air, as `exact_scene` asks for it."""

    def __init__(self, stage: Stage, air: Air, sprites: DressedSprites, depression_deg: float) -> None:
        self._stage, self._air, self._sprites, self._depression_deg = stage, air, sprites, depression_deg
        self.bodies = BodyPaint(sprites, air.palette)
        places = lamp_places((), LAMPS_REACH_M) if air.lamps else None
        self._lamps = places
        laid = stage.laid
        picture = lit(laid.picture, laid.metres_per_px, air.palette, places)
        self._terrain = Terrain(picture, laid.metres_per_px, None, air.palette.haze_bgr)
        self._seen: tuple[Shot, list[SeenThing]] | None = None

    def placed(self, shot: Shot, people: People) -> list[Placement]:
        """Return everybody in the picture, farthest first, each in size, outfit and posture."""
        upright = placements_of(people, shot, self._sprites, self._air.sun)
        stage = self._stage
        return [staged(one, people, stage.cast, self._sprites, shot, self._depression_deg) for one in upright]

    def scene(self, shot: Shot, people: People, placed: list[Placement], size: tuple[int, int]) -> Bytes:
        """Return what the lens sees, uint8 (height, width, 3) BGR."""
        picture = self._terrain.seen(shot, size)
        mask = self._sunless(shot, people, placed, size)
        if mask is not None:
            picture = self._shaded(picture, mask, shot, size)
        lights = self._light_on(people, placed)
        for item in self.items(shot, placed):
            if isinstance(item, Placement):
                patch = self.bodies.patch(item, lights[item.person][1], (0, 0, size[0], size[1]))
                if patch is not None:
                    _blend(picture, patch, lights[item.person][0])
            else:
                item.paint(picture)
        return picture

    def items(self, shot: Shot, placed: list[Placement]) -> list[Placement | SeenThing]:
        """Return people and things, farthest first."""
        things = self._things(shot)
        items: list[Placement | SeenThing] = [*placed, *things]
        return sorted(items, key=lambda item: -item.depth_m)

    def _things(self, shot: Shot) -> list[SeenThing]:
        if self._seen is None or self._seen[0] is not shot:
            air, stage = self._air, self._stage
            seen = seen_things(stage.things, shot, air.sun, air.palette)
            crowns = (seen_crown(one, shot, air.sun, air.palette) for one in stage.crowns)
            self._seen = shot, seen + [one for one in crowns if one is not None]
        return self._seen[1]

    def _sunless(self, shot: Shot, people: People, placed: list[Placement], size: tuple[int, int]) -> Bytes | None:
        """Return how dark the ground is, at a part of the picture's size."""
        stage, sun = self._stage, self._air.sun
        bodies = shadow_outlines(people, placed, self._sprites, sun)
        feet = np.stack([people.east_m, people.north_m], axis=1)
        fallen = [
            feet[one.person] + (outline - feet[one.person]) * self._shadow_size(one)
            for outline, one in zip(bodies, placed, strict=True) if stage.cast.postures[one.person] != "lies"
        ]  # fmt: skip
        ghosts = placements_of(stage.ghosts, shot, self._sprites, sun)
        fallen += shadow_outlines(stage.ghosts, ghosts, self._sprites, sun)
        fallen += shadows_of(stage.things, sun)
        for one in stage.crowns:
            fallen += shadow_of_crown(one, sun)
        return shadow_mask(fallen, contact_outlines(people, placed), shot, size)

    def _shadow_size(self, one: Placement) -> float:
        cast = self._stage.cast
        return float(cast.sizes[one.person]) * (SAT_LOW if cast.postures[one.person] == "sits" else 1.0)

    def _shaded(self, picture: Bytes, mask: Bytes, shot: Shot, size: tuple[int, int]) -> Bytes:
        """Return a picture darkened by its shadows and those of trees, which are bluer than the light."""
        laid, palette = self._stage.laid, self._air.palette
        wide = cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR)
        soft_px = self._air.shadow_soft_m * shot.intrinsics.fx_px / float(np.linalg.norm(shot.place_m))
        if soft_px > 0.6:
            wide = cv2.GaussianBlur(wide, (0, 0), min(soft_px, 12.0))
        if laid.shaded is not None:
            to_image = shot.image_from_ground @ ground_from_texture(laid.metres_per_px, laid.shaded.shape[:2])
            trees = cv2.warpPerspective(
                laid.shaded, to_image, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
            )
            wide = cv2.max(wide, cv2.convertScaleAbs(trees, alpha=170 / 255))
        levels = np.interp(
            np.arange(256), [0, 170, 255], [0, palette.shadow_depth, max(palette.contact_depth, palette.shadow_depth)]
        )
        tint = np.array([-BLUE_SHADOW, 0, BLUE_SHADOW / 2]) * (0 if palette.is_thermal else 1)
        table = np.clip(255 * (1 - levels[:, None] * (1 + tint)), 0, 255).round().astype(np.uint8)[None]
        keep = cv2.LUT(cv2.cvtColor(wide, cv2.COLOR_GRAY2BGR), table)
        return np.asarray(cv2.multiply(picture, keep, scale=1 / 255), np.uint8)

    def _light_on(self, people: People, placed: list[Placement]) -> dict[int, tuple[float, int]]:
        """Return for each person the factor of daylight on the body, and the step of lamplight."""
        persons = [one.person for one in placed]
        east, north = people.east_m[persons], people.north_m[persons]
        palette = self._air.palette
        shade = self._stage.laid.shade_at(east, north) * SUNLESS * palette.shadow_depth
        day = (1 - shade) * (1.0 if palette.is_thermal else self._air.body_light)
        steps = np.zeros(len(persons)) if self._lamps is None else lamp_light(east, north, self._lamps) * LAMP_STEPS
        return dict(zip(persons, zip(day.tolist(), np.round(steps).astype(int).tolist(), strict=True), strict=True))


def _blend(picture: Bytes, patch: Patch, light: float) -> None:
    """Blend a body over a picture in place, its colours times a light."""
    height, width = patch.pixels.shape[:2]
    region = picture[patch.y_px : patch.y_px + height, patch.x_px : patch.x_px + width]
    colour = cv2.convertScaleAbs(cv2.cvtColor(patch.pixels, cv2.COLOR_BGRA2BGR), alpha=light)
    free = cv2.cvtColor(cv2.bitwise_not(patch.pixels[..., 3]), cv2.COLOR_GRAY2BGR)
    cv2.add(cv2.multiply(region, free, scale=1 / 255), colour, dst=region)
