"""Points about a camera: gimbal, lens, ground, pose, video, seal. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from flightlink.camera_file import CameraFile
from flightlink.pose import CameraPose, Intrinsics, PoseRefusal
from flightlink.vehicle.gimbal import YawFrame, yaw_frame_from_flags
from flightlink.vehicle.state import VehicleState
from groundstation.health import says
from groundstation.preflight.heard import GimbalHeard, Heard
from groundstation.preflight.links import IN_THE_VIDEO, VideoTime, time_words
from groundstation.preflight.points import Point
from groundstation.supervision import WorkerState
from maps.camera import ideal_from_image
from maps.georeference import ground_from_image
from maps.terrain.grid import TerrainGrid
from vision.wire import Opened, WorkerHealth

_FIELDS_DISAGREE: Final = "fields_of_view_disagree"
_ATTITUDE_UNKNOWN: Final = 8 | 64 | 128 | 256
HEADING_OFF_DEG: Final = 20.0
FOV_DISAGREES: Final = 0.1
"""Of the wider one."""
SAME_SHAPE: Final = 0.01
APART_S: Final = 0.1
"""At 20 degrees a second two degrees of yaw."""
SETTLED_S: Final = 2.0
"""Of pictures after the opening, before their rate is judged."""
SLOW: Final = 0.7
"""Of the video's own rate."""
CONTRADICTIONS: Final = (
    "camera_was_moved",
    "face_in_output",
    "people_too_large_for_pose",
    "people_too_small_for_pose",
    "picture_moved_unlike_pose",
    "yaw_looks_reversed",
    "yaw_looks_wrong",
)
"""Causes of the gate that tell of a wrong pose, height, zoom or latency."""
_OF_THE_GROUND: Final = ("no_terrain", "no_geoid_separation", "no_home_position")
_TOLD_NOT_REQUIRED: Final = "swap"
_BROKEN: Final = {
    WorkerState.STOPPED: "video_stopped",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSeen:
    """All that is known of one camera at one instant."""

    name: str
    system_id: int | None
    file: CameraFile | None
    latency_s: float | None
    """Of its video, as the settings or its file state it."""
    pose: CameraPose | PoseRefusal
    worker: WorkerState
    why: str
    """Why its last worker ended; empty while one runs."""
    opened: Opened | None
    health: WorkerHealth | None
    terrain: TerrainGrid | None = None
    """The height model on whose heights `pose` stands; None for level ground."""

    @property
    def is_fixed(self) -> bool:
        """Whether it stands still, at the place that its file tells."""
        return self.system_id is None and self.file is not None and self.file.fixed_pose is not None

    @property
    def tells_its_pose(self) -> bool:
        """Whether the video itself tells where the camera is."""
        return self.health is not None and self.health.pose_from in IN_THE_VIDEO


def camera_points(seen: CameraSeen, state: VehicleState | None, heard: Heard) -> Iterator[Point]:
    """Yield the points of one camera, without those of its link."""
    if state is not None or seen.system_id is None:
        yield from _time_points(seen, state)
        yield _point(seen, "gimbal", _gimbal(seen, state, heard))
        yield _point(seen, "ground", _ground(seen, heard))
    yield _point(seen, "intrinsics", _lens(seen, state, heard))
    yield _point(seen, "pose", _contradicted(seen.health) or _pose(seen.pose, seen.terrain))
    yield _point(seen, "video", _video(seen))
    yield _point(seen, "seal", seal_words(seen.opened, seen.why or says(f"worker_{seen.worker}")))


def _point(seen: CameraSeen, point: str, told: tuple[str, tuple[str, ...]]) -> Point:
    word, values = told
    return Point(point=point, about=seen.name, word=word, values=values)


def _time_points(seen: CameraSeen, state: VehicleState | None) -> Iterator[Point]:
    """Yield how picture and pose are timed, and how far apart they turn where that could be measured."""
    offset_s = None if seen.health is None else seen.health.time_offset_s
    told, is_apart = _time(seen, state), False
    if offset_s is not None and not seen.is_fixed:
        sigma_s = (seen.health.time_offset_sigma_s if seen.health else None) or 0.0
        is_apart = abs(offset_s) > max(APART_S, 3 * sigma_s)
        values = (
            (f"{offset_s:+.2f}", f"{sigma_s:.2f}")
            if is_apart
            else (f"{abs(offset_s) * 1e3:.0f}", f"{sigma_s * 1e3:.0f}")
        )
        yield _point(seen, "time", ("time_apart" if is_apart else "time_together", values))
    if offset_s is None or is_apart or told[0] != "time_guessed":
        yield _point(seen, "time", told)


def _time(seen: CameraSeen, state: VehicleState | None) -> tuple[str, tuple[str, ...]]:
    if seen.is_fixed:
        return "time_fixed", ()
    health = seen.health
    return time_words(
        None if state is None else state.round_trip_ms,
        VideoTime(
            source="" if health is None else health.time_from,
            error_ms=None if health is None else health.time_error_ms,
            latency_s=seen.latency_s,
        ),
        has_vehicle=seen.system_id is not None,
    )


def _gimbal(seen: CameraSeen, state: VehicleState | None, heard: Heard) -> tuple[str, tuple[str, ...]]:
    if seen.is_fixed:
        return "gimbal_place", ()
    if seen.tells_its_pose or seen.system_id is None:
        return "gimbal_video", ()
    if seen.file is not None and seen.file.mount is not None:
        return "gimbal_airframe", ()
    if heard.gimbal is None:
        return ("gimbal_old" if heard.mount_status else "gimbal_none"), ()
    return _gimbal_of(heard.gimbal, None if state is None else state.yaw_deg)


def _gimbal_of(gimbal: GimbalHeard, heading_deg: float | None) -> tuple[str, tuple[str, ...]]:
    frame = yaw_frame_from_flags(gimbal.flags)
    if isinstance(frame, PoseRefusal):
        return "gimbal_both", (str(gimbal.flags),)
    if gimbal.failure_flags & _ATTITUDE_UNKNOWN:
        return "gimbal_failure", (str(gimbal.failure_flags),)
    if gimbal.turns_with_rate is False:
        return "gimbal_against", ()
    if frame is YawFrame.VEHICLE and gimbal.delta_yaw_deg is not None and heading_deg is not None:
        off_deg = (gimbal.delta_yaw_deg - heading_deg + 180) % 360 - 180
        if abs(off_deg) > HEADING_OFF_DEG:
            return "gimbal_heading", (f"{gimbal.delta_yaw_deg % 360:.0f}", f"{heading_deg % 360:.0f}")
    tried = "_tried" if gimbal.turns_with_rate else ""
    return f"gimbal_{frame}{tried}", (str(gimbal.flags),)


def _lens(seen: CameraSeen, state: VehicleState | None, heard: Heard) -> tuple[str, tuple[str, ...]]:
    if seen.file is None:
        if state is not None and _FIELDS_DISAGREE in state.alarms:
            return "lens_many", ()
        told = () if heard.hfov_deg is None else (f"{heard.hfov_deg:.1f}",)
        known = told or _width_of_pose(seen.pose)
        return ("lens_told", known) if known else ("lens_none", ())
    lens = seen.file.intrinsics
    wide_deg = field_of_view_deg(lens)
    size = str(lens.width_px), str(lens.height_px)
    if heard.hfov_deg is not None and abs(heard.hfov_deg - wide_deg) > FOV_DISAGREES * max(heard.hfov_deg, wide_deg):
        return "lens_disagrees", (f"{wide_deg:.1f}", f"{heard.hfov_deg:.1f}")
    if seen.opened is None or (seen.opened.width_px, seen.opened.height_px) == (lens.width_px, lens.height_px):
        return "lens_fine", (*size, f"{wide_deg:.1f}")
    video = str(seen.opened.width_px), str(seen.opened.height_px)
    ratio = lens.width_px * seen.opened.height_px / (lens.height_px * seen.opened.width_px)
    if abs(ratio - 1) > SAME_SHAPE:
        return "lens_shape", (*size, *video)
    return "lens_scaled", (*size, f"{wide_deg:.1f}", *video)


def _width_of_pose(pose: CameraPose | PoseRefusal) -> tuple[str, ...]:
    return () if isinstance(pose, PoseRefusal) else (f"{field_of_view_deg(pose.intrinsics):.1f}",)


def field_of_view_deg(lens: Intrinsics) -> float:
    """Return the horizontal field of view between the picture's outer edges, with its distortion."""
    edges = np.array([-0.5, lens.width_px - 0.5])
    x, _, _ = ideal_from_image(lens, edges, np.full(2, lens.cy_px))
    return math.degrees(math.atan(float(x[1])) - math.atan(float(x[0])))


def _ground(seen: CameraSeen, heard: Heard) -> tuple[str, tuple[str, ...]]:
    height = f"{seen.pose.alt_agl_m:.1f}" if isinstance(seen.pose, CameraPose) else ""
    if isinstance(seen.pose, PoseRefusal) and seen.pose.cause in _OF_THE_GROUND:
        return "ground_refused", (seen.pose.detail,)
    if seen.terrain is not None and height:
        model = seen.terrain
        return "ground_model", (model.name, f"{model.posting_m:.1f}", f"{model.sigma_m:.1f}", str(model.datum), height)
    if seen.is_fixed:
        return "ground_fixed", (height,)
    if seen.tells_its_pose or seen.system_id is None:
        return ("ground_told", (height,)) if height else ("ground_untold", ())
    return ("ground_level", ()) if heard.home_known else ("ground_none", ())


def _contradicted(health: WorkerHealth | None) -> tuple[str, tuple[str, ...]] | None:
    """Return the sentence of a pose that the picture contradicts, None where nothing does."""
    causes = () if health is None else (health.gate, health.counts_withheld_because)
    cause = next((cause for cause in causes if cause in CONTRADICTIONS), None)
    return None if cause is None else ("pose_contradicted", (cause, says(cause)))


def _pose(pose: CameraPose | PoseRefusal, terrain: TerrainGrid | None) -> tuple[str, tuple[str, ...]]:
    if isinstance(pose, PoseRefusal):
        return "pose_refused", (pose.cause, pose.detail, says(pose.cause))
    height = f"{pose.alt_agl_m:.1f}"
    middle = np.array([pose.intrinsics.cx_px]), np.array([pose.intrinsics.cy_px])
    ground = ground_from_image(pose, *middle, terrain=terrain)
    return ("pose_fine", (height, f"{ground.ce90_m[0]:.1f}")) if ground.ok[0] else ("pose_flat", (height,))


def _video(seen: CameraSeen) -> tuple[str, tuple[str, ...]]:
    if seen.opened is None:
        why = seen.why or says(f"worker_{seen.worker}")
        return (
            ("video_starting", ())
            if seen.worker is WorkerState.STARTING
            else (_BROKEN.get(seen.worker, "video_waiting"), (why,))
        )
    if seen.health is None or not seen.health.frames_in:
        return "video_dark", ()
    fps = seen.health.fps
    if seen.health.frames_in < SETTLED_S * seen.opened.fps:
        return "video_starting", ()
    if fps < SLOW * seen.opened.fps:
        return "video_slow", (f"{fps:.1f}", f"{seen.opened.fps:g}")
    size = str(seen.opened.width_px), str(seen.opened.height_px)
    return "video_fine", (*size, f"{fps:.1f}", f"{seen.opened.fps:g}", seen.opened.codec or "-")


def seal_words(opened: Opened | None, why_not: str) -> tuple[str, tuple[str, ...]]:
    """Return the sentence of a worker's own self-test; `why_not` says why there is none."""
    if opened is None:
        return "seal_unknown", (why_not,)
    if opened.sealed:
        return "seal_holds", (", ".join(sorted(opened.seal)),)
    part, state = next(
        ((part, state) for part, state in opened.seal.items() if state != "holds" and part != _TOLD_NOT_REQUIRED),
        ("the seal", "it does not hold"),
    )
    return "seal_fails", (part, state)
