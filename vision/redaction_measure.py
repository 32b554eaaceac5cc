"""How well heads are covered, and what that costs, against truth. Pure: one picture at a time, figures at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vision.errors import VisionError
from vision.shares import by_height, share, wilson
from vision.truth import TruthPicture

Mask: TypeAlias = NDArray[np.bool_]

COVERED_SHARE: Final = 0.8
"""A head counts as covered when this share of its area is masked."""
IN_VAIN_FACTOR: Final = 1.6
"""Masks outside the truth boxes enlarged this many times (each side, about the centre) are in vain."""


class EvaluationError(VisionError, ValueError):
    """A mask or a picture does not fit its truth."""


@dataclass(slots=True)
class RedactionMeasure:
    """How many heads the masks cover, and what the masks cost, over pictures added one at a time."""

    _heights_px: list[float] = field(default_factory=list)
    _covered: list[bool] = field(default_factory=list)
    _pictures: int = 0
    _pictures_with_a_miss: int = 0
    _pixels: int = 0
    _masked_px: int = 0
    _in_vain_px: int = 0

    def add(self, truth: TruthPicture, masked: Mask) -> None:
        """Add one picture as it was delivered; one that was withheld is masked everywhere.

        Args:
            truth: the people in it.
            masked: bool (height, width), true where nothing of the picture can be seen.

        Raises:
            EvaluationError: the mask is not as large as the truth's picture.
        """
        if truth.counted is not None:
            return  # nobody marked where its people are
        expected = (truth.height_px, truth.width_px)
        if masked.shape != expected or masked.dtype != np.bool_:
            raise EvaluationError(
                f"picture {truth.picture}: the mask is {masked.dtype} {masked.shape}, truth {expected}"
            )
        heads = truth.heads()
        visible = np.all(heads[:, 2:] > heads[:, :2], axis=1)
        covered = [masked_share(masked, head) >= COVERED_SHARE for head in heads[visible]]
        self._heights_px.extend(truth.heights_px()[visible].tolist())
        self._covered.extend(covered)
        self._pictures += 1
        self._pictures_with_a_miss += not all(covered)
        self._pixels += masked.size
        self._masked_px += int(masked.sum())
        self._in_vain_px += int((masked & ~near_people(truth)).sum())

    def figures(self) -> dict[str, Any]:
        """Return what the contract calls `evaluate redaction`; None where nothing was there to measure."""
        n, covered = len(self._covered), sum(self._covered)
        return {
            "n": n,
            "pictures": self._pictures,
            "covered_share": share(covered, n),
            "covered_ci95": wilson(covered, n),
            "by_height_px": by_height(self._heights_px, self._covered, "covered_share"),
            "frames_with_a_miss_share": share(self._pictures_with_a_miss, self._pictures),
            "masked_share": share(self._masked_px, self._pixels),
            "masked_in_vain_share": share(self._in_vain_px, self._pixels),
        }


def masked_share(masked: Mask, box: Sequence[float] | NDArray[np.float64]) -> float:
    """Return the share 0..1 of a box's area that is masked; pixels that it cuts count by the part inside.

    Args:
        masked: bool (height, width); pixel (row i, column j) covers i..i+1 down and j..j+1 to the right.
        box: left, top, right, bottom inside the picture, with an area.
    """
    left, top, right, bottom = (float(side) for side in box)
    columns, across = _cut(left, right)
    rows, down = _cut(top, bottom)
    covered = down @ masked[rows, columns].astype(float) @ across
    return float(covered / (down.sum() * across.sum()))


def _cut(begin: float, end: float) -> tuple[slice, NDArray[np.float64]]:
    """Return the pixels that an interval touches, and how much of each."""
    first, last = int(np.floor(begin)), int(np.ceil(end))
    edges = np.arange(first, last + 1, dtype=float)
    return slice(first, last), np.diff(np.clip(edges, begin, end))


def near_people(truth: TruthPicture) -> Mask:
    """Return bool (height, width): pixels touched by a truth box enlarged `IN_VAIN_FACTOR` times."""
    near = np.zeros((truth.height_px, truth.width_px), bool)
    centres, halves = (truth.xyxy[:, :2] + truth.xyxy[:, 2:]) / 2, (truth.xyxy[:, 2:] - truth.xyxy[:, :2]) / 2
    low = np.floor(np.maximum(centres - IN_VAIN_FACTOR * halves, 0)).astype(int)
    high = np.ceil(np.maximum(centres + IN_VAIN_FACTOR * halves, 0)).astype(int)
    for (left, top), (right, bottom) in zip(low, high, strict=True):
        near[top:bottom, left:right] = True
    return near
