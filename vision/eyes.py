"""Look at a capped frame: which scale suits it, where people and faces are, and what is head and what is whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from flightlink.mission import RedactionLevel
from flightlink.pose import CameraPose
from vision.boxes import Boxes, union
from vision.capped import CappedFrame
from vision.crosscheck import SURE_SCORE, SizeLog, sizes_of
from vision.detectors import FaceDetector, PersonDetector
from vision.engine import MAX_SIDE_PX, MULTIPLE_PX, Picture
from vision.finding import BUDGET_PX, find_people, scales_without_pose
from vision.masks import Look
from vision.plausible import PERSON_HEIGHT_M, plausible

MASK_THRESHOLD: Final = 0.13
SURE_THRESHOLD: Final = SURE_SCORE
"""From this score a box masks whatever its size; a weaker one only if a person can be so tall there."""
MASK_ALLOWANCE: Final = 1.1
"""Weak boxes mask within limits of size so much wider than those that count."""
COUNT_THRESHOLDS: Final = (0.24, 0.2)
"""Least score to count, seen from the side and steeply: the network is less sure of what it sees from above."""
FACE_THRESHOLD: Final = 0.1
FACE_SCALES: Final = (1.0, 2.0)
"""Twice the size finds small faces and loses large ones: scales are united, never swapped."""
FACE_GROWN_SHARE: Final = 0.4
FACE_SEARCH_SCALE: Final = 1.5
"""Of the search in what is published: there faces are small and soft, and at half as large again surely found."""
LEVEL_PERSON_PX: Final = 45.0
STEEP_PERSON_PX: Final = 140.0
"""A person in the middle of the ground seen is brought to this height in the network's input.

Seen from the side 45 px are enough (measured on street video); the steeper the view, the more a count needs.
"""
STEEP_LOOK_PX: Final = 80.0
"""The same for masks, within their budget: at 45 px children seen steeply were missed more often than others."""
COUNT_LEVEL_DEG: Final = 20.0
COUNT_STEEP_DEG: Final = 45.0
"""Depressions of the optical axis between which a count goes from one to the other."""
COUNT_BUDGET_PX: Final = 1_500_000
"""Most input pixels of a count with a pose: 300 MB of memory, and a third of a second of one core."""
LOOK_BUDGET_PX: Final = 300_000
"""Most input pixels of a look with a pose: several looks a second must fit one core, or the gate would stay closed.

Where people are too small for that, the picture's own coarseness protects them: see the cap.
"""
BODY_DEPTH_M: Final = 0.5
"""What a standing person shows from straight above."""
PROBE_SCALE: Final = 0.25
"""Of a look's scale, once in `PROBE_EVERY_NS`: a look is scaled by the pose, and where the pose hides a zoom people
are too large for it. The probe costs a sixteenth of a look and sees those who are four times as tall as told."""
PROBE_EVERY_NS: Final = 1_000_000_000
LEAST_PERSON_PX: Final = 22.0
"""Smaller than this in the network's input, people are not found often enough to call a place observed."""
SCALE_LIMITS: Final = (0.25, 2.0)
HEAD_SHARE: Final = 0.45
"""The head lies in this upper part of a person's box, seen from the side."""
STEEP_DEG: Final = 40.0
"""Depression from which the head may be anywhere in the box."""
TILTED_DEG: Final = 25.0
"""Roll from which it may be, too; a camera hung upside down sends heads at the bottom."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look gives: masks for the gate and, where the same scale serves both, people for the count."""

    look: Look
    people: Boxes | None


class Eyes:
    """Both detectors, and how they are used."""

    def __init__(self, person: PersonDetector, face: FaceDetector, *, level: RedactionLevel) -> None:
        """Take the detectors; `level` says whether whole persons or heads are masked."""
        self._person = person
        self._face = face
        self._level = level
        self._probed_utc_ns: int | None = None
        self.sizes = SizeLog()
        """How the people found compare with the pose; for the cross-check."""

    def look(self, frame: CappedFrame) -> Sight:
        """Look at a frame for its masks.

        Raises:
            DetectorError: a network failed; what was looked at must stay hidden.
        """
        scales = mask_scales(frame)
        found = find_people(self._person, frame.pixels, self._with_probe(scales, frame), MASK_THRESHOLD)
        self.sizes.note(sizes_of(found, frame))
        may_hide = plausible(found, frame, allowance=MASK_ALLOWANCE) | (found.scores >= SURE_THRESHOLD)
        masked = found.kept(may_hide)
        boxes = masked if self._level is RedactionLevel.STRICT else heads(masked, frame)
        if frame.pose is None or self._level is RedactionLevel.FLOOR:
            boxes = union(boxes, self._faces(frame))
        look = Look(
            utc_ns=frame.utc_ns, boxes=boxes, pose=frame.pose, bound=frame.bound, cap_px_per_m=frame.cap_px_per_m
        )
        return Sight(look, countable(found, frame) if scales == count_scales(frame) else None)

    def people(self, frame: CappedFrame) -> Boxes:
        """Find people to count, at the scale that finds most of them.

        Raises:
            DetectorError: a network failed.
        """
        found = find_people(self._person, frame.pixels, count_scales(frame), count_threshold(frame))
        self.sizes.note(sizes_of(found, frame))
        return countable(found, frame)

    def look_and_count(self, frame: CappedFrame) -> Sight:
        """Look at a frame for masks and people alike.

        Raises:
            DetectorError: a network failed.
        """
        sight = self.look(frame)
        return sight if sight.people is not None else Sight(sight.look, self.people(frame))

    def face_score(self, picture: Picture) -> float:
        """Return the score of the surest face in a picture, 0 without one.

        Raises:
            DetectorError: the network failed.
        """
        scale = min(FACE_SEARCH_SCALE, MAX_SIDE_PX / max(picture.shape[:2]))
        found = self._face.find(picture, threshold=FACE_THRESHOLD, scale=scale)
        return float(found.scores.max()) if len(found) else 0.0

    def _with_probe(self, scales: tuple[float, ...], frame: CappedFrame) -> tuple[float, ...]:
        """Return the scales of a look and, where a pose chose them, once in a while that of the probe."""
        since_ns = PROBE_EVERY_NS if self._probed_utc_ns is None else abs(frame.utc_ns - self._probed_utc_ns)
        if frame.bound is None or since_ns < PROBE_EVERY_NS:
            return scales
        self._probed_utc_ns = frame.utc_ns
        return (*scales, PROBE_SCALE * scales[0])

    def _faces(self, frame: CappedFrame) -> Boxes:
        most = float(np.sqrt(BUDGET_PX / (frame.width_px * frame.height_px)))
        scales = sorted({min(scale, most) for scale in FACE_SCALES})
        found = [self._face.find(frame.pixels, threshold=FACE_THRESHOLD, scale=scale) for scale in scales]
        return union(*found).grown(FACE_GROWN_SHARE)


