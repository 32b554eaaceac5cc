"""How fast the people found in a frame walk, each over one short step of time, for means over cells. Pure.

Optical flow of a few points in each box, from a frame a moment before to this one; what a still body would have done
meanwhile is taken off: by the poses, and by how the ground between the people really moved. Nobody is sought again
after the step, and no speed leaves the sealed room but as a mean over many (`maps.flow`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from maps.camera import image_from_enu
from maps.georeference import ground_from_image
from vision.boxes import Boxes
from vision.masks import enu_between, risen_m, same_view
from vision.moments import Moment, fits
from vision.plausible import MID_BODY_M

Floats = NDArray[np.float64]
Points = NDArray[np.float32]
Bytes = NDArray[np.uint8]

MOST_ASKED: Final = 150
"""People: a few milliseconds each hundred, and the mean of a cell needs no more."""
PERSON_PX: Final = 44.0
"""Length of a body at which its motion is measured: at more, limbs swing through the windows and points are lost (40 %
of people known at 80 px, 73 % at 40 px, on street video); at less the ground's own steps drown."""
MIDDLE: Final = (0.3, 0.5, 0.7)
"""Where in a box its points lie, of its width and of its height: on the body, seen from any side."""
WINDOW_PX: Final = 15
LEVELS: Final = 3
AGREE_PX: Final = 1.0
"""A point that does not come back to where it was, by so much, was not followed."""
LEAST_AGREEING: Final = 3
"""Points of a body that must tell the same."""
ALIKE_PX: Final = 2.0
MOST_M_PER_S: Final = 7.0
"""Faster is no walker: a bicycle, or a wrong match."""
MOST_CORNERS: Final = 200
CORNER_QUALITY: Final = 0.01
CORNERS_APART_PX: Final = 12
LEAST_STILL: Final = 16
"""Points of the ground that must agree on how a moving camera's picture moved."""
LEAST_STILL_SHARE: Final = 0.4
CLEAR_OF_PEOPLE: Final = 1.6
"""Times its size that a box is cut out where ground is sought."""


@dataclass(frozen=True, slots=True, eq=False)
class Velocities:
    """Of the people found in a frame, (n,) each; NaN of whom nothing is known."""

    east_m_s: Floats
    north_m_s: Floats

    @property
    def known(self) -> NDArray[np.bool_]:
        """Say of whom something is known."""
        told: NDArray[np.bool_] = np.isfinite(self.east_m_s)
        return told


