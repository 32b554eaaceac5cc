"""How the people of the sprite workshop stand and walk: turns of the joints. Pure."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

Axis = tuple[float, float, float]
Turns = list[tuple[str, Axis, float]]
"""Bone, axis in the body's frame (x to its left, y behind it, z up), degrees."""

X: Final[Axis] = (1.0, 0.0, 0.0)
Y: Final[Axis] = (0.0, 1.0, 0.0)
Z: Final[Axis] = (0.0, 0.0, 1.0)
SIDES: Final = (("L", 1), ("R", -1))
ARMS: Final = ("hang", "hang", "pocket", "clasp", "fold", "phone", "hold")
"""What arms do while people stand: hang, hands in pockets, clasped in front, folded, one at a telephone or a cup."""
ARM_SLOPE_DEG: Final = 44.0
"""Of the arms from the plumb line in the body's pose at rest."""
SHOULDER_DEG: Final = 9.0
"""Share of an arm's turn downwards that its collar bone takes."""
WALKING_DOWN_DEG: Final = 35.0
"""Turn of a walker's arms from there towards the body's side."""


def standing_turns(rng: np.random.Generator, arms: str) -> Turns:
    """Return the turns of somebody who stands with a foot ahead and looks somewhere."""
    lean = float(rng.uniform(-7, 7))
    turns: Turns = [("neck01", X, rng.uniform(-6, 14)), ("head", Z, rng.uniform(-30, 30)), ("spine03", X, 3.0)]
    turns += [("spine03", Z, rng.uniform(-8, 8))]
    for side, sign in SIDES:
        turns += [(f"upperleg01.{side}", X, sign * lean), (f"upperleg01.{side}", Y, sign * rng.uniform(1, 5))]
        turns += [(f"lowerleg01.{side}", X, max(0.0, -sign * lean) * 0.6)]
    lifted = "L" if rng.random() < 0.5 else "R"
    for side, sign in SIDES:
        turns += _arm(side, sign, arms if arms not in {"phone", "hold"} or side == lifted else "hang", rng)
    return turns


def _arm(side: str, sign: int, does: str, rng: np.random.Generator) -> Turns:
    """Return the turns of one arm: down, forward, bent at the elbow, and the forearm inward."""
    down, forward, bend, inward = {
        "hang": (rng.uniform(33, 37), rng.uniform(-5, 8), rng.uniform(8, 22), -6.0),
        "pocket": (rng.uniform(30, 34), rng.uniform(8, 16), rng.uniform(28, 40), 2.0),
        "clasp": (36.0, rng.uniform(-8, -2), rng.uniform(38, 55), 38.0),
        "fold": (37.0, rng.uniform(-14, -8), rng.uniform(82, 95), 55.0),
        "phone": (36.0, rng.uniform(-20, -10), rng.uniform(85, 110), 28.0),
        "hold": (36.0, rng.uniform(-12, 0), rng.uniform(60, 80), 25.0),
    }[does]
    return arm_turns(side, sign, down=down, forward=forward, bend=bend, inward=inward)


def arm_turns(side: str, sign: int, *, down: float, forward: float, bend: float, inward: float) -> Turns:
    """Return the turns of one arm, all in degrees.

    The elbow's axes are those of the arm at rest, which points down and out: it bends about the axis across the arm
    and the line ahead, and turns in about the upper arm itself.
    """
    slope = math.radians(ARM_SLOPE_DEG)
    along: Axis = (sign * math.sin(slope), 0.0, -math.cos(slope))
    across: Axis = (-math.cos(slope), 0.0, -sign * math.sin(slope))
    upper, lower = f"upperarm01.{side}", f"lowerarm01.{side}"
    turns: Turns = [(f"clavicle.{side}", Y, sign * SHOULDER_DEG), (upper, Y, sign * (down - SHOULDER_DEG))]
    return [*turns, (upper, X, forward), (lower, across, bend), (lower, along, sign * inward)]


def walking_turns(phase_deg: float, *, arms: str) -> Turns:
    """Return the turns of a stride: thighs swing against each other, the knee of the leg in the air bends."""
    turns: Turns = [("neck01", X, 4.0), ("spine03", X, 4.0)]
    for side, sign, lag_deg in (("L", 1, 0.0), ("R", -1, 180.0)):
        angle = math.radians(phase_deg + lag_deg)
        swing_deg, knee_deg = -23 * math.sin(angle), 6 + 42 * max(0.0, math.cos(angle))
        turns += [(f"upperleg01.{side}", X, swing_deg - 0.25 * knee_deg), (f"lowerleg01.{side}", X, knee_deg)]
        busy = arms == "pocket" or (arms in {"phone", "hold"} and side == "L")
        forward, bend, inward = (10.0, 34.0, 2.0) if arms == "pocket" else (-12.0, 80.0, 26.0)
        if not busy:
            forward, bend, inward = -0.75 * swing_deg, 16.0, -4.0
        turns += arm_turns(side, sign, down=WALKING_DOWN_DEG, forward=forward, bend=bend, inward=inward)
    return turns
