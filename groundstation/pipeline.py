"""The live station: links, cameras and the map as tasks of one group; everything ready-made goes to the outbox."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from types import TracebackType
from typing import Any, Final, Self

from flightlink.camera_file import CameraFile, load_camera
from flightlink.links.link import FlightLinks
from flightlink.mission import Mission
from flightlink.pointing.pilot import Pilot
from flightlink.replay_time import ReplayTime
from groundstation.alignment.desk import AlignmentDesk
from groundstation.claims import claim_folders
from groundstation.flight import epsg_of
from groundstation.health import health_document
from groundstation.history.history import history_in
from groundstation.live_camera import LiveCamera, live_order
from groundstation.logbooks import logbook_of
from groundstation.logs import event
from groundstation.mapping import MissionMap, PublicMission
from groundstation.officers import officers
from groundstation.outbox import Outbox, Topic
from groundstation.preflight.cameras import CameraSeen
from groundstation.preflight.points import Point, check_document
from groundstation.preflight.preflight import Preflight
from groundstation.preflight.probe import read_machine
from groundstation.public.desk import public_desk
from groundstation.settings import CameraTable, Settings
from groundstation.settings.tables import AUTO
from groundstation.vehicles import (
    Alarms,
    CameraView,
    MissionGround,
    carried,
    carriers,
    footprint,
    grounded,
    pointed,
    vehicles_document,
)
from groundstation.worker_process import WORKER_COMMAND
from maps.budget import EPSILON_PER_RELEASE
from maps.cells import CellCounts
from maps.noise import geometric_noise
from maps.terrain.packing import packed_from_grid

POSES_EVERY_S: Final = 0.05
VEHICLES_EVERY_S: Final = 0.2
FOOTPRINTS_EVERY_S: Final = 1.0
MAP_EVERY_S: Final = 1.0
HEALTH_EVERY_S: Final = 1.0
FOLLOWED_EVERY_S: Final = 0.5
SILENCE_EVERY_S: Final = 0.1
CHECK_EVERY_S: Final = 2.0
MACHINE_EVERY_S: Final = 60.0

_LOG: Final = logging.getLogger(__name__)


class Station:
    """All that runs between the first and the last second of `groundstation run`; `async with` opens its links.

    Args:
        settings: the checked settings.
        mission: what is enforced.
        clock: UTC now in nanoseconds; in a replay, recorded time.
        replay: the clock of a replay, None for a station that is live.
        command: the program of the workers.

    Raises:
        BadInputError: a camera has no place, an engine or a detector is not there, a kept file is damaged.
        CameraFileError: a camera file cannot be read.
        CrsError: the mission area lies where there is no metric CRS.
        LinkError: the address of a link is wrong.
        TerrainError: the height model cannot be read, or does not cover the area.
    """

    def __init__(
        self,
        settings: Settings,
        mission: Mission,
        *,
        clock: Callable[[], int],
        replay: ReplayTime | None = None,
        command: Sequence[str] = WORKER_COMMAND,
    ) -> None:
        claim_folders(settings)
        self._name, self._guests = settings.station.name, settings.models.guests()
        self._exercise, self._alignments = settings.station.exercise, settings.station.state_dir
        self._mission, self._clock, self._replay = mission, clock, replay
        self._engine = settings.detection.engine_here()
        self._terrain = None if settings.ground is None else settings.ground.model_about(mission)
        self._public = PublicMission(
            mission, epsg=epsg_of(mission), noise=geometric_noise(EPSILON_PER_RELEASE), starts_ns=time.monotonic_ns()
        )
        self._ground = MissionGround(mission, epsg=epsg_of(mission))
        self._alarms = Alarms()
        self._footprints: list[dict[str, Any]] = []
        self.outbox = Outbox(tuple(camera.name for camera in settings.camera), is_exercise=self._exercise)
        self.outbox.history = history_in(None if replay else self._alignments, utc_ns=clock())
        publish, is_replay = partial(self.outbox.put, Topic.ALERTS), replay is not None
        self.officers = officers(
            self._alignments, mission, clock=clock, publish=publish, is_replay=is_replay, outbox=self.outbox,
            cameras=carriers(settings.camera),
        )  # fmt: skip
        self._map = MissionMap(mission, epsg=epsg_of(mission), zones=self.officers.zones)
        self._core_share = (os.cpu_count() or 1) / max(1, len(settings.camera))
        files = {table.name: load_camera(table.file) for table in settings.camera if table.file is not None}
        self._links = FlightLinks(
            [link.plan for link in settings.link],
            cameras=carried(settings.camera, files),
            state_dir=settings.station.state_dir,
            now_ns=clock,
            refuses_simulated=not self._exercise and replay is None,
        )
        self._logbook = logbook_of(settings, self._links, clock)
        self.pilot = Pilot(self._links, mission, allowed=pointed(settings), clock=clock)
        self._cameras = [self._camera(table, files.get(table.name), command) for table in settings.camera]
        for desk in self.desks.values():
            desk.terrain = self._terrain
        self.pages = public_desk(settings, mission, clock=clock, release=lambda: self.outbox.public)
        self._tables, self._files = {table.name: table for table in settings.camera}, files
        self.preflight = Preflight(settings, mission)
        self._links.subscribe(self.preflight.ear.take)

    def _camera(self, table: CameraTable, file: CameraFile | None, command: Sequence[str]) -> LiveCamera:
        order = live_order(
            table, file, self._mission, core_share=self._core_share, replay=self._replay, engine=self._engine
        )
        terrain = None if self._terrain is None else packed_from_grid(self._terrain)
        return LiveCamera(
            replace(order, guests=self._guests, terrain=terrain),
            system_id=table.system_id,
            outbox=self.outbox,
            count=self._take_counts,
            trackers=self._links.trackers,
            clock=self._clock,
            file=file,
            alignments=self._alignments,
            video_hosts=frozenset(table.video_hosts) if table.video == AUTO else None,
            command=command,
        )

    @property
    def desks(self) -> dict[str, AlignmentDesk]:
        """Where cameras are aligned, by name of the camera."""
        return {camera.name: camera.desk for camera in self._cameras}

    def _take_counts(self, counts: CellCounts) -> None:
        self._map.take(counts)
        self._public.take(counts)

    async def __aenter__(self) -> Self:
        """Open the links.

        Raises:
            LinkError: a link cannot be opened, for instance because its port is in use.
        """
        await self._links.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._links.__aexit__(kind, error, trace)

    async def run(self) -> None:
        """Run until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._links.run(), name="links")
            if self._logbook is not None:
                tasks.create_task(self._logbook.run(), name="logbook")
            for camera in self._cameras:
                tasks.create_task(camera.watch.watch(), name=f"camera {camera.name}")
            tasks.create_task(self.pages.keep_register(), name="register")
            tasks.create_task(self.officers.log.keep(), name="incidents")
            tasks.create_task(self.officers.lookouts.keep(), name="lookouts")
            tasks.create_task(self._trace_footprints(), name="footprints")
            tasks.create_task(self._repeat(self._pump_poses, POSES_EVERY_S), name="poses")
            tasks.create_task(self._repeat(self._follow_videos, FOLLOWED_EVERY_S), name="told videos")
            tasks.create_task(self._repeat(self._end_silent_videos, SILENCE_EVERY_S), name="silence")
            tasks.create_task(self._repeat(self._publish_vehicles, VEHICLES_EVERY_S), name="vehicles")
            tasks.create_task(self._repeat(self._publish_map, MAP_EVERY_S), name="map")
            if self._replay is None:
                # what was published once is not published again: another draw of the noise would spend the budget anew
                tasks.create_task(self._repeat(self._publish_public, MAP_EVERY_S), name="public map")
            tasks.create_task(self._repeat(self._publish_health, HEALTH_EVERY_S), name="health")
            newest = partial(self.outbox.document, Topic.DENSITY)
            tasks.create_task(self.outbox.history.follow(newest, self._clock), name="history")
            tasks.create_task(self._read_machine(), name="machine")
            tasks.create_task(self._repeat(self._publish_check, CHECK_EVERY_S), name="check")

    async def _repeat(self, act: Callable[[int], None], every_s: float) -> None:
        while True:
            act(self._clock())
            await asyncio.sleep(every_s)

    def _pump_poses(self, utc_ns: int) -> None:
        for camera in self._cameras:
            camera.pump_poses(utc_ns)

    def _follow_videos(self, utc_ns: int) -> None:
        for camera in self._cameras:
            camera.follow_video(utc_ns)

    def _end_silent_videos(self, _: int) -> None:
        for video in self.outbox.videos.values():
            video.end_if_silent(time.monotonic_ns())

    def _view(self, camera: LiveCamera, utc_ns: int) -> CameraView:
        return grounded(camera.view_at(utc_ns), self._terrain)

    async def _trace_footprints(self) -> None:
        """Trace footprints beside the loop: each costs some ten milliseconds."""
        while True:
            views = [self._view(camera, self._clock()) for camera in self._cameras]
            self._footprints = [await asyncio.to_thread(footprint, view, self._ground, self._terrain) for view in views]
            await asyncio.sleep(FOOTPRINTS_EVERY_S)

    async def _read_machine(self) -> None:
        """Read disk and weights beside the loop: the hashes take some tenths of a second."""
        while True:
            self.preflight.machine = await asyncio.to_thread(read_machine, self.preflight.folders)
            await asyncio.sleep(MACHINE_EVERY_S)

    def points(self, utc_ns: int) -> list[Point]:
        """Return the pre-flight points of an instant."""
        vehicles = {number: tracker.state(utc_ns) for number, tracker in self._links.trackers.items()}
        cameras = [self._seen(camera, utc_ns) for camera in self._cameras]
        return list(self.preflight.points(utc_ns, links=self._links.statuses(), vehicles=vehicles, cameras=cameras))

    def _seen(self, camera: LiveCamera, utc_ns: int) -> CameraSeen:
        table, file, status = self._tables[camera.name], self._files.get(camera.name), camera.status
        stated_s = table.video_latency_s
        return CameraSeen(
            name=camera.name,
            system_id=table.system_id,
            file=file,
            latency_s=file.video_latency_s if stated_s is None and file is not None else stated_s,
            pose=self._view(camera, utc_ns).pose,
            worker=status.state,
            why=status.why,
            opened=status.opened,
            health=status.health,
            terrain=self._terrain,
        )

    def _publish_check(self, utc_ns: int) -> None:
        if self._replay is None:  # recorded time runs at a speed of its own
            self.preflight.clock.note(utc_ns, time.monotonic_ns())
        self.outbox.check = check_document(self.points(utc_ns), utc_ns=utc_ns)

    def _publish_vehicles(self, utc_ns: int) -> None:
        vehicles = [tracker.state(utc_ns) for tracker in self._links.trackers.values()]
        self.pages.take(vehicles, utc_ns)
        for name, system_id, word in self._alarms.changes(vehicles):
            event(_LOG, name, level=logging.WARNING, system_id=system_id, alarm=word)
        document = vehicles_document(
            mission=self._mission,
            vehicles=vehicles,
            views=[self._view(camera, utc_ns) for camera in self._cameras],
            footprints=self._footprints,
            utc_ns=utc_ns,
        )
        self.outbox.put(Topic.VEHICLES, document)

    def _publish_map(self, utc_ns: int) -> None:
        self.outbox.put(Topic.DENSITY, self._map.document_at(utc_ns))
        self.officers.alerts.take(self._map.alerts_at(utc_ns), utc_ns)
        self.outbox.put(Topic.ZONES, self.officers.zones.document())

    def _publish_public(self, utc_ns: int) -> None:
        self.outbox.put_public(self._public.document_at(utc_ns, time.monotonic_ns()))

    def _publish_health(self, utc_ns: int) -> None:
        document = health_document(
            station=self._name,
            mission=self._mission,
            cameras=[camera.document_at(utc_ns) for camera in self._cameras],
            links=[asdict(status) for status in self._links.statuses()],
            utc_ns=utc_ns,
            map_frozen_since_ns=self._map.frozen_since_ns,
            replay=self._replay,
            exercise=self._exercise,
            record=None if self._logbook is None else asdict(self._logbook.status()),
        )
        self.outbox.put(Topic.HEALTH, document)
