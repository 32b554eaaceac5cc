"""`models render`, registered under the entry-point group `groundstation.models`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from groundstation.commands.arguments import Subparsers, add_json_argument, print_document, print_line
from groundstation.errors import BadInputError

if TYPE_CHECKING:
    from sitl.training.write import Asked

EXAMPLE: Final = "example: groundstation models render --pictures 20 --out out"
WORLD: Final = Path(__file__).parents[1] / "worlds" / "demo.toml"
LIGHTS: Final = ("day", "overcast", "haze", "dusk", "thermal", "mixed")
NOT_OF_WORLDS: Final = ("overcast", "haze")
SCALE_M_PER_PX: Final = (0.002, 0.5)
SIDE_PX: Final = (64, 4096)
MOST_PICTURES: Final = 1_000_000
TOLD_EVERY_S: Final = 2.0


def render(subparsers: Subparsers[Any]) -> None:
    """Add `render` to what can be done about models."""
    says = "render pictures of people with exact truth, to train on and to measure with"
    parser = subparsers.add_parser("render", help=says, description=says[0].upper() + says[1:] + ".", epilog=EXAMPLE)
    parser.add_argument("--pictures", type=int, required=True, metavar="N", help="how many")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="new, or an unfinished run")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed draws the same pictures (1)")
    parser.add_argument("--width", type=int, default=1280, metavar="PX", help="of each picture (1280)")
    parser.add_argument("--height", type=int, default=720, metavar="PX", help="of each picture (720)")
    parser.add_argument("--world", type=Path, metavar="WORLD.toml", help="its ground, props and crowd; default: drawn")
    parser.add_argument("--light", choices=LIGHTS, help="default: day, or the world's own")
    parser.add_argument("--grounds", type=Path, metavar="DIR", help="photographs of bare ground, from straight above")
    parser.add_argument("--grounds-m-per-px", type=float, default=0.021, metavar="M", help="their scale (0.021)")
    add_json_argument(parser)
    parser.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> int:
    from sitl.training.write import prepared, rendered  # brings the simulator's engines

    asked = _asked(given)
    prepared(asked)
    count, people, told_s, begun_s = 0, 0, time.monotonic(), time.monotonic()
    for line in rendered(asked):
        count, people = count + 1, people + len(line["boxes"])
        if time.monotonic() - told_s >= TOLD_EVERY_S:
            told_s = time.monotonic()
            sys.stderr.write(f"{count} of {asked.pictures} pictures, {people} people\n")
    seconds = time.monotonic() - begun_s
    if given.json:
        print_document({
            "pictures": count, "people": people, "seconds": round(seconds, 1),
            "truth": str(asked.folder / "truth.jsonl"), "images": str(asked.folder / "images"),
        })  # fmt: skip
    else:
        print_line(f"{count} pictures with {people} people in {asked.folder}, truth in truth.jsonl")
    return 0


def _asked(given: argparse.Namespace) -> Asked:
    """Return what is asked for.

    Raises:
        BadInputError: a number is out of range.
        WorldError: the world file has a hole.
    """
    from sitl.training.grounds import photographs_in
    from sitl.training.write import Asked
    from sitl.world.file import load_world

    for name, (low, high) in {"pictures": (1, MOST_PICTURES), "width": SIDE_PX, "height": SIDE_PX}.items():
        if not low <= getattr(given, name) <= high:
            raise BadInputError(f"--{name} {getattr(given, name)}: expected {low} to {high}")
    if given.seed < 0:
        raise BadInputError(f"--seed {given.seed}: expected a whole number from 0")
    finest, coarsest = SCALE_M_PER_PX
    if not finest <= given.grounds_m_per_px <= coarsest:
        raise BadInputError(f"--grounds-m-per-px {given.grounds_m_per_px:g}: expected {finest} to {coarsest}")
    if given.world is not None and given.light in NOT_OF_WORLDS:
        raise BadInputError(f"--light {given.light}: worlds know day, dusk and thermal; leave out --world")
    return Asked(
        pictures=given.pictures,
        folder=given.out,
        seed=given.seed,
        width_px=given.width,
        height_px=given.height,
        world=load_world(given.world or WORLD),
        keeps_world=given.world is not None,
        light=given.light or (None if given.world else "day"),
        photographs=None if given.grounds is None else photographs_in(given.grounds, given.grounds_m_per_px),
    )
