"""What an evaluation of people or redaction was asked for: its truth, its pictures, and where their cameras were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from flightlink.camera_file import load_camera
from flightlink.errors import FlightlinkError
from flightlink.pose import SURVEYED, CameraPose, Intrinsics, PoseRefusal
from flightlink.track import FixedPose, PoseSource
from vision.errors import SourceError
from vision.posts import NoPose
from vision.truth import TruthPicture, truth_from_file

FILES: Final = ("truth", "images", "video", "camera", "models_dir")
"""Of a line from the station: paths, or null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is measured against which truth."""

    people: bool
    """True: detectors; False: redaction."""
    truth: list[TruthPicture]
    images: Path | None
    video: Path | None
    intrinsics: Intrinsics | None
    """Of the camera file; None without one."""
    poses: PoseSource
    """Of a camera that stands still; `NoPose` for all others."""
    live: bool
    models_dir: Path

    @property
    def stands(self) -> bool:
        """Whether one pose holds for all pictures."""
        return isinstance(self.poses, FixedPose)

    def pose_of(self, truth: TruthPicture, utc_ns: int) -> CameraPose | PoseRefusal:
        """Return the pose of an image: the fixed one, else the one that its line of truth tells."""
        told = None if self.stands else told_pose(truth, self.intrinsics)
        return self.poses.pose_at(utc_ns) if told is None else replace(told, utc_ns=utc_ns)


def question_from(told: Mapping[str, Any]) -> Question:
    """Return what a line from the station asks for.

    Raises:
        TruthError: the truth cannot be read.
        SourceError: a video comes with a camera file that tells no place.
        FlightlinkError: the camera file is none.
    """
    camera = load_camera(Path(told["camera"])) if told["camera"] else None
    fixed = None if camera is None else camera.fixed_pose
    if told["video"] and camera is not None and fixed is None:
        raise SourceError(f"{told['camera']}: has no fixed pose; `evaluate` of a video needs lat_deg to roll_deg in it")
    return Question(
        people=told["kind"] == "people",
        truth=truth_from_file(Path(told["truth"])),
        images=Path(told["images"]) if told["images"] else None,
        video=Path(told["video"]) if told["video"] else None,
        intrinsics=None if camera is None else camera.intrinsics,
        poses=NoPose() if fixed is None else FixedPose(fixed),
        live=bool(told["live"]),
        models_dir=Path(told["models_dir"]),
    )


def told_pose(truth: TruthPicture, intrinsics: Intrinsics | None) -> CameraPose | None:
    """Return the pose that a line's `pitch_deg` and `agl_m` stand for, None where they or a focal length are missing.

    Place and direction do not matter to a count: they are 0. The line's own `fx_px` goes before the camera file's.

    Raises:
        SourceError: the line's numbers are no pose.
    """
    lens = intrinsics if truth.fx_px is None else _pinhole(truth, truth.fx_px)
    if lens is None or truth.depression_deg is None or truth.agl_m is None:
        return None
    try:
        return CameraPose(
            utc_ns=0, lat_deg=0.0, lon_deg=0.0, alt_m=truth.agl_m, ground_alt_m=0.0, yaw_deg=0.0,
            pitch_deg=-truth.depression_deg, roll_deg=truth.roll_deg, intrinsics=lens, sigma=SURVEYED,
        )  # fmt: skip
    except FlightlinkError as error:
        raise SourceError(f"the truth of {truth.picture}: {error}; mend pitch_deg, agl_m or fx_px") from error


def _pinhole(truth: TruthPicture, fx_px: float) -> Intrinsics:
    """Return the lens of a picture whose line tells its focal length: square pixels, its axis in the middle."""
    return Intrinsics(
        width_px=truth.width_px, height_px=truth.height_px, fx_px=fx_px, fy_px=fx_px,
        cx_px=(truth.width_px - 1) / 2, cy_px=(truth.height_px - 1) / 2,
    )  # fmt: skip


def other_shape(name: str, size_px: tuple[int, int], camera: Intrinsics) -> str:
    """Return what to say of a picture that is no resized one of its camera: nothing in it could be placed."""
    width_px, height_px = size_px
    return (
        f"{name}: is {width_px} x {height_px} px, but its camera takes {camera.width_px} x {camera.height_px}, "
        "another shape; give the camera file, or the truth, of this camera and mode"
    )
