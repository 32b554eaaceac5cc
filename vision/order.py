"""What the station tells a sealed worker on its standard input: one order, then poses, each a JSON document on a line.

A recorded flight's poses are followed by their end. `vision.wire` hands these names on.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from flightlink.alignment import Alignment, Bias
from flightlink.mission import Mission, RedactionLevel
from flightlink.pose import CameraPose, HeightDatum, Intrinsics, PoseSigma
from flightlink.replay_time import ReplayTime
from maps.terrain.packed import PackedTerrain
from vision.engine_names import EngineName
from vision.models.guest import Guest

NOT_THE_SCHEMA: Final = (TypeError, ValueError, KeyError, AttributeError, RecursionError)
"""What JSON of another shape leads to."""


class WireError(ValueError):
    """Bytes on a worker's pipe do not follow the schema."""


class Job(StrEnum):
    """What a worker is started for."""

    WATCH = "watch"
    """A live source: newest frame wins, paced by the source, poses arrive while it runs."""
    FILE = "file"
    """A closed local file: every frame, as fast as it goes; all poses are known before the first frame."""
    REPLAY = "replay"
    """A closed local file by the clock of a replay; poses arrive while it runs, as for a live source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """All that a worker is told, once, before it opens its source and seals itself."""

    source: str
    """Name of the camera."""
    video: str
    """Path or FFmpeg address."""
    job: Job
    models_dir: str
    epsg: int | None
    """Mission CRS; None counts nothing."""
    intrinsics: Intrinsics | None
    """None when each pose brings its own, or when there is no camera at all (no density bound)."""
    fixed_pose: CameraPose | None
    mission: Mission | None
    """None for a local file only: then no area and no time is enforced."""
    video_starts_utc_ns: int | None
    """Capture time of the first frame of a file; None for live sources."""
    video_latency_s: float
    """Live: capture lies this much before arrival."""
    level: RedactionLevel
    published_px_per_m: float
    with_video: bool = True
    """False counts only: no picture is encoded."""
    core_share: float = 2.0
    """Live: this camera's part of the machine in cores, by which it paces its looks and counts."""
    replay: ReplayTime | None = None
    """The clock of a replay; None for all other jobs."""
    pose_wanted: str = "auto"
    """Live: `auto`, or the one source of poses that may be used: `mavlink`, `klv`, `sei`."""
    is_latency_measured: bool = True
    """Live: False where `video_latency_s` is 0 because nobody knows it."""
    stated_sigma: PoseSigma | None = None
    """Live: of poses that the video itself tells, as the camera file states it."""
    alignment: Alignment | None = None
    """Live: of the camera; taken off poses that the video itself tells. Those of the station come aligned."""
    terrain: PackedTerrain | None = None
    """The ground; None for a plane at each pose's `ground_alt_m`."""
    engine: EngineName = EngineName.ONNXRUNTIME
    """What runs the detectors."""
    guests: tuple[Guest, ...] = ()
    """The user's own detectors, which may add masks."""


def order_line(order: Order) -> bytes:
    """Return the order as the first line of the worker's standard input."""
    return json.dumps({"order": asdict(order)}, allow_nan=False).encode() + b"\n"


def pose_line(pose: CameraPose) -> bytes:
    """Return one pose as a line of the worker's standard input."""
    return json.dumps({"pose": asdict(pose)}, allow_nan=False).encode() + b"\n"


END_OF_POSES: Final = b'{"end_of_poses": true}\n'


def order_from_line(line: bytes) -> Order:
    """Return the order from the first line.

    Raises:
        WireError: the line is no order.
    """
    try:
        part = json.loads(line)["order"]
        part["intrinsics"] = _intrinsics(part["intrinsics"])
        part["fixed_pose"] = pose_from_part(part["fixed_pose"])
        part["mission"] = _mission(part["mission"])
        part["stated_sigma"] = None if part["stated_sigma"] is None else PoseSigma(**part["stated_sigma"])
        part["alignment"] = _alignment(part["alignment"])
        part["terrain"] = _terrain(part["terrain"])
        part["guests"] = tuple(guest_from_part(each) for each in part["guests"])
        part["replay"] = None if part["replay"] is None else ReplayTime(**part["replay"])
        named = {"job": Job(part["job"]), "level": RedactionLevel(part["level"]), "engine": EngineName(part["engine"])}
        return Order(**{**part, **named})
    except NOT_THE_SCHEMA as error:
        raise WireError(f"the first line is no order: {error}") from error


def pose_from_line(line: bytes) -> CameraPose | None:
    """Return the pose on a line, or None where the line ends the poses.

    Raises:
        WireError: the line is neither.
    """
    try:
        part = json.loads(line)
        return None if part.get("end_of_poses") else pose_from_part(part["pose"])
    except NOT_THE_SCHEMA as error:
        raise WireError(f"a line is neither a pose nor the end of poses: {error}") from error


def _intrinsics(part: dict[str, Any] | None) -> Intrinsics | None:
    if part is None:
        return None
    k1, k2, p1, p2, k3 = part["distortion"]
    return Intrinsics(**{**part, "distortion": (k1, k2, p1, p2, k3)})


def pose_from_part(part: dict[str, Any] | None) -> CameraPose | None:
    """Return a pose from its JSON, None for null."""
    if part is None:
        return None
    yaw_deg, pitch_deg, roll_deg = part["aligned_deg"]
    named = {
        "aligned_deg": (yaw_deg, pitch_deg, roll_deg),
        "intrinsics": _intrinsics(part["intrinsics"]),
        "sigma": PoseSigma(**part["sigma"]),
        "height_datum": HeightDatum(part["height_datum"]),
    }
    return CameraPose(**{**part, **named})


def guest_from_part(part: dict[str, Any]) -> Guest:
    """Return a guest from its JSON."""
    return Guest(**{**part, "class_ids": tuple(int(number) for number in part["class_ids"])})


def _alignment(part: dict[str, Any] | None) -> Alignment | None:
    if part is None:
        return None
    yaw_deg, pitch_deg, roll_deg = part["sigma_deg"]
    return Alignment(**{**part, "bias": Bias(*part["bias"]), "sigma_deg": (yaw_deg, pitch_deg, roll_deg)})


def _terrain(part: dict[str, Any] | None) -> PackedTerrain | None:
    if part is None:
        return None
    terms = {name: tuple(float(term) for term in part[name]) for name in ("column_terms", "row_terms")}
    return PackedTerrain(**{**part, **terms})


def _mission(part: dict[str, Any] | None) -> Mission | None:
    if part is None:
        return None
    area = tuple((float(lon_deg), float(lat_deg)) for lon_deg, lat_deg in part["area"])
    return Mission(**{**part, "area": area, "level": RedactionLevel(part["level"])})
