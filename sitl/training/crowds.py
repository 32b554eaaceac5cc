"""Crowds of one instant for training pictures: alone, in groups, in queues, audiences up to six per square metre."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from sitl.crowd.crowd import People

Floats = NDArray[np.float64]
Kind = Literal["nobody", "alone", "strollers", "groups", "queue", "audience"]

KINDS: Final[tuple[Kind, ...]] = ("nobody", "alone", "strollers", "groups", "queue", "audience")
SHARES: Final = (0.04, 0.10, 0.30, 0.20, 0.12, 0.24)
MOST_PER_M2: Final = 6.0
MOST_PEOPLE: Final = 900
BODY_M: Final = 0.36
"""Least distance of two."""


def crowd_of(kind: Kind, middle_m: tuple[float, float], reach_m: float, rng: np.random.Generator) -> People:
    """Draw people about a point, none nearer to another than `BODY_M`; they reach about so far from it."""
    match kind:
        case "nobody":
            place, heading, walks = np.empty((0, 2)), np.empty(0), False
        case "alone":
            place, heading, walks = _scattered(int(rng.integers(1, 4)), reach_m * 0.7, rng)
        case "strollers":
            count = int(np.clip(rng.uniform(0.005, 0.12) * (2 * reach_m) ** 2, 4, 160))
            place, heading, walks = _scattered(count, reach_m, rng)
        case "groups":
            place, heading, walks = _groups(reach_m, rng)
        case "queue":
            place, heading, walks = _queue(reach_m, rng)
        case "audience":
            place, heading, walks = _audience(reach_m, rng)
    place = place + np.array(middle_m)
    return _people(place, heading, rng, walking_share=0.8 if walks else 0.1)


Drawn = tuple[Floats, Floats, bool]
"""Places (n, 2), headings (n,) in degrees, and whether most of them walk."""


def _scattered(count: int, reach_m: float, rng: np.random.Generator) -> Drawn:
    place = spread(rng.uniform(-reach_m, reach_m, (count, 2)))
    return place, rng.uniform(0, 360, len(place)), True


def _groups(reach_m: float, rng: np.random.Generator) -> Drawn:
    places, headings = [], []
    for _ in range(int(rng.integers(3, 16))):
        middle, size = rng.uniform(-reach_m, reach_m, 2), int(rng.integers(2, 6))
        angle = rng.uniform(0, 360) + np.arange(size) * 360 / size + rng.normal(0, 12, size)
        radius_m = 0.35 + 0.12 * size
        away = np.stack([np.sin(np.radians(angle)), np.cos(np.radians(angle))], axis=1)
        places.append(middle + radius_m * away)
        headings.append((angle + 180 + rng.normal(0, 25, size)) % 360)
    place, heading = np.concatenate(places), np.concatenate(headings)
    kept = apart(place)
    return place[kept], heading[kept], False


def _queue(reach_m: float, rng: np.random.Generator) -> Drawn:
    count, along = int(rng.integers(8, 40)), np.radians(rng.uniform(0, 360))
    steps = np.cumsum(rng.uniform(0.5, 1.1, count))
    bend = np.cumsum(rng.normal(0, 0.05, count))
    direction = np.stack([np.sin(along + bend), np.cos(along + bend)], axis=1)
    place = (steps - steps.mean())[:, None] * direction + rng.normal(0, 0.12, (count, 2))
    kept = apart(place) & (np.abs(place).max(axis=1) < reach_m)
    heading = np.degrees(along + bend) + rng.normal(0, 20, count)
    return place[kept], heading[kept] % 360, False


def _audience(reach_m: float, rng: np.random.Generator) -> Drawn:
    per_m2 = float(np.exp(rng.uniform(np.log(0.4), np.log(MOST_PER_M2))))
    side_m = min(2 * reach_m * 0.8, np.sqrt(MOST_PEOPLE / per_m2))
    step_m = np.sqrt(2 / (np.sqrt(3) * per_m2))
    rows = np.arange(-side_m / 2, side_m / 2, step_m * np.sqrt(3) / 2)
    columns = np.arange(-side_m / 2, side_m / 2, step_m)
    x, y = np.meshgrid(columns, rows)
    x = x + step_m / 2 * (np.arange(len(rows)) % 2)[:, None]
    jitter = max(0.0, (step_m - BODY_M)) * 0.35
    place = np.stack([x.ravel(), y.ravel()], axis=1) + rng.normal(0, jitter, (x.size, 2))
    angle = np.radians(rng.uniform(0, 360))
    place = place @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    place = place[apart(place) & (rng.random(len(place)) < rng.uniform(0.75, 1.0)) & _in_blob(place, side_m, rng)]
    return place, (rng.uniform(0, 360) + rng.normal(0, 15, len(place))) % 360, False


def _in_blob(place: Floats, side_m: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return who (n,) of a square crowd stays so that it ends raggedly, as crowds do, about some of its sides."""
    angle, away = np.arctan2(place[:, 1], place[:, 0]), np.hypot(place[:, 0], place[:, 1])
    waves = sum(rng.normal(0, 0.13) * np.sin(k * angle + rng.uniform(0, 6.3)) for k in range(1, 5))
    edge_m = side_m / 2 * (rng.uniform(0.9, 1.35) + waves)
    return np.asarray(rng.random(len(place)) < 1 / (1 + np.exp((away - edge_m) / (0.04 * side_m))))


def apart(place: Floats, least_m: float = BODY_M) -> NDArray[np.bool_]:
    """Return who (n,) of places (n, 2) stays, so that no two are nearer than `least_m`; the first comer does."""
    kept = np.ones(len(place), bool)
    for index in range(1, len(place)):
        away = np.hypot(*(place[:index] - place[index]).T)
        kept[index] = not ((away < least_m) & kept[:index]).any()
    return kept


def spread(place: Floats) -> Floats:
    """Return those places (n, 2) that are apart."""
    return place[apart(place)]


def _people(place: Floats, heading_deg: Floats, rng: np.random.Generator, *, walking_share: float) -> People:
    count = len(place)
    walks = rng.random(count) < walking_share
    return People(
        ids=np.arange(count),
        east_m=place[:, 0],
        north_m=place[:, 1],
        heading_deg=heading_deg,
        walked_m=rng.uniform(0, 10, count),
        speed_m_s=np.where(walks, rng.uniform(0.5, 1.6, count), 0.0),
        walks=walks,
        looks=rng.integers(0, 1 << 30, count),
    )
