"""`bench`: each benchmark beside its peer or its floor, in the same run."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any, Protocol

from groundstation.commands.arguments import Subparsers, add_command, add_json_argument, print_document, print_line
from groundstation.errors import BadInputError


class Benchmark(Protocol):
    """Runs ours and its peer or floor by turns and returns plain figures; `quick` asks for one round."""

    def __call__(self, *, quick: bool) -> dict[str, Any]:
        """Measure."""
        ...


def _benchmarks() -> dict[str, Benchmark]:
    from groundstation.benchmarks import georeference, link, redact, start

    modules = {"georeference": georeference, "link": link, "redact": redact, "start": start}
    return {name: module.measured for name, module in modules.items()}


def add(subparsers: Subparsers[Any]) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "bench", run=run,
        says="run the benchmarks, each beside its peer or its floor in the same run",
        example="bench --only link --only georeference --json",
    )  # fmt: skip
    parser.add_argument(
        "--only", metavar="NAME", action="append", help="this benchmark alone; give it again for one more"
    )
    parser.add_argument("--quick", action="store_true", help="one round each: to see that it works, not for figures")
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the benchmarks one after the other."""
    known = _benchmarks()
    names = sorted(set(arguments.only or known))
    for unknown in sorted(set(names) - set(known)):
        raise BadInputError(f"--only {unknown}: no such benchmark; there are {', '.join(sorted(known))}")
    figures = {name: _figures(known[name], quick=arguments.quick) for name in names}
    if arguments.json:
        print_document(figures)
    else:
        for name in names:
            print_line(f"{name}: {json.dumps(figures[name])}")
    return 0


def _figures(benchmark: Benchmark, *, quick: bool) -> dict[str, Any]:
    from groundstation.benchmarks.timing import circumstances

    before = circumstances(time.time_ns())
    return {**benchmark(quick=quick), **before}
