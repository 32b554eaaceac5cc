"""Which cells of the grid have ground in a mission area. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Collection
from functools import lru_cache
from typing import Final

import numpy as np
import shapely

from maps.cells import CELL_SIZES_M, CellId

MOST_ROOTS: Final = 2500
"""An area of more 20 m cells (1 km2) is not listed cell by cell; a reader hatches the area itself."""


def cells_in_area(cells: Collection[CellId], area: shapely.Polygon) -> set[CellId]:
    """Return the cells that share ground with the area; touching its edge is not enough."""
    if not cells:
        return set()
    listed = list(cells)
    size, east, north = np.array(listed, dtype=np.float64).T
    boxes = shapely.box(east * size, north * size, (east + 1) * size, (north + 1) * size)
    near = np.flatnonzero(shapely.intersects(area, boxes))
    return {listed[row] for row in near[shapely.relate_pattern(area, boxes[near], "T********")]}


class KnownCells:
    """Which cells share ground with one area, remembered for the cells last asked for: a live map asks every second."""

    def __init__(self, area: shapely.Polygon) -> None:
        self._area = area
        self._is_inside: dict[CellId, bool] = {}

    def inside(self, cells: Collection[CellId]) -> set[CellId]:
        """Return those of the cells that share ground with the area."""
        new = [cell for cell in cells if cell not in self._is_inside]
        inside = cells_in_area(new, self._area)
        self._is_inside = {cell: cell in inside or self._is_inside.get(cell, False) for cell in cells}
        return {cell for cell, is_inside in self._is_inside.items() if is_inside}


@lru_cache(maxsize=8)
def roots_of_area(area: shapely.Polygon, most: int = MOST_ROOTS) -> frozenset[CellId]:
    """Return the 20 m cells that share ground with the area; none when its bounding box has more than `most`."""
    size_m = CELL_SIZES_M[0]
    west, south, east, north = (math.floor(edge / size_m) for edge in area.bounds)
    if (east - west + 1) * (north - south + 1) > most:
        return frozenset()
    cells = [CellId(size_m, i, j) for i in range(west, east + 1) for j in range(south, north + 1)]
    return frozenset(cells_in_area(cells, area))
