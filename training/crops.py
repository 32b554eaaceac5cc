"""What part of a picture is looked at, how large and which way up: drawn from a seed. Pure but for the resizing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from training.pictures import Corners, Labelled

Bytes = NDArray[np.uint8]

PERSON_PX: Final = (11.0, 112.0)
"""The longer side of the person that a crop is drawn around, as the network sees it; uniform in its logarithm."""
SCALES: Final = (0.08, 5.0)
MOST_AROUND: Final = 1.5
"""Times the picture's shorter side that a window is large: what is outside teaches nothing."""
ALONE_SCALES: Final = (0.3, 2.0)
"""Where nobody is in the picture."""
LOOKS_AT_SOMEBODY: Final = 0.8
STRETCH: Final = 0.1
STEEP_DEG: Final = 60.0
"""From here on no side of a picture is up."""
LEAST_PX: Final = 7.0
"""Smaller people teach nothing but noise."""
LEAST_SHARE: Final = 0.35
"""Of whom less is inside the crop, nothing is learned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A part of a picture, in its pixels, and the turns after it was cut out."""

    left: float
    top: float
    width: float
    height: float
    side_px: int
    """Of the square that the network sees."""
    turns: int
    """Quarter turns against the clock."""
    is_mirrored: bool

    @property
    def scale(self) -> float:
        """How much larger the network sees it."""
        return self.side_px / max(self.width, self.height)


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """What the network sees and what it should find, in pixels of the crop."""

    picture: Bytes
    people: Corners
    unsure: Corners


def window_for(one: Labelled, size: tuple[int, int], side_px: int, rng: np.random.Generator) -> Window:
    """Draw a window of a picture.

    Args:
        one: the picture.
        size: its width and height, px.
        side_px: of the square that the network sees.
        rng: where chance comes from.
    """
    longest = one.longest_px()
    if len(longest) and rng.random() < LOOKS_AT_SOMEBODY:
        chosen = int(rng.integers(len(longest)))
        middle = (one.people[chosen, :2] + one.people[chosen, 2:]) / 2
        scale = np.exp(rng.uniform(*np.log(PERSON_PX))) / max(float(longest[chosen]), 1.0)
        middle = middle + rng.uniform(-0.42, 0.42, 2) * side_px / scale
    else:
        scale = np.exp(rng.uniform(*np.log(ALONE_SCALES)))
        middle = rng.uniform(0, size)
    scale = float(np.clip(max(scale, side_px / MOST_AROUND / min(size)), *SCALES))
    extent = side_px / scale * np.exp(rng.uniform(-STRETCH, STRETCH, 2))
    corner = _inside(middle - extent / 2, extent, size)
    is_steep = (one.depression_deg or 0.0) >= STEEP_DEG
    return Window(
        left=float(corner[0]), top=float(corner[1]), width=float(extent[0]), height=float(extent[1]), side_px=side_px,
        turns=int(rng.integers(4)) if is_steep else 0, is_mirrored=bool(rng.random() < 0.5),
    )  # fmt: skip


def _inside(corner: NDArray[np.float64], extent: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Return a window's corner moved so that the window hangs over the picture as little as it can."""
    room = np.array(size) - extent
    low, high = np.minimum(room, 0.0), np.maximum(room, 0.0)
    moved: NDArray[np.float64] = np.clip(corner, low, high)
    return moved


def cut(picture: Bytes, window: Window, reduced: int, fill: int) -> Bytes:
    """Return uint8 (side, side, 3): the window, turned; what lies outside the picture is filled.

    Args:
        picture: uint8 (h, w, 3), `reduced` times smaller than the window's pixels.
        window: in pixels of the whole picture.
        reduced: 1, 2, 4 or 8.
        fill: value of what is outside.
    """
    side = window.side_px
    x, y = side / window.width * reduced, side / window.height * reduced
    height, width = picture.shape[:2]
    left, top = window.left / reduced, window.top / reduced
    # only the part that is needed is resized
    x0, y0 = max(0, int(left)), max(0, int(top))
    x1 = min(width, int(np.ceil(left + side / x)) + 1)
    y1 = min(height, int(np.ceil(top + side / y)) + 1)
    part = picture[y0:y1, x0:x1]
    if not part.size:
        return np.full((side, side, 3), fill, np.uint8)
    if min(x, y) < 0.7:
        size = (max(1, round((x1 - x0) * x)), max(1, round((y1 - y0) * y)))
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
        x, y = x * (x1 - x0) / part.shape[1], y * (y1 - y0) / part.shape[0]
    # warp by pixels' edges: the middle of pixel i is at i + 1/2
    shift_x, shift_y = (x0 - left) * side / window.width * reduced, (y0 - top) * side / window.height * reduced
    matrix = np.array([[x, 0, shift_x + x / 2 - 0.5], [0, y, shift_y + y / 2 - 0.5]])
    seen = cv2.warpAffine(part, matrix, (side, side), flags=cv2.INTER_LINEAR, borderValue=(fill,) * 3)
    if window.is_mirrored:
        seen = seen[:, ::-1]
    return np.ascontiguousarray(np.rot90(seen, window.turns), np.uint8)


def moved(corners: Corners, window: Window) -> Corners:
    """Return float32 (n, 4): corners in the picture as corners in the crop; they may run over its edge."""
    side = np.float32(window.side_px)
    scale = np.array([window.side_px / window.width, window.side_px / window.height] * 2, np.float32)
    out = (corners - np.array([window.left, window.top] * 2, np.float32)) * scale
    if window.is_mirrored:
        out = np.stack([side - out[:, 2], out[:, 1], side - out[:, 0], out[:, 3]], axis=1)
    for _ in range(window.turns):  # against the clock: what was right is now up
        out = np.stack([out[:, 1], side - out[:, 2], out[:, 3], side - out[:, 0]], axis=1)
    return out.astype(np.float32)


def sorted_out(people: Corners, unsure: Corners, side_px: int) -> tuple[Corners, Corners]:
    """Return who is to be found in a crop and where nothing is learned, both clipped to it."""
    inside = np.clip(people, 0, side_px)
    whole, shown = areas(people), areas(inside)
    longest = (inside[:, 2:] - inside[:, :2]).max(1, initial=0)
    is_found = (shown >= LEAST_SHARE * whole) & (longest >= LEAST_PX)
    rest = np.concatenate([inside[~is_found & (shown > 0)], np.clip(unsure, 0, side_px)])
    return inside[is_found], rest[areas(rest) > 0]


def areas(corners: Corners) -> NDArray[np.float32]:
    """Return float32 (n,): width times height."""
    product: NDArray[np.float32] = np.maximum(corners[:, 2:] - corners[:, :2], 0).prod(1)
    return product
