"""The camera poses of a clip from its DJI subtitles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from flightlink.attitude import Attitude
from flightlink.camera_file import CameraFile
from flightlink.errors import PoseInvalidError, TelemetryError
from flightlink.pose import UNSTATED, CameraPose, HeightDatum, PoseRefusal, PoseSigma
from flightlink.recorded.flight import FlightClock, FlightPoses
from flightlink.recorded.srt.cues import Cue, cues_from_text
from flightlink.recorded.srt.dialects import SrtSample, sample_from_text

STEP_NS: Final = 40_000_000
"""Subtitles of each frame say the same several times; 25 a second are more than a gimbal needs."""
MOST_BYTES: Final = 256 * 1024 * 1024
UNKNOWN_YAW_DEG: Final = 70.0
"""Sigma of a yaw that nothing tells: 90 % of it moves a point by twice its distance from the nadir, the most."""
STATED_TILT_DEG: Final = 2.0
"""Of a gimbal whose attitude the operator states."""
BAROMETER_SHARE: Final = 0.02
_CLOCK_TOLERANCE_NS: Final = 2_000_000_000
_LOOKS: Final = re.compile(rb"\d\d:\d\d:\d\d[,.]\d{1,3} *--> *\d\d:\d\d|\[ ?longt?itude *:")


def looks_like_srt(beginning: bytes) -> bool:
    """Say whether the beginning of a file holds the times of a subtitle, or DJI's fields without them."""
    return _LOOKS.search(beginning) is not None


def poses_from_srt(path: Path, camera: CameraFile | None) -> FlightPoses:
    """Return the poses of a clip, on its own clock: wall clock without a zone, or the video's time alone.

    A file of a dialect with the gimbal's angles gives poses; others need a camera file whose `[mount]` says how the
    gimbal stood, and then yaw is unknown and its error says so.

    Raises:
        TelemetryError: the file cannot be read, or none of its subtitles comes from a DJI camera.
    """
    cues = list(cues_from_text(_text_of(path)))
    clock, begins_ns, starts_ns = _clock(cues)
    answers = [_pose(cue, utc_ns, camera) for cue, utc_ns in zip(cues, begins_ns, strict=True)]
    if not cues or all(answer is None for answer in answers):
        raise TelemetryError(f"{path}: holds no subtitle of a DJI camera; expected its position in the subtitles")
    refusals = Counter(answer.cause for answer in answers if isinstance(answer, PoseRefusal))
    poses = _thinned(answer for answer in answers if isinstance(answer, CameraPose))
    return FlightPoses(
        poses=tuple(poses),
        refusals=dict(refusals),
        first_utc_ns=min(begins_ns),
        last_utc_ns=max(begins_ns),
        system_id=None,
        truncated=_is_cut(answers),
        clock=clock,
        video_starts_utc_ns=starts_ns,
        notes=_notes(clock, poses),
    )


def _is_cut(answers: Sequence[CameraPose | PoseRefusal | None]) -> bool:
    """Say whether the last subtitle lost its position, which the one before it had."""
    lost = [
        answer is None or (isinstance(answer, PoseRefusal) and answer.cause == "no_position") for answer in answers[-2:]
    ]
    return lost == [False, True]


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise TelemetryError(f"{path}: is too large for subtitles; expected the .SRT file beside a DJI video")
        return path.read_bytes().decode("utf-8", errors="replace")
    except OSError as cause:
        raise TelemetryError(f"{path}: cannot be read ({cause.strerror or cause}); check the path") from cause


