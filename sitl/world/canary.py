"""Canaries: persons with known faces and clothes, and plates with known text, that nothing published may show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

Kind = Literal["person", "plate"]
Cloth = Literal["checks", "stripes", "code"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
CLOTHS: Final[tuple[Cloth, ...]] = get_args(Cloth)


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """One of them: a person always faces the camera, a plate its own way."""

    name: str
    kind: Kind
    at_m: tuple[float, float]
    """East and north of a person's feet or below a plate."""
    seed: int = 1
    """Draws a person's face and the pattern of the clothes."""
    cloth: Cloth = "checks"
    text: str = ""
    """Of a plate."""
    facing_deg: float = 0.0
    """Where a plate faces, clockwise from north."""
