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

AWRY: Final = Path(__file__).parents[1] / "worlds" / "alignment.toml"
ALIGN: Final = "example: groundstation evaluate alignment --seeds 50 --json"
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
    alignment(subparsers)  # the room's other evaluation, under the same entry point


def alignment(subparsers: Subparsers[Any]) -> None:
    """Add `alignment` to what can be evaluated."""
    says = "the bias of a simulated camera, found from marks that are clicked, and places before and after"
    parser = subparsers.add_parser("alignment", help=says, description=says[0].upper() + says[1:] + ".", epilog=ALIGN)
    parser.add_argument(
        "--world", type=Path, default=AWRY, metavar="WORLD.toml", help="default: 3 deg yaw, 1 deg pitch"
    )
    parser.add_argument("--vehicle", metavar="NAME", help="which of its vehicles; default: the first")
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="flights with other errors (10)")
    parser.add_argument("--points", type=int, default=5, metavar="N", help="marks that are clicked in each (5)")
    parser.add_argument("--click-px", type=float, default=3.0, metavar="PX", help="error of a click in the picture (3)")
    parser.add_argument("--click-m", type=float, default=0.5, metavar="M", help="error of a click on the map (0.5)")
    add_json_argument(parser)
    parser.set_defaults(run=_run_alignment)


def _run_alignment(asked: argparse.Namespace) -> int:
    from sitl.measure.alignment import Clicking, evaluate_alignment

    if not 1 <= asked.seeds <= 1000 or not 2 <= asked.points <= 50 or min(asked.click_px, asked.click_m) < 0:
        raise BadInputError("--seeds must be 1 to 1000, --points 2 to 50, --click-px and --click-m not below 0")
    clicking = Clicking(picture_px=asked.click_px, map_m=asked.click_m, points=asked.points)
    _tell(asked, evaluate_alignment(asked.world, seeds=asked.seeds, vehicle=asked.vehicle, clicking=clicking))
    return 0


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
    _tell(asked, figures)
    return 0


def _tell(asked: argparse.Namespace, figures: dict[str, Any]) -> None:
    if asked.json:
        print_document(figures)
    else:
        for key, figure in figures.items():
            print_line(f"{key}: {json.dumps(figure)}")
