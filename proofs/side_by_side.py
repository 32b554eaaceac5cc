"""Runs proofs two at a time, each in a process of its own: none sees what another has loaded or left behind."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from proofs.row import Row, Trial, broken_row, row_from_document

AT_A_TIME: Final = 2
LONGEST_S: Final = 900.0
"""No proof takes as long; one that does has not passed."""


class ProofEndedError(Exception):
    """The process of a proof ended without a row."""


def rows_side_by_side(guarantees: Iterable[int], trial: Trial) -> Iterator[Row]:
    """Yield the row of each guarantee, in the order asked for; what goes wrong is a row that has not passed."""
    with ThreadPoolExecutor(AT_A_TIME) as runners:
        yield from runners.map(lambda guarantee: _row_of(guarantee, trial), guarantees)


def _row_of(guarantee: int, trial: Trial) -> Row:
    begun_s = time.monotonic()
    try:
        return _row_told(guarantee, trial)
    except (ProofEndedError, subprocess.TimeoutExpired, OSError) as error:
        return broken_row(guarantee, error, seconds=time.monotonic() - begun_s)


def _row_told(guarantee: int, trial: Trial) -> Row:
    """Run `prove --only N` of this same program; its progress goes on to standard error."""
    asked = ["prove", "--only", str(guarantee), "--seed", str(trial.seed), "--json", *(["--quick"] * trial.quick)]
    ended = subprocess.run(
        [sys.executable, "-m", "groundstation", *asked], stdout=subprocess.PIPE, timeout=LONGEST_S, check=False
    )
    try:
        (document,) = json.loads(ended.stdout)
        return row_from_document(document)
    except (ValueError, TypeError) as cause:
        raise ProofEndedError(f"its process ended with status {ended.returncode} and without a row") from cause
