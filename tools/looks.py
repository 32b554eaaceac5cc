"""Draw what the people of the sprite workshop look like: body, clothes, hair, colours and patterns. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from tools.garments import Floats, Garment

Colour = tuple[float, float, float]
"""Linear reflectance."""
Pattern = Literal["plain", "stripes", "checks"]
Bag = Literal["none", "backpack", "shoulder"]
Age = Literal["child", "adult", "old"]

CLOTH_GREY: Final = 0.25
"""Reflectance of clothes that the simulator colours later."""
SKIN: Final[tuple[Colour, ...]] = ((0.50, 0.31, 0.23), (0.42, 0.25, 0.18), (0.33, 0.19, 0.13), (0.16, 0.09, 0.06))
HAIR: Final[tuple[Colour, ...]] = (
    (0.012, 0.010, 0.009),
    (0.022, 0.015, 0.011),
    (0.045, 0.026, 0.016),
    (0.080, 0.046, 0.026),
    (0.190, 0.120, 0.060),
)
HAIR_SHARES: Final = (0.3, 0.3, 0.2, 0.12, 0.08)
GREY_HAIR: Final[tuple[Colour, ...]] = ((0.28, 0.28, 0.28), (0.42, 0.41, 0.40), (0.12, 0.115, 0.11))
HAIR_CUTS: Final = {
    "male": ("short01", "short02", "short03", "short04", "short02", "afro01"),
    "female": ("bob01", "bob02", "braid01", "ponytail01", "bob01", "short04"),
}
SUITS: Final = {
    "male": (
        "male_casualsuit01",
        "male_casualsuit02",
        "male_casualsuit03",
        "male_casualsuit04",
        "male_casualsuit05",
        "male_casualsuit06",
        "male_elegantsuit01",
        "male_worksuit01",
    ),
    "female": (
        "male_casualsuit01",
        "male_casualsuit03",
        "male_casualsuit04",
        "male_casualsuit06",
        "female_casualsuit01",
        "female_casualsuit02",
        "female_elegantsuit01",
    ),
}
SHOES: Final[tuple[Colour, ...]] = ((0.02, 0.02, 0.022), (0.03, 0.02, 0.015), (0.09, 0.05, 0.03), (0.55, 0.55, 0.55))
SHIRTS: Final[tuple[Colour, ...]] = ((0.65, 0.65, 0.65), (0.35, 0.36, 0.38), (0.04, 0.04, 0.05), (0.30, 0.40, 0.55))
BAGS: Final[tuple[Colour, ...]] = ((0.02, 0.02, 0.025), (0.05, 0.05, 0.06), (0.12, 0.06, 0.03), (0.03, 0.05, 0.12))
HEIGHT_M: Final = {"male": (1.77, 0.06), "female": (1.65, 0.055)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one person looks like, whatever the pose."""

    sex: str
    age: Age
    phenotype: dict[str, float]
    height_m: float
    suit: Garment
    shoes: Garment
    hair: Garment | None
    skin: Colour
    hair_colour: Colour
    shoe_colour: Colour
    jacket_m: float
    """How far the top stands off the body, as a jacket does."""
    shirt: Colour | None
    """Seen where a jacket is open; None for a closed one."""
    top_pattern: Pattern
    bag: Bag
    bag_colour: Colour


def look_from(rng: np.random.Generator, wardrobe: dict[str, Garment], *, age: Age) -> Look:
    """Draw one person; anny counts gender from 0 (male) to 1 (female)."""
    sex = "female" if rng.random() > 0.5 else "male"
    jacket = rng.random() < 0.6
    cut = str(rng.choice(HAIR_CUTS[sex]))
    bald = sex == "male" and rng.random() < 0.1
    return Look(
        sex=sex,
        age=age,
        phenotype=_phenotype(rng, sex=sex, age=age),
        height_m=float(rng.uniform(1.25, 1.5)) if age == "child" else float(rng.normal(*HEIGHT_M[sex])),
        suit=wardrobe[str(rng.choice(SUITS[sex]))],
        shoes=wardrobe[str(rng.choice([name for name in sorted(wardrobe) if name.startswith("shoes")]))],
        hair=None if bald else wardrobe[cut],
        skin=SKIN[int(rng.choice(len(SKIN), p=(0.4, 0.3, 0.2, 0.1)))],
        hair_colour=GREY_HAIR[rng.integers(3)] if age == "old" else HAIR[int(rng.choice(5, p=HAIR_SHARES))],
        shoe_colour=SHOES[int(rng.choice(len(SHOES), p=(0.5, 0.2, 0.15, 0.15)))],
        jacket_m=float(rng.uniform(0.014, 0.026)) if jacket else 0.003,
        shirt=SHIRTS[rng.integers(len(SHIRTS))] if jacket and rng.random() < 0.55 else None,
        top_pattern="plain" if jacket else _pattern(rng),
        bag=_bag(rng, age=age),
        bag_colour=BAGS[rng.integers(len(BAGS))],
    )


def _phenotype(rng: np.random.Generator, *, sex: str, age: Age) -> dict[str, float]:
    years = {"child": (0.34, 0.44), "adult": (0.6, 0.78), "old": (0.88, 1.0)}[age]
    return {
        "gender": 0.95 if sex == "female" else 0.05,
        "age": float(rng.uniform(*years)),
        "muscle": float(rng.uniform(0.35, 0.65)),
        "weight": float(rng.uniform(0.35, 0.85)),
        "height": 0.4,
        "proportions": float(rng.uniform(0.3, 0.7)),
    }


def _pattern(rng: np.random.Generator) -> Pattern:
    drawn = rng.random()
    return "stripes" if drawn < 0.2 else "checks" if drawn < 0.4 else "plain"


def _bag(rng: np.random.Generator, *, age: Age) -> Bag:
    drawn = rng.random()
    return "backpack" if drawn < 0.2 else "shoulder" if drawn < 0.4 and age != "child" else "none"


def pattern_on(resting: Floats, pattern: Pattern, *, seed: int) -> Floats:
    """Return the factor (n,) on a cloth's reflectance at its vertices (n, 3) on the body at rest: print and wear."""
    factor = 1 + 0.16 * folds(resting, seed=seed, size_m=0.16) + 0.08 * folds(resting, seed=seed + 1, size_m=0.05)
    level = np.floor(resting[:, 2] / 0.07) % 2
    if pattern == "stripes":
        factor *= np.where(level > 0, 1.5, 0.6)
    if pattern == "checks":
        factor *= np.where(level > 0, 1.25, 0.8) * np.where(np.floor(resting[:, 0] / 0.07) % 2 > 0, 1.25, 0.8)
    return np.clip(factor, 0.3, 2.0)


def folds(points: Floats, *, seed: int, size_m: float) -> Floats:
    """Return smooth noise (n,) of about unit height at points (n, 3): a sum of waves in random directions."""
    rng = np.random.default_rng(seed)
    waves = rng.normal(0, 2 * math.pi / size_m, (6, 3)) / math.sqrt(3)
    return np.asarray(np.sin(points @ waves.T + rng.uniform(0, 2 * math.pi, 6)).sum(1) / 2)
