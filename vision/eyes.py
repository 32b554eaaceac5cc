"""Look at a capped frame: where people and faces are, and what is head and what is whole; `vision.plan` says how."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from flightlink.mission import RedactionLevel
from flightlink.pose import CameraPose
from vision.boxes import Boxes, union
from vision.capped import CappedFrame
from vision.crosscheck import SizeLog, sizes_of
from vision.crowds import closer_look, crowd_among
from vision.detectors import Detector, FaceDetector, PersonDetector
from vision.engine import MAX_SIDE_PX, Picture
from vision.finding import BUDGET_PX, each_once, found_at
from vision.flat_views import CROWD_THRESHOLD, FlatCrowds
from vision.guests import EVERYTHING_SHARE, Guests, covered_share
from vision.masks import Look
from vision.networks import ABOVE_FIRST_DEG, LEAST_PERSON_PX, Network, Networks
from vision.plan import (
    COUNT_BUDGET_PX,
    MASK_BOTH_FROM_DEG,
    Pass,
    count_passes,
    count_scales,
    count_threshold,
    crowd_threshold,
    input_px,
    look_passes,
    pass_beside,
    same_runs,
)
from vision.plausible import plausible
from vision.self_test import SelfTest
from vision.uniting import Found, countable, counting, judging
from vision.upright import UprightWatch

__all__ = ["LEAST_PERSON_PX", "Above", "Eyes", "Sight", "count_scales", "heads"]

BOTH_MASK_FROM_DEG: Final = {RedactionLevel.STRICT: MASK_BOTH_FROM_DEG, RedactionLevel.FLOOR: ABOVE_FIRST_DEG}
"""From which depression of any ground in the picture the network for steep views masks as well."""
FACE_THRESHOLD: Final = 0.1
FACE_SCALES: Final = (1.0, 2.0)
"""Twice the size finds small faces and loses large ones: scales are united, never swapped."""
FACE_GROWN_SHARE: Final = 0.4
FACE_SEARCH_SCALE: Final = 1.5
"""Of the search in what is published: there faces are small and soft, and at half as large again surely found."""
MASK_ALLOWANCE: Final = 1.1
"""Weak boxes mask within limits of size so much wider than those that count."""
PROBE_SCALE: Final = 0.25
"""Of a look's scale, once in `PROBE_EVERY_NS`: a look is scaled by the pose, and where the pose hides a zoom people
are too large for it. The probe costs a sixteenth of a look and sees those who are four times as tall as told."""
PROBE_EVERY_NS: Final = 1_000_000_000
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Above:
    """The person detector for steep views."""

    detector: Detector
    network: Network


class Eyes:
    """The detectors, and how they are used."""

    def __init__(
        self,
        person: PersonDetector,
        face: FaceDetector,
        *,
        level: RedactionLevel,
        above: Above | None = None,
        missing: str = "",
        guests: Guests | None = None,
        trial: SelfTest | None = None,
    ) -> None:
        """Take the detectors.

        Args:
            person: the street-level one.
            face: of faces.
            level: whether whole persons or heads are masked.
            above: the one for steep views, where there is one.
            missing: why there is none although the manifest lists one.
            guests: the user's own detectors, which may add masks.
            trial: tries the person detectors from time to time; by default there is none to be tried.
        """
        self.trial = SelfTest(()) if trial is None else trial
        self.guests = Guests() if guests is None else guests
        self._surely_there = 0
        self.networks = Networks(above=None if above is None else above.network, missing=missing)
        self._detectors: dict[int, Detector] = {id(self.networks.street): person}
        if above is not None:
            self._detectors[id(above.network)] = above.detector
        self.upright = UprightWatch(person)
        self._face = face
        self._level = level
        self._probed_utc_ns: int | None = None
        self.sizes = SizeLog()
        """How the people found compare with the pose; for the cross-check."""
        self.flat_crowds = FlatCrowds()
        """Whether a crowd is seen that the street-level network misses."""

    def look(self, frame: CappedFrame) -> Sight:
        """Look at a frame for its masks.

        Raises:
            DetectorError: a network failed; what was looked at must stay hidden.
        """
        passes = look_passes(frame, self.networks, both_from_deg=BOTH_MASK_FROM_DEG[self._level])
        probe = self._probe(passes[0].scales, frame)
        found = [
            self._found(each, frame, each.network.mask_threshold, probe if each is passes[0] else ()) for each in passes
        ]
        self._surely_there = int(np.count_nonzero(found[0].boxes.scores >= found[0].network.sure_threshold))
        beside = self._beside(found, frame)
        self.sizes.note(sizes_of(judging([*found, *beside], frame, self.networks), frame))
        people = [_of_their_size(each, frame) for each in found]
        masked = [self._masked(each.network, boxes, frame) for each, boxes in zip(found, people, strict=True)]
        masked += self._in_flat_crowds(people, [_of_their_size(each, frame) for each in beside], frame)
        if frame.pose is None or self._level is RedactionLevel.FLOOR:
            masked.append(self._faces(frame))
        look = Look(
            utc_ns=frame.utc_ns,
            boxes=union(*masked),
            pose=frame.pose,
            bound=frame.bound,
            cap_px_per_m=frame.cap_px_per_m,
        )
        share = covered_share(look.boxes, frame.width_px, frame.height_px)
        self.trial.turn(frame.utc_ns, suspected=share > EVERYTHING_SHARE)
        counts = count_passes(frame, self.networks)
        told = same_runs(counts, passes) and all(np.isinf(each.network.crowd_threshold) for each in counts)
        if told:
            self.upright.turn(frame, found[0].boxes)
        return Sight(look, countable(found, counts, frame) if told else None)

    def added(self, frame: CappedFrame) -> Look:
        """Return what the guests add to the masks of a frame; what is raised `Guests.broke` takes in."""
        return self.guests.look(frame, surely_there=self._surely_there)

    def people(self, frame: CappedFrame, *, finely: bool = False) -> Boxes:
        """Find people to count, at the scale that finds most of them.

        Args:
            frame: In which they are looked for.
            finely: A photograph: without a pose it is seen in full as well, however large.

        Raises:
            DetectorError: a network failed.
        """
        passes = count_passes(frame, self.networks, finely=finely)
        found = [self._found(each, frame, count_threshold(frame, each.network)) for each in passes]
        self.sizes.note(sizes_of(judging(found, frame, self.networks), frame))
        for each in found:
            if each.network is self.networks.street:
                self.upright.turn(frame, each.boxes)
        spent_px = sum(input_px(each, frame) for each in passes)
        seen = [self._closer(each, look, frame, spent_px) for each, look in zip(found, passes, strict=True)]
        return countable(seen, passes, frame)

    def look_uncounted(self, frame: CappedFrame) -> Sight:
        """Look for masks where nobody counts, and try all the same whether the picture is turned.

        Raises:
            DetectorError: a network failed.
        """
        sight = self.look(frame)
        if sight.people is None:
            self.upright.turn(frame, sight.look.boxes)
        return sight

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

    def _found(self, look: Pass, frame: CappedFrame, threshold: float, more: tuple[float, ...] = ()) -> Found:
        """Return what one network finds at its scales, and at more."""
        detector = self._detectors[id(look.network)]
        scales = (*look.scales, *more)
        by_scale = [(scale, found_at(scale, detector, frame.pixels, threshold)) for scale in scales]
        return Found(look.network, each_once([boxes for _, boxes in by_scale]), tuple(by_scale))

    def _closer(self, found: Found, look: Pass, frame: CappedFrame, spent_px: float) -> Found:
        """Return what was found with the people of a crowd told apart by a finer look, if there is one to be had."""
        network, scale = found.network, max(look.scales)
        if np.isinf(network.crowd_threshold):
            return found
        crowd = crowd_among(counting(found.boxes, look, frame), frame)
        if crowd is None:
            return found
        left_px = COUNT_BUDGET_PX - spent_px
        closer = closer_look(crowd, frame, scale=scale, most_scale=network.most_scale, budget_px=left_px)
        if closer is None:
            return replace(found, crowd=(crowd, None, scale))
        part = np.ascontiguousarray(frame.pixels[closer.rows, closer.columns])
        threshold = crowd_threshold(frame, network)
        fine = closer.in_frame(found_at(closer.scale, self._detectors[id(network)], part, threshold))
        return replace(found, crowd=(crowd, fine, closer.scale))

    def _masked(self, network: Network, people: Boxes, frame: CappedFrame) -> Boxes:
        """Return the boxes that hide: of persons or heads. No network has a say on another's."""
        whole = self._level is RedactionLevel.STRICT or network is not self.networks.street
        return people if whole else heads(people, frame)

    def _beside(self, found: list[Found], frame: CappedFrame) -> list[Found]:
        """Return what the network for steep views finds where it does not look anyway and its glance is due."""
        look = pass_beside(frame, self.networks) if len(found) == 1 else None
        if look is None or not self.flat_crowds.is_due(frame.utc_ns):
            return []
        return [self._found(look, frame, CROWD_THRESHOLD)]

    def _in_flat_crowds(self, people: list[Boxes], beside: list[Boxes], frame: CappedFrame) -> list[Boxes]:
        """Note a crowd that the street-level network misses, and return its masks where nobody else looked."""
        for above in (*people[1:], *beside):
            self.flat_crowds.note(above, people[0], frame)
        return [self.flat_crowds.masking(above, frame.utc_ns) for above in beside]

    def _probe(self, scales: tuple[float, ...], frame: CappedFrame) -> tuple[float, ...]:
        """Return, where a pose chose the scales, once in a while that of the probe."""
        since_ns = PROBE_EVERY_NS if self._probed_utc_ns is None else abs(frame.utc_ns - self._probed_utc_ns)
        if frame.bound is None or since_ns < PROBE_EVERY_NS:
            return ()
        self._probed_utc_ns = frame.utc_ns
        return (PROBE_SCALE * scales[0],)

    def _faces(self, frame: CappedFrame) -> Boxes:
        most = float(np.sqrt(BUDGET_PX / (frame.width_px * frame.height_px)))
        scales = sorted({min(scale, most) for scale in FACE_SCALES})
        found = [self._face.find(frame.pixels, threshold=FACE_THRESHOLD, scale=scale) for scale in scales]
        return union(*found).grown(FACE_GROWN_SHARE)


def _of_their_size(found: Found, frame: CappedFrame) -> Boxes:
    """Return the boxes that can be people for their size, and those that are sure."""
    sure = found.boxes.scores >= found.network.sure_threshold
    return found.boxes.kept(plausible(found.boxes, frame, allowance=MASK_ALLOWANCE) | sure)


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
