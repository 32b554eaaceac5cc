"""What people bring with them and a detector takes for people: bags, dogs and prams, and where they stand. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sitl.crowd.crowd import People
from sitl.training.shapes import RUBBER, STEEL, Pieces, any_colour, block, turned
from sitl.training.things import Bgr, Thing

BRINGS_SHARE: Final = 0.07
"""Of people who stand or walk."""
KINDS: Final = {"luggage": 0.55, "dog": 0.25, "pram": 0.2}
ELBOW_M: Final = 0.32
"""Nobody else stands so near to what somebody brought."""
COATS: Final[tuple[Bgr, ...]] = ((28, 28, 30), (40, 62, 95), (88, 128, 170), (215, 220, 224), (120, 118, 115))


def luggage(rng: np.random.Generator) -> tuple[Pieces, float]:
    """Return one to three bags, cases or rucksacks close together."""
    pieces: list[Pieces] = []
    for _ in range(int(rng.choice([1, 2, 3], p=[0.7, 0.2, 0.1]))):
        turn, at_m = float(rng.uniform(0, 6.3)), tuple(rng.normal(0, 0.25, 2).tolist())
        pieces.append(_bag(rng, turn, (at_m[0], at_m[1])))
    return tuple(piece for pile in pieces for piece in pile), 0.5


def _bag(rng: np.random.Generator, turn: float, at_m: tuple[float, float]) -> Pieces:
    colour = any_colour(rng)
    dark: Bgr = (colour[0] * 0.6, colour[1] * 0.6, colour[2] * 0.6)
    long_m, wide_m, high_m = rng.uniform(0.25, 0.7), rng.uniform(0.15, 0.4), rng.uniform(0.2, 0.75)
    body = block((long_m, wide_m), 0, high_m, dark, colour, turn=turn, at_m=at_m, upper=rng.uniform(0.6, 1.0))
    strap = block((long_m * rng.uniform(0.2, 0.7), 0.05), high_m, high_m + 0.05, dark, dark, turn=turn, at_m=at_m)
    return body, strap


def dog(rng: np.random.Generator) -> tuple[Pieces, float]:
    """Return a dog that stands: legs, body, tail, head, of one coat or two."""
    size, turn = rng.uniform(0.5, 1.25), float(rng.uniform(0, 6.3))
    coat = COATS[rng.integers(len(COATS))]
    other = coat if rng.random() < 0.7 else COATS[rng.integers(len(COATS))]

    def part(long_m: float, wide_m: float, low_m: float, high_m: float, ahead_m: float, shade: Bgr) -> Pieces:
        side: Bgr = (shade[0] * 0.8, shade[1] * 0.8, shade[2] * 0.8)
        ahead = (ahead_m * size, 0.0)
        return (block((long_m * size, wide_m * size), low_m * size, high_m * size, side, shade, turn=turn, at_m=ahead),)

    return (
        *part(0.08, 0.2, 0, 0.32, -0.26, coat), *part(0.08, 0.2, 0, 0.32, 0.22, coat),
        *part(0.66, 0.23, 0.3, 0.54, 0.0, coat), *part(0.28, 0.04, 0.42, 0.5, -0.46, other),
        *part(0.2, 0.15, 0.46, 0.66, 0.4, other), *part(0.14, 0.09, 0.46, 0.56, 0.55, other),
    ), 0.6  # fmt: skip


def pram(rng: np.random.Generator) -> tuple[Pieces, float]:
    """Return a pram or a buggy: wheels, basin, cover, hood and the bar to push it by."""
    colour, turn = any_colour(rng), float(rng.uniform(0, 6.3))
    hood: Bgr = colour if rng.random() < 0.5 else any_colour(rng)
    wheels = [
        block((0.26, 0.05), 0, 0.26, RUBBER, RUBBER, turn=turn, at_m=(x, y)) for x in (-0.3, 0.3) for y in (-0.25, 0.25)
    ]
    basin = block((0.82, 0.42), 0.42, 0.72, hood, colour, turn=turn, upper=1.12)
    inside = block((0.4, 0.34), 0.72, 0.73, colour, any_colour(rng), turn=turn, at_m=(-0.18, 0.0))
    bow = block((0.38, 0.44), 0.72, 1.0, hood, hood, turn=turn, at_m=(0.24, 0.0), upper=0.75)
    bar = block((0.04, 0.46), 0.98, 1.02, STEEL, RUBBER, turn=turn, at_m=(-0.62, 0.0))
    return (*wheels, basin, inside, bow, bar), 0.7


MAKERS: Final = {"luggage": luggage, "dog": dog, "pram": pram}


def brought(people: People, may: NDArray[np.bool_], rng: np.random.Generator) -> tuple[Thing, ...]:
    """Draw what some people have beside them, where nobody else stands.

    Args:
        people: about home.
        may: (n,), who may have something: those who stand or walk.
        rng: where chance comes from.
    """
    places = np.stack([people.east_m, people.north_m], axis=1)
    found: list[Thing] = []
    for person in np.flatnonzero(may & (rng.random(len(people)) < BRINGS_SHARE)).tolist():
        kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
        pieces, _ = MAKERS[kind](rng)
        away = turned(np.array([[rng.uniform(0.35, 0.9) + (0.3 if kind == "pram" else 0.0), 0.0]]), rng.uniform(0, 6.3))
        middle = places[person] + away[0]
        if np.hypot(*(places - middle).T).min() >= ELBOW_M:
            at = (float(middle[0]), float(middle[1]))
            found.append(Thing(kind=kind, middle_m=at, reach_m=ELBOW_M, pieces=pieces))
    return tuple(found)
