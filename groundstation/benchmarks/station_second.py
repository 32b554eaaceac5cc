"""One second of counting, fusing and publishing, by the functions that worker and station call for it, each timed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from flightlink.pose import CameraPose
from groundstation.benchmarks.paper import NS_PER_S, UTC_NS, PaperWorld, People
from groundstation.mapping import MissionMap, PublicMission
from groundstation.outbox import Outbox, Topic
from maps.budget import EPSILON_PER_RELEASE
from maps.cells import CellCounts
from maps.counting import counts_from_points
from maps.flow import flows_from_velocities
from maps.noise import geometric_noise
from maps.observation import ObservedLeaves, leaves_observed
from maps.occlusion import hiding, others_per_m2, strip_lengths_m
from vision.wire import HEADER, header_from_bytes, message_from_parts, packed

PARTS: Final = ("count", "wire", "fuse", "publish", "serve")
"""In the worker, and what the station makes of it: read, fused, through gate 2, ready for the web."""
LEAST_PX_PER_M: Final = 8.0
RECALL: Final = 0.9
HIDING_M: Final = 0.21
LEDGER_STARTS_NS: Final = -120 * NS_PER_S
"""The public map's ledger opens so long before: its first release comes after a whole window."""


class StationSeconds:
    """A station over a paper world, second by second.

    Args:
        world: people and drones.
        clock_s: what the parts are timed by, in seconds.
    """

    def __init__(self, world: PaperWorld, *, clock_s: Callable[[], float]) -> None:
        self._world, self._clock_s = world, clock_s
        mission, epsg = world.mission, world.crs.epsg
        self._area = world.crs.area_from_geodetic(mission.area)
        self._map = MissionMap(mission, epsg=epsg)
        noise = geometric_noise(EPSILON_PER_RELEASE)
        self._public = PublicMission(mission, epsg=epsg, noise=noise, starts_ns=LEDGER_STARTS_NS)
        self._outbox = Outbox(())
        self.spent_s = dict.fromkeys(PARTS, 0.0)
        self.looks = self.people_found = self.wire_bytes = self.cells = 0

    @property
    def state(self) -> tuple[object, ...]:
        """What is kept for the maps; the outbox keeps their last four hours besides, at most 64 MiB."""
        return self._map, self._public

    def forget_costs(self) -> None:
        """Begin to add up anew."""
        self.spent_s = dict.fromkeys(PARTS, 0.0)
        self.looks = self.people_found = self.wire_bytes = 0

    def live(self, second: int) -> None:
        """Live through one second: every drone's looks, then one map."""
        looks_hz = self._world.plan.looks_hz
        for look in range(looks_hz):
            at_s = second + look / looks_hz
            people = self._world.people_at(at_s)
            for number, pose in enumerate(self._world.poses_at(at_s)):
                self._take(self._counted(f"drone{number}", pose, people))
        self._publish(second + 1)

    def _counted(self, source: str, pose: CameraPose, people: People) -> bytes:
        """Return one look's counts as they leave the sealed worker; whom it sees, a detector would say."""
        with self._timed("count"):
            leaves = self._leaves(pose)
        found = people.kept(leaves.rows_of(people.east_m, people.north_m) >= 0)
        self.looks, self.people_found = self.looks + 1, self.people_found + len(found.east_m)
        with self._timed("count"):
            return packed(self._counts(source, pose, leaves, found))

    def _leaves(self, pose: CameraPose) -> ObservedLeaves:
        return leaves_observed(pose, self._world.crs, min_px_per_m=LEAST_PX_PER_M, area=self._area)

    def _counts(self, source: str, pose: CameraPose, leaves: ObservedLeaves, found: People) -> CellCounts:
        """Return what `vision.counter` makes of the places of those who were found."""
        from_foot_m = self._world.crs.crs_from_enu(pose).inverted()(found.east_m, found.north_m)
        hidden = hiding(
            others_per_m2(*from_foot_m),
            strip_lengths_m(*from_foot_m, height_m=pose.alt_agl_m),
            np.full(len(found.east_m), RECALL),
            HIDING_M,
        )
        counts = counts_from_points(
            source, pose.utc_ns, leaves, found.east_m, found.north_m,
            recall=hidden.recall, lower_bound=hidden.lower_bound,
        )  # fmt: skip
        flows = flows_from_velocities(found.east_m, found.north_m, found.east_m_s, found.north_m_s)
        return CellCounts(source=source, utc_ns=counts.utc_ns, epsg=counts.epsg, cells=counts.cells, flows=flows)

    def _take(self, message: bytes) -> None:
        """Take one message as the station does that reads a worker's pipe."""
        self.wire_bytes += len(message)
        with self._timed("wire"):
            kind, text_bytes, _ = header_from_bytes(message[: HEADER.size])
            counts = message_from_parts(kind, message[HEADER.size : HEADER.size + text_bytes], b"")
        if not isinstance(counts, CellCounts):
            raise TypeError(f"a message of kind {kind.name} is no count")
        with self._timed("fuse"):
            self._map.take(counts)
            self._public.take(counts)

    def _publish(self, second: int) -> None:
        """Publish as `groundstation.pipeline` does each second."""
        utc_ns = UTC_NS + second * NS_PER_S
        with self._timed("publish"):
            document = self._map.document_at(utc_ns)
            alerts = self._map.alerts_at(utc_ns)
            self._outbox.public = self._public.document_at(utc_ns, second * NS_PER_S)
        with self._timed("serve"):
            self._served(utc_ns, document, alerts)
        self.cells = len(document["features"])

    def _served(self, utc_ns: int, document: dict[str, Any], alerts: dict[str, Any]) -> None:
        self._outbox.put(Topic.DENSITY, document)
        self._outbox.put(Topic.ALERTS, alerts)
        self._outbox.history.put(utc_ns, document)

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        began_s = self._clock_s()
        try:
            yield
        finally:
            self.spent_s[part] += self._clock_s() - began_s
