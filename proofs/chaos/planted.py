"""A scene with planted people: quiet ground, and bodies in loud stripes that nothing else in it has. Pure.

Whoever is not masked shows as stripes in what is published. All is seen by a camera that flies where its pose says.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from flightlink.pose import SURVEYED, CameraPose, Intrinsics
from maps.camera import image_from_enu, rays_from_image

Picture = NDArray[np.uint8]
Boxes = NDArray[np.float64]

WIDTH_PX, HEIGHT_PX = 320, 240
FOCAL_PX: Final = 420.0
LAT_DEG, LON_DEG = 48.857, 2.352
ALT_AGL_M: Final = 10.0
PITCH_DEG: Final = -40.0
METRES_PER_DEG: Final = 111_320.0
BODY_M: Final = (0.5, 1.7)
STRIPE_M: Final = 0.28
"""Wide enough to survive the publishing cap of 20 px/m whole."""
DARK, LIGHT = 5, 250
GROUND_LEVEL, GROUND_SPREAD = 118, 10
GROUND_PX_PER_M: Final = 12
GROUND_SIDE_M: Final = 56
WALKS_M_PER_S: Final = 1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """People who walk to and fro, and a camera that hovers or flies over them."""

    ground: Picture
    """uint8 (side, side): the ground's texture, `GROUND_PX_PER_M` pixels a metre, its middle at home."""
    starts_m: NDArray[np.float64]
    """float64 (n, 2): east, north."""
    headings: NDArray[np.float64]
    """float64 (n, 2): unit vectors."""
    flies_m_per_s: float
    turns_deg_per_s: float


def scene_of(rng: np.random.Generator, *, people: int = 4) -> Scene:
    """Return a scene: the same for the same generator."""
    side = GROUND_SIDE_M * GROUND_PX_PER_M
    noise = cv2.GaussianBlur(rng.standard_normal((side, side)).astype(np.float32), (0, 0), 3)
    ground = GROUND_LEVEL + GROUND_SPREAD * noise / float(noise.std())
    angles = rng.uniform(0, 2 * math.pi, people)
    flies = bool(rng.integers(4) == 0)
    return Scene(
        ground=np.clip(ground, 0, 255).astype(np.uint8),
        starts_m=np.stack([rng.uniform(-2.5, 2.5, people), 12 + rng.uniform(-2.5, 2.5, people)], axis=1),
        headings=np.stack([np.cos(angles), np.sin(angles)], axis=1),
        flies_m_per_s=0.4 if flies else 0.0,
        turns_deg_per_s=2.0 if flies else 0.0,
    )


def pose_of(scene: Scene, t_s: float, *, utc_ns: int) -> CameraPose:
    """Return where the camera truly is at an instant, stamped with the given time."""
    sway_m = scene.flies_m_per_s * 3 * math.sin(t_s / 3)
    return CameraPose(
        utc_ns=utc_ns,
        lat_deg=LAT_DEG,
        lon_deg=LON_DEG + sway_m / (METRES_PER_DEG * math.cos(math.radians(LAT_DEG))),
        alt_m=ALT_AGL_M,
        ground_alt_m=0.0,
        yaw_deg=scene.turns_deg_per_s * 2 * math.sin(t_s / 2),
        pitch_deg=PITCH_DEG,
        roll_deg=0.0,
        intrinsics=Intrinsics(
            width_px=WIDTH_PX,
            height_px=HEIGHT_PX,
            fx_px=FOCAL_PX,
            fy_px=FOCAL_PX,
            cx_px=(WIDTH_PX - 1) / 2,
            cy_px=(HEIGHT_PX - 1) / 2,
        ),
        sigma=SURVEYED,
    )


def bodies_at(scene: Scene, t_s: float) -> Boxes:
    """Return the bodies (n, 4) in the picture of an instant: left, top, right, bottom; the farthest first."""
    pose = pose_of(scene, t_s, utc_ns=0)
    there_m = scene.starts_m + scene.headings * (WALKS_M_PER_S * 2 * math.sin(t_s / 2))
    east_m = there_m[:, 0] - (pose.lon_deg - LON_DEG) * METRES_PER_DEG * math.cos(math.radians(LAT_DEG))
    ends = [
        np.stack([east_m, there_m[:, 1], np.full(len(east_m), up_m - ALT_AGL_M)], axis=1) for up_m in (0, BODY_M[1])
    ]
    (foot_u, foot_v, _), (head_u, head_v, _) = (image_from_enu(pose, points) for points in ends)
    distance_m = np.linalg.norm(ends[0], axis=1)
    half_px = FOCAL_PX * BODY_M[0] / distance_m / 2
    middle = (foot_u + head_u) / 2
    bodies = np.stack([middle - half_px, head_v, middle + half_px, foot_v], axis=1)
    return np.asarray(bodies[np.argsort(-distance_m)], np.float64)


