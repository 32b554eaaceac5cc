"""Does the video stand upright, as its pose says? People tell: heads are up in every view but a steep one.

Now and then the street-level network looks at a part of the picture twice, as it comes and turned, with people so large
that it tells heads from feet. Where it is far surer of the turned one in several looks, the video was turned on its
way, and both the places of people and the masks are wrong. Seen steeply up has no meaning, so nothing is asked there;
where few people stand nothing is told. A mirrored picture looks as upright as a true one. Decision 0074.
"""

from __future__ import annotations

from collections import deque
from itertools import cycle
from typing import Final

import cv2
import numpy as np

from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.detectors import Detector
from vision.engine import Picture
from vision.plan import LOOK_BUDGET_PX, middle_person_px

LOOKS_TURNED: Final = "picture_looks_turned"

QUARTERS: Final = (2, 1, 3)
"""Turns that are tried, in quarters, one after the other: half a turn is the likeliest, a camera hung upside down."""
PERSON_PX: Final = 100.0
"""Height of a person in the network's input: at 45 px it finds nearly as many upside down, at 100 a seventh."""
MOST_SCALE: Final = 2.5
STEEPEST_DEG: Final = 50.0
TILTED_DEG: Final = 25.0
"""A pose that is rolled further says itself that people do not stand upright."""
LEAST_SCORE: Final = 0.3
FACTOR: Final = 2.0
"""So many times as sure of the turned picture, by the sum of scores over the looks; upright ones gave 0.5 at most."""
LEAST_SURE: Final = 3.0
"""At least such a sum: some six people in three looks."""
LOOKS: Final = 3
REMEMBERED: Final = 4
"""Looks of each turn: one in which nobody could be told from upside down does not undo the others."""
EVERY_NS: Final = 10_000_000_000
AGAIN_NS: Final = 2_000_000_000
"""After a look that speaks for a turn, the next one comes sooner."""


class UprightWatch:
    """Asked by the thread that counts, with the pictures it counts in; `cause` is read by the one that publishes."""

    def __init__(self, detector: Detector) -> None:
        """Take the street-level network."""
        self._detector = detector
        self._turns = cycle(QUARTERS)
        self._turn = next(self._turns)
        self._sure = {turn: deque[tuple[float, float]](maxlen=REMEMBERED) for turn in QUARTERS}
        self._looked_utc_ns: int | None = None
        self._suspects = False
        self.cause = ""

    def turn(self, frame: CappedFrame, people: Boxes) -> None:
        """Look at a part of a picture, as it comes and turned, if that is due.

        Args:
            frame: a picture; one without a pose, seen steeply or rolled is passed over.
            people: some that were found in it, where the part is chosen.

        Raises:
            DetectorError: the network failed.
        """
        if not self._due(frame.utc_ns) or not stands_upright(frame):
            return
        self._looked_utc_ns = frame.utc_ns
        part, scale = part_of(frame, people)
        self._note(self._sureness(part, scale), self._sureness(turned_by(part, self._turn), scale))

    def _due(self, utc_ns: int) -> bool:
        wait_ns = AGAIN_NS if self._suspects else EVERY_NS
        return self._looked_utc_ns is None or abs(utc_ns - self._looked_utc_ns) >= wait_ns

    def _sureness(self, part: Picture, scale: float) -> float:
        return float(self._detector.find(part, threshold=LEAST_SCORE, scale=scale).scores.sum())

    def _note(self, upright: float, turned: float) -> None:
        sure = self._sure[self._turn]
        if upright or turned:  # an empty square says nothing
            sure.append((upright, turned))
        told = list(sure)
        if self.cause:
            self.cause = "" if _speak([(other, one) for one, other in told]) else self.cause
        elif _speak(told):
            self.cause = LOOKS_TURNED
            sure.clear()
        self._suspects = not self.cause and turned > upright
        if not self.cause and not self._suspects:
            self._turn = next(self._turns)


def _speak(sure: list[tuple[float, float]]) -> bool:
    """Say whether the looks, (as it comes, turned) each, speak for the turned one, together surely enough."""
    upright, turned = (sum(look[part] for look in sure) for part in (0, 1))
    return len(sure) >= LOOKS and turned >= max(LEAST_SURE, FACTOR * upright)


def turned_by(part: Picture, quarters: int) -> Picture:
    """Return a part turned; by one or three quarters it comes square.

    A turned video that keeps its shape was either stretched to it or has borders: half way between, people look nearly
    right in both.
    """
    turned = np.ascontiguousarray(np.rot90(part, quarters))
    side_px = max(1, round(float(np.sqrt(part.shape[0] * part.shape[1]))))
    return turned if quarters % 2 == 0 else np.asarray(cv2.resize(turned, (side_px, side_px)), np.uint8)


def stands_upright(frame: CappedFrame) -> bool:
    """Say whether people stand upright in the picture by its pose."""
    if frame.pose is None or frame.bound is None:
        return False
    roll_deg = (frame.pose.roll_deg + 180) % 360 - 180
    return -frame.pose.pitch_deg <= STEEPEST_DEG and abs(roll_deg) <= TILTED_DEG


def part_of(frame: CappedFrame, people: Boxes) -> tuple[Picture, float]:
    """Return the part of a picture that is looked at, within the budget of a look, and at which scale.

    Args:
        frame: with a pose.
        people: around whose middle it lies; without any around that of the picture.
    """
    scale = min(PERSON_PX / max(middle_person_px(frame), 1.0), MOST_SCALE)
    share = min(1.0, (LOOK_BUDGET_PX / (scale**2 * frame.width_px * frame.height_px)) ** 0.5)
    sides = np.array([frame.width_px, frame.height_px])
    middle = np.median(people.centres(), axis=0) if len(people) else sides / 2
    size = np.maximum(1, (share * sides).astype(np.int64))
    left, top = np.clip((middle - size / 2).astype(np.int64), 0, sides - size)
    return np.ascontiguousarray(frame.pixels[top : top + size[1], left : left + size[0]]), scale
