"""A guest: a detector that the user brought. It may add masks, and nothing else. Plain values, told in the order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vision.models.card import ModelError

MOST_BYTES: Final = 400_000_000
"""Of a guest's file; the largest YOLO in full precision has 280 MB."""
MASK_SCORE: Final = 0.1
"""Least score that masks, unless its card says otherwise: a mask too many costs little, a person missed much."""
MOST_GUESTS: Final = 4
"""Of one station: each costs a part of the same small share of the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """What a worker is told of one."""

    name: str
    path: str
    """Absolute, of its ONNX file."""
    sha256: str
    class_ids: tuple[int, ...]
    """Which of its classes are people, or parts of people; every other class is never read."""
    mask_score: float

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ModelError: no class is people, or the score is none.
        """
        if not self.class_ids or min(self.class_ids) < 0:
            raise ModelError(f"{self.name}: its classes {self.class_ids} name nobody; add the model again with --class")
        if not 0 < self.mask_score < 1:
            raise ModelError(f"{self.name}: its score {self.mask_score} is not between 0 and 1; add the model again")
