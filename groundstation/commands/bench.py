"""`bench`: each benchmark beside its peer or its floor, in the same run."""

from __future__ import annotations

import argparse
import json
import time
from functools import partial
from typing import Any, Final, Protocol

from groundstation.commands.arguments import Subparsers, add_command, add_json_argument, print_document, print_line
from groundstation.commands.other_rooms import BENCHMARKS, of_other_rooms
from groundstation.errors import BadInputError

MOST_MINUTES: Final = 24 * 60


class Benchmark(Protocol):
    """Runs ours and its peer or floor by turns and returns plain figures; `quick` asks for one round."""

    def __call__(self, *, quick: bool) -> dict[str, Any]:
        """Measure."""
        ...


def _benchmarks(minutes: float | None) -> dict[str, Benchmark]:
    from groundstation.benchmarks import georeference, latency, link, memory, redact, scaling, start

    modules = {
        "georeference": georeference, "latency": latency, "link": link, "redact": redact, "scaling": scaling,
        "start": start,
    }  # fmt: skip
    own = {name: module.measured for name, module in modules.items()}
    return {**own, "memory": partial(memory.measured, minutes=minutes), **of_other_rooms(BENCHMARKS)}


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
    parser.add_argument("--minutes", type=float, metavar="M", help="how long `memory` watches the station (1)")
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the benchmarks one after the other."""
    if arguments.minutes is not None and not 0 < arguments.minutes <= MOST_MINUTES:
        raise BadInputError(f"--minutes {arguments.minutes:g}: give minutes above 0, at most {MOST_MINUTES}")
    known = _benchmarks(arguments.minutes)
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
