"""The poses of a recorded flight as they were reported, for tie points."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flightlink.camera_file import CameraFile, load_camera
from flightlink.track import FixedPose, PoseTrack
from groundstation.alignment.points import PoseAt
from groundstation.telemetry.recorded import recorded_poses


def pose_source(telemetry: Path | None, *, camera: Path | None, system_id: int | None) -> PoseAt | None:
    """Return what tells the reported pose at an instant; None where nothing does.

    An alignment that the camera file holds already is left out: what is sought is the whole bias, not the rest.

    Raises:
        BadInputError: the telemetry gives no complete pose.
        FlightlinkError: a file cannot be read as one.
    """
    lens = None if camera is None else replace(load_camera(camera), alignment=None)
    if telemetry is None:
        return _standing(lens)
    poses = recorded_poses(telemetry, system_id=system_id, camera=lens).poses
    track = PoseTrack(capacity=len(poses))
    for pose in poses:
        track.add(pose)
    return track.pose_at


def _standing(camera: CameraFile | None) -> PoseAt | None:
    return None if camera is None or camera.fixed_pose is None else FixedPose(camera.fixed_pose).pose_at
