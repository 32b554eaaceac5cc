"""A recorded video and all that is known of its camera: where it was, when, and what may be looked at."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from flightlink.alignment import Alignment
from flightlink.alignment_file import load_alignment
from flightlink.camera_file import CameraFile, load_camera
from flightlink.mission import DEFAULT_PUBLISHED_PX_PER_M, Mission, RedactionLevel
from flightlink.mission_file import load_mission
from flightlink.pose import CameraPose
from flightlink.recorded.flight import FlightClock, FlightPoses
from groundstation.errors import BadInputError, RefusedError
from groundstation.files import closed_local_file
from groundstation.guest_store import default_folder, guests_named
from groundstation.instants import text_from_utc_ns
from groundstation.logs import event
from groundstation.telemetry.recorded import recorded_poses
from maps.crs import mission_epsg
from maps.terrain.area import terrain_of_area
from maps.terrain.grid import TerrainGrid
from maps.terrain.packing import packed_from_grid
from vision.models.guest import Guest
from vision.models.store import models_dir
from vision.wire import Job, Order

GIVEN: Final = "given"
FIRST_POSE: Final = "assumed: first complete pose"
OF_TELEMETRY: Final = "telemetry"
NO_ZONE: Final = "telemetry, by a wall clock without a zone"
NO_TIME: Final = "unknown: no time was given"

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightFiles:
    """What the user named on the command line."""

    video: Path
    telemetry: Path | None = None
    system_id: int | None = None
    camera: Path | None = None
    alignment: Path | None = None
    mission: Path | None = None
    video_starts_utc_ns: int | None = None
    level: RedactionLevel | None = None
    dem: Path | None = None
    """Height model; None takes the ground as level."""
    extra_models: tuple[str, ...] = ()
    """Names of detectors of the user's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """The files, read and checked against each other; the video itself is opened by the sealed worker alone."""

    video: Path
    camera: CameraFile | None
    mission: Mission | None
    telemetry: FlightPoses | None
    """None for a fixed camera and without telemetry."""
    video_starts_utc_ns: int
    video_starts_source: str
    level: RedactionLevel
    terrain: TerrainGrid | None = None
    guests: tuple[Guest, ...] = ()
    """Detectors of the user's own."""

    @property
    def poses(self) -> tuple[CameraPose, ...]:
        """In order of time; empty for a fixed camera and without telemetry."""
        return () if self.telemetry is None else self.telemetry.poses

    @property
    def fixed_pose(self) -> CameraPose | None:
        """Pose of a camera that stands still, unless telemetry says where it went."""
        return None if self.camera is None or self.poses else self.camera.standing_pose

    @property
    def epsg(self) -> int | None:
        """Mission CRS, or None where nothing says where the camera was."""
        if self.mission is not None:
            return epsg_of(self.mission)
        pose = next(iter(self.poses), self.fixed_pose)
        return None if pose is None else mission_epsg(pose.lon_deg, pose.lat_deg)


