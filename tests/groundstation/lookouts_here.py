"""A desk for requests for eyes over a folder, with the map that it reads, a clock to set and cameras that look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from flightlink.mission import Mission
from groundstation.flight import epsg_of
from groundstation.instants import NS_PER_S
from groundstation.lookouts.seen import cells_at
from groundstation.mapping import MissionMap
from groundstation.officers import officers
from groundstation.outbox import Outbox, Topic
from maps.cells import CellCount, CellCounts, CellId
from maps.crs import MissionCrs
from tests.groundstation.zones_here import Clock

PLACE = [2.352, 48.857]
CAMERAS = {1: frozenset({"north"}), 2: frozenset({"quay"})}


class There:
    """A desk over a folder with the map that it reads."""

    def __init__(self, mission: Mission, folder: Path, *, is_replay: bool = False) -> None:
        self.mission = mission = replace(mission, ends_utc_ns=mission.starts_utc_ns + 7200 * NS_PER_S)
        self.folder, self.clock = folder, Clock()
        self.clock.utc_ns = mission.starts_utc_ns + NS_PER_S
        self.map = MissionMap(mission, epsg=epsg_of(mission))
        self.start(is_replay=is_replay)

    def start(self, *, is_replay: bool = False) -> None:
        self.outbox = Outbox(())
        self.desk = officers(
            self.folder, self.mission, clock=self.clock, publish=lambda _: None, is_replay=is_replay,
            outbox=self.outbox, cameras=CAMERAS,
        ).lookouts  # fmt: skip

    def look_from(self, source: str, lon_lat: list[float] = PLACE) -> None:
        """A second later the camera sees the place and some ground around it."""
        self.clock.utc_ns += NS_PER_S
        crs = MissionCrs(epsg_of(self.mission))
        (leaf,) = [name for name in cells_at(crs, (lon_lat[0], lon_lat[1])) if name.startswith("5/")]
        size, east, north = (int(part) for part in leaf.split("/"))
        cells = tuple(
            CellCount(cell=CellId(size, east + x, north + y), people=1.0, variance=0.1, observed_share=1.0, ce90_m=2.0,
                      found=1)
            for x in range(-4, 5) for y in range(-4, 5)
        )  # fmt: skip
        counts = CellCounts(source=source, utc_ns=self.clock.utc_ns, epsg=epsg_of(self.mission), cells=cells)
        self.map.take(counts)
        self.outbox.put(Topic.DENSITY, self.map.document_at(self.clock.utc_ns))

    @property
    def told(self) -> dict[str, Any]:
        document = self.outbox.document(Topic.LOOKOUTS)
        assert document is not None
        return document
