"""What the commands share: the type of the subparsers, common arguments, readers of argument text, JSON on stdout."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flightlink.mission import RedactionLevel
from groundstation.instants import utc_ns_from_text

if TYPE_CHECKING:
    from groundstation.flight import FlightFiles

Subparsers = argparse._SubParsersAction  # noqa: SLF001 - argparse gives this type no public name
Run = Callable[[argparse.Namespace], int]


def add_command(
    subparsers: Subparsers[Any], name: str, *, says: str, example: str, run: Run
) -> argparse.ArgumentParser:
    """Add one command with a sentence and an example, and return its parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name,
        help=says,
        description=f"{says[0].upper()}{says[1:]}.",
        epilog=f"example:  groundstation {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def add_flight_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what says where the camera of a recorded video was, when, and what may be looked at."""
    parser.add_argument(
        "--telemetry", type=Path, metavar="FILE", help="recorded flight of any kind (MAVLink log, KLV, DJI subtitles, "
        "PX4 or ArduPilot log), told apart by its content",
    )  # fmt: skip
    parser.add_argument(
        "--system-id", type=int, metavar="N", help="which vehicle of the log; needed if it holds several"
    )
    parser.add_argument("--camera", type=Path, metavar="CAM.toml", help="camera file: intrinsics, perhaps a fixed pose")
    parser.add_argument(
        "--alignment", type=Path, metavar="A.toml", help="alignment of the camera, as `groundstation align` writes it"
    )
    parser.add_argument("--mission", type=Path, metavar="M.toml", help="mission file; enforces area, time and height")
    parser.add_argument("--dem", type=Path, metavar="FILE", help="height model of the ground: GeoTIFF or SRTM .hgt")
    parser.add_argument(
        "--video-starts", type=instant, metavar="UTC", help="capture time of the first frame, ISO 8601 with Z"
    )
    levels = [level.value for level in RedactionLevel]
    parser.add_argument("--level", choices=levels, help="strict: whole persons (default); floor: heads and faces")
    parser.add_argument(
        "--extra-model", action="append", default=[], dest="extra_models", metavar="NAME",
        help="mask what a detector of your own finds, too (`models add`); may be given again",
    )  # fmt: skip


def add_json_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")


def instant(text: str) -> int:
    """Read an argument that is a time; `argparse` tells the fault."""
    try:
        return utc_ns_from_text(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def print_document(document: object) -> None:
    """Print one JSON document, and nothing else ever, on standard output."""
    sys.stdout.write(json.dumps(document, allow_nan=False, indent=2) + "\n")
    sys.stdout.flush()


def print_line(line: str) -> None:
    """Print one line on standard output, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def frames_text(figures: Mapping[str, Any]) -> str:
    """Return how many frames came in and out, and why the others did not."""
    causes = ", ".join(f"{cause} {count}" for cause, count in sorted(figures["withheld_because"].items()))
    withheld = f"{figures['frames_withheld']} withheld" + (f" ({causes})" if causes else "")
    return f"{figures['frames_in']} frames in, {figures['frames_out']} out, {withheld}"


def flight_files(arguments: argparse.Namespace) -> FlightFiles:
    """Return the files that the arguments of `add_flight_arguments` name, with `video`."""
    from groundstation.flight import FlightFiles

    return FlightFiles(
        video=arguments.video, telemetry=arguments.telemetry, system_id=arguments.system_id, camera=arguments.camera,
        alignment=arguments.alignment, mission=arguments.mission, video_starts_utc_ns=arguments.video_starts,
        level=None if arguments.level is None else RedactionLevel(arguments.level), dem=arguments.dem,
        extra_models=tuple(arguments.extra_models),
    )  # fmt: skip
