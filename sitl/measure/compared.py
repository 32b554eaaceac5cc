"""The station's map beside the truth, instant by instant: the same ground at the same moment."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from typing import Final, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from maps.cells import CELL_SIZES_M, LEAF_SIZE_M, CellCounts, CellId, CellState, DensityMap, FusedCell
from maps.common_error import with_common
from maps.crs import MissionCrs
from maps.disclosure import Disclosure
from maps.events import peaks_of
from maps.fusion import FusedMap
from maps.geodesy import geodetic_from_enu
from sitl.crowd.crowd import People
from sitl.crowd.truth import density_per_m2
from sitl.measure.score import WHOLE_SHARE, Compared, LeafPair
from sitl.world.world import World

Floats = NDArray[np.float64]

NS_PER_S: Final = 1_000_000_000
RADIUS_M: Final = 2.0
SEEN_NOW_S: Final = 1.0
"""A leaf whose last look is older is not compared with what is there now."""
LEAST_AREA_M2: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instant:
    """One instant of a world that the station has watched."""

    compared: Compared
    watched: DensityMap
    """The map in which the station looks for over-density."""
    peaks: dict[CellId, float]
    """Of its leaves: people/m2 at the tightest spot, as the station knows it."""
    people_m: Floats
    """(n, 2) in the mission CRS: the truth."""
    per_m2: Floats
    """(n,) true density in a circle of `RADIUS_M` about each of them."""


class Truth(Protocol):
    """Who is where: a crowd, or what was written down of one."""

    def people_at(self, t_s: float) -> People:
        """Return everybody at `t_s` seconds after the world began."""
        ...


class Ground:
    """The mission area of a world in its CRS, and how much of each leaf lies in it."""

    def __init__(self, world: World, epsg: int) -> None:
        self.epsg = epsg
        self._home = world.home
        self._crs = MissionCrs(epsg)
        self.area = shapely.Polygon(self.crs_from_world(np.array(world.area_m, np.float64)))
        self._areas: dict[CellId, float] = {}

    def crs_from_world(self, places_m: Floats) -> Floats:
        """Return easting and northing (n, 2) of places (n, 2) east and north of home."""
        home = self._home
        lat, lon = geodetic_from_enu(home.lat_deg, home.lon_deg, home.alt_amsl_m, places_m[:, 0], places_m[:, 1], 0.0)
        return np.stack(self._crs.crs_from_geodetic(lon, lat), axis=1)

    def area_m2(self, cell: CellId) -> float:
        """Return how much of a cell lies in the mission area."""
        if cell not in self._areas:
            west, south = cell.east_index * cell.size_m, cell.north_index * cell.size_m
            box = shapely.box(west, south, west + cell.size_m, south + cell.size_m)
            self._areas[cell] = float(self.area.intersection(box).area)
        return self._areas[cell]

    def people_by_cell(self, people_m: Floats, size_m: int = LEAF_SIZE_M) -> dict[CellId, int]:
        """Return how many of (n, 2) stand in each cell of a size, within the mission area."""
        inside = people_m[shapely.contains_xy(self.area, people_m[:, 0], people_m[:, 1])]
        cells, counts = np.unique(np.floor(inside / size_m).astype(np.int64), axis=0, return_counts=True)
        return {
            CellId(size_m, int(east), int(north)): int(count)
            for (east, north), count in zip(cells, counts, strict=True)
        }


def instants(
    truth: Truth,
    ground: Ground,
    counts: Sequence[Sequence[CellCounts]],
    *,
    epoch_utc_ns: int,
    times_s: Sequence[float],
    publishes: bool = True,
) -> Iterator[Instant]:
    """Yield the world at each time as the station shows it after all counts up to then, beside the truth.

    Args:
        truth: who was watched.
        ground: the mission area.
        counts: of each vehicle, in order of time.
        epoch_utc_ns: when the world began.
        times_s: rising, since the world began.
        publishes: whether there is a map that is served; alerts need none.
    """
    fused = FusedMap()
    disclosure = Disclosure(epsg=ground.epsg, mission_area=ground.area)
    waiting = merge(*counts, key=lambda counted: counted.utc_ns)
    following = next(waiting, None)
    for t_s in times_s:
        utc_ns = epoch_utc_ns + round(t_s * NS_PER_S)
        while following is not None and following.utc_ns <= utc_ns:
            fused.take(following)
            following = next(waiting, None)
        leaves = fused.cells_at(utc_ns)
        people = truth.people_at(t_s)
        places_m = np.column_stack([people.east_m, people.north_m])
        people_m = ground.crs_from_world(places_m)
        shown = disclosure.published(leaves, utc_ns) if publishes else None
        if shown is None:
            disclosure.take(leaves, utc_ns)
        yield Instant(
            compared=_compared(t_s, _seen_now(leaves, utc_ns), shown, ground, people_m),
            watched=disclosure.crowded(),
            peaks=peaks_of(leaves),
            people_m=people_m,
            per_m2=density_per_m2(people, places_m, RADIUS_M),
        )


def _seen_now(leaves: Iterable[FusedCell], utc_ns: int) -> list[FusedCell]:
    return [leaf for leaf in leaves if utc_ns - leaf.seen_utc_ns <= SEEN_NOW_S * NS_PER_S]


def _compared(
    t_s: float, leaves: list[FusedCell], shown: DensityMap | None, ground: Ground, people_m: Floats
) -> Compared:
    there = ground.people_by_cell(people_m)
    pairs = [_pair(leaf, ground.area_m2(leaf.cell), there.get(leaf.cell, 0)) for leaf in leaves]
    return Compared(
        t_s=t_s,
        leaves=tuple(pair for pair in pairs if pair is not None),
        published=() if shown is None else tuple(_shown_pairs(shown, ground, people_m)),
        published_people=math.nan if shown is None else shown.people,
        sigma=math.sqrt(with_common(sum(leaf.variance for leaf in leaves), sum(leaf.people for leaf in leaves))),
    )


def _pair(leaf: FusedCell, area_m2: float, there: int) -> LeafPair | None:
    """Return a leaf beside its truth; of a leaf seen in part, as many as its share of the ground."""
    if area_m2 < LEAST_AREA_M2:
        return None
    seen_m2 = min(leaf.observed_share * LEAF_SIZE_M**2, area_m2)
    return LeafPair(
        cell=leaf.cell,
        people=leaf.people,
        true_people=there * seen_m2 / area_m2,
        area_m2=seen_m2,
        whole=seen_m2 >= WHOLE_SHARE * area_m2,
        saturated=leaf.saturated,
    )


def _shown_pairs(shown: DensityMap, ground: Ground, people_m: Floats) -> Iterator[LeafPair]:
    """Yield the published cells that tell a figure of now, of nearly all their ground, beside the truth."""
    there = {cell: n for size_m in CELL_SIZES_M for cell, n in ground.people_by_cell(people_m, size_m).items()}
    for cell in shown.cells:
        area_m2, seen_m2 = ground.area_m2(cell.cell), cell.observed_share * cell.cell.size_m**2
        is_now = cell.age_s is not None and cell.age_s <= SEEN_NOW_S
        if cell.people is None or not is_now or area_m2 < LEAST_AREA_M2 or seen_m2 < WHOLE_SHARE * area_m2:
            continue
        yield LeafPair(
            cell=cell.cell,
            people=cell.people,
            true_people=there.get(cell.cell, 0) * min(seen_m2 / area_m2, 1.0),
            area_m2=min(seen_m2, area_m2),
            whole=True,
            saturated=cell.state is CellState.SATURATED,
        )
