"""How far an answer is from what is wanted: penalty-reduced focal loss for the heat, GIoU for the sides (TTFNet)."""

from __future__ import annotations

from typing import Final, TypeAlias

import torch
from torch.nn import functional

Tensor: TypeAlias = torch.Tensor

SIDES_WEIGHT: Final = 2.0
FALLS_AT_BELL: Final = 4
"""Power with which a wrong peak near a right one is forgiven."""


def heat_loss(logits: Tensor, heat: Tensor, counts: Tensor) -> Tensor:
    """Return the focal loss a person, people of a crowd counting less than people alone.

    With p the answer and t the target: -(1 - p)^2 log p where t = 1, else -(1 - t)^4 p^2 log(1 - p); summed over the
    cells that count of each crop. A crop of n people, at least 1, weighs 1 / sqrt(n): else the crowds alone would be
    heard, and what is nobody on an empty square not at all.

    Args:
        logits: float32 (n, rows, columns).
        heat: float32 of the same shape, 0..1.
        counts: float32 of the same shape, 0 where nothing is learned.
    """
    answer, is_peak = torch.sigmoid(logits), heat.eq(1)
    missed = -functional.logsigmoid(logits) * (1 - answer).square()
    wrong = -functional.logsigmoid(-logits) * answer.square() * (1 - heat) ** FALLS_AT_BELL
    people = is_peak.sum((1, 2)).clamp(min=1)
    lost = (torch.where(is_peak, missed, wrong) * counts).sum((1, 2))
    return (lost * people.rsqrt()).sum() / people.sqrt().sum()


def sides_loss(sides: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    """Return 1 - GIoU, averaged over the cells by their weight.

    GIoU = shared / joined - (hull - joined) / hull, areas of the boxes around one point; 1 is the same box.

    Args:
        sides: float32 (n, 4, rows, columns): to left, top, right, bottom.
        wanted: the same of the truth.
        weight: float32 (n, rows, columns).
    """
    low, high = torch.minimum(sides, wanted), torch.maximum(sides, wanted)
    shared = _area(low)
    joined = _area(sides) + _area(wanted) - shared
    hull = _area(high).clamp(min=1e-3)
    giou = shared / joined.clamp(min=1e-3) - (hull - joined) / hull
    return ((1 - giou) * weight).sum() / weight.sum().clamp(min=1e-3)


def _area(sides: Tensor) -> Tensor:
    """Return (n, rows, columns): width times height, 0 for boxes turned inside out."""
    left, top, right, bottom = sides.unbind(1)
    return (left + right).clamp(min=0) * (top + bottom).clamp(min=0)
