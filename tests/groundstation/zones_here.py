"""A station's zones and alerts over a folder, for the tests of both: one mission, a clock to set, maps to show."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flightlink.mission import Mission
from groundstation.flight import epsg_of
from groundstation.instants import NS_PER_S
from groundstation.mapping import MissionMap
from groundstation.officers import Officers, officers
from maps.cells import CellCount, CellCounts, CellId

START_NS = 1_784_052_000 * NS_PER_S
LEAF = CellId(5, 130_490, 1_372_415)
"""In the mission's area."""
AROUND = [[2.3512, 48.8567], [2.3528, 48.8567], [2.3528, 48.8573], [2.3512, 48.8573]]
BODY = {"name": "North gate", "capacity": 100, "polygon": AROUND}


class Clock:
    def __init__(self) -> None:
        self.utc_ns = START_NS

    def __call__(self) -> int:
        return self.utc_ns


class Here:
    """Officers' desks over a folder with the map that feeds them; `again` is the station after a restart."""

    def __init__(self, mission: Mission, folder: Path, *, is_replay: bool = False) -> None:
        self.mission, self.folder, self.clock = mission, folder, Clock()
        self.published: list[dict[str, Any]] = []
        self.officers = self.again(is_replay=is_replay)
        self.map = MissionMap(mission, epsg=epsg_of(mission), zones=self.officers.zones)

    def again(self, *, is_replay: bool = False) -> Officers:
        publish: Callable[[dict[str, Any]], None] = self.published.append
        return officers(self.folder, self.mission, clock=self.clock, publish=publish, is_replay=is_replay)

    def pass_s(self, seconds: int, people: float) -> list[dict[str, Any]]:
        """Let maps with so many people in one leaf of 25 m2 follow, one a second; return the alerts of the last."""
        for _ in range(seconds):
            self.clock.utc_ns += NS_PER_S
            cell = CellCount(cell=LEAF, people=people, variance=1.0, observed_share=1.0, ce90_m=2.0, found=int(people))
            utc_ns = self.clock.utc_ns
            self.map.take(CellCounts(source="north", utc_ns=utc_ns, epsg=epsg_of(self.mission), cells=(cell,)))
            self.map.document_at(utc_ns)
            self.officers.alerts.take(self.map.alerts_at(utc_ns), utc_ns)
        alerts: list[dict[str, Any]] = self.published[-1]["alerts"]
        return alerts

    def audit(self) -> list[dict[str, Any]]:
        path = self.folder / "audit.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
