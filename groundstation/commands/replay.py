"""`replay`: a recorded flight through the same way as a live one, as fast as it goes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

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


def add(subparsers: Subparsers[Any]) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "replay", run=run,
        says="work a recorded flight through: redacted.mp4, density.geojson, report.html and summary.json",
        example="replay --video flight.mp4 --telemetry flight.tlog --camera cam.toml --out out --json",
    )  # fmt: skip
    parser.add_argument("--video", type=Path, required=True, metavar="FILE", help="closed local video file")
    add_flight_arguments(parser)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for the results; made if missing"
    )
    parser.add_argument("--truth", type=Path, metavar="T.jsonl", help="people marked by hand, to measure the counts by")
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Replay one flight."""
    from groundstation.flight import load_flight
    from groundstation.replay import replay

    summary = replay(load_flight(flight_files(arguments)), arguments.out, truth=arguments.truth)
    if arguments.json:
        print_document(summary)
    else:
        people = _people_text(summary["map"])
        print_line(f"{arguments.out}: {frames_text(summary)}; {people}; {summary['seconds']:.1f} s")
    return 0


def _people_text(figures: dict[str, Any]) -> str:
    """Return the total in words; where there is no figure, never a number that looks like one."""
    if not figures["observed_share"]:
        return "nothing of the zone was seen"
    people = f"{figures['people']:.0f}" if figures["people"] else "fewer than 5"
    return f"{people} people at once on average, {figures['observed_share']:.0%} seen"
