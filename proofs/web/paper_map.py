"""Maps of a crowd on paper, each through gate 2, as the station would publish them a second apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from flightlink.mission import Mission
from groundstation.health import health_document
from groundstation.vehicles import vehicles_document
from maps.cells import CellId, FusedCell
from maps.crs import MissionCrs, mission_epsg
from maps.disclosure import Disclosure
from maps.geojson import feature_collection

LAT_DEG, LON_DEG = 48.857, 2.352
LEAF_M: Final = 5
ALIGNED: Final = 4
"""Leaves along a side of the largest cell."""
LEAST_PEOPLE, MOST_PEOPLE = 12.0, 130.0
"""In a leaf: no cell is too thin to be told at its finest, and every level is there."""
STEP_SHARE: Final = 0.03
"""By which a leaf's figure changes in a second, one standard deviation."""
DAY_NS: Final = 86_400_000_000_000

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A square of leaves in the mission CRS."""

    epsg: int
    east: int
    north: int
    """Indices of its south-western leaf."""
    side: int
    """In leaves."""

    @property
    def area(self) -> shapely.Polygon:
        """Its ground, metres in the mission CRS."""
        west_m, south_m = self.east * LEAF_M, self.north * LEAF_M
        return shapely.box(west_m, south_m, west_m + self.side * LEAF_M, south_m + self.side * LEAF_M)

    def mission(self, utc_ns: int) -> Mission:
        """Return a mission of a day on all of it that began an hour ago."""
        east_m, north_m = np.array(self.area.exterior.coords[:-1]).T
        lon, lat = MissionCrs(self.epsg).geodetic_from_crs(east_m, north_m)
        return Mission(
            area=tuple((float(x), float(y)) for x, y in zip(lon, lat, strict=True)),
            starts_utc_ns=utc_ns - DAY_NS // 24, ends_utc_ns=utc_ns + DAY_NS,
            min_agl_m=10.0, max_agl_m=120.0, purpose="benchmark",
        )  # fmt: skip


def place_of(side: int) -> Place:
    """Return a square of so many leaves along each side."""
    epsg = mission_epsg(LON_DEG, LAT_DEG)
    east, north = MissionCrs(epsg).crs_from_geodetic(np.array([LON_DEG]), np.array([LAT_DEG]))
    corner = (int(float(metres[0]) // LEAF_M) // ALIGNED * ALIGNED for metres in (east, north))
    return Place(epsg=epsg, east=next(corner), north=next(corner), side=side)


def maps_of(place: Place, count: int, *, utc_ns: int, seed: int = 1) -> list[Document]:
    """Return operator maps a second apart, of a crowd whose figures all change a little from one to the next."""
    rng = np.random.default_rng(seed)
    people = rng.uniform(LEAST_PEOPLE, MOST_PEOPLE, (place.side, place.side))
    gate = Disclosure(epsg=place.epsg, mission_area=place.area)
    made = []
    for number in range(count):
        at_ns = utc_ns + number * 1_000_000_000
        published = gate.published(_leaves(place, people, at_ns), at_ns)
        made.append({**feature_collection(published), "flows": [], "frozen": False})
        people = people * (1 + STEP_SHARE * rng.standard_normal(people.shape))
    return made


def _leaves(place: Place, people: NDArray[np.float64], utc_ns: int) -> list[FusedCell]:
    return [
        FusedCell(
            cell=CellId(LEAF_M, place.east + int(east), place.north + int(north)), people=float(figure),
            variance=0.02 * float(figure) ** 2 + 0.3, observed_share=1.0, ce90_m=1.9, seen_utc_ns=utc_ns - 300_000_000,
            sources=("north",), saturated=False,
        )
        for (north, east), figure in np.ndenumerate(people)
    ]  # fmt: skip


def still_documents(mission: Mission, utc_ns: int) -> tuple[Document, Document]:
    """Return vehicles and health of a station that flies nothing."""
    vehicles = vehicles_document(mission=mission, vehicles=[], views=[], footprints=[], utc_ns=utc_ns)
    health = health_document(
        station="Benchmark", mission=mission, cameras=[], links=[], utc_ns=utc_ns, map_frozen_since_ns=None
    )
    return vehicles, health
