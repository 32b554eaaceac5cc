"""The time between a video's clock and that of its telemetry, by the motion that both show. Pixels stay sealed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flightlink.camera_file import load_camera
from groundstation.errors import BadInputError
from groundstation.files import closed_local_file
from groundstation.instants import NS_PER_S, text_from_utc_ns
from groundstation.sealed_figures import EVALUATION_COMMAND, line_of, sealed_figures
from groundstation.telemetry.recorded import recorded_poses

SEARCH_S: Final = 10.0
"""On either side, where the start of the video is given."""
LONGEST_LATENCY_S: Final = 10.0

REFUSALS: Final = {
    "too short": "too few pictures show how the camera moves; take at least ten seconds with ground in view",
    "no rotation to match": "there is no rotation to match; pan the camera to and fro for ten seconds, not evenly",
    "no poses of this time": "the telemetry has no poses of that time; correct --video-starts, or leave it out",
    "no match": "the pictures do not move as the telemetry has it, at any offset; is it of the same flight?",
    "ambiguous": "several offsets fit as well, because the motion repeats itself; pan unevenly, or give --video-starts",
    "at the limit of the search": "the best offset is the last one tried; correct --video-starts, or search longer",
}
"""What each refusal means and what mends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetFiles:
    """What the user named."""

    video: Path
    telemetry: Path
    system_id: int | None = None
    camera: Path | None = None
    video_starts_utc_ns: int | None = None
    search_s: float | None = None


def measured_offset(files: OffsetFiles, *, command: Sequence[str] = EVALUATION_COMMAND) -> dict[str, Any]:
    """Return the offset with its error, and what it means for the settings.

    Raises:
        BadInputError: a file is missing, or nothing can be matched.
        FlightlinkError: telemetry or camera file cannot be read as one.
        SourceFailedError: the sealed process said why it cannot.
        WorkerLostError: it ended without figures.
    """
    video = closed_local_file(files.video, what="the video")
    camera = None if files.camera is None else load_camera(files.camera)
    flight = recorded_poses(files.telemetry, system_id=files.system_id, camera=camera)
    starts_ns = flight.first_utc_ns if files.video_starts_utc_ns is None else files.video_starts_utc_ns
    flight = flight.with_video_started(starts_ns)
    line = _first_line(video, files, starts_ns, span_s=(flight.last_utc_ns - flight.first_utc_ns) / NS_PER_S)
    figures = asyncio.run(sealed_figures(line, name="offset", what="match", command=command, poses=flight.poses))
    if figures["refusal"]:
        raise BadInputError(f"{files.video}: {REFUSALS.get(figures['refusal'], figures['refusal'])}")
    return document_of(figures, starts_ns=starts_ns, is_given=files.video_starts_utc_ns is not None)


def _first_line(video: Path, files: OffsetFiles, starts_ns: int, *, span_s: float) -> bytes:
    usual_s = SEARCH_S if files.video_starts_utc_ns is not None else span_s + SEARCH_S
    search_s = usual_s if files.search_s is None else files.search_s
    told = {"kind": "offset", "video": str(video), "starts_utc_ns": starts_ns, "search_s": search_s}
    return line_of(told)


def document_of(figures: dict[str, Any], *, starts_ns: int, is_given: bool) -> dict[str, Any]:
    """Return what is told: figures rounded to a tenth of a millisecond, the start that they lead to, the setting.

    Args:
        figures: of the sealed process.
        starts_ns: assumed UTC of the first picture.
        is_given: whether the user gave it; then the offset is the video's latency with the other sign.
    """
    offset_s = float(figures["offset_s"])
    is_latency = is_given and 0 <= -offset_s <= LONGEST_LATENCY_S
    return {
        "offset_s": round(offset_s, 4),
        "sigma_s": round(float(figures["sigma_s"]), 4),
        "correlation": round(float(figures["correlation"]), 4),
        "pairs": figures["pairs"],
        "video_starts": text_from_utc_ns(starts_ns + round(offset_s * NS_PER_S)),
        "video_latency_s": round(-offset_s, 3) if is_latency else None,
        "sealed": figures["sealed"],
    }
