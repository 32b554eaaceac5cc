"""Which cells of the grid have ground in a mission area. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Collection
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


def roots_of_area(area: shapely.Polygon, most: int = MOST_ROOTS) -> set[CellId]:
    """Return the 20 m cells that share ground with the area; none when its bounding box has more than `most`."""
    size_m = CELL_SIZES_M[0]
    west, south, east, north = (math.floor(edge / size_m) for edge in area.bounds)
    if (east - west + 1) * (north - south + 1) > most:
        return set()
    return cells_in_area([CellId(size_m, i, j) for i in range(west, east + 1) for j in range(south, north + 1)], area)
