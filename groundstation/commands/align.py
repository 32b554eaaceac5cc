"""`align`: from tie points of a recorded flight to what the camera's attitude is off by."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from groundstation.commands.arguments import Subparsers, add_command, add_json_argument, print_document, print_line
from groundstation.errors import BadInputError

if TYPE_CHECKING:
    from maps.alignment.answer import AlignmentRefusal, Solution

EXPLAINS: Final = """
A tie point is one thing on the ground, in the picture and on the map. Take five: far from the camera, to all sides of
the picture, from several places of the flight if you can; road markings, kerbs, corners of paving. POINTS is CSV with
the header  utc,u_px,v_px,lat_deg,lon_deg  and perhaps alt_m (in the datum of the pose's ground; else on the ground), or
the same as JSON lines; a camera that stands still needs no utc. Without --telemetry and a camera file with a pose each
JSON line brings its own: "pose": {an input line of georeference}.

Told are yaw, pitch and roll as reported minus true, each with its standard deviation, and how far each point is off.
Yaw is about the vertical, pitch and roll are about the camera. An angle that the points do not tell stays as reported.

The file of --out is used by  replay, redact and georeference  with --alignment FILE, by a station that finds it as
NAME.alignment.toml in its state folder (NAME: the camera's), or as the [alignment] table of a camera file.
"""


def add(subparsers: Subparsers[Any]) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "align", run=run,
        says="find by how much a camera's yaw, pitch and roll are off, from a few points seen in picture and map",
        example="align --telemetry flight.tlog --camera cam.toml --points points.csv --out cam.alignment.toml",
    )  # fmt: skip
    parser.description = f"{parser.description}\n{EXPLAINS}"
    parser.add_argument("--points", type=Path, required=True, metavar="POINTS", help="tie points, CSV or JSON lines")
    parser.add_argument("--telemetry", type=Path, metavar="FILE", help="recorded telemetry of the flight")
    parser.add_argument("--system-id", type=int, metavar="N", help="which vehicle of it; needed if it holds several")
    parser.add_argument("--camera", type=Path, metavar="CAM.toml", help="camera file: intrinsics, perhaps a fixed pose")
    parser.add_argument("--dem", type=Path, metavar="FILE", help="height model of the ground: GeoTIFF or SRTM .hgt")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the alignment there")
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Solve, tell and perhaps write.

    Raises:
        BadInputError: a file is wrong, or the points give no alignment.
        FlightlinkError: the telemetry or the camera file cannot be read as one.
        TerrainError: the height model cannot be read.
    """
    from groundstation.alignment.points import points_from_file
    from groundstation.alignment.recorded import pose_source
    from groundstation.alignment.store import write_alignment
    from groundstation.instants import utc_now_ns
    from maps.alignment.answer import AlignmentRefusal, solution_of

    pose_at = pose_source(arguments.telemetry, camera=arguments.camera, system_id=arguments.system_id)
    answer = solution_of(points_from_file(arguments.points, pose_at, arguments.dem), utc_ns=utc_now_ns())
    if isinstance(answer, AlignmentRefusal):
        return _refuse(arguments, answer)
    if arguments.out is not None:
        write_alignment(arguments.out, answer.alignment)
    _tell(arguments, answer)
    return 0


def _tell(arguments: argparse.Namespace, solution: Solution) -> None:
    from groundstation.alignment.document import lines_of, solution_document

    if arguments.json:
        print_document(solution_document(solution))
    else:
        for line in lines_of(solution):
            print_line(line)


def _refuse(arguments: argparse.Namespace, refusal: AlignmentRefusal) -> int:
    from groundstation.alignment.document import residual_documents, table_of

    residuals = residual_documents(refusal.residuals)
    if arguments.json:
        print_document({"error": refusal.cause, "detail": refusal.detail, "residuals": residuals})
    elif refusal.residuals:
        for line in table_of(refusal.residuals):
            print_line(line)
    raise BadInputError(f"{arguments.points}: {refusal.cause}: {refusal.detail}")
