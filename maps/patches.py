"""The public level's cells: 20 m squares over the whole mission area, small pieces on its edge merged. Pure functions.

They follow from the mission area alone, so that which of them there are tells nothing of people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import shapely

from maps.area import roots_of_area
from maps.cells import CellId

Group = tuple[CellId, ...]

LEAST_GROUND_M2: Final = 380.0
"""95 % of a cell. Below, the noise would tell a wrong level more often than once in a thousand (`maps.public`)."""

MOST_CELLS: Final = 10_000
"""In the area's bounding box: 4 km2."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patch:
    """One cell of the public map."""

    cells: tuple[CellId, ...]
    """Of 20 m; several where the edge of the mission area cuts them."""
    ground_m2: float
    """In the mission area."""
    outline: shapely.Geometry
    """That ground, in the mission CRS."""


def public_patches(mission_area: shapely.Polygon) -> tuple[Patch, ...]:
    """Return the cells of the public map, sorted; together they are the mission area.

    A piece with less than `LEAST_GROUND_M2` goes to its smallest neighbour, smallest first, until every patch is large
    enough or has no neighbour. An area of more than `MOST_CELLS` has no public map.
    """
    pieces = {
        cell: shapely.intersection(mission_area, _square(cell)) for cell in roots_of_area(mission_area, MOST_CELLS)
    }
    ground_m2 = {cell: float(piece.area) for cell, piece in pieces.items()}
    return tuple(
        Patch(
            cells=cells,
            ground_m2=sum(ground_m2[cell] for cell in cells),
            outline=shapely.union_all([pieces[cell] for cell in cells]),
        )
        for cells in _merged(ground_m2)
    )


def _square(cell: CellId) -> shapely.Polygon:
    size = cell.size_m
    west, south = cell.east_index * size, cell.north_index * size
    return shapely.box(west, south, west + size, south + size)


def _merged(ground_m2: Mapping[CellId, float]) -> list[Group]:
    """Return groups of cells that share sides, each large enough where that can be had."""
    group_of: dict[CellId, Group] = {cell: (cell,) for cell in ground_m2}
    waiting: dict[Group, float] = {(cell,): area for cell, area in ground_m2.items() if area < LEAST_GROUND_M2}
    while waiting:
        small = min(waiting, key=lambda group: (waiting[group], group))
        del waiting[small]
        beside = {group_of[cell] for cell in _around(small) if cell in group_of} - {small}
        if not beside:
            continue
        other = min(beside, key=lambda group: (_sum(group, ground_m2), group))
        waiting.pop(other, None)
        merged = tuple(sorted((*small, *other)))
        group_of.update(dict.fromkeys(merged, merged))
        if _sum(merged, ground_m2) < LEAST_GROUND_M2:
            waiting[merged] = _sum(merged, ground_m2)
    return sorted(set(group_of.values()))


def _sum(cells: Iterable[CellId], ground_m2: Mapping[CellId, float]) -> float:
    return sum(ground_m2[cell] for cell in cells)


def _around(cells: Iterable[CellId]) -> Iterable[CellId]:
    for size, east, north in cells:
        for side_east, side_north in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            yield CellId(size, east + side_east, north + side_north)
