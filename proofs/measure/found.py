"""What a network found of one picture, against its truth: by score, so that every threshold can be asked. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from proofs.measure.pictures import MeasuredPicture
from vision.boxes import Boxes, iou_matrix
from vision.evaluation import MATCH_IOU

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NOBODY: Final = -1
HIDDEN: Final = -2
NEVER: Final = -1.0
"""The score at which somebody is found who is found at none."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """One picture. People (n,), detections (k,) of any score; sizes are longer sides in the network's input."""

    people_px: Floats
    people_score: Floats
    """Of the detection that each person goes with one to one; `NEVER` without."""
    centre_score: Floats
    """Of the surest detection whose centre lies in each person's box; `NEVER` without."""
    found_px: Floats
    found_score: Floats
    found_whom: Ints
    """The person that each goes with, `NOBODY`, or `HIDDEN` for one that lies on somebody who is nearly hidden."""
    hidden: int
    scale: float
    """Of the network's input to the picture."""


def outcome_of(picture: MeasuredPicture, found: Boxes, *, scale: float) -> Outcome:
    """Return how detections and people go together.

    Detections choose by falling score; each takes the free person whose box, of what can be seen or of the whole body,
    it overlaps most, if at IoU >= `MATCH_IOU`. So what a threshold leaves out never changes what it leaves.

    Args:
        picture: with its truth.
        found: in the truth's pixels, of any score.
        scale: of the network's input to the truth's pixels.
    """
    boxes = picture.truth.clipped().astype(np.float32)
    full = picture.full_xyxy.astype(np.float32)
    whom = np.full(len(found), NOBODY)
    overlaps = np.maximum(iou_matrix(found.xyxy, boxes), iou_matrix(found.xyxy, full))
    people_score = np.full(len(boxes), NEVER)
    for row in np.argsort(-found.scores, kind="stable") if len(boxes) else ():
        free = np.where(people_score > NEVER, -1.0, overlaps[row])
        best = int(free.argmax())
        if free[best] >= MATCH_IOU:
            whom[row], people_score[best] = best, found.scores[row]
    on_hidden = iou_matrix(found.xyxy, picture.hidden_xyxy.astype(np.float32)).max(axis=1, initial=0) >= MATCH_IOU
    whom[(whom == NOBODY) & on_hidden] = HIDDEN
    return Outcome(
        people_px=_longest(full) * scale,
        people_score=people_score,
        centre_score=_centre_scores(boxes, found),
        found_px=_longest(found.xyxy) * scale,
        found_score=found.scores.astype(float),
        found_whom=whom,
        hidden=len(picture.hidden_xyxy),
        scale=scale,
    )


def _longest(xyxy: NDArray[np.float32]) -> Floats:
    return np.asarray((xyxy[:, 2:] - xyxy[:, :2]).max(axis=1, initial=0), np.float64)


def _centre_scores(boxes: NDArray[np.float32], found: Boxes) -> Floats:
    centres = found.centres()[None]
    inside = np.all((boxes[:, None, :2] <= centres) & (centres <= boxes[:, None, 2:]), axis=2)
    return np.asarray(np.where(inside, found.scores[None], NEVER).max(axis=1, initial=NEVER), np.float64)
