"""The things that may stand about in a training picture, and their measures: many are as large as people. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from sitl.training.brought import dog, luggage, pram
from sitl.training.shapes import (
    GLASS,
    RUBBER,
    STEEL,
    WOOD,
    Floats,
    Pieces,
    any_colour,
    between,
    block,
    rounded,
    turned,
)
from sitl.training.things import Bgr, Piece, Thing

Maker = Callable[[np.random.Generator], tuple[Pieces, float]]
"""Draws pieces and the reach of what stands there."""


def bollard(rng: np.random.Generator) -> tuple[Pieces, float]:
    """Return a bollard, round or square, some with a band."""
    colour, radius, high = any_colour(rng), rng.uniform(0.06, 0.2), rng.uniform(0.4, 1.2)
    post = rounded(radius, 0, high, colour, any_colour(rng) if rng.random() < 0.3 else colour)
    knob = rounded(radius * rng.uniform(0.4, 0.9), high, high + 0.08, colour, colour, upper=0.7)
    return (post, knob), 0.4


def litter_bin(rng: np.random.Generator) -> tuple[Pieces, float]:
    """Return a litter bin with a lid or an open mouth."""
    colour, radius, high = any_colour(rng), rng.uniform(0.18, 0.42), rng.uniform(0.7, 1.3)
    body = rounded(radius, 0, high, colour, colour, upper=rng.uniform(0.85, 1.15), corners=int(rng.choice([4, 8, 14])))
    mouth = rounded(radius * rng.uniform(0.3, 0.8), high, high + 0.02, RUBBER, any_colour(rng))
    return (body, mouth), radius + 0.3


def lamp_post(rng: np.random.Generator) -> tuple[Pieces, float]:
    """Return a mast with a lamp, a sign or nothing on top."""
    colour, high = any_colour(rng), rng.uniform(1.8, 6)
    mast = rounded(rng.uniform(0.03, 0.09), 0, high, colour, colour, corners=6)
    turn = float(rng.uniform(0, 6.3))
    head = block((rng.uniform(0.1, 0.8), rng.uniform(0.05, 0.4)), high, high + 0.1, colour, any_colour(rng), turn=turn)
    return (mast, head), 0.4


def bench(rng: np.random.Generator) -> tuple[Pieces, float]:
    """Return a bench of slats, with or without a back."""
    colour, turn, long_m = (
        any_colour(rng) if rng.random() < 0.5 else WOOD,
        float(rng.uniform(0, 6.3)),
        rng.uniform(1.2, 2.4),
    )
    legs = [block((0.06, 0.4), 0, 0.42, STEEL, STEEL, turn=turn, at_m=(x, 0.0)) for x in (-long_m * 0.4, long_m * 0.4)]
    slats = [block((long_m, 0.1), 0.42, 0.46, colour, colour, turn=turn, at_m=(0.0, y)) for y in (-0.16, -0.02, 0.12)]
    back = [block((long_m, 0.05), 0.5, 0.85, colour, colour, turn=turn, at_m=(0.0, 0.24))] if rng.random() < 0.6 else []
    return (*legs, *slats, *back), 1.2


def pot(rng: np.random.Generator) -> tuple[Pieces, float]:
    """Return a flower pot with soil, and blossoms of one colour or shrubs."""
    radius, high, colour = rng.uniform(0.15, 0.6), rng.uniform(0.25, 0.7), any_colour(rng)
    tub = rounded(radius, 0, high, colour, (45, 62, 80), upper=1.15, corners=int(rng.choice([4, 14])))
    bloom, blooms = any_colour(rng) if rng.random() < 0.4 else (45, 110, 75), []
    for _ in range(int(rng.integers(4, 16))):
        at = rng.normal(0, radius * 0.5, 2)
        tuft = rounded(
            rng.uniform(0.05, 0.16),
            high,
            high + rng.uniform(0.1, 0.4),
            bloom,
            tuple((np.array(bloom) * rng.uniform(0.6, 1.3)).tolist()),
            upper=0.5,
            corners=5,
        )
        blooms.append(_moved(tuft, at))
    return (tub, *blooms), radius + 0.3


def _moved(piece: Piece, by_m: Floats) -> Piece:
    away = np.array([*by_m, 0.0])
    return Piece(low_m=piece.low_m + away, high_m=piece.high_m + away, side_bgr=piece.side_bgr, top_bgr=piece.top_bgr)


def car(rng: np.random.Generator) -> tuple[Pieces, float]:
    """Return a car or a van: wheels' shade, body, glass, roof."""
    colour, turn = any_colour(rng), float(rng.uniform(0, 6.3))
    long_m, wide_m = rng.uniform(3.5, 5.2), rng.uniform(1.6, 2.0)
    high = rng.uniform(1.4, 1.6) if rng.random() < 0.8 else rng.uniform(1.9, 2.4)
    belt, back = high * 0.58, -0.06 * long_m
    under = block((long_m * 0.94, wide_m * 0.98), 0.0, 0.3, RUBBER, RUBBER, turn=turn)
    body = block((long_m, wide_m), 0.25, belt, colour, colour, turn=turn, upper=0.95)
    glass = block(
        (long_m * 0.62, wide_m * 0.9), belt, high * 0.97, GLASS, GLASS, turn=turn, at_m=(back, 0.0), upper=0.82
    )
    roof = block((long_m * 0.42, wide_m * 0.72), high * 0.97, high, colour, colour, turn=turn, at_m=(back, 0.0))
    return (under, body, glass, roof), long_m / 2 + 0.4