def epsg_of(mission: Mission) -> int:
    """Return the mission CRS for the middle of the area's corners."""
    lons, lats = zip(*mission.area, strict=True)
    return mission_epsg((min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2)


def stricter(*levels: RedactionLevel | None) -> RedactionLevel:
    """Return the strictest of the levels that are given; strict where none is."""
    given = {level for level in levels if level is not None}
    return RedactionLevel.FLOOR if given == {RedactionLevel.FLOOR} else RedactionLevel.STRICT


def load_flight(files: FlightFiles) -> Flight:
    """Return the flight of the files.

    Raises:
        BadInputError: a file is missing, no regular file, or contradicts another.
        ModelError: a detector of the user's own is another file than was added.
        FlightlinkError: a telemetry, camera or mission file cannot be read as one.
        TerrainError: the height model cannot be read, or does not cover area and flight.
        RefusedError: the mission does not cover the time of the video.
    """
    video = closed_local_file(files.video, what="the video")
    alignment = None if files.alignment is None else load_alignment(files.alignment)
    camera = None if files.camera is None else load_camera(files.camera).aligned_by(alignment)
    mission = None if files.mission is None else load_mission(files.mission)
    telemetry = _telemetry(files, camera, alignment)
    if telemetry is not None and files.video_starts_utc_ns is not None:
        telemetry = telemetry.with_video_started(files.video_starts_utc_ns)
    poses = telemetry.poses if telemetry else ()
    if camera is not None and camera.fixed_pose is None and not poses:
        raise BadInputError(f"{files.camera}: has no fixed pose (lat_deg, ...); add it, or give --telemetry")
    starts_ns, source = _video_starts(files, telemetry)
    if mission is not None:
        _refuse_outside(mission, starts_ns, source)
    level = stricter(files.level, mission.level if mission else None)
    flight = Flight(
        video=video, camera=camera, mission=mission, telemetry=telemetry, level=level,
        video_starts_utc_ns=starts_ns, video_starts_source=source,
        guests=guests_named(files.extra_models, default_folder()),
    )  # fmt: skip
    return flight if files.dem is None else replace(flight, terrain=_terrain(files.dem, flight))


def _terrain(path: Path, flight: Flight) -> TerrainGrid:
    """Return the height model about the mission area, or where there is none about the flight."""
    fixed = () if flight.fixed_pose is None else (flight.fixed_pose,)
    places = [(pose.lon_deg, pose.lat_deg) for pose in (*flight.poses, *fixed)]
    if flight.mission is not None:
        places = list(flight.mission.area)
    if not places:
        raise BadInputError(f"{path}: nothing says where the camera was; give --telemetry, or a camera file's pose")
    file = terrain_of_area(path, places)
    event(
        _LOG, "terrain_read", file=file.grid.name, datum=str(file.grid.datum), sigma_m=file.grid.sigma_m,
        datum_source="stated" if file.is_datum_stated else "assumed: the file states none",
    )  # fmt: skip
    return file.grid


def _telemetry(files: FlightFiles, camera: CameraFile | None, alignment: Alignment | None) -> FlightPoses | None:
    if files.telemetry is None:
        return None
    flight = recorded_poses(files.telemetry, system_id=files.system_id, camera=camera).aligned(alignment)
    event(
        _LOG, "telemetry_read", vehicle=flight.system_id, poses=len(flight.poses), truncated=flight.truncated,
        without_pose=", ".join(f"{cause} {count}" for cause, count in sorted(flight.refusals.items())) or "none",
    )  # fmt: skip
    return flight


def _video_starts(files: FlightFiles, telemetry: FlightPoses | None) -> tuple[int, str]:
    if files.video_starts_utc_ns is not None:
        return files.video_starts_utc_ns, GIVEN
    starts_ns, source = _video_starts_by(telemetry)
    if files.telemetry is not None or files.mission is not None:
        event(_LOG, "video_starts_assumed", utc=text_from_utc_ns(starts_ns), source=source, mend="--video-starts UTC")
    return starts_ns, source


def _video_starts_by(telemetry: FlightPoses | None) -> tuple[int, str]:
    """Return when the telemetry says that its video began: its own word, else its first complete pose."""
    if telemetry is None or not telemetry.poses:
        return 0, NO_TIME
    if telemetry.video_starts_utc_ns is None:
        return telemetry.poses[0].utc_ns, FIRST_POSE
    sources = {FlightClock.UTC: OF_TELEMETRY, FlightClock.LOCAL: NO_ZONE, FlightClock.VIDEO: NO_TIME}
    return telemetry.video_starts_utc_ns, sources[telemetry.clock]


def _refuse_outside(mission: Mission, starts_ns: int, source: str) -> None:
    if source in (NO_TIME, NO_ZONE):
        raise BadInputError("--mission: its time window needs the time of the video; add --video-starts UTC")
    if mission.refusal_at(starts_ns) == "mission_ended":
        ended = text_from_utc_ns(mission.ends_utc_ns)
        raise RefusedError(
            f"--mission: it ended {ended}, the video starts {text_from_utc_ns(starts_ns)}; nothing is shown"
        )


def file_order(flight: Flight, *, counts: bool) -> Order:
    """Return what the sealed worker is told about a recorded flight."""
    camera, mission = flight.camera, flight.mission
    return Order(
        source=flight.video.stem,
        video=str(flight.video),
        job=Job.FILE,
        models_dir=str(models_dir()),
        epsg=flight.epsg if counts else None,
        intrinsics=None if camera is None else camera.intrinsics,
        fixed_pose=flight.fixed_pose,
        mission=mission,
        video_starts_utc_ns=flight.video_starts_utc_ns,
        video_latency_s=(camera.video_latency_s or 0.0) if camera is not None else 0.0,
        level=flight.level,
        published_px_per_m=mission.published_px_per_m if mission else DEFAULT_PUBLISHED_PX_PER_M,
        terrain=None if flight.terrain is None else packed_from_grid(flight.terrain),
        guests=flight.guests,
    )
