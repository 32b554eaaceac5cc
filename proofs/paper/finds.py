"""What the detectors would find of a crowd whose truth is known: people, missed ones and doubles. Pure but for its rng.

The shares are those measured on rendered crowds, by depression and density (decision 0072): found people over people,
doubles and false finds included. Who is missed stays missed for some seconds, and a whole flight is off by a factor of
its own, as light and clothing are: what is averaged away in a laboratory is not in a square.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maps.near import sums_within
from sitl.crowd.crowd import People
from sitl.world.shot import Shot
from vision.boxes import Boxes
from vision.plausible import MID_BODY_M

Floats = NDArray[np.float64]

DENSITIES_PER_M2: Final = (0.25, 0.75, 1.5, 2.75, 4.25, 7.0)
DEPRESSIONS_DEG: Final = (30.0, 38.0, 46.0, 54.0, 65.0, 85.0)
FOUND: Final = (
    (0.84, 0.81, 0.82, 0.66, 0.52, 0.41),
    (0.90, 1.01, 1.13, 0.95, 0.66, 0.63),
    (0.98, 1.03, 1.11, 0.87, 0.68, 0.61),
    (0.96, 1.04, 1.10, 0.83, 0.69, 0.59),
    (0.98, 1.11, 1.15, 1.10, 0.83, 0.72),
    (1.00, 0.99, 0.98, 0.90, 0.83, 0.93),
)
"""Finds over people, measured (2026-11-23) on 2,000 rendered people at each depression."""
AROUND_M: Final = 2.0
FLIGHT_SIGMA: Final = 0.1
"""Of the factor of a whole flight, of its logarithm."""
STAYS_S: Final = 2.0
"""How long who is missed, or doubled, stays so."""
OFF_PX: Final = 2.5
"""Of a box's middle from that of the body, along each axis."""
DOUBLE_M: Final = 0.4
"""From a person to the second find of them: a shadow, an arm, a bag."""
MOST_FOUND: Final = 0.95
"""Nobody is surer to be found: what the table has beyond are doubles."""
BOX_M: Final = (0.5, 1.2)


@dataclass(frozen=True, slots=True)
class Eye:
    """One camera's detectors in one world."""

    seed: int
    factor: float

    @classmethod
    def drawn(cls, seed: int) -> Eye:
        """Return one whose flight is off by a factor drawn from the seed."""
        return cls(seed, math.exp(np.random.default_rng(seed).normal(0.0, FLIGHT_SIGMA)))

    def finds(self, people: People, shot: Shot, t_s: float) -> Boxes:
        """Return the boxes that would be found at an instant, in the picture's pixels."""
        place_m = np.column_stack([people.east_m, people.north_m, np.full(len(people), MID_BODY_M)])
        rng = np.random.default_rng([self.seed, round(1000 * t_s)])
        many = self._finds_of(people, shot, t_s)
        twice = many == 2
        angle = rng.uniform(0, 2 * math.pi, int(twice.sum()))
        beside = place_m[twice] + DOUBLE_M * np.column_stack([np.cos(angle), np.sin(angle), np.zeros(len(angle))])
        return _boxes(np.concatenate([place_m[many > 0], beside]), shot, rng)

    def _finds_of(self, people: People, shot: Shot, t_s: float) -> NDArray[np.int64]:
        """Return how many finds each person is: 0, 1 or 2."""
        wanted = self.factor * found_share(people, shot)
        luck = _luck(self.seed, people.ids, t_s)
        once = np.minimum(wanted, MOST_FOUND)
        doubled = np.clip(wanted - MOST_FOUND, 0.0, once)
        return np.where(luck < doubled, 2, np.where(luck < once, 1, 0)).astype(np.int64)


def found_share(people: People, shot: Shot) -> Floats:
    """Return finds over people (n,), at each person's depression and density."""
    away = np.hypot(people.east_m - shot.place_m[0], people.north_m - shot.place_m[1])
    depression = np.degrees(np.arctan2(shot.place_m[2], np.maximum(away, 0.1)))
    near = sums_within(people.east_m, people.north_m, np.ones((1, len(people))), AROUND_M)[0]
    by_row = np.stack([np.interp(near / (math.pi * AROUND_M**2), DENSITIES_PER_M2, row) for row in FOUND])
    row = np.interp(depression, DEPRESSIONS_DEG, np.arange(len(FOUND)))
    lower = np.minimum(row.astype(np.int64), len(FOUND) - 2)
    each = np.arange(len(people))
    return np.asarray(by_row[lower, each] + (row - lower) * (by_row[lower + 1, each] - by_row[lower, each]))


def _luck(seed: int, ids: NDArray[np.int64], t_s: float) -> Floats:
    """Return a number 0 to 1 for each person that stays for `STAYS_S`, from a hash: the same however often asked."""
    phase = (ids * 2654435761 % 1000) / 1000
    step = np.floor(t_s / STAYS_S + phase).astype(np.uint64)
    mixed = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + step * np.uint64(0xBF58476D1CE4E5B9)
    mixed += np.uint64(seed * 0x94D049BB133111EB % 2**64)
    mixed ^= mixed >> np.uint64(31)
    mixed *= np.uint64(0xD6E8FEB86659FD93)
    mixed ^= mixed >> np.uint64(32)
    return np.asarray((mixed >> np.uint64(11)).astype(np.float64) / 2**53)


def _boxes(place_m: Floats, shot: Shot, rng: np.random.Generator) -> Boxes:
    pixels, depth_m = shot.projected(place_m)
    k = shot.intrinsics
    u, v = (pixels + rng.normal(0, OFF_PX, pixels.shape)).T
    inside = (depth_m > 0) & (u >= 0) & (u <= k.width_px - 1) & (v >= 0) & (v <= k.height_px - 1)
    half_u, half_v = (size / 2 * k.fx_px / np.where(depth_m > 0, depth_m, 1.0) for size in BOX_M)
    xyxy = np.stack([u - half_u, v - half_v, u + half_u, v + half_v], axis=1)[inside].astype(np.float32)
    return Boxes(xyxy=xyxy, scores=np.full(len(xyxy), 0.9, np.float32))
