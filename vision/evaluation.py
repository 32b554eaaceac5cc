"""How well people are found and covered, against truth. Pure: one picture at a time, figures at the end."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vision.boxes import Boxes, iou_matrix
from vision.errors import VisionError
from vision.truth import Corners, TruthPicture

Mask: TypeAlias = NDArray[np.bool_]

MATCH_IOU: Final = 0.3
COVERED_SHARE: Final = 0.8
"""A head counts as covered when this share of its area is masked."""
IN_VAIN_FACTOR: Final = 1.6
"""Masks outside the truth boxes enlarged this many times (each side, about the centre) are in vain."""
HEIGHT_EDGES_PX: Final = (0, 8, 12, 16, 24, 32, 48, 64, 96, 128)
"""Half-open ranges of truth heights begin here; the last has no end."""


class EvaluationError(VisionError, ValueError):
    """A mask or a picture does not fit its truth."""


@dataclass(slots=True)
class PeopleMeasure:
    """Recall, precision and count error over pictures added one at a time."""

    _heights_px: list[float] = field(default_factory=list)
    _matched: list[bool] = field(default_factory=list)
    _holds_centre: list[bool] = field(default_factory=list)
    _found: int = 0
    _count_errors: list[float] = field(default_factory=list)

    def add(self, truth: TruthPicture, found: Boxes, estimate: float | None = None) -> None:
        """Add one picture.

        Args:
            truth: the people in it.
            found: the detections, in the truth's pixels.
            estimate: how many people the station says there are; by default as many as were found.
        """
        people, seen = truth.clipped(), found.clipped(truth.width_px, truth.height_px)
        visible = np.all(people[:, 2:] > people[:, :2], axis=1)
        people = people[visible]
        self._heights_px.extend(truth.heights_px()[visible].tolist())
        self._matched.extend(matched_truth(people, seen).tolist())
        self._holds_centre.extend(holding_a_centre(people, seen).tolist())
        self._found += len(seen)
        self._count_errors.append(abs((len(seen) if estimate is None else estimate) - len(people)))

    def figures(self) -> dict[str, Any]:
        """Return what the contract calls `evaluate people`; None where nothing was there to measure."""
        n, matched = len(self._matched), sum(self._matched)
        return {
            "n": n,
            "pictures": len(self._count_errors),
            "recall": _share(matched, n),
            "recall_ci95": _wilson(matched, n),
            "precision": _share(matched, self._found),
            "centre_recall": _share(sum(self._holds_centre), n),
            "count_error": _share(sum(self._count_errors), n),
            "by_height_px": _by_height(self._heights_px, self._matched, "recall"),
        }


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
            "covered_share": _share(covered, n),
            "covered_ci95": _wilson(covered, n),
            "by_height_px": _by_height(self._heights_px, self._covered, "covered_share"),
            "frames_with_a_miss_share": _share(self._pictures_with_a_miss, self._pictures),
            "masked_share": _share(self._masked_px, self._pixels),
            "masked_in_vain_share": _share(self._in_vain_px, self._pixels),
        }


def matched_truth(people: Corners, found: Boxes) -> NDArray[np.bool_]:
    """Return bool (n,): truth boxes that a detection matches one to one.

    Detections choose by falling score; each takes the free truth box it overlaps most, if at IoU >= `MATCH_IOU`.
    """
    matched = np.zeros(len(people), bool)
    overlaps = iou_matrix(found.xyxy, people.astype(np.float32))
    for row in np.argsort(-found.scores, kind="stable") if len(people) else ():
        free = np.where(matched, -1.0, overlaps[row])
        best = int(free.argmax())
        matched[best] |= free[best] >= MATCH_IOU
    return matched


def holding_a_centre(people: Corners, found: Boxes) -> NDArray[np.bool_]:
    """Return bool (n,): truth boxes that hold the centre of at least one detection."""
    centres = found.centres()[None]
    inside = (people[:, None, :2] <= centres) & (centres <= people[:, None, 2:])
    held: NDArray[np.bool_] = np.any(np.all(inside, axis=2), axis=1)
    return held


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


def _by_height(heights_px: Sequence[float], hits: Sequence[bool], name: str) -> list[dict[str, Any]]:
    """Return a row for each range of heights that somebody has."""
    heights, hit = np.array(heights_px, float), np.array(hits, bool)
    rows = []
    for from_px, to_px in itertools.pairwise((*HEIGHT_EDGES_PX, None)):
        inside = (heights >= (from_px or 0)) & (heights < (np.inf if to_px is None else to_px))
        n, count = int(inside.sum()), int(hit[inside].sum())
        if n:
            rows.append({"from_px": from_px, "to_px": to_px, "n": n, name: _share(count, n)})
    return rows


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _wilson(hits: int, n: int) -> list[float] | None:
    """Return the 95 % interval of a share.

    (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n), z = 1.96. Source: E. B. Wilson, 1927. It
    takes the boxes as independent; those of neighbouring frames are not, so the true interval is wider.
    """
    if not n:
        return None
    z, p = 1.96, hits / n
    middle, spread = p + z * z / (2 * n), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    return [max(0.0, (middle - spread) / (1 + z * z / n)), min(1.0, (middle + spread) / (1 + z * z / n))]
