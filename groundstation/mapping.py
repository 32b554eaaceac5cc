"""The maps of one mission inside the station: counts in, the operator's and the public's as ready documents out."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely

from flightlink.mission import Mission
from groundstation.instants import NS_PER_S, text_from_utc_ns
from groundstation.zones.board import ZoneBoard
from maps.cells import CellCounts, CellId
from maps.crs import MissionCrs
from maps.disclosure import Disclosure
from maps.events import OverDensity, OverDensityWatch, peaks_of, told_per_m2
from maps.flow_disclosure import flows_published
from maps.flowmap import FlowMap
from maps.fusion import FusedMap
from maps.geojson import feature_collection, flow_list
from maps.levels import Level
from maps.movement import CrowdMovement, Movement, MovementWatch
from maps.noise import Noise
from maps.public import PublicLevel
from maps.public_geojson import geometries, greyed, public_document

GREY_AFTER_S: Final = 20.0
"""A public map without a successor for so long is greyed out: it was not renewed, for instance for want of budget."""


def area_in_crs(mission: Mission, epsg: int) -> shapely.Polygon:
    """Return the mission area in the mission CRS."""
    lon_deg, lat_deg = np.array(mission.area).T
    east_m, north_m = MissionCrs(epsg).crs_from_geodetic(lon_deg, lat_deg)
    return shapely.Polygon(np.stack([east_m, north_m], axis=1))


class MissionMap:
    """Fuses the counts of all cameras and publishes them through gate 2; frozen when the mission has ended.

    Args:
        mission: what is watched.
        epsg: of its metric CRS.
        zones: what reads the published maps for the fill of zones, and tells alerts of those over capacity.
    """

    def __init__(self, mission: Mission, *, epsg: int, zones: ZoneBoard | None = None) -> None:
        self._mission = mission
        self._epsg = epsg
        self._area = area_in_crs(mission, epsg)
        self._fused, self._flow = FusedMap(), FlowMap()
        self._disclosure = Disclosure(epsg=epsg, mission_area=self._area)
        self._newest: dict[str, Any] | None = None
        self._over_density, self._movement = OverDensityWatch(), MovementWatch()
        self._zones = zones
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
            self._flow.take(counts)

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
        leaves = self._fused.cells_at(utc_ns)
        density_map = self._disclosure.published(leaves, utc_ns)
        flows_now = self._flow.flows_at(utc_ns)
        crowded = self._disclosure.crowded()
        over_dense = self._over_density.take(crowded, peaks_of(leaves))
        dense = [alert_document(event, self._epsg) for event in over_dense]
        moving = [movement_document(event, self._epsg) for event in self._movement.take(crowded, flows_now)]
        self._alerts = dense + moving + ([] if self._zones is None else self._zones.take(density_map))
        flows = flow_list(flows_published(flows_now, density_map), self._epsg)
        return {**feature_collection(density_map), "flows": flows, "frozen": False}


class PublicMission:
    """The public map of one mission: a release every ten seconds, greyed out when there is none.

    Args:
        mission: what is watched.
        epsg: of its metric CRS.
        noise: of OpenDP (`maps.noise`).
        starts_ns: monotonic instant of the start.
    """

    def __init__(self, mission: Mission, *, epsg: int, noise: Noise, starts_ns: int) -> None:
        self._mission = mission
        self._level = PublicLevel(epsg=epsg, mission_area=area_in_crs(mission, epsg), noise=noise, starts_ns=starts_ns)
        self._shapes = geometries(self._level.patches, epsg)
        self._newest: dict[str, Any] | None = None
        self._released_at = (0, starts_ns)

    def take(self, counts: CellCounts) -> None:
        """Take in one frame's counts, unless the mission does not run at their time.

        Raises:
            CountingError: the counts are in another CRS than the mission, or hold figures that are none.
        """
        if self._mission.refusal_at(counts.utc_ns) is None:
            self._level.take(counts)

    def document_at(self, utc_ns: int, now_ns: int) -> dict[str, Any] | None:
        """Return the public map as GeoJSON, the same until the next release; None before the first.

        Args:
            utc_ns: the instant.
            now_ns: the same, by a clock that nobody sets.
        """
        running = self._mission.refusal_at(utc_ns) is None
        release = self._level.release(utc_ns, now_ns) if running else None
        if release is not None:
            self._newest = public_document(release, self._level.patches, self._shapes)
            self._released_at = utc_ns, now_ns
        if self._newest is None or (running and self._is_new(utc_ns, now_ns)):
            return self._newest
        return greyed(self._newest)

    def _is_new(self, utc_ns: int, now_ns: int) -> bool:
        """Say whether both clocks agree that the last release is not long ago; one that ran back says no."""
        ages_ns = utc_ns - self._released_at[0], now_ns - self._released_at[1]
        return all(0 <= age_ns < GREY_AFTER_S * NS_PER_S for age_ns in ages_ns)


def alert_document(event: OverDensity, epsg: int) -> dict[str, Any]:
    """Return an over-density as JSON: what, how bad, where, since when; never anything of a person."""
    return {
        "id": _id("over_density", event.root, event.since_utc_ns),
        "kind": "over_density",
        "level": event.level.value,
        **_told(event, event.worst, epsg),
    }


def movement_document(event: CrowdMovement, epsg: int) -> dict[str, Any]:
    """Return a compression or a crowd movement as JSON; of the latter, whether it is a surge or a reversal."""
    is_compression = event.kind is Movement.COMPRESSION
    kind = "compression" if is_compression else "crowd_movement"
    return {
        "id": _id(event.kind.value, event.cell, event.since_utc_ns),
        "kind": kind,
        "level": Level.ALERT.value,
        **({} if is_compression else {"cause": event.kind.value}),
        **_told(event, event.cell, epsg),
    }


def _id(what: str, cell: CellId, since_utc_ns: int) -> str:
    """Return the name of an event, the same as long as it holds; it may stand in an address as it is."""
    return f"{what}.{cell.name.replace('/', '.')}.{since_utc_ns}"


def _told(event: OverDensity | CrowdMovement, cell: CellId, epsg: int) -> dict[str, Any]:
    east_m, north_m = ((index + 0.5) * cell.size_m for index in cell[1:])
    lon, lat = MissionCrs(epsg).geodetic_from_crs(np.array([east_m]), np.array([north_m]))
    return {
        "density_per_m2": told_per_m2(event.density_per_m2),
        "lower_bound": event.lower_bound,
        "cell": cell.name,
        "lon_lat": [round(float(lon[0]), 7), round(float(lat[0]), 7)],
        "since_utc": text_from_utc_ns(event.since_utc_ns),
    }