def countable(found: Boxes, frame: CappedFrame) -> Boxes:
    """Return the boxes that count as people: sure enough, and as tall as a person can be there."""
    return found.kept(plausible(found, frame) & (found.scores >= count_threshold(frame)))


def mask_scales(frame: CappedFrame) -> tuple[float, ...]:
    """Return the scales of a look: one with a pose, at which people are just large enough, two without.

    The steeper people are seen, the larger they must be; a count asks for more still.
    """
    if frame.bound is None:
        return scales_without_pose(frame.width_px, frame.height_px)
    person_px = LEVEL_PERSON_PX + (STEEP_LOOK_PX - LEVEL_PERSON_PX) * _steep_share(frame)
    return (_scale(frame, person_px, LOOK_BUDGET_PX),)


def count_scales(frame: CappedFrame) -> tuple[float, ...]:
    """Return the scales of a count: larger than a look's, the steeper people are seen."""
    if frame.bound is None or frame.pose is None:
        return scales_without_pose(frame.width_px, frame.height_px)
    person_px = LEVEL_PERSON_PX + (STEEP_PERSON_PX - LEVEL_PERSON_PX) * _steep_share(frame)
    return (_scale(frame, person_px, COUNT_BUDGET_PX),)


def count_threshold(frame: CappedFrame) -> float:
    """Return the least score at which a box counts as a person in this frame."""
    level, steep = COUNT_THRESHOLDS
    return level + (steep - level) * _steep_share(frame)


def _steep_share(frame: CappedFrame) -> float:
    """Return 0 for a level view or none known, 1 for a steep one, and what lies between."""
    if frame.pose is None:
        return 0.0
    depression_deg = -frame.pose.pitch_deg
    return float(np.clip((depression_deg - COUNT_LEVEL_DEG) / (COUNT_STEEP_DEG - COUNT_LEVEL_DEG), 0, 1))


def _scale(frame: CappedFrame, person_px: float, budget_px: int) -> float:
    """Return the scale that brings a person in the middle of the ground seen to this height, within bounds."""
    if frame.bound is None or frame.pose is None:
        return 1.0
    px_per_m = frame.bound.px_per_m[np.isfinite(frame.bound.px_per_m)]
    steepness = float(np.clip(np.sin(np.radians(-frame.pose.pitch_deg)), 0, 1))
    span_m = PERSON_HEIGHT_M * float(np.sqrt(1 - steepness**2)) + BODY_DEPTH_M * steepness
    middle_px = float(np.median(px_per_m)) * frame.bound.on_the_ground * span_m if px_per_m.size else person_px
    most = float(np.sqrt(budget_px / (frame.width_px * frame.height_px)))
    wanted = min(max(person_px / max(middle_px, 1.0), SCALE_LIMITS[0]), SCALE_LIMITS[1], most)
    return _whole_blocks(wanted, frame.width_px)


def _whole_blocks(scale: float, width_px: int) -> float:
    """Return a scale, at most a little smaller, that makes the width a multiple of what the network pads to."""
    return max(1, int(scale * width_px) // MULTIPLE_PX) * MULTIPLE_PX / width_px


def least_px_per_m(frame: CappedFrame) -> float:
    """Return the px/m below which people cannot be found in this frame."""
    return LEAST_PERSON_PX / (PERSON_HEIGHT_M * max(count_scales(frame)))


def _heads_are_up(pose: CameraPose) -> bool:
    """Say whether people stand upright in the picture: seen from the side, by a camera that is not tilted."""
    return -pose.pitch_deg <= STEEP_DEG and abs((pose.roll_deg + 180) % 360 - 180) <= TILTED_DEG


def heads(people: Boxes, frame: CappedFrame) -> Boxes:
    """Return where the heads of these people may be: the upper part of the box, or all of it when seen steeply."""
    if frame.pose is not None and not _heads_are_up(frame.pose):
        return people
    xyxy = people.xyxy.copy()
    xyxy[:, 3] = xyxy[:, 1] + HEAD_SHARE * (xyxy[:, 3] - xyxy[:, 1])
    return people.moved_to(xyxy)
