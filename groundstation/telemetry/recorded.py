"""Recorded flights: the poses of their cameras, and ground points of their pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flightlink.alignment_file import load_alignment
from flightlink.camera_file import CameraFile, load_camera
from flightlink.pose import CameraPose, PoseRefusal
from flightlink.recorded.flight import FlightClock, FlightPoses
from flightlink.recorded.kinds import poses_from_file
from flightlink.track import PoseTrack
from groundstation.errors import BadInputError
from groundstation.files import closed_local_file
from groundstation.instants import text_from_utc_ns
from groundstation.telemetry.pixels import refuse_outside
from maps.request import FAR_SHARE, answer_for_pixel
from maps.terrain.files import TerrainFiles

_MENDS: Final = {
    "no_intrinsics": "give --camera",
    "no_attitude": "state how a fixed gimbal stood in the camera file ([mount]), if it did",
    "no_gimbal": "state how the camera is fixed to the airframe in the camera file ([mount]), if it is",
    "unknown_height_datum": "it does not say from where its height counts; give the flight's log instead",
    "no_height": "it tells no height above the take-off; give the flight's log instead",
    "unknown_coordinate_order": "give the flight's log instead",
    "no_utc": "give --video-starts",
}
"""Cause of a refusal -> what to do; for others the vehicle has to send more."""


def recorded_poses(path: Path, *, system_id: int | None, camera: CameraFile | None) -> FlightPoses:
    """Return the camera poses of a recorded flight; at least one.

    Raises:
        BadInputError: the file gives no complete pose.
        TelemetryError: the file is of no kind that is read, or holds several vehicles of which none was named.
    """
    closed_local_file(path, what="the telemetry")
    flight = poses_from_file(path, camera, system_id)
    if not flight.poses:
        causes = ", ".join(f"{cause} ({count} instants)" for cause, count in sorted(flight.refusals.items()))
        usual = max(flight.refusals, key=lambda cause: flight.refusals[cause], default="")
        mend = _MENDS.get(usual, "check what the vehicle sent")
        raise BadInputError(f"{path}: gives no complete camera pose: {causes or 'nothing in it'}; {mend}")
    return flight


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightQuestion:
    """What the user asks of one recorded flight."""

    telemetry: Path
    utc_ns: int
    pixel: tuple[float, float]
    system_id: int | None = None
    camera: Path | None = None
    alignment: Path | None = None
    """By how much its attitude is off; wins over that of the camera file."""
    video_starts_utc_ns: int | None = None
    """Capture time of the first frame, for a file whose clock has no zone."""
    dem: Path | None = None


def ground_point_from_flight(question: FlightQuestion) -> dict[str, Any]:
    """Return the ground point under a pixel at an instant of a recorded flight, or the error in its place.

    Raises:
        BadInputError: the flight has no pose at that instant, or none at all; the pixel lies outside the picture.
        FlightlinkError: the recording or the camera file cannot be read as one.
        TerrainError: the height model cannot be read.
    """
    path, utc = question.telemetry, text_from_utc_ns(question.utc_ns)
    alignment = None if question.alignment is None else load_alignment(question.alignment)
    camera = None if question.camera is None else load_camera(question.camera).aligned_by(alignment)
    poses = recorded_poses(path, system_id=question.system_id, camera=camera).aligned(alignment)
    flight = _in_utc(path, poses, question.video_starts_utc_ns)
    pose = _track(flight.poses).pose_at(question.utc_ns)
    if isinstance(pose, PoseRefusal):
        span = f"{text_from_utc_ns(flight.first_utc_ns)} to {text_from_utc_ns(flight.last_utc_ns)}"
        raise BadInputError(f"{path}: no pose at {utc}: {pose.cause}: {pose.detail}; the log covers {span}")
    refuse_outside(path.name, pose.intrinsics, question.pixel)
    terrain = None
    if question.dem is not None:
        terrain = TerrainFiles().about(question.dem, lat_deg=pose.lat_deg, lon_deg=pose.lon_deg).grid
    found = answer_for_pixel(pose, *question.pixel, terrain=terrain, far_share=FAR_SHARE)
    answer = {"id": path.name, **found, "utc": utc}
    notes = [*flight.notes, *_not_used(question, poses)]
    return {**answer, "notes": notes} if notes else answer


def _not_used(question: FlightQuestion, flight: FlightPoses) -> Iterator[str]:
    """Yield what the user told that a recording of this kind has no use for."""
    if question.video_starts_utc_ns is not None and flight.clock is FlightClock.UTC:
        yield "--video-starts is not used: the recording counts in UTC itself"
    if question.system_id is not None and flight.system_id is None:
        yield "--system-id is not used: the recording tells no vehicles apart"


def _in_utc(path: Path, flight: FlightPoses, video_starts_utc_ns: int | None) -> FlightPoses:
    """Return the flight on the clock that its instants are asked by.

    A clock without a zone may be asked by its own hours, which the answer's notes say; one that only counts from the
    first frame may not.
    """
    if video_starts_utc_ns is not None:
        return flight.with_video_started(video_starts_utc_ns)
    if flight.clock is FlightClock.VIDEO:
        raise BadInputError(f"{path}: counts its times from the video's first frame; say when that was: --video-starts")
    return flight


def _track(poses: tuple[CameraPose, ...]) -> PoseTrack:
    track = PoseTrack(capacity=len(poses))
    for pose in poses:
        track.add(pose)
    return track
