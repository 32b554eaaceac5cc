"""Look at a capped frame: which scale suits it, where people and faces are, and what is head and what is whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from flightlink.mission import RedactionLevel
from vision.boxes import Boxes, union
from vision.capped import CappedFrame
from vision.detectors import FaceDetector, PersonDetector
from vision.engine import MULTIPLE_PX
from vision.finding import BUDGET_PX, find_people, scales_without_pose
from vision.masks import Look
from vision.plausible import PERSON_HEIGHT_M, plausible

MASK_THRESHOLD: Final = 0.13
SURE_THRESHOLD: Final = 0.3
"""From this score a box masks whatever its size; a weaker one only if a person can be so tall there."""
MASK_ALLOWANCE: Final = 1.1
"""Weak boxes mask within limits of size so much wider than those that count."""
COUNT_THRESHOLD: Final = 0.25
FACE_THRESHOLD: Final = 0.1
FACE_SCALES: Final = (1.0, 2.0)
"""Twice the size finds small faces and loses large ones: scales are united, never swapped."""
FACE_GROWN_SHARE: Final = 0.4
MEDIAN_PERSON_PX: Final = 45.0
"""A person in the middle of the ground seen is brought to this height in the network's input."""
LEAST_PERSON_PX: Final = 16.0
"""Smaller than this in the network's input, people are not found often enough to call a place observed."""
SCALE_LIMITS: Final = (0.25, 2.0)
HEAD_SHARE: Final = 0.45
"""The head lies in this upper part of a person's box, seen from the side."""
STEEP: Final = 0.64
"""Sine of the depression (40 degrees) from which the head may be anywhere in the box."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look gives: masks for the gate, people for the count."""

    look: Look
    people: Boxes


class Eyes:
    """Both detectors, and how they are used."""

    def __init__(self, person: PersonDetector, face: FaceDetector, *, level: RedactionLevel) -> None:
        """Take the detectors; `level` says whether whole persons or heads are masked."""
        self._person = person
        self._face = face
        self._level = level

    def look(self, frame: CappedFrame) -> Sight:
        """Look at a frame.

        Raises:
            DetectorError: a network failed; what was looked at must stay hidden.
        """
        scales = scales_for_frame(frame)
        found = find_people(self._person, frame.pixels, scales, MASK_THRESHOLD)
        fits = plausible(found, frame)
        may_hide = plausible(found, frame, allowance=MASK_ALLOWANCE) | (found.scores >= SURE_THRESHOLD)
        masked = found.kept(may_hide)
        boxes = masked if self._level is RedactionLevel.STRICT else heads(masked, frame)
        if frame.pose is None or self._level is RedactionLevel.FLOOR:
            boxes = union(boxes, self._faces(frame))
        look = Look(
            utc_ns=frame.utc_ns, boxes=boxes, pose=frame.pose, bound=frame.bound, cap_px_per_m=frame.cap_px_per_m
        )
        return Sight(look, found.kept(fits & (found.scores >= COUNT_THRESHOLD)))

    def _faces(self, frame: CappedFrame) -> Boxes:
        most = float(np.sqrt(BUDGET_PX / (frame.width_px * frame.height_px)))
        scales = sorted({min(scale, most) for scale in FACE_SCALES})
        found = [self._face.find(frame.pixels, threshold=FACE_THRESHOLD, scale=scale) for scale in scales]
        return union(*found).grown(FACE_GROWN_SHARE)


def scales_for_frame(frame: CappedFrame) -> tuple[float, ...]:
    """Return the scales at which the person detector looks at a frame: one with a pose, two without."""
    if frame.bound is None:
        return scales_without_pose(frame.width_px, frame.height_px)
    px_per_m = frame.bound.px_per_m[np.isfinite(frame.bound.px_per_m)]
    if not px_per_m.size:
        return (1.0,)
    wanted = MEDIAN_PERSON_PX / max(1.0, float(np.median(px_per_m)) * frame.bound.on_the_ground * PERSON_HEIGHT_M)
    most = float(np.sqrt(BUDGET_PX / (frame.width_px * frame.height_px)))
    return (_whole_blocks(min(max(wanted, SCALE_LIMITS[0]), SCALE_LIMITS[1], most), frame.width_px),)


def _whole_blocks(scale: float, width_px: int) -> float:
    """Return a scale, at most a little smaller, that makes the width a multiple of what the network pads to."""
    return max(1, int(scale * width_px) // MULTIPLE_PX) * MULTIPLE_PX / width_px


def least_px_per_m(frame: CappedFrame) -> float:
    """Return the px/m below which people cannot be found in this frame."""
    return LEAST_PERSON_PX / (PERSON_HEIGHT_M * max(scales_for_frame(frame)))


def heads(people: Boxes, frame: CappedFrame) -> Boxes:
    """Return where the heads of these people may be: the upper part of the box, or all of it when seen steeply."""
    if frame.pose is not None and np.sin(np.radians(-frame.pose.pitch_deg)) > STEEP:
        return people
    xyxy = people.xyxy.copy()
    xyxy[:, 3] = xyxy[:, 1] + HEAD_SHARE * (xyxy[:, 3] - xyxy[:, 1])
    return people.moved_to(xyxy)
