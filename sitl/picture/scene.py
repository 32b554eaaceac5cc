"""Which sprite goes where in a picture: people as the truth has them become placed sprites. Pure geometry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sitl.crowd.crowd import People
from sitl.picture.sprite_set import STANDING, Sprite, SpriteSet, phase_of
from sitl.picture.tints import TINTS
from sitl.world.shot import Shot
from sitl.world.world import Sun

Floats = NDArray[np.float64]
Pixels = tuple[float, float]

BODY_MIDDLE_M: Final = 0.9
NEAREST_M: Final = 2.0
STRAIGHT_BELOW_M: Final = 0.02
STEEPEST_STRETCHED_DEG: Final = 65
"""Steeper sprites show little height, and none of it needs stretching."""
STRETCH_LIMITS: Final = (0.75, 1.3)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sides:
    """How a camera sees upright bodies; each array has one row a body."""

    bearing_deg: Floats
    """From the body to the camera, clockwise from north."""
    depression_deg: Floats
    """Under which the camera sees the body's middle."""
    across_px_per_m: Floats
    """(n, 2): the picture of a metre to the viewer's right."""
    down_px_per_m: Floats
    """(n, 2): of a metre down, square to the line of sight."""


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
    across_px: Pixels
    """The way in the picture, right and down, of one pixel of the sprite to its right."""
    down_px: Pixels
    """The same of one pixel down: level cameras see bodies upright, others see them lean from the picture's middle."""

    @property
    def scale(self) -> float:
        """Return pixels of the picture per pixel of the sprite, across."""
        return math.hypot(*self.across_px)

    @property
    def corner_px(self) -> Pixels:
        """Return where the sprite's first pixel, at its upper left, is in the picture."""
        right_px = self.sprite.mirrored_x_px(self.sprite.anchor_x_px, mirrored=self.mirrored)
        below_px = self.sprite.anchor_y_px
        return (
            self.foot_x_px - self.across_px[0] * right_px - self.down_px[0] * below_px,
            self.foot_y_px - self.across_px[1] * right_px - self.down_px[1] * below_px,
        )

    @property
    def box_px(self) -> tuple[float, float, float, float]:
        """Return x, y, width, height of what holds the sprite in the picture, clipped by nothing."""
        (left, top), width, height = self.corner_px, self.sprite.width_px, self.sprite.height_px
        (across_x, across_y), (down_x, down_y) = self.across_px, self.down_px
        ends_x, ends_y = (across_x * width, down_x * height), (across_y * width, down_y * height)
        low_x, low_y = min(0.0, ends_x[0]) + min(0.0, ends_x[1]), min(0.0, ends_y[0]) + min(0.0, ends_y[1])
        return left + low_x, top + low_y, abs(ends_x[0]) + abs(ends_x[1]), abs(ends_y[0]) + abs(ends_y[1])


def placements_of(people: People, shot: Shot, sprites: SpriteSet, sun: Sun | None = None) -> list[Placement]:
    """Return everybody whose body may touch the picture, farthest first."""
    points = np.column_stack([people.east_m, people.north_m, np.zeros(len(people))])
    feet, depths = shot.projected(points)
    margin_px = 3.0 * shot.intrinsics.fx_px / np.maximum(depths, NEAREST_M)
    size = np.array([shot.intrinsics.width_px, shot.intrinsics.height_px])
    near = ((feet > -margin_px[:, None]) & (feet < size + margin_px[:, None])).all(1) & (depths > NEAREST_M)
    order = np.flatnonzero(near)[np.argsort(-depths[near], kind="stable")]
    sides = _sides(points[order], shot)
    azimuths = (sides.bearing_deg - people.heading_deg[order]).tolist()
    mirrored = sun is not None and is_mirrored(shot, sun, sprites)
    placed = []
    for row, person in enumerate(order.tolist()):
        figure, phase = pose_of(people, person, sprites)
        depression_deg, azimuth_deg = float(sides.depression_deg[row]), -azimuths[row] if mirrored else azimuths[row]
        sprite = sprites.sprite_of(figure=figure, phase=phase, azimuth_deg=azimuth_deg, depression_deg=depression_deg)
        across = sides.across_px_per_m[row] * sprites.metres_per_px
        down = sides.down_px_per_m[row] * (sprites.metres_per_px * _stretch(depression_deg, sprite.depression_deg))
        placed.append(
            Placement(
                person=person,
                sprite=sprite,
                mirrored=mirrored,
                tint=int(people.looks[person]) // 1024 % len(TINTS),
                depth_m=float(depths[person]),
                foot_x_px=float(feet[person, 0]),
                foot_y_px=float(feet[person, 1]),
                across_px=(float(across[0]), float(across[1])),
                down_px=(float(down[0]), float(down[1])),
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


def heads_of(placed: list[Placement], sprites: SpriteSet) -> Floats:
    """Return the pixel (n, 2) at which the middle of each placed person's head is painted."""
    points = []
    for one in placed:
        x_px, y_px = sprites.head_px(one.sprite)
        x_px = one.sprite.mirrored_x_px(x_px, mirrored=one.mirrored)
        points.append([one.corner_px[k] + one.across_px[k] * x_px + one.down_px[k] * y_px for k in (0, 1)])
    return np.array(points, float).reshape(-1, 2)


def _sides(feet_m: Floats, shot: Shot) -> Sides:
    """Return how the camera sees bodies that stand at points (n, 3)."""
    middle = feet_m + np.array([0, 0, BODY_MIDDLE_M])
    seen = middle - shot.place_m
    level = np.hypot(seen[:, 0], seen[:, 1])
    # right below the camera, away from it is where the picture's top is
    upwards = -shot.axes[1, :2] + 1e-9 * shot.axes[2, :2]
    away = np.where(level[:, None] > STRAIGHT_BELOW_M, seen[:, :2] / np.maximum(level, 1e-9)[:, None], upwards)
    depression = np.arctan2(-seen[:, 2], level)
    across = np.column_stack([away[:, 1], -away[:, 0], np.zeros(len(away))])
    up = np.column_stack([away * np.sin(depression)[:, None], np.cos(depression)])
    ends = [shot.projected(middle + step)[0] for step in (across / 2, -across / 2, -up / 2, up / 2)]
    return Sides(
        bearing_deg=np.degrees(np.arctan2(-away[:, 0], -away[:, 1])),
        depression_deg=np.degrees(depression),
        across_px_per_m=ends[0] - ends[1],
        down_px_per_m=ends[2] - ends[3],
    )


def _stretch(seen_deg: float, rendered_deg: int) -> float:
    """Return by how much an upright body looks taller than its sprite, seen at a slightly other depression."""
    if rendered_deg > STEEPEST_STRETCHED_DEG:
        return 1.0
    ratio = math.cos(math.radians(seen_deg)) / math.cos(math.radians(rendered_deg))
    return min(max(ratio, STRETCH_LIMITS[0]), STRETCH_LIMITS[1])