def parasol(rng: np.random.Generator) -> tuple[Pieces, float]:
    """Return a parasol on its pole, its panels of one or two colours; nobody is under it."""
    radius, high = rng.uniform(0.9, 2.0), rng.uniform(2.0, 2.7)
    pole = rounded(0.03, 0, high, STEEL, STEEL, corners=5)
    return (pole, *canopy(rng, radius, high, radius * rng.uniform(0.15, 0.4))), 0.6


def canopy(rng: np.random.Generator, radius_m: float, high_m: float, rise_m: float) -> Pieces:
    """Return the panels of a parasol or an umbrella: triangles that meet in its tip."""
    count, start = int(rng.choice([6, 8, 8, 10])), float(rng.uniform(0, 1))
    colours = [any_colour(rng)] * 2 if rng.random() < 0.7 else [any_colour(rng), any_colour(rng)]
    angle = start + np.arange(count + 1) * 2 * np.pi / count
    rim = np.stack([np.cos(angle) * radius_m, np.sin(angle) * radius_m, np.full(count + 1, high_m - rise_m)], axis=1)
    tip, lights = np.array([0.0, 0.0, high_m]), 0.85 + 0.3 * (np.cos(angle + rng.uniform(0, 6)) + 1) / 2
    panels = []
    for k in range(count):
        corners = np.array([rim[k], rim[k + 1], tip])
        shade = tuple(np.clip(np.array(colours[k % 2]) * lights[k], 0, 255).tolist())
        panels.append(Piece(low_m=corners, high_m=corners, side_bgr=shade, top_bgr=shade))
    return tuple(panels)


def rock(rng: np.random.Generator) -> tuple[Pieces, float]:
    """Return a boulder of two steps."""
    radius, tone = float(np.exp(rng.uniform(np.log(0.12), np.log(0.9)))), rng.uniform(60, 190)
    colour = tuple(np.clip(tone * np.exp(rng.normal(0, 0.06, 3)), 0, 255).tolist())
    corners = int(rng.integers(5, 9))
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    ring = (
        np.stack([np.cos(angle) * rng.uniform(0.6, 1), np.sin(angle)], axis=1)
        * radius
        * rng.uniform(0.7, 1, (corners, 1))
    )
    hull = _hull(ring)
    dark = tuple((np.array(colour) * 0.7).tolist())
    low = between(hull, hull * 0.85, 0, radius * 0.4, dark, dark)
    return (low, between(hull * 0.85, hull * 0.45, radius * 0.4, radius * 0.8, colour, colour)), radius + 0.3


def _hull(points: Floats) -> Floats:
    return np.asarray(cv2.convexHull(points.astype(np.float32), clockwise=False)[:, 0], np.float64)


def lid(rng: np.random.Generator) -> tuple[Pieces, float]:
    """Return a manhole's lid, a grate, a mat or a blanket: flat on the ground."""
    turn, colour = float(rng.uniform(0, 6.3)), any_colour(rng)
    if rng.random() < 0.5:
        dark = tuple((np.array((60, 60, 60)) * rng.uniform(0.5, 2)).tolist())
        ring = rounded(0.36, 0.0, 0.005, dark, dark, corners=16)
        return (ring, rounded(0.3, 0.005, 0.01, dark, tuple((np.array(dark) * 1.25).tolist()), corners=16)), 0.0
    size = (rng.uniform(0.4, 2.2), rng.uniform(0.4, 1.6))
    return (block(size, 0, 0.02, colour, colour, turn=turn),), max(size) * 0.7


def table(rng: np.random.Generator) -> tuple[Pieces, float]:
    """Return a table with empty chairs about it."""
    colour, chair, radius = any_colour(rng), any_colour(rng), rng.uniform(0.3, 0.6)
    top = rounded(radius, 0.68, 0.74, colour, colour, corners=int(rng.choice([4, 16])))
    pieces = []
    for angle in np.arange(int(rng.integers(0, 5))) * np.pi / 2 + rng.uniform(0, 1):
        at = ((radius + 0.35), 0.0)
        pieces.append(block((0.42, 0.42), 0.4, 0.45, chair, chair, turn=float(angle), at_m=at))
        pieces.append(block((0.05, 0.42), 0.45, 0.85, chair, chair, turn=float(angle), at_m=(radius + 0.55, 0.0)))
    return (*pieces, top), radius + 0.6


