"""From a plan to a stage: lays the ground, puts people where they may stand, and things where nobody does."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sitl.crowd.crowd import People
from sitl.training.brought import brought
from sitl.training.catalogue import bicycle, thing, umbrella
from sitl.training.foliage import crown
from sitl.training.grounds import GroundPlan, laid
from sitl.training.layout import Laid
from sitl.training.staging import Cast
from sitl.training.studio import Stage
from sitl.training.things import Thing

Floats = NDArray[np.float64]

GROUND_PX: Final = 1000
FINEST_M_PER_PX: Final = 0.012
COARSEST_M_PER_PX: Final = 0.25
TRIED: Final = 12
"""Places tried for a crowd on ground where not everywhere may be stood on."""
MOST_THINGS: Final = 40
CROWNS: Final = (0.45, 0.2, 0.15, 0.1, 0.06, 0.04)
"""Shares of pictures with no, one, two... bushes and trees."""


def stage_of(
    ground: GroundPlan,
    people: People,
    cast: Cast,
    reach_m: float,
    m_per_px: float,
    rng: np.random.Generator,
    *,
    shadows: float,
) -> Stage:
    """Return a plan's stage.

    Args:
        ground: its plan.
        people: about home, as if they could stand anywhere.
        cast: of the people.
        reach_m: how far from home the camera sees.
        m_per_px: of ground in the middle of the picture.
        rng: for the rest.
        shadows: how much sun there is to cast them, 0 to 1.
    """
    fine = float(np.clip(m_per_px * 0.75, FINEST_M_PER_PX, COARSEST_M_PER_PX))
    floor = laid(ground, fine, GROUND_PX, shadows=shadows)
    people, cast = _standing(floor, people, cast, reach_m, rng)
    things = _things(floor, people, reach_m, rng)
    crowns = tuple(
        crown(rng, _point(rng, reach_m))
        for _ in range(int(rng.choice(len(CROWNS), p=CROWNS)) if ground.file is None else 0)
    )
    taken = [(one.middle_m, one.reach_m) for one in things] + [(one.middle_m, one.reach_m) for one in crowns]
    away = _away_from(taken, people)
    people, cast = _some(people, away), cast.chosen(np.flatnonzero(away))
    held = tuple(
        umbrella(rng, (float(people.east_m[k]), float(people.north_m[k])), k)
        for k in np.flatnonzero(cast.umbrellas).tolist()
    )
    upright = np.array([posture == "upright" for posture in cast.postures], bool)
    beside = brought(people, upright, rng)
    ghosts = _some(people, np.zeros(len(people), bool)) if rng.random() < 0.85 else _ghosts(people, reach_m, rng)
    return Stage(laid=floor, people=people, cast=cast, things=things + held + beside, crowns=crowns, ghosts=ghosts)


def _point(rng: np.random.Generator, reach_m: float) -> tuple[float, float]:
    east, north = (rng.uniform(-1, 1, 2) * reach_m).tolist()
    return east, north


def _standing(floor: Laid, people: People, cast: Cast, reach_m: float, rng: np.random.Generator) -> tuple[People, Cast]:
    """Return those who may stand where they do, once the whole crowd was moved to where most may."""
    best, kept = people, np.zeros(len(people), bool)
    for number in range(TRIED):
        east, north = (0.0, 0.0) if number == 0 else _point(rng, 0.7 * reach_m)
        moved = replace(people, east_m=people.east_m + east, north_m=people.north_m + north)
        free = floor.is_free(moved.east_m, moved.north_m)
        if free.sum() > kept.sum():
            best, kept = moved, free
        if free.all():
            break
    return _some(best, kept), cast.chosen(np.flatnonzero(kept))


def _some(people: People, kept: NDArray[np.bool_]) -> People:
    parts = {one.name: getattr(people, one.name)[kept] for one in fields(People)}
    return People(**parts | {"ids": np.arange(int(kept.sum()))})


def _things(floor: Laid, people: People, reach_m: float, rng: np.random.Generator) -> tuple[Thing, ...]:
    """Draw things, some in rows, none on top of somebody, trees or water."""
    many = int(min(MOST_THINGS, rng.exponential(0.5 + 6 * min(1.0, reach_m / 20))))
    found: list[Thing] = []
    row = _point(rng, 1.0)
    for _ in range(many):
        in_row = bool(found) and rng.random() < 0.3
        last = found[-1].middle_m if in_row else (0.0, 0.0)
        middle = (last[0] + 1.6 * row[0], last[1] + 1.6 * row[1]) if in_row else _point(rng, reach_m)
        one = bicycle(rng, middle) if rng.random() < 0.07 else thing(rng, middle)
        if in_row and found[-1].reach_m < 1:
            one = replace(found[-1], middle_m=middle)
        place = np.array([middle])
        near = len(people) and np.hypot(people.east_m - middle[0], people.north_m - middle[1]).min() < one.reach_m
        if not near and floor.is_free(place[:, 0], place[:, 1])[0]:
            found.append(one)
    return tuple(found)


def _away_from(taken: list[tuple[tuple[float, float], float]], people: People) -> NDArray[np.bool_]:
    """Return who (n,) does not stand in something."""
    free = np.ones(len(people), bool)
    for middle, reach_m in taken:
        free &= np.hypot(people.east_m - middle[0], people.north_m - middle[1]) >= reach_m
    return free


def _ghosts(people: People, reach_m: float, rng: np.random.Generator) -> People:
    """Return a few whose shadows fall where nobody stands."""
    count = min(len(people), int(rng.integers(1, 4)))
    few = _some(people, np.arange(len(people)) < count)
    return replace(few, east_m=rng.uniform(-reach_m, reach_m, count), north_m=rng.uniform(-reach_m, reach_m, count))


def reach_seen(up_m: float, depression_deg: float, half_width: float) -> float:
    """Return how far from the picture's middle to furnish the ground, metres; `half_width` is over the focal length."""
    return float(np.clip(1.1 * half_width * up_m / math.sin(math.radians(depression_deg)), 3.0, 90.0))
