"""Which sprite goes where in a picture: people as the truth has them become placed sprites. Pure geometry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sitl.crowd import People
from sitl.shot import Shot
from sitl.sprite_set import STANDING, Sprite, SpriteSet, phase_of
from sitl.tints import TINTS
from sitl.world import Sun

Floats = NDArray[np.float64]

BODY_MIDDLE_M: Final = 0.9
NEAREST_M: Final = 2.0
STEEPEST_STRETCHED_DEG: Final = 65
"""Steeper sprites show little height, and none of it needs stretching."""
STRETCH_LIMITS: Final = (0.75, 1.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """One person in the picture."""

    person: int
    """Index in `People`."""
    sprite: Sprite
    mirrored: bool
    """Whether the mirror image is shown, of a body seen from the other side: so its sunlit side faces the sun."""
    tint: int
    depth_m: float
    foot_x_px: float
    foot_y_px: float
    """Where the point of ground below the hips is seen."""
    scale_x: float
    """Pixels of the picture per pixel of the sprite."""
    scale_y: float

    @property
    def box_px(self) -> tuple[float, float, float, float]:
        """Return x, y, width, height of the sprite in the picture, clipped by nothing."""
        anchor_x_px = self.sprite.mirrored_x_px(self.sprite.anchor_x_px, mirrored=self.mirrored)
        left = self.foot_x_px - anchor_x_px * self.scale_x
        top = self.foot_y_px - self.sprite.anchor_y_px * self.scale_y
        return left, top, self.sprite.width_px * self.scale_x, self.sprite.height_px * self.scale_y


def placements_of(people: People, shot: Shot, sprites: SpriteSet, sun: Sun | None = None) -> list[Placement]:
    """Return everybody whose body may touch the picture, farthest first."""
    points = np.column_stack([people.east_m, people.north_m, np.zeros(len(people))])
    feet, depths = shot.projected(points)
    margin_px = 3.0 * shot.intrinsics.fx_px / np.maximum(depths, NEAREST_M)
    size = np.array([shot.intrinsics.width_px, shot.intrinsics.height_px])
    near = ((feet > -margin_px[:, None]) & (feet < size + margin_px[:, None])).all(1) & (depths > NEAREST_M)
    order = np.flatnonzero(near)[np.argsort(-depths[near], kind="stable")].tolist()
    azimuths, depressions = _sides(people, shot)
    scales = shot.intrinsics.fx_px * sprites.metres_per_px / (depths + BODY_MIDDLE_M * shot.axes[2, 2])
    mirrored = sun is not None and is_mirrored(shot, sun, sprites)
    placed = []
    for person in order:
        figure, phase = pose_of(people, person, sprites)
        depression_deg, turn = float(depressions[person]), -1.0 if mirrored else 1.0
        sprite = sprites.sprite_of(
            figure=figure, phase=phase, azimuth_deg=turn * float(azimuths[person]), depression_deg=depression_deg
        )
        placed.append(
            Placement(
                person=person,
                sprite=sprite,
                mirrored=mirrored,
                tint=int(people.looks[person]) // 1024 % len(TINTS),
                depth_m=float(depths[person]),
                foot_x_px=float(feet[person, 0]),
                foot_y_px=float(feet[person, 1]),
                scale_x=float(scales[person]),
                scale_y=float(scales[person]) * _stretch(depression_deg, sprite.depression_deg),
            )
        )
    return placed


def is_mirrored(shot: Shot, sun: Sun, sprites: SpriteSet) -> bool:
    """Return whether the sun stands on the other side of the viewer than where the sprites were rendered."""
    to_viewer_deg = math.degrees(math.atan2(-shot.axes[2, 0], -shot.axes[2, 1]))
    beside_deg = (sun.bearing_deg - to_viewer_deg + 180) % 360 - 180
    return beside_deg * sprites.sun_beside_viewer_deg < 0


def pose_of(people: People, person: int, sprites: SpriteSet) -> tuple[int, int]:
    """Return figure and phase of a person."""
    walks = bool(people.walks[person])
    figure = sprites.figure_of(int(people.looks[person]), walks=walks)
    if not walks:
        return figure, STANDING
    return figure, phase_of(walked_m=float(people.walked_m[person]), speed_m_s=float(people.speed_m_s[person]))


def heads_of(people: People, placed: list[Placement], sprites: SpriteSet) -> Floats:
    """Return the middle (n, 3) of each placed person's head: east, north, up."""
    heads = []
    for one in placed:
        left_m, behind_m, up_m = sprites.head_m(one.sprite.figure, one.sprite.phase)
        right_m = left_m if one.mirrored else -left_m
        heading = math.radians(float(people.heading_deg[one.person]))
        east_m = right_m * math.cos(heading) - behind_m * math.sin(heading)
        north_m = -right_m * math.sin(heading) - behind_m * math.cos(heading)
        heads.append((people.east_m[one.person] + east_m, people.north_m[one.person] + north_m, up_m))
    return np.array(heads, float).reshape(-1, 3)


def _sides(people: People, shot: Shot) -> tuple[Floats, Floats]:
    """Return azimuth and depression in degrees, both (n,), from which the camera sees each body's middle."""
    east, north = shot.place_m[0] - people.east_m, shot.place_m[1] - people.north_m
    depression = np.degrees(np.arctan2(shot.place_m[2] - BODY_MIDDLE_M, np.hypot(east, north)))
    return np.degrees(np.arctan2(east, north)) - people.heading_deg, depression


def _stretch(seen_deg: float, rendered_deg: int) -> float:
    """Return by how much an upright body looks taller than its sprite, seen at a slightly other depression."""
    if rendered_deg > STEEPEST_STRETCHED_DEG:
        return 1.0
    ratio = math.cos(math.radians(seen_deg)) / math.cos(math.radians(rendered_deg))
    return min(max(ratio, STRETCH_LIMITS[0]), STRETCH_LIMITS[1])
