"""Telemetry files of recorded flights: which kinds are read, and what they tell of the camera."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flightlink.camera_file import CameraFile, load_camera
from flightlink.pose import CameraPose, PoseRefusal
from flightlink.recorded.flight import FlightPoses
from flightlink.recorded.kinds import poses_from_file
from flightlink.track import PoseTrack
from groundstation.errors import BadInputError
from groundstation.files import closed_local_file
from groundstation.instants import text_from_utc_ns
from maps.request import FOCAL_FIELDS, POSE_FIELDS, SIGMA_FIELDS, answer_from_line


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
        mend = "give --camera" if "no_intrinsics" in flight.refusals else "check what the vehicle sent"
        raise BadInputError(f"{path}: gives no complete camera pose: {causes}; {mend}")
    return flight


def ground_point_from_log(
    path: Path, *, system_id: int | None, camera: Path | None, utc_ns: int, pixel: tuple[float, float]
) -> dict[str, Any]:
    """Return the ground point under a pixel at an instant of a recorded flight, or the error in its place.

    Raises:
        BadInputError: the log has no pose at that instant, or none at all.
        FlightlinkError: the log or the camera file cannot be read as one.
    """
    flight = recorded_poses(path, system_id=system_id, camera=None if camera is None else load_camera(camera))
    pose = _track(flight.poses).pose_at(utc_ns)
    if isinstance(pose, PoseRefusal):
        span = f"{text_from_utc_ns(flight.first_utc_ns)} to {text_from_utc_ns(flight.last_utc_ns)}"
        raise BadInputError(f"{path}: no pose at {text_from_utc_ns(utc_ns)}: {pose.detail}; the log covers {span}")
    answer = answer_from_line(json.dumps(_request(pose, pixel)))
    return {**answer, "id": path.name, "utc": text_from_utc_ns(utc_ns)}


def _track(poses: tuple[CameraPose, ...]) -> PoseTrack:
    track = PoseTrack(capacity=len(poses))
    for pose in poses:
        track.add(pose)
    return track


def _request(pose: CameraPose, pixel: tuple[float, float]) -> dict[str, Any]:
    """Return pose and pixel as an input line of `georeference`, so that both ways have one answer."""
    camera = pose.intrinsics
    return {
        "u_px": pixel[0],
        "v_px": pixel[1],
        "width_px": camera.width_px,
        "height_px": camera.height_px,
        "distortion": list(camera.distortion),
        "sigma": {name: getattr(pose.sigma, name) for name in SIGMA_FIELDS},
        **{name: getattr(pose, name) for name in POSE_FIELDS},
        **{name: getattr(camera, name) for name in FOCAL_FIELDS},
    }
