"""What the published map says of a place, and where most of it is not seen at all. Documents in, plain values out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from maps.cells import CELL_SIZES_M, CellId
from maps.crs import MissionCrs

SEEN_STATES: Final = frozenset({"observed", "saturated", "suppressed"})
FRESH_S: Final = 2.5
"""A camera is counted on at least every two seconds."""
LEAST_SHARE: Final = 0.5
LEAST_RADIUS_M: Final = 5.0
"""A gap that holds no circle so large needs no flight."""


class Look(NamedTuple):
    """When and by whom a place was seen last."""

    age_s: float | None
    """None where nobody knows: never, or too long ago for the map."""
    cameras: frozenset[str]
    """Whose looks are fresh; empty where the newest is older than `FRESH_S` or less than half of the cell is seen."""


NOBODY: Final = Look(None, frozenset())


class Gap(NamedTuple):
    """The largest circle on ground that nobody sees."""

    lon_lat: tuple[float, float]
    radius_m: float


def cells_at(crs: MissionCrs, lon_lat: tuple[float, float]) -> frozenset[str]:
    """Return the names of the cells of each size that hold a place; none where it has no place in the CRS."""
    east_m, north_m = (float(axis[0]) for axis in crs.crs_from_geodetic(*(np.array([part]) for part in lon_lat)))
    if not (math.isfinite(east_m) and math.isfinite(north_m)):
        return frozenset()
    return frozenset(CellId(size, int(east_m // size), int(north_m // size)).name for size in CELL_SIZES_M)


def look_at(density: Mapping[str, Any] | None, cells: frozenset[str]) -> Look:
    """Return what the newest map says of the place that is in these cells; what it does not hold is not seen."""
    features = () if density is None else density["features"]
    cell = next((one["properties"] for one in features if one["properties"]["cell"] in cells), None)
    if cell is None or cell["state"] == "unobserved":
        return NOBODY
    age_s = cell["age_s"]
    is_whole = cell["state"] in SEEN_STATES and cell["observed_share"] >= LEAST_SHARE
    is_fresh = is_whole and age_s is not None and age_s <= FRESH_S
    return Look(age_s, frozenset(cell["sources"]) if is_fresh else frozenset())


def largest_gap(density: Mapping[str, Any] | None, *, crs: MissionCrs, area: shapely.Polygon) -> Gap | None:
    """Return the largest circle in the area that no cell of the map shows as seen, stale ones neither.

    None where no such circle has `LEAST_RADIUS_M`.
    """
    cells = [] if density is None else _seen_cells(density)
    unseen = area.difference(shapely.union_all(_boxes(cells))) if cells else area
    if unseen.is_empty:
        return None
    spoke = shapely.maximum_inscribed_circle(unseen, tolerance=1.0)
    if spoke.length < LEAST_RADIUS_M:
        return None
    (lon_deg,), (lat_deg,) = crs.geodetic_from_crs(*(np.array([part]) for part in spoke.coords[0]))
    return Gap((round(float(lon_deg), 7), round(float(lat_deg), 7)), round(float(spoke.length), 1))


def _seen_cells(density: Mapping[str, Any]) -> list[tuple[int, ...]]:
    """Return size and indices of each cell that is seen."""
    seen = [one["properties"]["cell"] for one in density["features"] if one["properties"]["state"] in SEEN_STATES]
    return [tuple(int(part) for part in name.split("/")) for name in seen]


def _boxes(cells: list[tuple[int, ...]]) -> NDArray[np.object_]:
    size, east, north = np.array(cells, dtype=np.float64).T
    boxes: NDArray[np.object_] = shapely.box(east * size, north * size, (east + 1) * size, (north + 1) * size)
    return boxes