def board(rng: np.random.Generator) -> tuple[Pieces, float]:
    """Return a board, a case, a cone or a sack: upright and about as wide as a person."""
    turn, colour = float(rng.uniform(0, 6.3)), any_colour(rng)
    match int(rng.integers(3)):
        case 0:
            return (block((rng.uniform(0.4, 1), 0.08), 0, rng.uniform(0.8, 1.9), colour, colour, turn=turn),), 0.6
        case 1:
            foot = block((0.36, 0.36), 0, 0.03, (30, 90, 235), (30, 90, 235), turn=turn)
            return (foot, rounded(0.14, 0.03, 0.7, (30, 90, 235), (230, 230, 230), upper=0.2)), 0.4
        case _:
            size = (rng.uniform(0.25, 0.7), rng.uniform(0.2, 0.5))
            dark = tuple((np.array(colour) * 0.7).tolist())
            sack = block(size, 0, 0.3, colour, colour, turn=turn)
            return (sack, block((size[0] * 0.5, 0.04), 0.3, 0.36, dark, dark, turn=turn)), 0.5


MAKERS: Final[dict[str, tuple[Maker, float]]] = {
    "bollard": (bollard, 0.12), "bin": (litter_bin, 0.1), "post": (lamp_post, 0.09), "bench": (bench, 0.09),
    "pot": (pot, 0.09), "car": (car, 0.09), "parasol": (parasol, 0.07), "rock": (rock, 0.09), "lid": (lid, 0.07),
    "table": (table, 0.04), "board": (board, 0.05),
    "luggage": (luggage, 0.05), "dog": (dog, 0.03), "pram": (pram, 0.02),
}  # fmt: skip
"""What draws each kind, and its share."""


def thing(rng: np.random.Generator, middle_m: tuple[float, float]) -> Thing:
    """Draw a thing that stands at a point."""
    kinds = list(MAKERS)
    kind = kinds[rng.choice(len(kinds), p=[share for _, share in MAKERS.values()])]
    pieces, reach_m = MAKERS[kind][0](rng)
    return Thing(kind=kind, middle_m=middle_m, reach_m=reach_m, pieces=pieces)


def umbrella(rng: np.random.Generator, middle_m: tuple[float, float], person: int) -> Thing:
    """Draw an umbrella that somebody holds."""
    pieces = canopy(rng, rng.uniform(0.45, 0.65), rng.uniform(1.95, 2.15), rng.uniform(0.15, 0.25))
    return Thing(kind="umbrella", middle_m=middle_m, reach_m=0.0, pieces=pieces, person=person)


def bicycle(rng: np.random.Generator, middle_m: tuple[float, float]) -> Thing:
    """Draw a bicycle that stands or lies."""
    turn, flat, colour = float(rng.uniform(0, 6.3)), float(rng.choice([0.0, 0.1, 0.3, 1.4])), any_colour(rng)
    angle = np.linspace(0, 2 * np.pi, 16)
    wheel = np.stack([0.34 * np.cos(angle), np.zeros(16), 0.34 + 0.34 * np.sin(angle)], axis=1)
    bars: list[tuple[Floats, float, Bgr]] = [(wheel + np.array([x, 0, 0]), 0.04, RUBBER) for x in (-0.52, 0.52)]
    frame = np.array([[-0.52, 0, 0.34], [-0.15, 0, 0.9], [0.4, 0, 0.85], [-0.05, 0, 0.3], [-0.52, 0, 0.34]])
    bars += [(frame, 0.035, colour), (np.array([[0.4, -0.28, 1.0], [0.45, 0, 0.98], [0.4, 0.28, 1.0]]), 0.035, RUBBER),
             (np.array([[0.52, 0, 0.34], [0.4, 0, 1.0]]), 0.035, colour)]  # fmt: skip
    lines = tuple((_leaning(points, flat, turn), wide, shade) for points, wide, shade in bars)
    saddle = np.array([[-0.3, -0.07, 0.95], [0.0, -0.03, 0.95], [0.0, 0.03, 0.95], [-0.3, 0.07, 0.95]])
    seat = Piece(
        low_m=_leaning(saddle, flat, turn), high_m=_leaning(saddle, flat, turn), side_bgr=RUBBER, top_bgr=RUBBER
    )
    return Thing(kind="bicycle", middle_m=middle_m, reach_m=0.7, pieces=(seat,), lines_m=lines)


def _leaning(points: Floats, lean: float, turn: float) -> Floats:
    """Return points (n, 3) of a thing along x, leaning to its side and turned, radians."""
    y = points[:, 1] * np.cos(lean) + points[:, 2] * np.sin(lean)
    z = points[:, 2] * np.cos(lean) - points[:, 1] * np.sin(lean)
    return np.column_stack([turned(np.column_stack([points[:, 0], y]), turn), z])
