"""`bench`: each benchmark beside its peer or its floor, in the same run."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from groundstation.commands.arguments import Subparsers, add_command, add_json_argument, print_document, print_line
from groundstation.errors import BadInputError

Benchmark = Callable[[], dict[str, Any]]


def _benchmarks() -> dict[str, Benchmark]:
    from groundstation.benchmarks import start

    return {"start": start.measured}


def add(subparsers: Subparsers[Any]) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "bench", run=run,
        says="run the benchmarks, each beside its peer or its floor in the same run",
        example="bench --only start --json",
    )  # fmt: skip
    parser.add_argument("--only", metavar="NAME", help="this benchmark alone")
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the benchmarks one after the other."""
    known = _benchmarks()
    if arguments.only is not None and arguments.only not in known:
        raise BadInputError(f"--only {arguments.only}: no such benchmark; there are {', '.join(sorted(known))}")
    names = sorted(known) if arguments.only is None else [arguments.only]
    figures = {name: known[name]() for name in names}
    if arguments.json:
        print_document(figures)
    else:
        for name in names:
            print_line(f"{name}: {json.dumps(figures[name])}")
    return 0
