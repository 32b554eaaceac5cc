"""Where people may be, in every frame: boxes of several looks, moved with the camera and grown with time.

A look is one run of the detectors. Frame t is masked by the looks just before and just after it, and by boxes of
older looks that no later look has found again (a detector that blinks must not show anybody). Each box grows with
the time between look and frame by how far a walker can get; none of this follows anybody: boxes carry no identity,
and every look is forgotten after about a second.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose
from maps.camera import image_from_enu, rays_from_image
from maps.terrain.grid import TerrainGrid
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.plausible import MID_BODY_M, PERSON_HEIGHT_M, scale_at
from vision.relief import ranges_m
from vision.scale import DensityBound
from vision.smoothing import SIGMA_OF_OUTPUT_PX

WALKER_M_PER_S: Final = 2.5
"""A person's speed that a mask keeps up with."""
GROWN_SIDEWAYS: Final = 0.3
"""Every box grows by this share of its width on each side: most heads that slip do so at the side."""
GROWN_UP: Final = 0.2
GROWN_DOWN: Final = 0.05
"""By this share of its height; towards `GROWN_UP` the steeper it is seen, when the head may be anywhere."""
LEAST_STEEPNESS: Final = 0.1
OLDEST_LOOK_NS: Final = 500_000_000
"""A frame without a look so near stays closed: by then a mask would have to grow by more than a metre."""
MEMORY_NS: Final = 300_000_000
"""A box that no later look finds again is kept so long: a detector that blinks must not show anybody."""
LOOK_AHEAD_NS: Final = 160_000_000
FAR_M: Final = 1000.0
"""Distance given to a box that does not stand on the ground below the camera."""
FOUND_AGAIN_SHARE: Final = 0.5
"""A box of another look is dropped when the nearest looks have one that covers this share of it."""
SUPPORT_OUTPUT_PX: Final = 2 * SIGMA_OF_OUTPUT_PX
"""How far, in pixels of the cap, the low-pass smears a person beyond the outline."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """One run of the detectors over one frame; never leaves the sealed process."""

    utc_ns: int
    boxes: Boxes
    """In pixels of the frame looked at."""
    pose: CameraPose | None
    bound: DensityBound | None
    cap_px_per_m: float | None


class Looks:
    """The looks of the last moments."""

    def __init__(self, *, memory_ns: int = MEMORY_NS) -> None:
        """Remember looks for so long: at least two, because a crowd's people are not all found in one."""
        self.memory_ns = memory_ns
        self._looks: deque[Look] = deque(maxlen=64)

    def add(self, look: Look) -> None:
        """Take a look; looks come in the order of their frames."""
        self._looks.append(look)
        while self._looks[0].utc_ns < look.utc_ns - self.memory_ns - 2 * LOOK_AHEAD_NS:
            self._looks.popleft()

    @property
    def newest_utc_ns(self) -> int:
        """Capture time of the last frame looked at; 0 before the first."""
        return self._looks[-1].utc_ns if self._looks else 0

    def span_ns(self, looks: int) -> int | None:
        """Return the time from the look so many before the newest to the newest; None where there are fewer."""
        return None if len(self._looks) <= looks else self._looks[-1].utc_ns - self._looks[-1 - looks].utc_ns

    def reaches(self, utc_ns: int) -> bool:
        """Say whether a look is near enough in time for a frame to be shown."""
        return any(abs(look.utc_ns - utc_ns) <= OLDEST_LOOK_NS for look in self._looks)

    def for_frame(self, utc_ns: int, *, ahead_ns: int = LOOK_AHEAD_NS) -> list[Look]:
        """Return the looks that count for a frame, oldest first: none further behind it than `ahead_ns`.

        Memory is counted back from the last look up to the frame: while the next one is late, nobody is forgotten.
        """
        near = nearest([look for look in self._looks if look.utc_ns <= utc_ns + ahead_ns], utc_ns)
        last_utc_ns = max((look.utc_ns for look in near if look.utc_ns <= utc_ns), default=utc_ns)
        return [look for look in self._looks if look in near or 0 <= last_utc_ns - look.utc_ns <= self.memory_ns]


