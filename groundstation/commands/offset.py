"""`offset`: the time between a recorded video and its telemetry, and the line that sets a camera's latency."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from groundstation.commands.arguments import (
    Subparsers,
    add_command,
    add_json_argument,
    instant,
    print_document,
    print_line,
)


def add(subparsers: Subparsers[Any]) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "offset", run=run,
        says="find the time between a recorded video and its telemetry by the camera's own motion",
        example="offset flight.mp4 --telemetry flight.tlog --camera cam.toml --video-starts 2026-07-14T18:00:00Z",
    )  # fmt: skip
    parser.add_argument("video", type=Path, metavar="VIDEO", help="closed local video in which the camera pans")
    parser.add_argument("--telemetry", type=Path, metavar="FILE", required=True, help="recorded flight of any kind")
    parser.add_argument("--system-id", type=int, metavar="N", help="which vehicle of a log; needed if it holds several")
    parser.add_argument("--camera", type=Path, metavar="CAM.toml", help="camera file with the intrinsics")
    parser.add_argument(
        "--video-starts", type=instant, metavar="UTC",
        help="when the first picture ARRIVED (for a latency) or was taken; without it the whole flight is searched",
    )  # fmt: skip
    parser.add_argument(
        "--search", type=_seconds, metavar="S", help="greatest offset that is looked for (default 10 s)"
    )
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Find one offset."""
    from groundstation.offset import OffsetFiles, measured_offset

    found = measured_offset(
        OffsetFiles(
            video=arguments.video, telemetry=arguments.telemetry, system_id=arguments.system_id,
            camera=arguments.camera, video_starts_utc_ns=arguments.video_starts, search_s=arguments.search,
        )
    )  # fmt: skip
    if arguments.json:
        print_document(found)
        return 0
    print_line(
        f"offset {found['offset_s']:+.3f} s, sigma {found['sigma_s']:.3f} s, correlation {found['correlation']:.3f} "
        f"of {found['pairs']} pairs of pictures; the first picture was taken {found['video_starts']}"
    )
    latency_s = found["video_latency_s"]
    print_line(
        f"video_latency_s = {latency_s:.3f}" if latency_s is not None else f"--video-starts {found['video_starts']}"
    )
    return 0


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0.1 <= seconds <= 36_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no time in seconds from 0.1 to 36000")
    return seconds
