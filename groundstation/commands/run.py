"""`run`: the station on real links and video."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from groundstation.commands.arguments import Subparsers, add_command, print_line


def add(subparsers: Subparsers[Any]) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "run", run=run,
        says="run the station on real links and video, and print the address of its map",
        example="run station.toml --mission mission.toml",
    )  # fmt: skip
    parser.add_argument("settings", type=Path, metavar="STATION.toml", help="settings file (docs/settings.md)")
    parser.add_argument(
        "--mission", type=Path, metavar="M.toml", help="mission file, if the settings have no [mission]"
    )
    parser.add_argument("--speed", type=float, metavar="N", help="of a [replay], 0.25 to 10 times as it was recorded")


def run(arguments: argparse.Namespace) -> int:
    """Run the station until it is stopped."""
    from groundstation.app import load_station, run_until_stopped

    settings, mission = load_station(arguments.settings, arguments.mission, speed=arguments.speed)
    run_until_stopped(settings, mission, ready=lambda address: print_line(f"serving {address}"))
    return 0
