"""`redact`: a closed local video or image becomes a redacted one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundstation.commands.arguments import (
    Subparsers,
    add_command,
    add_flight_arguments,
    add_json_argument,
    flight_files,
    frames_text,
    print_document,
    print_line,
)

if TYPE_CHECKING:
    from groundstation.recording import Worked


def add(subparsers: Subparsers[Any]) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "redact", run=run,
        says="redact a closed local video (to MP4) or image (to JPEG); without a camera's pose much slower",
        example="redact flight.mp4 redacted.mp4 --camera cam.toml --json",
    )  # fmt: skip
    parser.add_argument("video", type=Path, metavar="IN", help="closed local video or image file")
    parser.add_argument("out", type=Path, metavar="OUT", help="where the redacted MP4 or JPEG goes")
    add_flight_arguments(parser)
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Redact one file."""
    from groundstation.flight import load_flight
    from groundstation.recording import redact_file

    worked = redact_file(load_flight(flight_files(arguments)), arguments.out)
    if arguments.json:
        print_document(worked.as_json())
    else:
        print_line(_sentence(arguments.out, worked))
    return 0


def _sentence(out: Path, worked: Worked) -> str:
    health = worked.health
    bound = "no density bound" if health.cap_px_per_m is None else f"at most {health.cap_px_per_m:g} px/m"
    return f"{out}: {frames_text(worked.as_json())}; {worked.seconds:.1f} s; masked {health.masked_share:.1%}; {bound}"
