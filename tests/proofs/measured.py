"""Pictures made for the tests of `proofs.measure`: whose truth is a few boxes, and whose finds are told."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from proofs.measure.found import Outcome, outcome_of
from proofs.measure.pictures import MeasuredPicture, picture_of
from proofs.measure.tables import Seen
from vision.boxes import Boxes
from vision.truth import truth_from_lines

Box = tuple[float, float, float, float]


def line(*boxes: Box, **more: Any) -> dict[str, Any]:
    """Return a line of truth of a picture of 400 x 300 px, boxes as [x, y, width, height]."""
    return {"image": "a.jpg", "width": 400, "height": 300, "boxes": [[*box, "person"] for box in boxes], **more}


def picture(*boxes: Box, **more: Any) -> MeasuredPicture:
    told = line(*boxes, **more)
    (truth,) = truth_from_lines([json.dumps(told)], name="t")
    return picture_of(truth, told)


def found(*boxes: Box, scores: list[float] | None = None) -> Boxes:
    parts = np.array(boxes, np.float32).reshape(-1, 4)
    parts[:, 2:] += parts[:, :2]
    return Boxes(xyxy=parts, scores=np.array([0.5] * len(boxes) if scores is None else scores, np.float32))


def seen(one: MeasuredPicture, finds: Boxes, *, scale: float = 1.0) -> Seen:
    return Seen(picture=one, outcome=outcome_of(one, finds, scale=scale))


def outcome(*boxes: Box, finds: Boxes, **more: Any) -> Outcome:
    return outcome_of(picture(*boxes, **more), finds, scale=1.0)
