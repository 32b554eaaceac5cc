"""`check`: pre-flight of a station: each point green, or a sentence how to mend it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Final

from groundstation.commands.arguments import Subparsers, add_command, add_json_argument, print_document, print_line

GREEN: Final = 0
RED: Final = 1
LEAST_S: Final = 3.0
MOST_S: Final = 600.0


def add(subparsers: Subparsers[Any]) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "check", run=run,
        says="pre-flight: look at settings, mission, machine, links and cameras; status 0 all green, 1 something red",
        example="check station.toml --seconds 20",
    )  # fmt: skip
    parser.add_argument("settings", type=Path, metavar="STATION.toml", help="settings file (docs/settings.md)")
    parser.add_argument(
        "--mission", type=Path, metavar="M.toml", help="mission file, if the settings have no [mission]"
    )
    parser.add_argument(
        "--seconds", type=_seconds, default=20.0, metavar="N", help="listen to links and video for so long (20)"
    )
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Look once and say what must be mended."""
    from groundstation.commands.checking.live import asked_from_files, document_of, points_of
    from groundstation.commands.checking.table import table_lines

    asked = asked_from_files(arguments.settings, arguments.mission, seconds=arguments.seconds)
    points = points_of(asked, _tell)
    if arguments.json:
        print_document(document_of(points))
    else:
        for line in table_lines(points):
            print_line(line)
    return GREEN if all(point.ok for point in points) else RED


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not LEAST_S <= seconds <= MOST_S:
        raise argparse.ArgumentTypeError(f"{text!r}: expected {LEAST_S:g} to {MOST_S:g} seconds, for instance 20")
    return seconds
