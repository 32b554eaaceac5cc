"""Smooths parts of one picture by Gaussians of many widths: the wide ones on the picture halved, which all share.

No pixel further from a part than `reach_px` says changes anything in it: masks are grown by what this smears.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

SIGMA_OF_OUTPUT_PX: Final = 1.0
HALVED_FROM: Final = 2.8
"""From this ratio a picture is halved first: the pyramid's filter leaves less than 0.3 % to alias, at half the cost."""
LEVELS_PER_GREY: Final = 128
"""Intermediate pictures are this much finer than bytes: rounding each step would make patterns of faint lines."""
KERNEL_SIGMAS: Final = 3.5
MOST_ROUTES: Final = 512
"""Kept for a camera that stands: two caps have some thirty parts each."""

Picture = NDArray[np.uint8]
Size = tuple[int, int]
"""Width and height in pixels, as OpenCV has it."""
Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle of a picture, in pixels."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def size(self) -> Size:
        """Width and height."""
        return self.right - self.left, self.bottom - self.top

    def of(self, picture: NDArray[Scalar]) -> NDArray[Scalar]:
        """Return a view of the rectangle."""
        return picture[self.top : self.bottom, self.left : self.right]

    def within(self, inner: Part) -> Part:
        """Return where in this rectangle another one lies."""
        return Part(inner.top - self.top, inner.bottom - self.top, inner.left - self.left, inner.right - self.left)

    def grown(self, margin_px: int, size: Size) -> Part:
        """Return the rectangle with a margin, as far as a picture of this size goes."""
        return Part(
            max(0, self.top - margin_px),
            min(size[1], self.bottom + margin_px),
            max(0, self.left - margin_px),
            min(size[0], self.right + margin_px),
        )

    def cut_to(self, other: Part) -> Part:
        """Return what lies in both rectangles."""
        return Part(
            max(self.top, other.top),
            min(self.bottom, other.bottom),
            max(self.left, other.left),
            min(self.right, other.right),
        )

    def under(self, size: Size) -> Part:
        """Return the part of the halved picture, of this size, that this one is enlarged from."""
        return Part(
            max(0, (self.top + 1) // 2 - 1),
            min(size[1], (self.bottom - 1) // 2 + 2),
            max(0, (self.left + 1) // 2 - 1),
            min(size[0], (self.right - 1) // 2 + 2),
        )

    def doubled(self, size: Size) -> Part:
        """Return the part that lies over this one in the picture of this size, which was halved."""
        return Part(2 * self.top, min(2 * self.bottom, size[1]), 2 * self.left, min(2 * self.right, size[0]))


@dataclass(frozen=True, slots=True)
class Route:
    """How one part is smoothed: read from the picture halved some times, cut to what is needed, and enlarged again."""

    halvings: int
    kernel: NDArray[np.float32]
    read: Part
    cut: Part
    """Of what was read."""
    enlargements: tuple[tuple[Size, Part], ...]
    """For each doubling the size that comes of it, and the part of that which goes on."""


class Halves:
    """A picture, and the same halved once, twice and so on, made when they are first asked for."""

    def __init__(self, picture: Picture) -> None:
        """Keep the picture, uint8 (height, width[, 3]); it must not change meanwhile."""
        self._pictures = [picture]
        self._size: Final = (picture.shape[1], picture.shape[0])

    def smoothed(self, ratio: float, part: Part) -> Picture:
        """Return the part, smoothed for a sampling of one in `ratio` pixels."""
        route = _route(ratio, part, self._size)
        source = route.read.of(self._halved(route.halvings))
        levels = cv2.sepFilter2D(source, cv2.CV_16S, route.kernel, route.kernel, borderType=cv2.BORDER_REFLECT)
        levels = route.cut.of(levels)
        for size, goes_on in route.enlargements:
            levels = goes_on.of(cv2.pyrUp(levels, dstsize=size))
        return cv2.convertScaleAbs(levels, alpha=1 / LEVELS_PER_GREY).astype(np.uint8, copy=False)

    def _halved(self, times: int) -> Picture:
        while len(self._pictures) <= times:
            self._pictures.append(halved(self._pictures[-1], 1))
        return self._pictures[times]


def halvings_for(ratio: float) -> int:
    """Return how often a picture may be halved before it is smoothed."""
    return max(0, math.floor(math.log2(ratio / HALVED_FROM)) + 1)


def halved(picture: Picture, times: int) -> Picture:
    """Return the picture halved so often: pixel i comes from pixel 2 i."""
    for _ in range(times):
        picture = cv2.pyrDown(picture).astype(np.uint8, copy=False)
    return picture


def reach_px(ratio: float) -> int:
    """Return how far from a pixel others may lie that it is smoothed with."""
    return math.ceil((KERNEL_SIGMAS * SIGMA_OF_OUTPUT_PX + (ratio >= HALVED_FROM)) * ratio)


@lru_cache(maxsize=MOST_ROUTES)
def _route(ratio: float, part: Part, size: Size) -> Route:
    """Return how a part of a picture of this size is smoothed."""
    halvings, sees = halvings_for(ratio), part.grown(reach_px(ratio), size)
    enlargements: list[tuple[Size, Part]] = []
    for _ in range(halvings):
        smaller = (-(-size[0] // 2), -(-size[1] // 2))
        under, sees = part.under(smaller), _halved_within(sees, size)
        over = under.doubled(size)
        enlargements.insert(0, (over.size, over.within(part)))
        part, size = under, smaller
    kernel = _kernel(SIGMA_OF_OUTPUT_PX * ratio / 2**halvings)
    read = part.grown(len(kernel) // 2, size).cut_to(sees)
    return Route(halvings, kernel, read, read.within(part), tuple(enlargements))


def _halved_within(part: Part, size: Size) -> Part:
    """Return the pixels of the halved picture that are made of this part alone: each of five, the edge's of fewer."""
    return Part(
        (part.top + 3) // 2 if part.top else 0,
        (part.bottom - 1) // 2 if part.bottom < size[1] else -(-size[1] // 2),
        (part.left + 3) // 2 if part.left else 0,
        (part.right - 1) // 2 if part.right < size[0] else -(-size[0] // 2),
    )


@lru_cache(maxsize=64)
def _kernel(sigma_px: float) -> NDArray[np.float32]:
    """Return a Gaussian that, applied along both axes, multiplies by `LEVELS_PER_GREY`."""
    reach_px = math.ceil(KERNEL_SIGMAS * sigma_px - 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach_px, reach_px + 1) / sigma_px) ** 2)
    kernel: NDArray[np.float32] = (weights / weights.sum() * math.sqrt(LEVELS_PER_GREY)).astype(np.float32)
    return kernel
