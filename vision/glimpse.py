"""How the picture moved between two frames, measured outside the masks only, beside how the poses say it moved. Pure.

A glimpse is a released picture made small: what stood under a mask was filled before, so nothing under a mask can
change it, nor any decision made of it. Points are taken and compared only where neither picture hides anything near.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose
from maps.camera import image_from_enu, rays_from_image
from maps.terrain.grid import TerrainGrid
from vision.capped import CappedFrame
from vision.masks import FAR_M, enu_between, risen_m, same_view
from vision.relief import ranges_m
from vision.scale import DensityBound

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

WIDTH_PX: Final = 240
WINDOW_PX: Final = 11
LEVELS: Final = 3
"""Halvings of the pyramid: finds what moved by up to a sixth of the picture from where the poses say."""
MARGIN_PX: Final = 5
"""No point so near to what is hidden: half a window."""
MOST_POINTS: Final = 60
APART_PX: Final = 6
LEAST_CORNER: Final = 0.02
LEAST_POINTS: Final = 16
"""Fewer points that both pictures show say nothing: too little texture, too dark, too much hidden."""
MANY_POINTS: Final = 32
"""A picture with so many has texture enough to be compared."""
LEAST_INSIDE: Final = 0.5
"""Of the points must be in the later picture by the poses: in half a second no camera looks elsewhere altogether."""
AGREE_PX: Final = 1.0
LEAST_SHARE: Final = 0.4
"""Of the points must agree on one motion, else the pictures do not show the same scene."""
SMOOTH_PX: Final = 11
LEAST_SPREAD: Final = 4.0
"""Grey levels: less contrast than this around a pixel is noise, and is not enlarged."""
SPREAD_LEVELS: Final = 40.0


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Glimpse:
    """A released picture of `WIDTH_PX` or less, evened out so that light and shade do not matter."""

    utc_ns: int
    pose: CameraPose
    bound: DensityBound
    texture: Bytes
    """uint8 (height, width): each pixel against its surroundings, 128 where it is like them."""
    clear: Bytes
    """uint8 (height, width), 255 where nothing hidden is near."""
    shrink: int
    """Pixels of the frame to one of the glimpse."""
    terrain: TerrainGrid | None = None
    """As of the frame."""

    @cached_property
    def points(self) -> NDArray[np.float32]:
        """Corners (n, 2) in the glimpse's pixels that can be found again."""
        found = cv2.goodFeaturesToTrack(self.texture, MOST_POINTS, LEAST_CORNER, APART_PX, mask=self.clear)
        return np.empty((0, 2), np.float32) if found is None else np.asarray(found, np.float32).reshape(-1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How far the picture lies from where the poses put it."""

    metres: float
    """On the ground; the median over what agrees."""
    px: float
    """The same in pixels of the frame."""
    found: bool
    """False: both pictures have texture, but they do not show the same scene."""


ELSEWHERE: Final = Shift(metres=np.inf, px=np.inf, found=False)


def glimpse_of(frame: CappedFrame, picture: Bytes, hidden: Bytes) -> Glimpse | None:
    """Return the glimpse of a released picture; None without a pose.

    Args:
        frame: The frame that it was released from.
        picture: uint8 (height, width) or (height, width, 3), masked and filled.
        hidden: uint8 (height, width), 255 where it is fill of either kind.
    """
    if frame.pose is None or frame.bound is None:
        return None
    grey = picture if picture.ndim == 2 else _bytes(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
    shrink = -(-frame.width_px // WIDTH_PX)
    texture = _evened(_averaged(grey, shrink))
    reach = np.ones((2 * MARGIN_PX + 1, 2 * MARGIN_PX + 1), np.uint8)
    near = _bytes(cv2.dilate(_averaged(hidden, shrink), reach))
    clear = np.where(near == 0, 255, 0).astype(np.uint8)
    return Glimpse(
        utc_ns=frame.utc_ns,
        pose=frame.pose,
        bound=frame.bound,
        texture=texture,
        clear=clear,
        shrink=shrink,
        terrain=frame.terrain,
    )


def _averaged(picture: Bytes, shrink: int) -> Bytes:
    """Return the mean over each square of pixels; what is left over at the right and below is cut off.

    Where a square has many pixels every second or third is read: what is released is smoother than that.
    """
    height, width = (max(1, side // shrink) for side in picture.shape)
    every = next((step for step in (3, 2) if shrink % step == 0), 1)
    whole = np.ascontiguousarray(picture[: height * shrink : every, : width * shrink : every])
    return _bytes(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA))


def _evened(grey: Bytes) -> Bytes:
    values = grey.astype(np.float32)
    window = (SMOOTH_PX, SMOOTH_PX)
    mean = np.asarray(cv2.blur(values, window), np.float32)
    variance = np.asarray(cv2.blur(values * values, window), np.float32) - mean * mean
    spread = np.sqrt(np.maximum(variance, np.float32(LEAST_SPREAD**2)))
    evened: Bytes = np.clip(128 + SPREAD_LEVELS * (values - mean) / spread, 0, 255).astype(np.uint8)
    return evened


def shift_between(before: Glimpse, now: Glimpse) -> Shift | None:
    """Return how far a picture lies from where an earlier one and both poses put it; None where nothing tells."""
    if before.texture.shape != now.texture.shape:
        return None
    expected = carried(before, now, before.points)
    if np.count_nonzero(_lies_inside(now, expected)) < LEAST_INSIDE * len(expected):
        return ELSEWHERE  # the poses say that the camera looks elsewhere by now
    untold = ELSEWHERE if _claims_motion(before.points, expected) else None
    start, expected = _both_clear(now, before.points, expected)
    if len(start) < LEAST_POINTS:
        return untold
    tracked, known = followed(before, now, start, expected)
    held = known & lies_clear(now, tracked)
    # points that have slipped under a mask say nothing for or against
    comparable = int(np.count_nonzero(held | ~known))
    if comparable < LEAST_POINTS:
        return untold
    motion, agree = common_motion(expected[held], tracked[held])
    if motion is not None and np.count_nonzero(agree) >= LEAST_SHARE * comparable:
        return _measured(motion, expected[held][agree], now)
    return ELSEWHERE if len(now.points) >= LEAST_POINTS else untold


def followed(
    before: Glimpse, now: Glimpse, start: NDArray[np.float32], guess: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return where points (n, 2) of the earlier glimpse are in the later one, and which were found again.

    Args:
        before: the earlier glimpse.
        now: the later one.
        start: float32 (n, 2), n > 0.
        guess: float32 (n, 2): where to look.
    """
    found, status, _ = cv2.calcOpticalFlowPyrLK(
        before.texture,
        now.texture,
        start,
        guess.copy(),
        winSize=(WINDOW_PX, WINDOW_PX),
        maxLevel=LEVELS,
        criteria=(cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 12, 0.03),
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return np.asarray(found, np.float32).reshape(-1, 2), np.asarray(status).ravel() > 0


def _claims_motion(start: NDArray[np.float32], expected: NDArray[np.float32]) -> bool:
    """Say whether the poses carry many points far: then that too few are left to compare is no excuse."""
    if len(start) < MANY_POINTS:
        return False
    return bool(np.median(np.linalg.norm(expected - start, axis=1)) > WINDOW_PX)


def _measured(motion: Floats, places: NDArray[np.float32], now: Glimpse) -> Shift:
    moved = places @ motion[:, :2].T + motion[:, 2] - places
    px = np.linalg.norm(moved, axis=1) * now.shrink
    u_px, v_px = places.astype(np.float64).T * now.shrink
    px_per_m = now.bound.at(u_px, v_px) * now.bound.on_the_ground
    # above the horizon the bound is infinite and the shift in metres 0: it says nothing of where people stand
    return Shift(metres=float(np.median(px / px_per_m)), px=float(np.median(px)), found=True)


def common_motion(
    expected: NDArray[np.float32], tracked: NDArray[np.float32]
) -> tuple[Floats | None, NDArray[np.bool_]]:
    """Return the similarity (2, 3) on which most points agree, and which do."""
    if len(expected) < LEAST_POINTS // 2:
        return None, np.zeros(len(expected), np.bool_)
    motion, agree = cv2.estimateAffinePartial2D(expected, tracked, ransacReprojThreshold=AGREE_PX, maxIters=200)
    return (None if motion is None else np.asarray(motion, np.float64)), agree.ravel() > 0


def _both_clear(
    now: Glimpse, start: NDArray[np.float32], expected: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    kept = lies_clear(now, expected)
    return start[kept], expected[kept]


def _lies_inside(glimpse: Glimpse, places: NDArray[np.float32]) -> NDArray[np.bool_]:
    height_px, width_px = glimpse.clear.shape
    column, row = places.T
    inside: NDArray[np.bool_] = (column >= 0) & (row >= 0) & (column < width_px) & (row < height_px)
    return inside


def lies_clear(glimpse: Glimpse, places: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Say of places (n, 2) whether they lie in the picture, away from all that is hidden."""
    height_px, width_px = glimpse.clear.shape
    column, row = np.rint(np.nan_to_num(places, nan=-1.0)).clip(-1e6, 1e6).astype(np.int64).T
    inside = (column >= 0) & (row >= 0) & (column < width_px) & (row < height_px)
    clear: NDArray[np.bool_] = np.zeros(len(places), np.bool_)
    clear[inside] = glimpse.clear[row[inside], column[inside]] > 0
    return clear


def carried(
    before: Glimpse, now: Glimpse, points: NDArray[np.float32], *, way_m: tuple[float, float] | None = None
) -> NDArray[np.float32]:
    """Return where the poses put points (n, 2) of the earlier glimpse in the later one, as ground that stands still.

    Args:
        before: the earlier glimpse.
        now: the later one.
        points: float32 (n, 2), in the glimpse's pixels.
        way_m: the camera's step east and north, where it is not the one between the poses.
    """
    if not len(points) or (way_m is None and same_view(before.pose, now.pose)):
        return points
    u_px, v_px = (points.astype(np.float64).T + 0.5) * before.shrink - 0.5
    rays = rays_from_image(before.pose, u_px, v_px)
    rays = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    if before.terrain is not None:
        distance_m = ranges_m(before.pose, rays, terrain=before.terrain)
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            distance_m = -before.pose.alt_agl_m / rays[:, 2]
    places = rays * np.where(distance_m > 0, np.minimum(distance_m, FAR_M), FAR_M)[:, None]
    east_m, north_m = enu_between(before.pose, now.pose) if way_m is None else way_m
    places -= np.array([east_m, north_m, risen_m(before.pose, now.pose, before.terrain)])
    u_px, v_px, in_front = image_from_enu(now.pose, places)
    there = (np.stack([u_px, v_px], axis=1) + 0.5) / now.shrink - 0.5
    there[~in_front] = -1.0
    return there.astype(np.float32)


def _bytes(values: cv2.typing.MatLike) -> Bytes:
    return np.asarray(values, np.uint8)