def mask_for(frame: CappedFrame, looks: list[Look]) -> NDArray[np.uint8]:
    """Return uint8 (height, width) of the frame, 255 where a person may be."""
    mask = np.zeros((frame.height_px, frame.width_px), np.uint8)
    for left, top, right, bottom in boxes_for(frame, looks).astype(np.int64).tolist():
        cv2.rectangle(mask, (left, top), (right, bottom), 255, cv2.FILLED)
    return mask


def boxes_for(frame: CappedFrame, looks: list[Look]) -> NDArray[np.float64]:
    """Return the grown boxes (n, 4) of all looks, as left, top, right, bottom, rounded outwards."""
    near = nearest(looks, frame.utc_ns)
    placed = [_placed(look, frame) for look in looks]
    fresh = _joined([boxes for look, boxes in zip(looks, placed, strict=True) if look in near])
    kept = [
        boxes if look in near else _not_found_again(boxes, fresh) for look, boxes in zip(looks, placed, strict=True)
    ]
    ages_s = [abs(frame.utc_ns - look.utc_ns) / 1e9 for look in looks]
    age_s = np.repeat(np.array(ages_s), [len(boxes) for boxes in kept])
    return _outwards(_grown(_joined(kept), age_s, frame))


def _joined(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate(parts) if parts else np.empty((0, 4))


def nearest(looks: list[Look], utc_ns: int) -> list[Look]:
    """Return the last look up to a frame and the first one after it."""
    before = [look for look in looks if look.utc_ns <= utc_ns]
    after = [look for look in looks if look.utc_ns > utc_ns]
    return before[-1:] + after[:1]


def _placed(look: Look, frame: CappedFrame) -> NDArray[np.float64]:
    """Move a look's boxes with the camera, from its frame into this one."""
    boxes = _upright(look.boxes.xyxy.astype(np.float64))
    if look.pose is None or frame.pose is None or same_view(look.pose, frame.pose) or not len(boxes):
        return boxes
    centre_u, centre_v = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    points, distance_m = _points_at_mid_body(look.pose, centre_u, centre_v, frame.terrain)
    points -= _moved_m(look.pose, frame.pose, frame.terrain)
    u_px, v_px, in_front = image_from_enu(frame.pose, points)
    zoom = frame.pose.intrinsics.fx_px / look.pose.intrinsics.fx_px
    ratio = zoom * distance_m / np.maximum(np.linalg.norm(points, axis=1), 1e-3)
    half_u, half_v = (boxes[:, 2] - boxes[:, 0]) / 2 * ratio, (boxes[:, 3] - boxes[:, 1]) / 2 * ratio
    moved = np.stack([u_px - half_u, v_px - half_v, u_px + half_u, v_px + half_v], axis=1)
    unplaced = np.isnan(distance_m)  # beyond the fold of the lens model: it stays where it was found
    moved[unplaced] = boxes[unplaced]
    visible: NDArray[np.float64] = moved[in_front | unplaced]
    return visible


def points_carried(look: Look, frame: CappedFrame, points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return where points (n, 2) of the picture looked at lie in a frame, round it, without those behind it."""
    boxes = Boxes(xyxy=np.concatenate([points, points], axis=1), scores=np.ones(len(points), np.float32))
    return _placed(replace(look, boxes=boxes), frame)[:, :2]


def _upright(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return boxes with left before right and top before bottom; one that is inside out hides the same place."""
    return np.concatenate(
        [np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])], axis=1, dtype=np.float64
    )


def same_view(one: CameraPose, other: CameraPose) -> bool:
    """Say whether two poses differ in nothing but time."""
    return replace(one, utc_ns=0, age_ms=0.0) == replace(other, utc_ns=0, age_ms=0.0)


