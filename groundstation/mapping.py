"""The map of one mission inside the station: counts in, the operator map and its alerts as ready documents out."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from flightlink.mission import Mission
from groundstation.instants import text_from_utc_ns
from maps.cells import CellCounts
from maps.crs import MissionCrs
from maps.disclosure import Disclosure
from maps.events import OverDensity, OverDensityWatch
from maps.fusion import FusedMap
from maps.geojson import feature_collection


def area_in_crs(mission: Mission, epsg: int) -> shapely.Polygon:
    """Return the mission area in the mission CRS."""
    lon_deg, lat_deg = np.array(mission.area).T
    east_m, north_m = MissionCrs(epsg).crs_from_geodetic(lon_deg, lat_deg)
    return shapely.Polygon(np.stack([east_m, north_m], axis=1))


class MissionMap:
    """Fuses the counts of all cameras and publishes them through gate 2; frozen when the mission has ended."""

    def __init__(self, mission: Mission, *, epsg: int) -> None:
        self._mission = mission
        self._epsg = epsg
        self._area = area_in_crs(mission, epsg)
        self._fused = FusedMap()
        self._disclosure = Disclosure(epsg=epsg, mission_area=self._area)
        self._newest: dict[str, Any] | None = None
        self._watch = OverDensityWatch()
        self._alerts: list[dict[str, Any]] = []
        self.frozen_since_ns: int | None = None
        """End of the mission, once it is past: the map stays as it was then."""

    def take(self, counts: CellCounts) -> None:
        """Take in one frame's counts, unless the mission does not run at their time.

        Raises:
            CountingError: the counts are in another CRS than the mission.
        """
        if self._mission.refusal_at(counts.utc_ns) is None:
            self._fused.take(counts)

    def document_at(self, utc_ns: int) -> dict[str, Any]:
        """Return the operator map of an instant as GeoJSON with `frozen`; after the mission's end the last one."""
        if utc_ns >= self._mission.ends_utc_ns:
            self.frozen_since_ns = self._mission.ends_utc_ns
            if self._newest is None:
                self._newest = self._published(self._mission.ends_utc_ns)
            return {**self._newest, "frozen": True}
        self._newest = self._published(utc_ns)
        return self._newest

    def alerts_at(self, utc_ns: int) -> dict[str, Any]:
        """Return the crowd-level events that hold in the newest map; none once the mission has ended."""
        return {"utc": text_from_utc_ns(utc_ns), "alerts": [] if self.frozen_since_ns is not None else self._alerts}

    def _published(self, utc_ns: int) -> dict[str, Any]:
        density_map = self._disclosure.published(self._fused.cells_at(utc_ns), utc_ns)
        self._alerts = [alert_document(event, self._epsg) for event in self._watch.take(density_map)]
        return {**feature_collection(density_map), "frozen": False}


def alert_document(event: OverDensity, epsg: int) -> dict[str, Any]:
    """Return one event as JSON: what, how bad, where, since when; never anything of a person."""
    half_m = event.worst.size_m / 2
    east_m, north_m = (index * event.worst.size_m + half_m for index in event.worst[1:])
    lon, lat = MissionCrs(epsg).geodetic_from_crs(np.array([east_m]), np.array([north_m]))
    return {
        "id": f"over_density/{event.root.name}/{event.since_utc_ns}",
        "kind": "over_density",
        "level": event.level.value,
        "density_per_m2": round(event.density_per_m2, 2),
        "lower_bound": event.lower_bound,
        "cell": event.worst.name,
        "lon_lat": [round(float(lon[0]), 7), round(float(lat[0]), 7)],
        "since_utc": text_from_utc_ns(event.since_utc_ns),
    }
