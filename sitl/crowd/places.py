"""Places for people: audiences, circles of people who talk, parties side by side. Pure; randomness is an argument."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from sitl.world.crowd_plan import Gathering
from sitl.world.crowd_room import Ground

Floats = NDArray[np.float64]

BESIDE_M: Final = 0.7
"""Of two who walk side by side."""
DRAWN_AT_ONCE: Final = 3
DRAWS: Final = 400
BACK_SHARE: Final = 0.3
"""How willingly people stand at the back of an audience, against its front."""


def drawn_points(ground: Ground, count: int, rng: np.random.Generator) -> Floats:
    """Return points (count, 2), each anywhere on the ground, which must not be empty."""
    west, south, east, north = ground.bounds
    found = np.empty((0, 2))
    while len(found) < count:
        drawn = rng.uniform((west, south), (east, north), (4 * count, 2))
        found = np.concatenate([found, drawn[shapely.contains_xy(ground, drawn[:, 0], drawn[:, 1])]])
    return found[:count]


def drawn_party(
    ground: Ground, shape_m: Floats, taken_m: Floats, apart_m: float, rng: np.random.Generator, draws: int = DRAWS
) -> Floats | None:
    """Return places (k, 2) of a party of this shape (k, 2) about its middle, or None where no draw found room.

    All are on the ground and none nearer than `apart_m` to those taken (m, 2).
    """
    for _ in range(0, draws, DRAWN_AT_ONCE):
        middles = drawn_points(ground, DRAWN_AT_ONCE, rng)
        places = middles[:, None] + shape_m[None]
        inside = shapely.contains_xy(ground, places[..., 0], places[..., 1]).all(axis=1)
        for party in places[inside]:
            if _is_apart(party, taken_m, apart_m):
                return np.asarray(party)
    return None


def _is_apart(places_m: Floats, taken_m: Floats, apart_m: float) -> bool:
    """Say whether places (k, 2) are all at least so far from those taken (m, 2)."""
    east_m = taken_m[:, 0]
    # Most are too far away to the east or west to need a look.
    near_m = taken_m[(east_m > places_m[:, 0].min() - apart_m) & (east_m < places_m[:, 0].max() + apart_m)]
    return bool((((places_m[:, None] - near_m) ** 2).sum(axis=2) >= apart_m**2).all())


def abreast(size: int, bearing_deg: float) -> Floats:
    """Return the shape (size, 2) of a party that walks side by side towards a bearing."""
    steps = BESIDE_M * (np.arange(size) - (size - 1) / 2)
    bearing = math.radians(bearing_deg)
    return np.outer(steps, [math.cos(bearing), -math.sin(bearing)])


def circle(size: int, apart_m: float, turn_deg: float) -> Floats:
    """Return the shape (size, 2) of people who talk, each `apart_m` from the next."""
    if size == 1:
        return np.zeros((1, 2))
    radius_m = apart_m / (2 * math.sin(math.pi / size))
    angles = math.radians(turn_deg) + 2 * math.pi * np.arange(size) / size
    return np.asarray(radius_m * np.column_stack([np.sin(angles), np.cos(angles)]))


def bearings_deg(from_m: Floats, to_m: Floats) -> Floats:
    """Return the bearings (n,), clockwise from north, in which points (n, 2) or (2,) lie from points (n, 2)."""
    east_m, north_m = (to_m - from_m).T
    return np.asarray(np.degrees(np.arctan2(east_m, north_m)) % 360)


def gathered(gathering: Gathering, ground: Ground, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return places (n, 2) and headings (n,) of a gathering; fewer than asked where no draw found room."""
    if gathering.circles_of:
        return _circles(gathering, ground, rng)
    places = _audience(gathering, ground, rng)
    if gathering.faces_m is None:
        facing: Floats = np.full(len(places), gathering.facing_deg)
    else:
        facing = bearings_deg(places, np.array(gathering.faces_m))
    return places, facing + rng.normal(0, 12, len(places))


def _audience(gathering: Gathering, ground: Ground, rng: np.random.Generator) -> Floats:
    """Return places (n, 2), denser towards what everybody looks at."""
    ahead = _ahead(gathering)
    along = np.array([ahead @ corner for corner in np.array(ground.envelope.exterior.coords)])
    places = np.empty((0, 2))
    while len(places) < gathering.people:
        found = drawn_party(ground, np.zeros((1, 2)), places, gathering.apart_m, rng)
        if found is None:
            return places
        front = (found[0] @ ahead - along.min()) / (along.max() - along.min())
        room_left = len(places) < 0.8 * gathering.people
        if not room_left or rng.random() < BACK_SHARE + (1 - BACK_SHARE) * front:
            places = np.concatenate([places, found])
    return places


def _ahead(gathering: Gathering) -> Floats:
    """Return the unit vector (2,) from the middle of an audience to what it looks at."""
    facing = math.radians(gathering.facing_deg)
    if gathering.faces_m is not None:
        facing = math.atan2(*np.subtract(gathering.faces_m, gathering.middle_m))
    return np.array([math.sin(facing), math.cos(facing)])


def _circles(gathering: Gathering, ground: Ground, rng: np.random.Generator) -> tuple[Floats, Floats]:
    places, headings = np.empty((0, 2)), np.empty(0)
    while len(places) < gathering.people:
        size = min(int(rng.choice(gathering.circles_of)), gathering.people - len(places))
        shape_m = circle(size, max(gathering.apart_m, 0.75), rng.uniform(0, 360))
        found = drawn_party(ground, shape_m, places, gathering.apart_m, rng)
        if found is None:
            break
        towards = bearings_deg(found, found.mean(axis=0)) if size > 1 else rng.uniform(0, 360, 1)
        places, headings = np.concatenate([places, found]), np.concatenate([headings, towards])
    return places, headings + rng.normal(0, 10, len(places))