def _points_at_mid_body(
    pose: CameraPose, u_px: NDArray[np.float64], v_px: NDArray[np.float64], terrain: TerrainGrid | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rays = rays_from_image(pose, u_px, v_px)
    rays = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    if terrain is not None:
        met_m = ranges_m(pose, rays, terrain=terrain, height_m=MID_BODY_M)
        distance_m = np.where(np.isnan(rays[:, 2]), np.nan, np.nan_to_num(np.minimum(met_m, FAR_M), nan=FAR_M))
        return rays * distance_m[:, None], distance_m
    with np.errstate(divide="ignore", invalid="ignore"):
        distance_m = (MID_BODY_M - pose.alt_agl_m) / rays[:, 2]
    on_ground = (rays[:, 2] < 0) & (distance_m > 0)
    distance_m = np.where(on_ground | np.isnan(rays[:, 2]), np.minimum(distance_m, FAR_M), FAR_M)
    return rays * distance_m[:, None], distance_m


def _moved_m(start: CameraPose, end: CameraPose, terrain: TerrainGrid | None) -> NDArray[np.float64]:
    """Return how far the camera moved, ENU metres (3,)."""
    return np.array([*enu_between(start, end), risen_m(start, end, terrain)])


def risen_m(start: CameraPose, end: CameraPose, terrain: TerrainGrid | None) -> float:
    """Return how far the camera rose: over a plane by its height over it, over a model in the model's datum."""
    return end.alt_agl_m - start.alt_agl_m if terrain is None else end.alt_m - start.alt_m


def enu_between(start: CameraPose, end: CameraPose) -> tuple[float, float]:
    """Return the horizontal step from one pose to another, metres east and north, for steps of some metres."""
    metres_per_deg = 111_320.0
    north_m = (end.lat_deg - start.lat_deg) * metres_per_deg
    east_m = ((end.lon_deg - start.lon_deg + 180) % 360 - 180) * metres_per_deg * np.cos(np.radians(start.lat_deg))
    return float(east_m), float(north_m)


def _not_found_again(boxes: NDArray[np.float64], fresh: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the boxes of an older look for which the nearest looks have nothing."""
    if not len(boxes) or not len(fresh):
        return boxes
    left_top = np.maximum(boxes[:, None, :2], fresh[None, :, :2])
    right_bottom = np.minimum(boxes[:, None, 2:], fresh[None, :, 2:])
    shared = np.prod(np.clip(right_bottom - left_top, 0, None), axis=2)
    area = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-3), axis=1)
    missing: NDArray[np.float64] = boxes[(shared / area[:, None]).max(axis=1) < FOUND_AGAIN_SHARE]
    return missing


def _grown(boxes: NDArray[np.float64], age_s: NDArray[np.float64], frame: CappedFrame) -> NDArray[np.float64]:
    """Grow boxes by their share, by a walker's way since the look, and by the low-pass's smear."""
    if not len(boxes):
        return boxes
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    px_per_m, steepness = _scale_of(boxes, height, frame)
    walked_px = px_per_m * WALKER_M_PER_S * age_s
    smear_px = np.zeros_like(px_per_m)
    if frame.cap_px_per_m is not None:
        smear_px = SUPPORT_OUTPUT_PX * np.maximum(px_per_m / frame.cap_px_per_m, 1)
    walked_v = walked_px * np.maximum(steepness, LEAST_STEEPNESS)
    sideways = np.maximum(width * GROWN_SIDEWAYS, smear_px) + walked_px
    up = np.maximum(height * GROWN_UP, smear_px) + walked_v
    down = np.maximum(height * (GROWN_DOWN + (GROWN_UP - GROWN_DOWN) * steepness), smear_px) + walked_v
    return np.stack([boxes[:, 0] - sideways, boxes[:, 1] - up, boxes[:, 2] + sideways, boxes[:, 3] + down], axis=1)


def _scale_of(
    boxes: NDArray[np.float64], height: NDArray[np.float64], frame: CappedFrame
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return px/m and steepness at each box; where nothing is known a box is a person, seen from anywhere."""
    by_height = height / PERSON_HEIGHT_M
    scale = scale_at(frame, (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2)
    if scale is None:
        return by_height, np.ones_like(height)
    px_per_m = np.where(np.isfinite(scale.px_per_m), scale.px_per_m, by_height)
    return px_per_m, np.nan_to_num(scale.steepness, nan=1.0)


def _outwards(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round outwards and keep the corners within what the drawing can take."""
    rounded = np.concatenate([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])], axis=1)
    within: NDArray[np.float64] = np.clip(rounded, -32_000, 32_000)
    return within
