"""`poses_from_file`: which kind of recording a file is, by its content and never by its name, and its reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flightlink.camera_file import CameraFile
from flightlink.errors import TelemetryError
from flightlink.klv.mpegts import looks_like_mpegts
from flightlink.mavlink.tlog import SEARCH_BYTES, looks_like_tlog
from flightlink.recorded.autopilot.ardupilot import looks_like_dataflash, poses_from_dataflash
from flightlink.recorded.autopilot.px4 import looks_like_ulog, poses_from_ulog
from flightlink.recorded.flight import FlightPoses
from flightlink.recorded.klv_poses import looks_like_klv, poses_from_klv
from flightlink.recorded.sei_poses import looks_like_video, poses_from_sei, poses_from_transport
from flightlink.recorded.srt.poses import looks_like_srt, poses_from_srt
from flightlink.recorded.tlog_poses import poses_from_tlog


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is known beside the file; no reader needs all of it."""

    camera: CameraFile | None
    system_id: int | None
    picture_px: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of recording."""

    name: str
    """For messages: what it is, and the usual ending of its name."""
    looks_like: Callable[[bytes], bool]
    """Says by the beginning of a file whether it is of this kind."""
    poses: Callable[[Path, Asked], FlightPoses]
    """Reads the file, or raises `TelemetryError`."""


KINDS: Final[tuple[Kind, ...]] = (
    Kind(
        name="MPEG-TS with KLV or SEI (.ts)",
        looks_like=looks_like_mpegts,
        poses=lambda path, asked: poses_from_transport(path, asked.camera, picture_px=asked.picture_px),
    ),
    Kind(
        name="video with telemetry in its frames (.mp4)",
        looks_like=looks_like_video,
        poses=lambda path, asked: poses_from_sei(path, asked.camera, picture_px=asked.picture_px),
    ),
    Kind(
        name="PX4 log (.ulg)", looks_like=looks_like_ulog, poses=lambda path, asked: poses_from_ulog(path, asked.camera)
    ),
    Kind(
        name="ArduPilot log (.bin)",
        looks_like=looks_like_dataflash,
        poses=lambda path, asked: poses_from_dataflash(path, asked.camera),
    ),
    Kind(
        name="MISB ST 0601 KLV (.klv, .bin)",
        looks_like=looks_like_klv,
        poses=lambda path, asked: poses_from_klv(path, asked.camera, picture_px=asked.picture_px),
    ),
    Kind(
        name="DJI subtitles (.SRT)",
        looks_like=looks_like_srt,
        poses=lambda path, asked: poses_from_srt(path, asked.camera),
    ),
    Kind(
        name="MAVLink log (.tlog)",
        looks_like=looks_like_tlog,
        poses=lambda path, asked: poses_from_tlog(path, asked.camera, asked.system_id, picture_px=asked.picture_px),
    ),
)
"""In the order in which they are tried: those with an unmistakable beginning first."""


def poses_from_file(
    path: Path,
    camera: CameraFile | None,
    system_id: int | None = None,
    *,
    picture_px: tuple[int, int] | None = None,
) -> FlightPoses:
    """Return the camera poses of a recorded flight of any kind.

    Args:
        path: the file; its name says nothing.
        camera: intrinsics and mount; None leaves them to the file.
        system_id: which vehicle; needed only where the file holds several.
        picture_px: width and height of the video, where the file tells only a field of view.

    Raises:
        TelemetryError: the file is of no kind that is read, or holds no vehicle, or several of which none was named.
    """
    beginning = _beginning(path)
    for kind in KINDS:
        if kind.looks_like(beginning):
            flight = kind.poses(path, Asked(camera=camera, system_id=system_id, picture_px=picture_px))
            return flight if camera is None else flight.aligned(camera.alignment)
    known = ", ".join(kind.name for kind in KINDS)
    raise TelemetryError(f"{path}: is no telemetry that can be read; expected one of: {known}")


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(SEARCH_BYTES)
    except OSError as cause:
        raise TelemetryError(f"{path}: cannot be read ({cause.strerror or cause}); check the path") from cause
