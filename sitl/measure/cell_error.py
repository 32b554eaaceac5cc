"""How far single cells are off: the `cell_error` of `evaluate density`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final

from maps.cells import CELL_SIZES_M, CellId
from sitl.measure.score import Compared, LeafPair

TELLS_TO_PER_M2: Final = 2.0
"""Up to here a cell is asked for an estimate; above, a lower bound will do."""
BANDS_PER_M2: Final = (0.0, 0.5, 1.0, 2.0, 4.0, float("inf"))


def cell_error(instants: Sequence[Compared]) -> dict[str, Any]:
    """Return what `cell_error` holds; a figure for which there was nothing to measure is None.

    Every error is sum |estimate - truth| / sum truth over cells and instants. `published`: the cells of the operator
    map (5, 10 or 20 m), seen now and nearly whole, with up to 2 people/m2 in truth and not saturated; `published_bias`
    the same with signs; `by_size_m`: the fused leaves put together to cells of one size, before gate 2;
    `published_by_true_per_m2`: of each density; `saturated`: how often the truth was no less than the figure shown.
    """
    shown = [pair for instant in instants for pair in instant.published]
    sure = [pair for pair in shown if not pair.saturated]
    asked = [pair for pair in sure if pair.true_people <= TELLS_TO_PER_M2 * pair.area_m2]
    return {
        "published": _error(asked),
        "published_bias": _bias(asked),
        "published_cells": len(asked),
        "by_size_m": {str(size_m): _error(_of_size(instants, size_m)) for size_m in reversed(CELL_SIZES_M)},
        "published_by_true_per_m2": [_band(sure, low, high) for low, high in pairwise(BANDS_PER_M2)],
        "saturated": _saturated([pair for pair in shown if pair.saturated]),
    }


def _of_size(instants: Sequence[Compared], size_m: int) -> list[LeafPair]:
    """Return the whole leaves of each instant put together to cells of a size, without those that are a bound."""
    cells: list[LeafPair] = []
    for instant in instants:
        together: dict[CellId, list[LeafPair]] = {}
        for leaf in instant.leaves:
            if leaf.whole:
                together.setdefault(_ancestor(leaf.cell, size_m), []).append(leaf)
        cells += (_sum(cell, leaves) for cell, leaves in together.items())
    return [cell for cell in cells if not cell.saturated and cell.true_people <= TELLS_TO_PER_M2 * cell.area_m2]


def _ancestor(cell: CellId, size_m: int) -> CellId:
    times = size_m // cell.size_m
    return CellId(size_m, cell.east_index // times, cell.north_index // times)


def _sum(cell: CellId, leaves: Sequence[LeafPair]) -> LeafPair:
    return LeafPair(
        cell=cell,
        people=sum(leaf.people for leaf in leaves),
        true_people=sum(leaf.true_people for leaf in leaves),
        area_m2=sum(leaf.area_m2 for leaf in leaves),
        whole=True,
        saturated=any(leaf.saturated for leaf in leaves),
    )


def _band(pairs: Iterable[LeafPair], low: float, high: float) -> dict[str, Any]:
    """Return the figures of cells above `low` and up to `high` people/m2 in truth; the first holds empty ones."""
    within = [pair for pair in pairs if _is_within(pair, low, high)]
    return {
        "above": low,
        "to": None if high == float("inf") else high,
        "cells": len(within),
        "error": _error(within),
        "bias": _bias(within),
    }


def _is_within(pair: LeafPair, low: float, high: float) -> bool:
    per_m2 = pair.true_people / pair.area_m2
    return low < per_m2 <= high or low == per_m2 == 0


def _saturated(pairs: Sequence[LeafPair]) -> dict[str, Any]:
    holds = sum(pair.people <= pair.true_people for pair in pairs)
    return {"cells": len(pairs), "bound_holds": _share(holds, len(pairs)), "bias": _bias(pairs)}


def _error(pairs: Iterable[LeafPair]) -> float | None:
    listed = list(pairs)
    off = sum(abs(pair.people - pair.true_people) for pair in listed)
    return _share(off, sum(pair.true_people for pair in listed))


def _bias(pairs: Iterable[LeafPair]) -> float | None:
    listed = list(pairs)
    off = sum(pair.people - pair.true_people for pair in listed)
    return _share(off, sum(pair.true_people for pair in listed))


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None