def velocities(before: Moment | None, now: Moment | None, people: Boxes) -> Velocities:
    """Return how fast people found in a frame walk over the ground.

    Args:
        before: of a frame earlier by a step that fits, of the same camera and size.
        now: of the frame in which they were found.
        people: where; boxes in that frame's pixels. Of more than `MOST_ASKED` only so many are asked, evenly.
    """
    unknown = Velocities(np.full(len(people), np.nan), np.full(len(people), np.nan))
    if before is None or now is None or before.frame_px != now.frame_px or not fits(now.utc_ns - before.utc_ns):
        return unknown
    asked = np.arange(0, len(people), -(-max(len(people), 1) // MOST_ASKED))
    if not len(asked):
        return unknown
    seen = people.kept(asked).scaled(now.grey.shape[1] / now.frame_px[0], now.grey.shape[0] / now.frame_px[1])
    scale = PERSON_PX / max(float(np.median((seen.xyxy[:, 2:] - seen.xyxy[:, :2]).max(axis=1))), 1.0)
    later, earlier = now.shrunk(scale), before.shrunk(scale)
    shrunk = seen.scaled(later.grey.shape[1] / now.grey.shape[1], later.grey.shape[0] / now.grey.shape[0])
    found = _velocities(earlier, later, shrunk, (now.utc_ns - before.utc_ns) / 1e9)
    unknown.east_m_s[asked], unknown.north_m_s[asked] = found.east_m_s, found.north_m_s
    return unknown


def _velocities(earlier: Moment, later: Moment, people: Boxes, step_s: float) -> Velocities:
    still = _stillness(later, earlier, people)
    if still is None:
        return Velocities(np.full(len(people), np.nan), np.full(len(people), np.nan))
    at = _points_of(people)
    expected = _moved_by(still, _as_if_still(later, earlier, at, MID_BODY_M))
    was, held = _followed(later.grey, earlier.grey, at, expected)
    return _over_ground(later, people, _agreed(was - expected, held, len(people)), step_s)


def _over_ground(now: Moment, people: Boxes, way_px: Floats, step_s: float) -> Velocities:
    """Return the velocities of bodies that a step ago lay `way_px` (n, 2) from where they are, had the camera stood."""
    centres = people.centres().astype(np.float64)
    here, there = (
        ground_from_image(now.pose, *np.ascontiguousarray(at.T), height_m=MID_BODY_M, terrain=now.terrain)
        for at in (centres, centres + way_px)
    )
    east, north = (here.east_m - there.east_m) / step_s, (here.north_m - there.north_m) / step_s
    wrong = ~(np.hypot(east, north) <= MOST_M_PER_S)
    east[wrong] = north[wrong] = np.nan
    return Velocities(east, north)


def _points_of(people: Boxes) -> Points:
    """Return nine points in each box, float32 (9 n, 2), box by box."""
    left_top, size = people.xyxy[:, :2], people.xyxy[:, 2:] - people.xyxy[:, :2]
    shares = np.stack(np.meshgrid(MIDDLE, MIDDLE), axis=-1).reshape(-1, 2)
    at = left_top[:, None] + shares[None] * size[:, None]
    return np.ascontiguousarray(at.reshape(-1, 2), np.float32)


def _as_if_still(now: Moment, before: Moment, at: Points, height_m: float) -> Points:
    """Return where points (n, 2) of a picture, so high over the ground, lay in an earlier one; NaN where nowhere."""
    if same_view(now.pose, before.pose):
        return at
    u_px, v_px = at.astype(np.float64).T.copy()
    met = ground_from_image(now.pose, u_px, v_px, height_m=height_m, limit_m=np.inf, terrain=now.terrain)
    step = [*enu_between(now.pose, before.pose), risen_m(now.pose, before.pose, now.terrain)]
    u_px, v_px, in_front = image_from_enu(before.pose, np.stack([met.east_m, met.north_m, met.up_m], axis=1) - step)
    there = np.stack([u_px, v_px], axis=1)
    there[~in_front] = np.nan
    return there.astype(np.float32)


def _stillness(now: Moment, before: Moment, people: Boxes) -> Floats | None:
    """Return what is to be put on top of the poses, a similarity (2, 3), so that ground stands still.

    None where the ground seen does not tell, or where a camera moves and too little of it is seen: poses alone are off
    by as much as people walk. A camera that stands is taken to be still where nothing speaks against it; a mast shakes.
    """
    alone = np.eye(2, 3) if same_view(now.pose, before.pose) else None
    clear = _ground_between(people, now.grey.shape)
    corners = cv2.goodFeaturesToTrack(now.grey, MOST_CORNERS, CORNER_QUALITY, CORNERS_APART_PX, mask=clear)
    at = np.empty((0, 2), np.float32) if corners is None else np.asarray(corners, np.float32).reshape(-1, 2)
    if len(at) < LEAST_STILL:
        return alone
    expected = _as_if_still(now, before, at, 0.0)
    was, held = _followed(now.grey, before.grey, at, expected)
    if np.count_nonzero(held) < LEAST_STILL:
        return alone
    motion, agree = cv2.estimateAffinePartial2D(expected[held], was[held], ransacReprojThreshold=AGREE_PX, maxIters=500)
    agreeing = 0 if motion is None else int(np.count_nonzero(agree))
    if agreeing < max(LEAST_STILL, LEAST_STILL_SHARE * np.count_nonzero(held)):
        return None
    return np.asarray(motion, np.float64)


def _ground_between(people: Boxes, shape: tuple[int, ...]) -> Bytes:
    """Return uint8 (height, width), 255 where nobody is near."""
    clear = np.full(shape, 255, np.uint8)
    centres, size = people.centres(), people.xyxy[:, 2:] - people.xyxy[:, :2]
    corners = np.concatenate([centres - CLEAR_OF_PEOPLE * size / 2, centres + CLEAR_OF_PEOPLE * size / 2], axis=1)
    limits = np.array([shape[1], shape[0]] * 2)
    for left, top, right, bottom in np.clip(np.rint(corners), 0, limits).astype(int):
        clear[top:bottom, left:right] = 0
    return clear


def _moved_by(similarity: Floats, at: Points) -> Points:
    return (at @ similarity[:, :2].T + similarity[:, 2]).astype(np.float32)


def _followed(now: Bytes, before: Bytes, at: Points, expected: Points) -> tuple[Points, NDArray[np.bool_]]:
    """Return where points (n, 2) of a picture were in the earlier one, and of which that is sure: they come back."""
    guessed = np.where(np.isfinite(expected), expected, at).astype(np.float32)
    was, found = _flow(now, before, at, guessed)
    back, found_back = _flow(before, now, was, (at + was - guessed).astype(np.float32))
    comes_back = np.abs(back - at).max(axis=1, initial=0) <= AGREE_PX
    return was, found & found_back & comes_back & np.isfinite(expected).all(axis=1)


def _flow(first: Bytes, second: Bytes, at: Points, guess: Points) -> tuple[Points, NDArray[np.bool_]]:
    found, status, _ = cv2.calcOpticalFlowPyrLK(
        first, second, at, guess.copy(), winSize=(WINDOW_PX, WINDOW_PX), maxLevel=LEVELS,
        criteria=(cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 12, 0.03), flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )  # fmt: skip
    return np.asarray(found, np.float32).reshape(-1, 2), np.asarray(status).ravel() > 0


def _agreed(way_px: Points, held: NDArray[np.bool_], people: int) -> Floats:
    """Return the way (people, 2) that enough points of each body share; NaN where they do not."""
    ways = np.where(held[:, None], way_px, np.nan).astype(np.float64).reshape(people, -1, 2)
    known = np.isfinite(ways[..., 0])
    middle = np.full((people, 2), np.nan)
    enough = known.sum(axis=1) >= LEAST_AGREEING
    middle[enough] = np.nanmedian(ways[enough], axis=1)
    alike = (np.abs(ways - middle[:, None]).max(axis=2) <= ALIKE_PX) & known
    middle[alike.sum(axis=1) < LEAST_AGREEING] = np.nan
    return middle