def picture_at(scene: Scene, t_s: float) -> Picture:
    """Return what the camera sees: uint8 (height, width)."""
    picture = _ground_seen(scene, t_s)
    for left, top, right, bottom in bodies_at(scene, t_s):
        _paint(picture, left, top, right, bottom)
    return picture


def _ground_seen(scene: Scene, t_s: float) -> Picture:
    pose = pose_of(scene, t_s, utc_ns=0)
    corners = np.array([[0, 0], [WIDTH_PX, 0], [WIDTH_PX, HEIGHT_PX], [0, HEIGHT_PX]], np.float64)
    rays = rays_from_image(pose, corners[:, 0], corners[:, 1])
    on_ground_m = rays[:, :2] * (-ALT_AGL_M / rays[:, 2:])
    on_ground_m[:, 0] += (pose.lon_deg - LON_DEG) * METRES_PER_DEG * math.cos(math.radians(LAT_DEG))
    half_px = GROUND_SIDE_M * GROUND_PX_PER_M / 2
    texture = (on_ground_m * (GROUND_PX_PER_M, -GROUND_PX_PER_M) + half_px).astype(np.float32)
    picture_from_ground = cv2.getPerspectiveTransform(texture, corners.astype(np.float32))
    seen = cv2.warpPerspective(
        scene.ground, picture_from_ground, (WIDTH_PX, HEIGHT_PX), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(seen, np.uint8)


def stripes(height_px: int, body_px: float) -> NDArray[np.bool_]:
    """Return which rows (height,) of a body of `body_px` pixels are light."""
    return np.asarray((np.arange(height_px) * BODY_M[1] / body_px / STRIPE_M).astype(np.int64) % 2 == 0, np.bool_)


def _paint(picture: Picture, left: float, top: float, right: float, bottom: float) -> None:
    rows = slice(max(0, round(top)), max(0, round(bottom)))
    columns = slice(max(0, round(left)), max(0, round(right)))
    light = stripes(round(bottom) - round(top), bottom - top)[rows.start - round(top) :][: picture[rows].shape[0]]
    picture[rows, columns] = np.where(light, LIGHT, DARK)[:, None]


SHOWN_LEVELS: Final = 14.0
"""Mean amplitude of the stripes, in grey levels, from which a part of a body counts as shown (unmasked: 40 to 120)."""

EVEN_LEVELS: Final = 4.0
"""A part that varies by less has no stripes at all."""


def shown_amplitude(picture: Picture, bodies: Boxes) -> float:
    """Return the greatest amplitude of the stripes in any quarter of any body, in grey levels.

    Args:
        picture: uint8 (height, width): what was published.
        bodies: (n, 4): where bodies truly are in it; parts outside do not count.
    """
    return max((_amplitude_of_body(picture, body) for body in bodies), default=0.0)


def _amplitude_of_body(picture: Picture, body: NDArray[np.float64]) -> float:
    left, top, right, bottom = (round(float(edge)) for edge in body)
    pattern = np.where(stripes(bottom - top, float(body[3] - body[1])), 1.0, -1.0)
    middle_u, middle_v = (left + right) // 2, (top + bottom) // 2
    quarters = [
        (rows, columns)
        for rows in ((top, middle_v), (middle_v, bottom))
        for columns in ((left, middle_u), (middle_u, right))
    ]
    return max(_amplitude(picture, pattern, top, *quarter) for quarter in quarters)


def _amplitude(
    picture: Picture, pattern: NDArray[np.float64], top: int, rows: tuple[int, int], columns: tuple[int, int]
) -> float:
    height_px, width_px = picture.shape
    low, high = max(rows[0], 0), min(rows[1], height_px)
    part = picture[low:high, max(columns[0], 0) : min(columns[1], width_px)].astype(np.float64)
    if part.shape[0] < (rows[1] - rows[0]) * 0.8 or part.shape[1] < max(2, (columns[1] - columns[0]) * 0.95):
        return 0.0  # whoever has come in over the rim by less than half a body is nobody yet
    profile = part.mean(axis=1)
    if np.ptp(profile) < EVEN_LEVELS:
        return 0.0
    rising = pattern[low - top : high - top]
    rising = rising - rising.mean()
    line = np.polyfit(np.arange(len(profile)), profile, 1)
    level = profile - np.polyval(line, np.arange(len(profile)))
    return float(abs(level @ rising) / (rising @ rising))


def sized(picture: Picture, *, width_px: int, height_px: int) -> Picture:
    """Return the picture at another size, as a camera gives it that changes its resolution."""
    return np.asarray(cv2.resize(picture, (width_px, height_px), interpolation=cv2.INTER_AREA), np.uint8)


def displaced(pose: CameraPose, *, east_m: float) -> CameraPose:
    """Return a pose that lies by so many metres."""
    return replace(pose, lon_deg=pose.lon_deg + east_m / (METRES_PER_DEG * math.cos(math.radians(LAT_DEG))))
