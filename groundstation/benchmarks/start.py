"""How long the console script takes to answer, beside an interpreter that does nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from statistics import median
from typing import Any, Final

RUNS: Final = 5
_FLOOR: Final = (sys.executable, "-I", "-c", "pass")
_HELP: Final = (sys.executable, "-I", "-m", "groundstation", "--help")


def measured() -> dict[str, Any]:
    """Return seconds of `--help` and of the floor, medians of alternating runs, and their ratio."""
    pairs = [(_seconds(_HELP), _seconds(_FLOOR)) for _ in range(RUNS)]
    help_s, floor_s = (median(column) for column in zip(*pairs, strict=True))
    return {
        "seconds": round(help_s, 4),
        "floor_seconds": round(floor_s, 4),
        "ratio_to_floor": round(help_s / floor_s, 2),
        "runs": RUNS,
    }


def _seconds(command: Sequence[str]) -> float:
    started_s = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started_s
