"""`ZoneBoard`: the zones of one mission; maps come in, their fill and the alerts of zones over capacity go out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import shapely

from flightlink.mission import Mission
from groundstation.audit import Audit, done_and_told
from groundstation.errors import BadInputError, NotThereError
from groundstation.instants import text_from_utc_ns
from groundstation.logs import event
from groundstation.zones.body import Drawn, drawn_from
from groundstation.zones.document import over_capacity_document, zone_feature
from groundstation.zones.store import Kept, ZoneFile
from maps.cells import DensityMap
from maps.crs import MissionCrs
from maps.errors import CrsError
from maps.until_full import FillTrend
from maps.zone_events import ZoneWatch
from maps.zones import MapRead, Zone, ZoneFill, ZoneGround, map_read

MOST_ZONES: Final = 32
NO_MAP: Final = MapRead(cells={}, few_at_most=0)
_LOG: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class _Watched:
    """One zone with its ground and how its fill went."""

    zone: Zone
    ground: ZoneGround
    fill: ZoneFill
    trend: FillTrend = field(default_factory=FillTrend)


class ZoneBoard:
    """The zones of a running station.

    Args:
        mission: whose area they lie in.
        epsg: of its metric CRS.
        file: where they are kept.
        audit: told of each change before it is done, and of how that went.
        clock: UTC now in nanoseconds.

    Raises:
        BadInputError: what is kept is damaged.
    """

    def __init__(self, mission: Mission, *, epsg: int, file: ZoneFile, audit: Audit, clock: Callable[[], int]) -> None:
        self._crs = MissionCrs(epsg)
        self._area = self._crs.area_from_geodetic(mission.area)
        self._file, self._audit, self._clock = file, audit, clock
        self._turn = asyncio.Lock()
        self._newest: DensityMap | None = None
        self._watch = ZoneWatch()
        self._over_since_ns: dict[str, int] = {}
        self._kept = file.load()
        self._watched = {zone.zone_id: self._put_up(zone) for zone in self._kept.zones}

    def take(self, density_map: DensityMap) -> list[dict[str, Any]]:
        """Take in a published map and return the alerts of zones over their capacity."""
        self._newest = density_map
        shown = map_read(density_map) if self._watched else NO_MAP
        for one in self._watched.values():
            one.fill = one.ground.fill(shown)
            one.trend.take(density_map.utc_ns, one.fill)
        events = self._watch.take(density_map.utc_ns, [(one.zone, one.fill) for one in self._watched.values()])
        self._over_since_ns = {over.zone.zone_id: over.since_utc_ns for over in events}
        return [over_capacity_document(over) for over in events]

    def document(self) -> dict[str, Any]:
        """Return all zones as a FeatureCollection, as full as in the newest map; `utc` is null before the first."""
        utc = None if self._newest is None else text_from_utc_ns(self._newest.utc_ns)
        return {
            "type": "FeatureCollection",
            "utc": utc,
            "features": [self._feature(one) for one in self._watched.values()],
        }

    async def add(self, body: object) -> dict[str, Any]:
        """Keep a new zone and return it as a feature.

        Raises:
            BadInputError: the body is no zone, or there are `MOST_ZONES`.
            NotKeptError: it cannot be written.
        """
        async with self._turn:
            drawn = self._drawn(body, besides="")
            if len(self._kept.zones) >= MOST_ZONES:
                raise BadInputError(f"there are {MOST_ZONES} zones; remove one first")
            zone = _zone(f"z{self._kept.next_number}", drawn)
            await self._keep("zone_added", zone, Kept(self._kept.next_number + 1, (*self._kept.zones, zone)))
            self._watched[zone.zone_id] = self._put_up(zone)
            return self._feature(self._watched[zone.zone_id])

    async def change(self, zone_id: str, body: object) -> dict[str, Any]:
        """Put another name, capacity or outline in force and return the zone as a feature.

        Raises:
            BadInputError: the body is no zone.
            NotKeptError: it cannot be written.
            NotThereError: there is no such zone.
        """
        async with self._turn:
            before = self._one(zone_id)
            zone = _zone(zone_id, self._drawn(body, besides=zone_id))
            zones = tuple(zone if one.zone_id == zone_id else one for one in self._kept.zones)
            await self._keep("zone_changed", zone, self._kept._replace(zones=zones))
            same = before.zone.corners == zone.corners
            self._watched[zone_id] = replace(before, zone=zone) if same else self._put_up(zone)
            return self._feature(self._watched[zone_id])

    async def remove(self, zone_id: str) -> dict[str, Any]:
        """Remove a zone and return those that are left.

        Raises:
            NotKeptError: that cannot be written.
            NotThereError: there is no such zone.
        """
        async with self._turn:
            gone = self._one(zone_id).zone
            left = tuple(zone for zone in self._kept.zones if zone.zone_id != zone_id)
            await self._keep("zone_removed", gone, self._kept._replace(zones=left))
            del self._watched[zone_id]
            return self.document()

    async def _keep(self, what: str, zone: Zone, kept: Kept) -> None:
        """Write a change down and keep it; one that fails is not in force."""
        deed: dict[str, Any] = {"zone": zone.zone_id, "name": zone.name, "capacity": zone.capacity}
        store = partial(self._file.store, kept)
        await asyncio.to_thread(done_and_told, self._audit, what, utc_ns=self._clock(), deed=deed, do=store)
        self._kept = kept
        event(_LOG, what, zone=zone.zone_id, capacity=zone.capacity)

    def _drawn(self, body: object, *, besides: str) -> Drawn:
        drawn = drawn_from(body, crs=self._crs, mission_area=self._area)
        named = [zone.zone_id for zone in self._kept.zones if zone.name == drawn.name and zone.zone_id != besides]
        if named:
            raise BadInputError(f"zone {named[0]} has that name already; choose another")
        return drawn

    def _one(self, zone_id: str) -> _Watched:
        if zone_id not in self._watched:
            raise NotThereError(f"there is no zone {zone_id[:20]!r}; /api/v1/zones lists them")
        return self._watched[zone_id]

    def _put_up(self, zone: Zone) -> _Watched:
        try:
            outline = self._crs.area_from_geodetic(zone.corners)
        except CrsError:  # kept from a mission far away: nothing of it is seen here
            outline = shapely.Polygon()
        ground = ZoneGround(outline, self._area)
        shown = NO_MAP if self._newest is None else map_read(self._newest)
        return _Watched(zone, ground, ground.fill(shown))

    def _feature(self, one: _Watched) -> dict[str, Any]:
        return zone_feature(
            one.zone,
            area_m2=one.ground.area_m2,
            fill=one.fill,
            until_full=one.trend.until_full(one.zone.capacity, self._clock()),
            over_since_ns=self._over_since_ns.get(one.zone.zone_id),
        )


def _zone(zone_id: str, drawn: Drawn) -> Zone:
    return Zone(zone_id=zone_id, name=drawn.name, capacity=drawn.capacity, corners=drawn.corners)
