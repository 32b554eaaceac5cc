"""Alerts and zones of the invented place, over the station's own desks: what an officer does is really kept."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import shapely

from flightlink.mission import Mission
from groundstation.flight import epsg_of
from groundstation.mapping import alert_document, movement_document
from groundstation.officers import Officers, officers
from groundstation.outbox import Outbox, Topic
from maps.cells import CellId, DensityMap
from maps.disclosure import published
from maps.events import OverDensity
from maps.levels import Level
from maps.movement import CrowdMovement, Movement
from tests.browser.world import AREA, EAST, EPSG, NORTH, Document, geodetic, utc_text, world_leaves

MISSION: Final = Mission(
    area=tuple((lon, lat) for lon, lat in geodetic(AREA)[:-1]), starts_utc_ns=0, ends_utc_ns=2**62, min_agl_m=10.0,
    max_agl_m=120.0, purpose="Fête des Lanternes",
)  # fmt: skip
SQUARE: Final = [(2.0, 3.0), (30.0, 3.0), (30.0, 20.0), (2.0, 20.0)]
"""A zone in the area, in leaves from the south-west."""


def since_ns(seconds_ago: float) -> int:
    return time.time_ns() - round(seconds_ago * 1e9)


def dense(east: int, north: int, *, critical: bool = False, seconds_ago: float = 60.0) -> Document:
    """Over-density of a 10 m cell, told as the station tells it."""
    cell = CellId(10, EAST // 2 + east, NORTH // 2 + north)
    event = OverDensity(
        level=Level.CRITICAL if critical else Level.ALERT, root=CellId(20, cell[1] // 2, cell[2] // 2), worst=cell,
        density_per_m2=5.6 if critical else 4.2, lower_bound=False, since_utc_ns=since_ns(seconds_ago),
    )  # fmt: skip
    return alert_document(event, EPSG)


def surge(east: int, north: int, *, seconds_ago: float = 60.0) -> Document:
    cell = CellId(10, EAST // 2 + east, NORTH // 2 + north)
    event = CrowdMovement(
        kind=Movement.SURGE, cell=cell, density_per_m2=2.2, lower_bound=False, since_utc_ns=since_ns(seconds_ago)
    )
    return movement_document(event, EPSG)


def zone(name: str, capacity: int, corners: list[tuple[float, float]]) -> Document:
    """What is sent to draw a zone."""
    return {"name": name, "capacity": capacity, "polygon": geodetic(corners)[:-1]}


@dataclass
class Desk:
    """The officers' desks of a station, with the alerts that hold."""

    outbox: Outbox
    folder: Path
    is_replay: bool = False
    alerts: list[Document] = field(default_factory=list)
    officers: Officers = field(init=False)

    def __post_init__(self) -> None:
        assert epsg_of(MISSION) == EPSG
        self.officers = officers(
            self.folder,
            MISSION,
            clock=time.time_ns,
            publish=self._publish,
            is_replay=self.is_replay,
            outbox=self.outbox,
            cameras={1: frozenset({"north"}), 2: frozenset({"quay"})},
        )
        self._map = density_map()

    def _publish(self, document: Document) -> None:
        self.outbox.put(Topic.ALERTS, document)

    def speak(self) -> None:
        """Tell alerts and zones, as a station does each second; the first zone fills."""
        over = self.officers.zones.take(self._map)
        self.officers.alerts.take({"utc": utc_text(), "alerts": self.alerts + over}, time.time_ns())
        zones = self.officers.zones.document() | {"utc": utc_text()}
        self.outbox.put(Topic.ZONES, zones)


def density_map() -> DensityMap:
    area = shapely.Polygon([((EAST + east) * 5, (NORTH + north) * 5) for east, north in AREA])
    return published(world_leaves(), time.time_ns(), EPSG, mission_area=area)