def _clock(cues: Sequence[Cue]) -> tuple[FlightClock, list[int], int]:
    """Return the clock, each cue's instant on it, and the instant of the first frame.

    Instants follow the video; the wall clock only says where the first one lies, and only if it keeps step: clips that
    were joined have a clock that jumps.
    """
    first = next((cue for cue in cues if cue.wall_ns is not None), None)
    walls_ns = [cue.wall_ns for cue in cues if cue.wall_ns is not None]
    if all(cue.begin_ns is None for cue in cues):
        return FlightClock.LOCAL, [cue.wall_ns or 0 for cue in cues], walls_ns[0] if walls_ns else 0
    begins_ns = [cue.begin_ns or 0 for cue in cues]
    if first is None or len(walls_ns) < len(cues) or first.begin_ns is None:
        return FlightClock.VIDEO, begins_ns, 0
    starts_ns = walls_ns[0] - first.begin_ns
    keeps_step = all(
        abs(wall - starts_ns - begin) < _CLOCK_TOLERANCE_NS for wall, begin in zip(walls_ns, begins_ns, strict=True)
    )
    if not keeps_step:
        return FlightClock.VIDEO, begins_ns, 0
    return FlightClock.LOCAL, [starts_ns + begin for begin in begins_ns], starts_ns


def _pose(cue: Cue, utc_ns: int, camera: CameraFile | None) -> CameraPose | PoseRefusal | None:
    """Return the pose or the refusal of one cue; None for text that is not DJI's."""
    sample = sample_from_text(cue.text)
    if isinstance(sample, PoseRefusal):
        return sample if sample.cause != "no_position" or _is_dji(cue.text) else None
    attitude = sample.gimbal or (None if camera is None else camera.mount)
    if attitude is None:
        detail = "the subtitles say nothing of the gimbal; state how it stood in the camera file ([mount])"
        return PoseRefusal(cause="no_attitude", detail=detail)
    if camera is None:
        return PoseRefusal(cause="no_intrinsics", detail="the subtitles say too little of the lens; give --camera")
    try:
        return _of_sample(sample, attitude, utc_ns, camera)
    except PoseInvalidError as error:
        return PoseRefusal(cause="no_position", detail=str(error))


def _is_dji(text: str) -> bool:
    return any(word in text for word in ("[iso", "ISO", "SrtCnt", "FrameCnt", "HOME(", "GPS"))


def _of_sample(sample: SrtSample, attitude: Attitude, utc_ns: int, camera: CameraFile) -> CameraPose:
    return CameraPose(
        utc_ns=utc_ns,
        lat_deg=sample.lat_deg,
        lon_deg=sample.lon_deg,
        alt_m=sample.alt_home_m,
        ground_alt_m=0.0,
        yaw_deg=attitude.yaw_deg,
        pitch_deg=attitude.pitch_deg,
        roll_deg=attitude.roll_deg,
        intrinsics=camera.intrinsics,
        sigma=_sigma(sample, camera),
        height_datum=HeightDatum.HOME,
    )


def _sigma(sample: SrtSample, camera: CameraFile) -> PoseSigma:
    """Return the errors: rounding of the digits counts, and what only the operator states is worth less."""
    usual = camera.sigma or UNSTATED
    grown = replace(
        usual,
        horizontal_m=(usual.horizontal_m**2 + sample.rounding_m**2 / 3) ** 0.5,
        vertical_m=usual.vertical_m + BAROMETER_SHARE * abs(sample.alt_home_m),
    )
    if sample.gimbal is not None:
        return grown
    tilt_deg = max(STATED_TILT_DEG, usual.pitch_deg)
    return replace(grown, yaw_deg=UNKNOWN_YAW_DEG, pitch_deg=tilt_deg, roll_deg=max(tilt_deg, usual.roll_deg))


def _thinned(poses: Iterable[CameraPose]) -> list[CameraPose]:
    """Return the poses in order of time, at least a step apart."""
    kept: list[CameraPose] = []
    for pose in sorted(poses, key=lambda pose: pose.utc_ns):
        if not kept or pose.utc_ns - kept[-1].utc_ns >= STEP_NS:
            kept.append(pose)
    return kept


def _notes(clock: FlightClock, poses: Sequence[CameraPose]) -> tuple[str, ...]:
    notes = ["heights above the take-off, ground taken as high as that"]
    if clock is FlightClock.LOCAL:
        notes.append("the subtitles' clock has no zone: instants are by that clock; --video-starts UTC mends it")
    if any(pose.sigma.yaw_deg >= UNKNOWN_YAW_DEG for pose in poses):
        notes.append("the subtitles say nothing of the gimbal: pitch and roll as the camera file states, yaw unknown")
    return tuple(notes)
