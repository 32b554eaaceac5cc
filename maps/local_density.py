"""People per square metre of one instant from their places: classic, and Voronoi by the field's definition. Pure.

Used inside the sealed room and on recordings of laboratories: places of people enter, figures of an area leave.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from maps.errors import CountingError

FloatArray = NDArray[np.float64]

CIRCLE_SEGMENTS: Final = 3
"""Of a quarter of the circle that cuts cells off: a polygon of twelve corners, as the laboratories use."""


@dataclass(frozen=True, slots=True)
class CutOff:
    """How far a Voronoi cell may reach from its person where nobody else bounds it."""

    radius_m: float

    def about(self, points: NDArray[np.object_]) -> NDArray[np.object_]:
        """Return a polygon of twelve corners on the circle about each point."""
        return np.asarray(shapely.buffer(points, self.radius_m, quad_segs=CIRCLE_SEGMENTS))


def classic_per_m2(area: shapely.Polygon, east_m: FloatArray, north_m: FloatArray) -> float:
    """Return people whose place lies in an area, by its size; on its edge is not in it.

    Raises:
        CountingError: the area has no size, or a place is no number.
    """
    _check(area, east_m, north_m)
    return float(shapely.contains_xy(area, east_m, north_m).sum() / area.area)


def voronoi_per_m2(
    area: shapely.Polygon,
    east_m: FloatArray,
    north_m: FloatArray,
    *,
    ground: shapely.Polygon,
    cut_off: CutOff | None = None,
) -> float:
    """Return the mean over an area of the Voronoi density (Steffen and Seyfried 2010).

    A person's density is one over the size of the ground nearer to them than to anybody else. Smoother than the
    classic figure: nobody steps from one area into the next at once.

    Args:
        area: over which the mean is taken.
        east_m: places of people, (n,); also of those outside the area.
        north_m: (n,).
        ground: where people can stand; cells end there.
        cut_off: of cells at a crowd's edge; None for the ground alone.

    Raises:
        CountingError: the area or the ground has no size, or a place is no number.
    """
    _check(area, east_m, north_m)
    if ground.area <= 0:
        raise CountingError("the ground on which people stand has no size")
    cells = voronoi_cells(east_m, north_m, ground=ground, cut_off=cut_off)
    inside_m2 = shapely.area(shapely.intersection(cells, area))
    whole_m2 = shapely.area(cells)
    has_cell = whole_m2 > 0
    return float((inside_m2[has_cell] / whole_m2[has_cell]).sum() / area.area)


def voronoi_cells(
    east_m: FloatArray, north_m: FloatArray, *, ground: shapely.Polygon, cut_off: CutOff | None = None
) -> NDArray[np.object_]:
    """Return each person's cell, polygons (n,): the part of the ground nearer to them than to others, seen from them.

    Where ground has bays, the part of a cell that walls cut off from its person belongs to nobody. People at one place
    share one cell, empty for all but the first; who stands off the ground has an empty cell.
    """
    points = shapely.points(east_m, north_m)
    empty = np.full(len(points), shapely.Polygon())
    standing, first = np.unique(np.stack([east_m, north_m], 1), axis=0, return_index=True)
    on_ground = shapely.contains_xy(ground, *standing.T) if len(standing) else np.zeros(0, bool)
    first = first[on_ground]
    if not len(first):
        return empty
    cells = _unbounded(points[first], ground)
    if cut_off is not None:
        cells = shapely.intersection(cells, cut_off.about(points[first]))
    empty[first] = [
        _part_with(cell, point) for cell, point in zip(shapely.intersection(cells, ground), points[first], strict=True)
    ]
    return empty


def _unbounded(points: NDArray[np.object_], ground: shapely.Polygon) -> NDArray[np.object_]:
    if len(points) == 1:
        return np.array([ground.envelope])
    reach = math.hypot(*np.ptp(np.reshape(ground.bounds, (2, 2)), axis=0))
    diagram = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=ground.buffer(reach), ordered=True)
    return np.asarray(shapely.get_parts(diagram))


def _part_with(cell: shapely.Geometry, point: shapely.Point) -> shapely.Geometry:
    parts = shapely.get_parts(cell)
    return parts[np.argmin(shapely.distance(parts, point))] if len(parts) > 1 else cell


def _check(area: shapely.Polygon, east_m: FloatArray, north_m: FloatArray) -> None:
    if area.area <= 0:
        raise CountingError("the area over which a density is taken has no size")
    if not (np.isfinite(east_m).all() and np.isfinite(north_m).all()):
        raise CountingError("a place is no number")
