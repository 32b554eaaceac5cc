"""Which pictures tell their yaw half a turn off, by what the ground between them says.

Two pictures of one ground, taken some metres apart: with the yaws right, each point seen in both lands on one place.
With both half a turn off it lands twice the distance of the cameras apart; with one, nowhere in common at all. So each
pair votes for one of four readings of its two yaws, and the reading of all pictures with the most votes wins.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

FEWEST_MATCHES: Final = 6
"""Fewer points that agree on one shift may do so by chance: in wrong readings of real pictures one or two did."""
ENOUGH_MATCHES: Final = 12
"""More points make no vote stronger."""
CLEARLY: Final = 3.0
"""A reading counts where so many times more points agree on it than on the next one."""
STRENGTH: Final = 10.0
SHIFT_SIGMA_M: Final = 3.0
"""By so much the places of two cameras err against each other, as consumers' receivers tell them within a minute."""
DECIDED: Final = 5.0
"""Margin of votes: 5 in log-likelihood is 150 to 1."""
MOST_VIEWS: Final = 12
"""Readings double with each picture."""


class YawVerdict(StrEnum):
    """What the pictures say of one written yaw."""

    AGREES = "agrees"
    FLIPPED = "flipped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How well two pictures fit when each yaw is read as written or flipped."""

    matches: int
    """Points that agree on one shift."""
    shift_m: float
    """That shift: how far the one picture's places lie from the other's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairEvidence:
    """What one pair of pictures says."""

    first: int
    second: int
    readings: tuple[Reading, Reading, Reading, Reading]
    """Of (first, second) flipped: neither, second, first, both."""


def yaw_evidence(pairs: Sequence[PairEvidence], views: int) -> tuple[YawVerdict, ...]:
    """Return the verdict on each of the views' yaws; `UNKNOWN` where no pair speaks clearly.

    Raises:
        ValueError: more views than can be read together, or a pair of views that are not there.
    """
    if views > MOST_VIEWS or any(not 0 <= pair.first < pair.second < views for pair in pairs):
        raise ValueError(f"{views} views, at most {MOST_VIEWS} are read together, and pairs must be of these")
    votes = [(pair.first, pair.second, _votes(pair)) for pair in pairs]
    best = [[float("-inf")] * 2 for _ in range(views)]
    for flips in itertools.product((0, 1), repeat=views):
        total = sum(of_pair[2 * flips[first] + flips[second]] for first, second, of_pair in votes)
        for view, flip in enumerate(flips):
            best[view][flip] = max(best[view][flip], total)
    return tuple(_verdict(as_written, flipped) for as_written, flipped in best)


def _verdict(as_written: float, flipped: float) -> YawVerdict:
    if abs(as_written - flipped) < DECIDED:
        return YawVerdict.UNKNOWN
    return YawVerdict.AGREES if as_written > flipped else YawVerdict.FLIPPED


def _votes(pair: PairEvidence) -> tuple[float, float, float, float]:
    """Return the votes for the four readings: more for more points, fewer for a larger shift, none in doubt.

    Where both readings of one relative turn (neither and both, or one and the other) fit, they are the same points with
    different shifts, and both get their votes; otherwise the best must stand out.
    """
    counts = [reading.matches for reading in pair.readings]
    best = max(range(4), key=lambda reading: counts[reading])
    twin = 3 - best
    rivals = [counts[reading] for reading in range(4) if reading not in (best, twin)]
    if counts[best] < FEWEST_MATCHES or counts[best] < CLEARLY * max(rivals):
        return (0.0, 0.0, 0.0, 0.0)
    none, second, first, both = (
        _vote(reading) if number in (best, twin) else 0.0 for number, reading in enumerate(pair.readings)
    )
    return (none, second, first, both)


def _vote(reading: Reading) -> float:
    if reading.matches < FEWEST_MATCHES:
        return 0.0
    share = min(reading.matches, ENOUGH_MATCHES) / ENOUGH_MATCHES
    return max(0.0, STRENGTH - (reading.shift_m / SHIFT_SIGMA_M) ** 2 / 2) * share
