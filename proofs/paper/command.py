"""`evaluate safety` and `evaluate fusion`, registered under the entry-point group `groundstation.evaluations`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any, Final

from groundstation.commands.arguments import Subparsers, add_json_argument, print_document, print_line
from groundstation.errors import BadInputError

EXAMPLE: Final = "example: groundstation evaluate safety --crushes 20 --quiet-hours 2 --json"
FUSION: Final = "example: groundstation evaluate fusion --json"
TOLD_EVERY_S: Final = 5.0


def safety(subparsers: Subparsers[Any]) -> None:
    """Add `safety` to what can be evaluated."""
    says = "alerts on many seeded crowds on paper: crushes that were missed, seconds to the alert, false alerts"
    parser = subparsers.add_parser("safety", help=says, description=says[0].upper() + says[1:] + ".", epilog=EXAMPLE)
    parser.add_argument("--crushes", type=int, default=100, metavar="N", help="seeded crushes (100)")
    parser.add_argument("--quiet-hours", type=float, default=2.0, metavar="H", help="hours of quiet crowds (2)")
    parser.add_argument("--busy-hours", type=float, default=0.5, metavar="H", help="of dense but safe ones (0.5)")
    parser.add_argument("--dense-hours", type=float, default=0.5, metavar="H", help="of calm ones of 2.2 to 3.4 (0.5)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the first of each, for a part at a time (1)")
    add_json_argument(parser)
    parser.set_defaults(run=_run)
    fusion(subparsers)  # the room's other evaluation, under the same entry point


def fusion(subparsers: Subparsers[Any]) -> None:
    """Add `fusion` to what can be evaluated."""
    says = "what fusing three drones on paper is off by, from 0.1 to 6 people/m2, beside the sum of the drones"
    parser = subparsers.add_parser("fusion", help=says, description=says[0].upper() + says[1:] + ".", epilog=FUSION)
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="another crowd (1)")
    add_json_argument(parser)
    parser.set_defaults(run=_run_fusion)


def _run_fusion(given: argparse.Namespace) -> int:
    from proofs.paper.fusion import evaluate_fusion

    if given.seed < 0:
        raise BadInputError(f"--seed {given.seed}: expected 0 or more")
    _tell(given, evaluate_fusion(seed=given.seed))
    return 0


def _run(given: argparse.Namespace) -> int:
    from groundstation.errors import StationError
    from proofs.paper.safety import Asked, evaluate_safety
    from vision.models.store import models_dir
    from vision.networks import Networks
    from vision.room import above_from_models

    hours = (given.quiet_hours, given.busy_hours, given.dense_hours)
    if not (0 <= given.crushes <= 10_000 and all(0 <= each <= 1000 for each in hours)):
        raise BadInputError("--crushes must be 0 to 10000, --quiet-hours, --busy-hours and --dense-hours 0 to 1000")
    if given.seed < 1:
        raise BadInputError(f"--seed {given.seed}: expected 1 or more")
    above, missing = above_from_models(models_dir(), threads=1)
    if above is None:
        raise StationError(f"evaluate: the detector for steep views is not in place ({missing}); run `make setup`")
    asked = Asked(
        crushes=given.crushes, quiet_hours=given.quiet_hours, busy_hours=given.busy_hours,
        dense_hours=given.dense_hours, first_seed=given.seed,
    )  # fmt: skip
    figures = evaluate_safety(asked, Networks(above=above.network), _teller())
    _tell(given, figures)
    return 0


def _tell(given: argparse.Namespace, figures: dict[str, Any]) -> None:
    if given.json:
        print_document(figures)
    else:
        for name, figure in figures.items():
            print_line(f"{name}: {json.dumps(figure)}")


def _teller() -> Any:
    last_s = time.monotonic()

    def tell(what: str) -> None:
        nonlocal last_s
        if time.monotonic() - last_s >= TOLD_EVERY_S:
            last_s = time.monotonic()
            sys.stderr.write(f"evaluate: {what}\n")

    return tell
