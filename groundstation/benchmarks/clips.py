"""The clips that `redact` is measured on: a public recording where it is there, else rendered ones."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from flightlink.camera_file import POSE_FIELDS, CameraFile, load_camera
from flightlink.pose import Intrinsics
from groundstation.benchmarks.timing import module_command, timed
from groundstation.errors import BadInputError

PROJECT: Final = Path(__file__).resolve().parents[2]
LARGE_PX: Final = (1920, 1080)
SMALL_PX: Final = (1280, 720)
MADE_FRAMES: Final = 200
LIVE_FPS: Final = 25
LIKE_A_CAMERA: Final = ("--preset", "veryfast", "--crf", "18")
"""Tools that a fast encoder leaves out make decoding as dear as with a camera's own stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A video and the file that says where its camera stood."""

    name: str
    video: Path
    camera: Path


def recording(name: str) -> Path | None:
    """Return an optional recording by its path below `data/`, or None where it is not on this machine."""
    shared = Path(os.environ.get("GROUNDSTATION_SHARED", PROJECT.parent / "shared"))
    path = shared / "data" / name
    return path if path.is_file() else None


def clips_in(folder: Path) -> list[Clip]:
    """Return one clip as it was recorded and one with 1080 lines; what must be made is made in `folder`.

    Raises:
        StationError: a clip could not be made.
    """
    video, camera = recording("opencv_videos/vtest.avi"), recording("opencv_videos/vtest_camera.toml")
    if video is not None and camera is not None:
        clip = Clip(name="vtest", video=video, camera=camera)
        return [clip, stretched(clip, folder, name="vtest_1080p", size_px=LARGE_PX, frames=MADE_FRAMES)]
    return [rendered(folder, size_px, MADE_FRAMES) for size_px in (SMALL_PX, LARGE_PX)]


def live_clip(folder: Path, frames: int, *, size_px: tuple[int, int] | None = None) -> Clip:
    """Return the beginning of a clip that plays 25 pictures a second, or of a rendered one at its rate.

    Args:
        folder: where it is made.
        frames: how many.
        size_px: width and height; None makes 1080 lines.

    Raises:
        StationError: it could not be made.
    """
    size_px = LARGE_PX if size_px is None else size_px
    video, camera = recording("opencv_videos/vtest.avi"), recording("opencv_videos/vtest_camera.toml")
    if video is None or camera is None:
        return rendered(folder, size_px, min(frames, MADE_FRAMES))
    clip = Clip(name="vtest", video=video, camera=camera)
    name = f"vtest_{size_px[1]}p{LIVE_FPS}"
    return stretched(clip, folder, name=name, size_px=size_px, frames=frames, fps=LIVE_FPS)


def stretched(
    clip: Clip, folder: Path, *, name: str, size_px: tuple[int, int], frames: int, fps: int | None = None
) -> Clip:
    """Return the beginning of a clip at another size, as H.264, with the camera file of the stretched picture.

    With `fps` the same pictures play faster or slower.

    Raises:
        BadInputError: the camera has no fixed pose.
        StationError: the clip could not be made.
    """
    made = Clip(name=name, video=folder / f"{name}.mp4", camera=folder / f"{name}.toml")
    made.camera.write_text(camera_text(camera_of_size(load_camera(clip.camera), size_px)), encoding="utf-8")
    size = f"{size_px[0]}x{size_px[1]}"
    options = ("--size", size, "--frames", str(frames), *LIKE_A_CAMERA)
    rate = () if fps is None else ("--fps", str(fps))
    timed(module_command("groundstation.benchmarks.floor", clip.video, made.video, *options, *rate))
    return made


def rendered(folder: Path, size_px: tuple[int, int], frames: int) -> Clip:
    """Return a clip of the simulated world, made by its own program: the station does not import that room.

    Raises:
        StationError: the clip could not be made.
    """
    name = f"rendered_{size_px[1]}p"
    options = ("--width", str(size_px[0]), "--height", str(size_px[1]), "--frames", str(frames))
    timed(module_command("sitl.clip", "--out", folder / name, *options))
    return Clip(name=name, video=folder / name / "clip.mp4", camera=folder / name / "camera.toml")


def camera_of_size(camera: CameraFile, size_px: tuple[int, int]) -> CameraFile:
    """Return the same camera for a picture resized to another size.

    Exact also for a stretch: the distortion acts on ideal points, before focal lengths and centre.
    """
    intrinsics = camera.intrinsics.scaled_to(width_px=size_px[0], height_px=size_px[1])
    pose = None if camera.fixed_pose is None else replace(camera.fixed_pose, intrinsics=intrinsics)
    return replace(camera, intrinsics=intrinsics, fixed_pose=pose)


def camera_text(camera: CameraFile) -> str:
    """Return the camera file of a camera that stands still.

    Raises:
        BadInputError: it has no fixed pose.
    """
    if camera.fixed_pose is None:
        raise BadInputError("bench: the recording's camera file has no fixed pose; give it one")
    lines = [*_intrinsics_lines(camera.intrinsics), *_lines(camera.fixed_pose, POSE_FIELDS), *_sigma_lines(camera)]
    return "\n".join([*lines, ""])


def _intrinsics_lines(intrinsics: Intrinsics) -> list[str]:
    names = ("width_px", "height_px", "fx_px", "fy_px", "cx_px", "cy_px")
    return [*_lines(intrinsics, names), f"distortion = {list(intrinsics.distortion)!r}"]


def _sigma_lines(camera: CameraFile) -> list[str]:
    if camera.sigma is None:
        return []
    return ["[sigma]", *_lines(camera.sigma, ("horizontal_m", "vertical_m", "yaw_deg", "pitch_deg", "roll_deg"))]


def _lines(values: object, names: Iterable[str]) -> list[str]:
    return [f"{name} = {getattr(values, name)!r}" for name in names]
