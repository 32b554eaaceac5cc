"""`georeference`: poses and pixels in, ground points with their error out, or the reason why there is none."""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path
from typing import Any, Final

from groundstation.commands.arguments import Subparsers, add_command, instant, print_line
from groundstation.errors import BadInputError

_OF_TELEMETRY: Final = ("at", "system_id", "video_starts", "alignment")
_OF_PHOTO: Final = ("home", "beside")


def add(subparsers: Subparsers[Any]) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "georeference", run=run,
        says="read one pose and pixel a line on standard input, write one ground point a line; or ask a log or photo",
        example="georeference --telemetry flight.tlog --at 2026-07-14T18:00:00Z --pixel 960,540 --camera cam.toml",
    )  # fmt: skip
    parser.add_argument(
        "--telemetry", type=Path, metavar="FILE", help="recorded flight (MAVLink log, KLV, DJI subtitles, PX4 or "
        "ArduPilot log, told apart by content); needs --at and --pixel",
    )  # fmt: skip
    parser.add_argument("--system-id", type=int, metavar="N", help="which vehicle of a log; needed if it holds several")
    parser.add_argument("--camera", type=Path, metavar="CAM.toml", help="camera file with the intrinsics")
    parser.add_argument(
        "--alignment", type=Path, metavar="A.toml", help="alignment of the camera, as `groundstation align` writes it"
    )
    parser.add_argument("--at", type=instant, metavar="UTC", help="instant, ISO 8601 with Z")
    parser.add_argument(
        "--video-starts", type=instant, metavar="UTC", help="when the video of subtitles without a zone begins"
    )
    parser.add_argument(
        "--pixel", type=_pixel, metavar="U,V", action="append",
        help="pixel; centres lie at whole numbers; for a photo as often as wanted",
    )  # fmt: skip
    parser.add_argument("--image", type=Path, metavar="PHOTO", help="photo with EXIF and XMP; needs --pixel")
    parser.add_argument("--dem", type=Path, metavar="FILE", help="height model: GeoTIFF or SRTM .hgt")
    parser.add_argument(
        "--home", type=_place, metavar="LAT,LON", help="where the vehicle of a photo took off, for --dem"
    )
    parser.add_argument(
        "--beside", type=Path, metavar="PHOTO", nargs="+", help="photos of the same ground, to check the yaw by; "
        "without it those of the same folder",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Answer questions about a photo, one about a recorded flight, or every line on standard input."""
    if arguments.image is not None and arguments.telemetry is not None:
        raise BadInputError("--image and --telemetry are two questions; ask one")
    if arguments.image is not None:
        _refuse(arguments, _OF_TELEMETRY, belong_to="--telemetry")
        return _answer_from_photo(arguments)
    _refuse(arguments, _OF_PHOTO, belong_to="--image")
    if arguments.telemetry is not None:
        return _answer_from_log(arguments)
    if any(getattr(arguments, name) is not None for name in ("pixel", "camera", "dem", *_OF_TELEMETRY)):
        raise BadInputError("--at, --pixel and --camera belong to --telemetry or --image; add it, or give JSON lines")
    return _answer_lines()


def _refuse(arguments: argparse.Namespace, names: tuple[str, ...], *, belong_to: str) -> None:
    given = [f"--{name.replace('_', '-')}" for name in names if getattr(arguments, name) is not None]
    if given:
        raise BadInputError(f"{', '.join(given)} belongs to {belong_to}; leave it out")


def _answer_lines() -> int:
    from maps.request import answer_from_line
    from maps.terrain.files import TerrainFiles

    if sys.stdin is None:
        raise BadInputError("standard input is closed; give JSON lines there, or --telemetry or --image")
    if sys.stdin.isatty():
        sys.stderr.write(
            "reading poses and pixels from the keyboard, a JSON object a line; Ctrl-D ends, --help shows more\n"
        )
    if isinstance(sys.stdin, io.TextIOWrapper):
        # a byte that is no text spoils its own line, not those after it
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    terrains = TerrainFiles()
    for line in sys.stdin:
        if line.strip():
            print_line(json.dumps(answer_from_line(line, terrains), allow_nan=False))
    return 0


def _answer_from_photo(arguments: argparse.Namespace) -> int:
    from groundstation.telemetry.photo import PhotoQuestion, ground_points_from_photo

    if not arguments.pixel:
        raise BadInputError("--image needs --pixel U,V")
    if arguments.home is not None and arguments.dem is None:
        raise BadInputError("--home tells where the take-off lies on a height model; add --dem, or leave it out")
    question = PhotoQuestion(
        photo=arguments.image, pixels=tuple(arguments.pixel), camera=arguments.camera, dem=arguments.dem,
        home=arguments.home, beside=tuple(arguments.beside or ()),
    )  # fmt: skip
    for answer in ground_points_from_photo(question):
        print_line(json.dumps(answer, allow_nan=False))
    return 0


def _answer_from_log(arguments: argparse.Namespace) -> int:
    from groundstation.telemetry.recorded import FlightQuestion, ground_point_from_flight

    if arguments.at is None or not arguments.pixel or len(arguments.pixel) > 1:
        raise BadInputError("--telemetry needs --at UTC and one --pixel U,V")
    question = FlightQuestion(
        telemetry=arguments.telemetry, utc_ns=arguments.at, pixel=arguments.pixel[0], system_id=arguments.system_id,
        camera=arguments.camera, video_starts_utc_ns=arguments.video_starts, dem=arguments.dem,
        alignment=arguments.alignment,
    )  # fmt: skip
    print_line(json.dumps(ground_point_from_flight(question), allow_nan=False))
    return 0


def _pixel(text: str) -> tuple[float, float]:
    return _two_numbers(text, "pixel", "960,540")


def _place(text: str) -> tuple[float, float]:
    lat_deg, lon_deg = _two_numbers(text, "place", "48.8566,2.3522")
    if abs(lat_deg) > 90 or abs(lon_deg) > 180:
        raise argparse.ArgumentTypeError(f"{text!r} is not on Earth; write latitude first, for instance 48.8566,2.3522")
    return lat_deg, lon_deg


def _two_numbers(text: str, what: str, example: str) -> tuple[float, float]:
    try:
        one, other = (float(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no {what}; write two numbers, for instance {example}") from error
    return one, other
