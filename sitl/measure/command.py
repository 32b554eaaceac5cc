"""`evaluate density`, registered under the entry-point group `groundstation.evaluations`."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any, Final

from groundstation.commands.arguments import Subparsers, add_json_argument, print_document, print_line
from groundstation.errors import BadInputError
from sitl.world.estimate import KINDS

EXAMPLE: Final = "example: groundstation evaluate density --world sitl/worlds/demo.toml --json"


def density(subparsers: Subparsers[Any]) -> None:
    """Add `density` to what can be evaluated."""
    says = "count, place and alerts on a simulated world whose truth is known"
    parser = subparsers.add_parser("density", help=says, description=says[0].upper() + says[1:] + ".", epilog=EXAMPLE)
    parser.add_argument("--world", type=Path, required=True, metavar="WORLD.toml", help="sitl/worlds holds some")
    parser.add_argument("--seconds", type=float, metavar="S", help="how long it is watched; default: as the world says")
    parser.add_argument("--seed", type=int, metavar="N", help="another crowd of the same world; default: its own")
    says_whose = f"errors of all vehicles: {', '.join(KINDS)}; default: as the world says"
    parser.add_argument("--estimate", choices=tuple(KINDS), metavar="KIND", help=says_whose)
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep video, telemetry and camera files there")
    add_json_argument(parser)
    parser.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> int:
    from sitl.measure.density import Asked, evaluate_density  # brings the simulator's engines

    if asked.seconds is not None and not asked.seconds > 0:
        raise BadInputError(f"--seconds {asked.seconds:g}: expected a number above 0, for instance 60")
    with tempfile.TemporaryDirectory(prefix="groundstation-world-") as name:
        folder = asked.out if asked.out is not None else Path(name)
        figures = evaluate_density(
            Asked(
                world_file=asked.world, folder=folder, seconds=asked.seconds, seed=asked.seed, estimate=asked.estimate
            )
        )
    if asked.json:
        print_document(figures)
    else:
        for key, figure in figures.items():
            print_line(f"{key}: {json.dumps(figure)}")
    return 0
