"""The commands of this room, registered under the entry-point group `groundstation.commands`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from pathlib import Path
from typing import Any, Final

from groundstation.commands.arguments import Subparsers, add_command
from groundstation.errors import BadInputError
from sitl.demo import DemoPlan, run_demo
from sitl.world.file import load_world

DEMO_WORLD: Final = Path(__file__).parent / "worlds" / "demo.toml"
DEFAULT_PORT: Final = 8765


def demo(subparsers: Subparsers[Any]) -> None:
    """Add `demo`."""
    parser = add_command(
        subparsers, "demo", says="run the station on the simulated world", example="demo --minutes 5", run=_demo
    )
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, metavar="P", help=f"of the map ({DEFAULT_PORT})")
    parser.add_argument("--drones", type=int, default=2, metavar="N", help="vehicles in the air (2)")
    parser.add_argument("--minutes", type=float, metavar="M", help="end by itself after so long; default: on Ctrl-C")
    parser.add_argument("--no-browser", action="store_true", help="do not open the map in a browser")


def _demo(asked: argparse.Namespace) -> int:
    world = load_world(DEMO_WORLD)
    if not 1 <= asked.drones <= len(world.vehicles):
        raise BadInputError(f"--drones {asked.drones}: the demo's world has 1 to {len(world.vehicles)} vehicles")
    if not 1 <= asked.port <= 65535:
        raise BadInputError(f"--port {asked.port}: expected 1 to 65535, for instance {DEFAULT_PORT}")
    if asked.minutes is not None and not asked.minutes > 0:
        raise BadInputError(f"--minutes {asked.minutes:g}: expected a number above 0")
    plan = DemoPlan(
        world_file=DEMO_WORLD,
        world=world,
        vehicles=world.vehicles[: asked.drones],
        port=asked.port,
        minutes=asked.minutes,
        opens_browser=not asked.no_browser,
    )
    with contextlib.suppress(asyncio.CancelledError):  # told to go, and gone in order
        asyncio.run(run_demo(plan))
    return 0
