"""How long the console script takes to answer, beside an interpreter that does nothing."""

from __future__ import annotations

import sys
from statistics import median
from typing import Any, Final

from groundstation.benchmarks.timing import module_command, timed

RUNS: Final = 5
_FLOOR: Final = (sys.executable, "-I", "-c", "pass")
_HELP: Final = module_command("groundstation", "--help")


def measured(*, quick: bool) -> dict[str, Any]:
    """Return seconds of `--help` and of the floor, medians of alternating runs, and the ratio of their speeds."""
    runs = 1 if quick else RUNS
    pairs = [(timed(_HELP).seconds, timed(_FLOOR).seconds) for _ in range(runs)]
    help_s, floor_s = (median(column) for column in zip(*pairs, strict=True))
    return {
        "seconds": round(help_s, 4),
        "floor_seconds": round(floor_s, 4),
        "ratio_to_floor": round(floor_s / help_s, 3),
        "runs": runs,
    }
