"""What a network finds, beside the truth: recall, precision and count, by size, by steepness and by light.

It is asked through the station's own `PersonDetector`. Who is found: the middle of a found box lies in a person's box,
one to one, surest first. What is found where nothing is known (riders, people almost hidden) is not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from training.errors import TrainingError
from training.pictures import Corners, Labelled
from vision.boxes import Boxes
from vision.detectors import PersonDetector
from vision.engine import MAX_SIDE_PX

SIZES_PX: Final = (0, 12, 16, 24, 32, 48, 64, 96, 1_000_000)
STEEP_DEG: Final = (0, 30, 45, 60, 75, 91)
LEAST_THRESHOLD: Final = 0.05


@dataclass(frozen=True, slots=True)
class View:
    """How a picture is shown to the network: a scale, or the size that its people should have."""

    scale: float | None = None
    person_px: float | None = None

    def __str__(self) -> str:
        """Return it as in a table."""
        return f"x{self.scale:g}" if self.scale is not None else f"{self.person_px:g} px"

    def scale_for(self, one: Labelled, longest_side_px: int) -> float:
        """Return the scale for a picture, no larger than the station allows.

        A size stands for what telemetry would tell: the median of the people's longer sides is brought to it.
        """
        if self.scale is not None:
            wanted = self.scale
        else:
            lengths = one.longest_px()
            wanted = (self.person_px or 0) / float(np.median(lengths)) if len(lengths) else 1.0
        return float(min(wanted, (MAX_SIDE_PX - 1) / longest_side_px))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """One picture, what is in it and what was found."""

    one: Labelled
    found: Boxes
    scale: float


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over some pictures."""

    people: int = 0
    hit: int = 0
    wrong: int = 0
    off: int = 0
    """Sum over the pictures of the difference between found and there."""

    def __add__(self, other: Tally) -> Tally:
        """Return both together."""
        mine, others = (self.people, self.hit, self.wrong, self.off), (other.people, other.hit, other.wrong, other.off)
        return Tally(*(one + more for one, more in zip(mine, others, strict=True)))

    @property
    def recall(self) -> float:
        """People found, of all people."""
        return self.hit / self.people if self.people else float("nan")

    @property
    def precision(self) -> float:
        """Right finds, of all finds that are right or wrong."""
        return self.hit / (self.hit + self.wrong) if self.hit + self.wrong else float("nan")

    @property
    def f1(self) -> float:
        """2 hit / (people + hit + wrong): harmonic mean of recall and precision."""
        whole = self.people + self.hit + self.wrong
        return 2 * self.hit / whole if whole else float("nan")

    @property
    def count_error(self) -> float:
        """Differences of the counts of all pictures, of all people."""
        return self.off / self.people if self.people else float("nan")


def looked_at(detector: PersonDetector, pictures: Iterable[Labelled], view: View) -> Iterator[Seen]:
    """Yield each picture with what was found in it above the least threshold.

    Raises:
        TrainingError: a picture cannot be read.
    """
    for one in pictures:
        picture = cv2.imread(str(one.path), cv2.IMREAD_COLOR)
        if picture is None:
            raise TrainingError(f"{one.path}: is no picture that can be read")
        scale = view.scale_for(one, max(picture.shape[:2]))
        found = detector.find(np.asarray(picture, np.uint8), threshold=LEAST_THRESHOLD, scale=scale)
        yield Seen(one=one, found=found, scale=scale)


def matched(found: Boxes, people: Corners, unsure: Corners) -> tuple[NDArray[np.bool_], int]:
    """Return who was found, bool (n,), and how many finds are wrong; found boxes come surest first."""
    is_hit, wrong = np.zeros(len(people), bool), 0
    for centre in found.centres():
        free = np.flatnonzero(_holds(people, centre) & ~is_hit)
        if len(free):
            away = np.abs((people[free, :2] + people[free, 2:]) / 2 - centre).sum(1)
            is_hit[free[np.argmin(away)]] = True
        elif not _holds(unsure, centre).any():
            wrong += 1
    return is_hit, wrong


def _holds(corners: Corners, point: NDArray[np.float32]) -> NDArray[np.bool_]:
    inside = (corners[:, :2] <= point) & (point <= corners[:, 2:])
    return np.asarray(inside.all(1), bool)


def tally_of(seen: Seen, threshold: float) -> Tally:
    """Return the counts of one picture at a threshold."""
    found = seen.found.kept(seen.found.scores > threshold)
    is_hit, wrong = matched(found, seen.one.people, seen.one.unsure)
    hit, people = int(is_hit.sum()), len(is_hit)
    return Tally(people, hit, wrong, abs(hit + wrong - people))


def total(several: Iterable[Tally]) -> Tally:
    """Return all together."""
    return sum(several, Tally())


def best_threshold(seen: Sequence[Seen], thresholds: Sequence[float]) -> tuple[float, Tally]:
    """Return the threshold with the highest F1 and its counts."""
    rows = [(threshold, total(tally_of(one, threshold) for one in seen)) for threshold in thresholds]
    return max(rows, key=lambda row: (row[1].f1 if row[1].f1 == row[1].f1 else -1.0, -row[0]))


def by_picture(seen: Sequence[Seen], threshold: float) -> Iterator[tuple[str, Tally]]:
    """Yield the counts of the pictures of each steepness and of each light."""
    for low, high in pairwise(STEEP_DEG):
        some = [one for one in seen if one.one.depression_deg is not None and low <= one.one.depression_deg < high]
        if some:
            yield f"{low}..{min(high, 90)} deg down", total(tally_of(one, threshold) for one in some)
    for light in sorted({one.one.light for one in seen}):
        some = [one for one in seen if one.one.light == light]
        yield light, total(tally_of(one, threshold) for one in some)


def by_size(seen: Sequence[Seen], threshold: float) -> Iterator[tuple[str, int, int]]:
    """Yield each range of sizes as the network saw them, how many people have it and how many of them were found."""
    lengths = [one.one.longest_px() * one.scale for one in seen]
    hits = [
        matched(one.found.kept(one.found.scores > threshold), one.one.people, one.one.unsure)[0] for one in seen
    ]  # fmt: skip
    length, is_hit = np.concatenate([[], *lengths]), np.concatenate([np.zeros(0, bool), *hits])
    for low, high in pairwise(SIZES_PX):
        has = (length >= low) & (length < high)
        if has.any():
            name = f"{low}..{high} px" if high < SIZES_PX[-1] else f"from {low} px"
            yield name, int(has.sum()), int(is_hit[has].sum())
