"""Zones: a piece of ground with a capacity, and how full it is, read off the published map alone.

What a zone tells follows from a `DensityMap`, which gate 2 alone makes, and from the zone's own outline: it is a way
to read the map, and discloses nothing that the map does not. A cell that lies partly in a zone gives it the share of
its people that it gives of its ground. Ground that nobody saw adds nothing and is said (`observed_share`); suppressed
cells add nothing and are said (`suppressed_at_most`); with a saturated cell the fill is a lower bound.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from maps.area import cells_in_area
from maps.cells import CELL_SIZES_M, MIN_CELL_COUNT, CellId, CellState, DensityMap, PublishedCell
from maps.common_error import sigma_of_total
from maps.events import LEAST_SHARE, root_of

NEARLY_FULL_SHARE: Final = 0.9
SIGMAS: Final = 2.0
LEAST_AREA_M2: Final = 25.0
"""Smaller than the map's smallest cell a zone says nothing."""

FloatArray = NDArray[np.float64]
Corners = tuple[tuple[float, float], ...]


class FillLevel(StrEnum):
    """How full a zone is."""

    UNKNOWN = "unknown"
    """Too little of it was seen, the figure is a lower bound below the capacity, or by its error it may be full."""
    BELOW = "below"
    NEARLY_FULL = "nearly_full"
    """From nine tenths of its capacity on."""
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A piece of ground that an officer watches."""

    zone_id: str
    name: str
    capacity: int
    """People."""
    corners: Corners
    """(lon_deg, lat_deg) of a simple polygon, not closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneFill:
    """How many people of the published map are in a zone."""

    people: float
    """On the ground that was seen; never scaled up."""
    people_sigma: float
    observed_share: float
    """Of the zone's ground, 0 to 1."""
    lower_bound: bool
    """A saturated cell lies in it: more people are there."""
    people_at_most: float
    """If all who stand in its cut cells stood in it, and as many as may be in suppressed ones."""
    suppressed_at_most: int
    """People in suppressed cells that reach into it; not in `people`."""
    age_s: float | None
    """Of the oldest figure in it; None without one."""

    @property
    def people_told(self) -> int | None:
        """Whole people; None where nothing was seen, or where the share of a cell comes to 1 to k - 1 people."""
        whole = math.floor(self.people + 0.5)
        return None if not self.observed_share or 0 < whole < MIN_CELL_COUNT else whole


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRead:
    """One published map, ready to be read zone by zone."""

    cells: Mapping[CellId, Collection[PublishedCell]]
    """By the 20 m cell that holds them."""
    few_at_most: int


class Part(NamedTuple):
    """What a zone has of a cell."""

    zone_m2: float
    """Ground of the cell in the zone and in the mission area."""
    ground_m2: float
    """Ground of the cell in the mission area; people are counted on no other."""


class ZoneGround:
    """The ground of one zone on the grid; remembers what it has of the cells that it was asked for.

    Args:
        outline: of the zone, in the mission CRS.
        mission_area: in the same; a zone may reach beyond it, where nothing is ever seen.
    """

    def __init__(self, outline: shapely.Polygon, mission_area: shapely.Polygon) -> None:
        self.area_m2 = float(outline.area)
        self._mission_area = mission_area
        self._inside = shapely.intersection(outline, mission_area)
        for ground in (self._inside, mission_area):
            shapely.prepare(ground)
        self._roots = _roots_of(self._inside)
        self._parts: dict[CellId, Part] = {}

    def fill(self, shown: MapRead) -> ZoneFill:
        """Return how full the zone is by one published map."""
        listed = [cell for root in self._roots for cell in shown.cells.get(root, ())]
        self._remember([cell.cell for cell in listed if cell.cell not in self._parts])
        total = _Total()
        for cell in listed:
            part = self._parts[cell.cell]
            if part.zone_m2 > 0:
                total.add(cell, part)
        return total.fill(self.area_m2, shown.few_at_most)

    def _remember(self, cells: list[CellId]) -> None:
        if not cells:
            return
        zone_m2, ground_m2 = _shared_m2(cells, self._inside), _shared_m2(cells, self._mission_area)
        for cell, mine, whole in zip(cells, zone_m2.tolist(), ground_m2.tolist(), strict=True):
            self._parts[cell] = Part(zone_m2=min(mine, whole), ground_m2=whole)


