"""Boxes in a picture and the geometry on them. They are observations of single people: they never leave this room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vision.errors import VisionError

Floats: TypeAlias = NDArray[np.float32]
Overlap: TypeAlias = Callable[[Floats, Floats], Floats]
"""How much boxes (n, 4) and (m, 4) have in common: float32 (n, m), 0..1."""


class BoxesError(VisionError, ValueError):
    """Boxes with a wrong shape or with values that are no numbers."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Boxes:
    """Boxes with a score each, in pixels from the picture's top left corner, x to the right, y down."""

    xyxy: Floats
    """float32 (n, 4): left, top, right, bottom; may run over the picture's edge."""
    scores: Floats
    """float32 (n,): 0..1, higher is surer."""
    apart_per_m2: Floats | None = None
    """float32 (n,), of people: as many on a square metre were told apart where each stands; None: it was not asked."""

    def __post_init__(self) -> None:
        """Check the shapes.

        Raises:
            BoxesError: the shapes are not (n, 4) and (n,), or a value is not finite.
        """
        if self.xyxy.ndim != 2 or self.xyxy.shape != (*self.scores.shape, 4):
            raise BoxesError(
                f"boxes have the shapes {self.xyxy.shape} and {self.scores.shape}, expected (n, 4) and (n,)"
            )
        if not (np.isfinite(self.xyxy).all() and np.isfinite(self.scores).all()):
            raise BoxesError(f"some of {len(self)} boxes have a corner or a score that is not finite")

    def __len__(self) -> int:
        return len(self.scores)

    def __repr__(self) -> str:
        """Say how many; where somebody stands is nobody's to print."""
        return f"Boxes({len(self)})"

    @classmethod
    def none(cls) -> Self:
        """Return no boxes."""
        return cls(xyxy=np.empty((0, 4), np.float32), scores=np.empty(0, np.float32))

    def kept(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Boxes:
        """Return some of the boxes, by a mask (n,) or by indices."""
        apart = None if self.apart_per_m2 is None else self.apart_per_m2[which]
        return Boxes(xyxy=self.xyxy[which], scores=self.scores[which], apart_per_m2=apart)

    def moved_to(self, xyxy: Floats) -> Boxes:
        """Return boxes with the same scores in other places, float32 (n, 4)."""
        return replace(self, xyxy=xyxy.astype(np.float32, copy=False))

    def scaled(self, x: float, y: float) -> Boxes:
        """Return the boxes in a picture x times as wide and y times as high."""
        return self.moved_to(self.xyxy * np.array([x, y, x, y], np.float32))

    def grown(self, share: float) -> Boxes:
        """Return boxes whose every side moved outwards by a share of the box's width (left, right) or height."""
        return self.grown_by(sideways=share, up=share, down=share)

    def grown_by(self, *, sideways: float, up: float, down: float) -> Boxes:
        """Return boxes whose left and right, top, and bottom moved outwards by shares of the box's width and height.

        A head is missed at the box's sides and top: growing there and not below covers more for fewer masked pixels.
        """
        width, height = (self.xyxy[:, 2:] - self.xyxy[:, :2]).T
        outwards = np.stack([-sideways * width, -up * height, sideways * width, down * height], axis=1)
        return self.moved_to(self.xyxy + outwards.astype(np.float32))

    def clipped(self, width_px: float, height_px: float) -> Boxes:
        """Return what lies inside a picture of that size; boxes wholly outside are dropped."""
        inside = np.clip(self.xyxy, 0, np.array([width_px, height_px] * 2, np.float32))
        return self.moved_to(inside).kept((inside[:, 2] > inside[:, 0]) & (inside[:, 3] > inside[:, 1]))

    def limits_per_m2(self) -> Floats:
        """Return float32 (n,): as many people/m2 as were told apart at each; infinite where it was not asked."""
        return np.full(len(self), np.inf, np.float32) if self.apart_per_m2 is None else self.apart_per_m2

    def centres(self) -> Floats:
        """Return float32 (n, 2): x and y of each centre."""
        return (self.xyxy[:, :2] + self.xyxy[:, 2:]) / np.float32(2)

    def heights_px(self) -> Floats:
        """Return float32 (n,): bottom minus top."""
        return self.xyxy[:, 3] - self.xyxy[:, 1]


def union(*several: Boxes) -> Boxes:
    """Return all boxes together, in the order given; overlapping ones stay."""
    if not several:
        return Boxes.none()
    return Boxes(
        xyxy=np.concatenate([b.xyxy for b in several]),
        scores=np.concatenate([b.scores for b in several]),
        apart_per_m2=None
        if all(b.apart_per_m2 is None for b in several)
        else np.concatenate([b.limits_per_m2() for b in several]),
    )


def areas(xyxy: Floats) -> Floats:
    """Return float32 (n,): areas; a box turned inside out has none."""
    sides: Floats = np.maximum(xyxy[:, 2:] - xyxy[:, :2], 0)
    products: Floats = sides[:, 0] * sides[:, 1]
    return products


def iou_matrix(first: Floats, second: Floats) -> Floats:
    """Return float32 (n, m): area of the intersection over area of the union, for (n, 4) and (m, 4) corners.

    Boxes without area overlap nothing.
    """
    shared = _shared_areas(first, second)
    whole = areas(first)[:, None] + areas(second)[None, :] - shared
    shares: Floats = np.divide(shared, whole, out=np.zeros_like(shared), where=whole > 0)
    return shares


def _shared_areas(first: Floats, second: Floats) -> Floats:
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    sides = np.maximum(high - low, 0)
    shared: Floats = sides[..., 0] * sides[..., 1]
    return shared


def shared_of_smaller(first: Floats, second: Floats) -> Floats:
    """Return float32 (n, m): area of the intersection over that of the smaller box, for (n, 4) and (m, 4) corners.

    A box inside another has 1; boxes without area share nothing.
    """
    smaller = np.minimum(areas(first)[:, None], areas(second)[None, :])
    shared = _shared_areas(first, second)
    shares: Floats = np.divide(shared, smaller, out=np.zeros_like(shared), where=smaller > 0)
    return shares


def nms(boxes: Boxes, most: float, overlap: Overlap = iou_matrix) -> Boxes:
    """Return boxes by falling score without those that overlap a better one by more than `most`.

    Non-maximum suppression, greedy; equal scores keep the order given.
    """
    rest = np.argsort(-boxes.scores, kind="stable")
    chosen = []
    while len(rest):
        best, rest = rest[0], rest[1:]
        chosen.append(best)
        overlaps = overlap(boxes.xyxy[best : best + 1], boxes.xyxy[rest])[0]
        rest = rest[overlaps <= most]
    return boxes.kept(np.array(chosen, np.intp))
