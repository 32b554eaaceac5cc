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

from maps.cells import LEAF_SIZE_M, CellCounts, CellId, DensityMap, FusedCell
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

    def area_m2(self, leaf: CellId) -> float:
        """Return how much of a leaf lies in the mission area."""
        if leaf not in self._areas:
            west, south = leaf.east_index * LEAF_SIZE_M, leaf.north_index * LEAF_SIZE_M
            box = shapely.box(west, south, west + LEAF_SIZE_M, south + LEAF_SIZE_M)
            self._areas[leaf] = float(self.area.intersection(box).area)
        return self._areas[leaf]

    def people_by_leaf(self, people_m: Floats) -> dict[CellId, int]:
        """Return how many of (n, 2) stand in each leaf, within the mission area."""
        inside = people_m[shapely.contains_xy(self.area, people_m[:, 0], people_m[:, 1])]
        cells, counts = np.unique(np.floor(inside / LEAF_SIZE_M).astype(np.int64), axis=0, return_counts=True)
        return {
            CellId(LEAF_SIZE_M, int(east), int(north)): int(count)
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
        published_people = math.nan
        if publishes:
            published_people = disclosure.published(leaves, utc_ns).people
        else:
            disclosure.take(leaves, utc_ns)
        yield Instant(
            compared=_compared(t_s, _seen_now(leaves, utc_ns), published_people, ground, people_m),
            watched=disclosure.crowded(),
            peaks=peaks_of(leaves),
            people_m=people_m,
            per_m2=density_per_m2(people, places_m, RADIUS_M),
        )


def _seen_now(leaves: Iterable[FusedCell], utc_ns: int) -> list[FusedCell]:
    return [leaf for leaf in leaves if utc_ns - leaf.seen_utc_ns <= SEEN_NOW_S * NS_PER_S]


def _compared(
    t_s: float, leaves: list[FusedCell], published_people: float, ground: Ground, people_m: Floats
) -> Compared:
    there = ground.people_by_leaf(people_m)
    pairs = [_pair(leaf, ground.area_m2(leaf.cell), there.get(leaf.cell, 0)) for leaf in leaves]
    return Compared(
        t_s=t_s,
        leaves=tuple(pair for pair in pairs if pair is not None),
        published_people=published_people,
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
    )