@dataclass(slots=True)
class _Total:
    """Sums over the cells of a zone; `math.fsum` makes them the same in any order.

    Of a cell's people the share on a share s of its ground is taken as Beta(s / 2, (1 - s) / 2): on half of it rather
    none or all than half. A crowd ends where a fence is, zones are drawn along fences, and the map tells none; because
    a fence goes all round, the errors of all cut cells are taken to go one way, and add up.
    """

    people: list[float] = field(default_factory=list)
    at_most: list[float] = field(default_factory=list)
    sigma: list[float] = field(default_factory=list)
    cut_sigma: list[float] = field(default_factory=list)
    seen_m2: list[float] = field(default_factory=list)
    lower_bound: bool = False
    suppressed: int = 0
    age_s: float | None = None

    def add(self, cell: PublishedCell, part: Part) -> None:
        share = part.zone_m2 / part.ground_m2
        seen = min(cell.observed_share * cell.cell.size_m**2 / part.ground_m2, 1.0)
        self.seen_m2.append(part.zone_m2 * seen)
        if cell.people is not None:
            self.people.append(cell.people * share)
            self.at_most.append(cell.people)
            self.sigma.append((cell.people_sigma or 0.0) * share)
            self.cut_sigma.append(cell.people * math.sqrt(share * (1 - share) / 1.5))
        self.suppressed += cell.state is CellState.SUPPRESSED
        self.lower_bound = self.lower_bound or cell.state is CellState.SATURATED
        if cell.age_s is not None:
            self.age_s = max(cell.age_s, self.age_s or 0.0)

    def fill(self, area_m2: float, few_at_most: int) -> ZoneFill:
        suppressed_at_most = self.suppressed * few_at_most
        return ZoneFill(
            people=math.fsum(self.people),
            people_sigma=math.hypot(
                sigma_of_total(zip(self.people, self.sigma, strict=True)), math.fsum(self.cut_sigma)
            ),
            observed_share=min(math.fsum(self.seen_m2) / area_m2, 1.0) if area_m2 else 0.0,
            lower_bound=self.lower_bound,
            people_at_most=math.fsum(self.at_most) + suppressed_at_most,
            suppressed_at_most=suppressed_at_most,
            age_s=self.age_s,
        )


def map_read(density_map: DensityMap) -> MapRead:
    """Return a published map by the 20 m cells that hold its cells."""
    cells: dict[CellId, list[PublishedCell]] = {}
    for cell in density_map.cells:
        cells.setdefault(root_of(cell.cell), []).append(cell)
    return MapRead(cells=cells, few_at_most=density_map.few_at_most)


def level_of(fill: ZoneFill, capacity: int) -> FillLevel:
    """Return how full a zone is; what was seen decides, and what may be full is never `below`."""
    if fill.people >= capacity:
        return FillLevel.FULL
    if fill.people >= NEARLY_FULL_SHARE * capacity:
        return FillLevel.NEARLY_FULL
    known = fill.observed_share >= LEAST_SHARE and not fill.lower_bound
    surely = fill.people + SIGMAS * fill.people_sigma < capacity
    return FillLevel.BELOW if known and surely else FillLevel.UNKNOWN


def _roots_of(ground: shapely.Geometry) -> list[CellId]:
    """Return the 20 m cells that share ground with some ground, sorted."""
    if ground.is_empty:
        return []
    size_m = CELL_SIZES_M[0]
    west, south, east, north = (math.floor(edge / size_m) for edge in ground.bounds)
    cells = [CellId(size_m, i, j) for i in range(west, east + 1) for j in range(south, north + 1)]
    return sorted(cells_in_area(cells, ground))


def _shared_m2(cells: list[CellId], ground: shapely.Geometry) -> FloatArray:
    """Return how much of each cell lies on some ground; only cells that its edge cuts cost a clipping."""
    size, east, north = np.array(cells, dtype=np.float64).T
    boxes = shapely.box(east * size, north * size, (east + 1) * size, (north + 1) * size)
    shared: FloatArray = np.where(shapely.contains(ground, boxes), size**2, 0.0)
    cut = np.flatnonzero(shapely.intersects(ground, boxes) & (shared == 0))
    shared[cut] = shapely.area(shapely.intersection(boxes[cut], ground))
    return shared
