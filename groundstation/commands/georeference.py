"""`georeference`: poses and pixels in, ground points with their error out, or the reason why there is none."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from groundstation.commands.arguments import Subparsers, add_command, instant, print_line
from groundstation.errors import BadInputError


def add(subparsers: Subparsers[Any]) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "georeference", run=run,
        says="read one pose and pixel a line on standard input, write one ground point a line; or ask a flight's log",
        example="georeference --telemetry flight.tlog --at 2026-07-14T18:00:00Z --pixel 960,540 --camera cam.toml",
    )  # fmt: skip
    parser.add_argument("--telemetry", type=Path, metavar="FILE", help="MAVLink log (.tlog); needs --at and --pixel")
    parser.add_argument(
        "--system-id", type=int, metavar="N", help="which vehicle of the log; needed if it holds several"
    )
    parser.add_argument("--camera", type=Path, metavar="CAM.toml", help="camera file with the intrinsics")
    parser.add_argument("--at", type=instant, metavar="UTC", help="instant, ISO 8601 with Z")
    parser.add_argument("--pixel", type=_pixel, metavar="U,V", help="pixel; centres lie at whole numbers")
    parser.add_argument(
        "--image", type=Path, metavar="PHOTO", help="photo with EXIF and XMP (not yet: see the message)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Answer one question about a log, or every line on standard input."""
    if arguments.image is not None:
        raise BadInputError(
            f"{arguments.image}: poses of photos (EXIF, XMP) are not read yet; give the pose as a JSON line"
        )
    if arguments.telemetry is not None:
        return _answer_from_log(arguments)
    if arguments.at is not None or arguments.pixel is not None or arguments.camera is not None:
        raise BadInputError("--at, --pixel and --camera belong to --telemetry; add it, or give JSON lines alone")
    return _answer_lines()


def _answer_lines() -> int:
    from maps.request import answer_from_line

    for line in sys.stdin:
        if line.strip():
            print_line(json.dumps(answer_from_line(line), allow_nan=False))
    return 0


def _answer_from_log(arguments: argparse.Namespace) -> int:
    from groundstation.telemetry import ground_point_from_log

    if arguments.at is None or arguments.pixel is None:
        raise BadInputError("--telemetry needs --at UTC and --pixel U,V")
    answer = ground_point_from_log(
        arguments.telemetry, system_id=arguments.system_id, camera=arguments.camera, utc_ns=arguments.at,
        pixel=arguments.pixel,
    )  # fmt: skip
    print_line(json.dumps(answer, allow_nan=False))
    return 0


def _pixel(text: str) -> tuple[float, float]:
    try:
        u_px, v_px = (float(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no pixel; write two numbers, for instance 960,540") from error
    return u_px, v_px
