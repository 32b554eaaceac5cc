"""Which sprite goes where in a picture: people as the truth has them become placed sprites. Pure geometry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sitl.crowd import People
from sitl.shot import Shot
from sitl.sprite_set import STANDING, TINTS, Sprite, SpriteSet, phase_of
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
    tint: int
    depth_m: float
    foot_x_px: float
    foot_y_px: float
    """Where the point of ground below the body's middle is seen."""
    scale_x: float
    """Pixels of the picture per pixel of the sprite."""
    scale_y: float

    @property
    def box_px(self) -> tuple[float, float, float, float]:
        """Return x, y, width, height of the body in the picture, clipped by nothing."""
        left = self.foot_x_px - self.sprite.anchor_x_px * self.scale_x
        top = self.foot_y_px - self.sprite.anchor_y_px * self.scale_y
        return left, top, self.sprite.width_px * self.scale_x, self.sprite.height_px * self.scale_y


def placements_of(people: People, shot: Shot, sprites: SpriteSet) -> list[Placement]:
    """Return everybody whose body may touch the picture, farthest first."""
    points = np.column_stack([people.east_m, people.north_m, np.zeros(len(people))])
    feet, depths = shot.projected(points)
    margin_px = 3.0 * shot.intrinsics.fx_px / np.maximum(depths, NEAREST_M)
    size = np.array([shot.intrinsics.width_px, shot.intrinsics.height_px])
    near = ((feet > -margin_px[:, None]) & (feet < size + margin_px[:, None])).all(1) & (depths > NEAREST_M)
    order = sorted(np.flatnonzero(near).tolist(), key=lambda person: -depths[person])
    azimuths, depressions = _sides(people, shot)
    scales = shot.intrinsics.fx_px * sprites.metres_per_px / (depths + BODY_MIDDLE_M * shot.axes[2, 2])
    placed = []
    for person in order:
        figure, phase = pose_of(people, person, sprites)
        seen = {"azimuth_deg": float(azimuths[person]), "depression_deg": float(depressions[person])}
        sprite = sprites.sprite_of(figure=figure, phase=phase, **seen)
        placed.append(
            Placement(
                person=person,
                sprite=sprite,
                tint=int(people.looks[person]) // 1024 % len(TINTS),
                depth_m=float(depths[person]),
                foot_x_px=float(feet[person, 0]),
                foot_y_px=float(feet[person, 1]),
                scale_x=float(scales[person]),
                scale_y=float(scales[person]) * _stretch(seen["depression_deg"], sprite.depression_deg),
            )
        )
    return placed


def pose_of(people: People, person: int, sprites: SpriteSet) -> tuple[int, int]:
    """Return figure and phase of a person."""
    walks = bool(people.walks[person])
    figure = sprites.figure_of(int(people.looks[person]), walks=walks)
    if not walks:
        return figure, STANDING
    return figure, phase_of(walked_m=float(people.walked_m[person]), speed_m_s=float(people.speed_m_s[person]))


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


def shadow_outlines(people: People, chosen: list[Placement], sprites: SpriteSet, sun: Sun) -> list[Floats]:
    """Return the outline (n, 2), east and north, of each placed person's shadow on the ground.

    A body's shadow is its silhouette as the sun sees it, laid on the ground: what the sun sees u metres above the
    foot falls u / sin(elevation) behind it.
    """
    bearing = math.radians(sun.bearing_deg)
    right = np.array([-math.cos(bearing), math.sin(bearing)])
    away = np.array([-math.sin(bearing), -math.cos(bearing)]) / math.sin(math.radians(sun.elevation_deg))
    outlines = []
    for placed in chosen:
        figure, phase = pose_of(people, placed.person, sprites)
        azimuth_deg = sun.bearing_deg - float(people.heading_deg[placed.person])
        seen = sprites.outline_m(figure=figure, phase=phase, azimuth_deg=azimuth_deg, depression_deg=sun.elevation_deg)
        foot = np.array([people.east_m[placed.person], people.north_m[placed.person]])
        outlines.append(foot + seen[:, :1] * right + seen[:, 1:] * away)
    return outlines
