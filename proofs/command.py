"""The command `prove`, registered under the entry-point group `groundstation.commands`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from groundstation.commands.arguments import Subparsers, add_command, add_json_argument, print_document, print_line
from groundstation.errors import BadInputError
from proofs.catalogue import proofs
from proofs.row import GUARANTEES, Proof, Row, Trial, broken_row, row
from proofs.side_by_side import rows_side_by_side

SEED: Final = 2026
WATCH_THE_CLOCK: Final = (3, 7)
"""Guarantees with a time to keep, in real processes: nothing runs beside their proofs."""
NOT_YET: Final = "8, 9, 10 and 12 come with authorisation and audit; this release proves none of them"


def prove(subparsers: Subparsers[Any]) -> None:
    """Add `prove`."""
    parser = add_command(
        subparsers,
        "prove",
        says="try each guarantee on the installed program, beside a control that must fail",
        example="prove --quick",
        run=_prove,
    )
    parser.add_argument("--only", type=int, metavar="N", help=f"one guarantee: {', '.join(map(str, GUARANTEES))}")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions: under 3 minutes instead of 15")
    parser.add_argument("--seed", type=int, default=SEED, metavar="S", help=f"of everything random ({SEED})")
    add_json_argument(parser)


def _prove(asked: argparse.Namespace) -> int:
    chosen = _chosen(asked.only)
    trial = Trial(quick=asked.quick, seed=asked.seed, told=_told)
    rows = []
    for one in _rows(chosen, trial):
        rows.append(one)
        if not asked.json:
            print_line(text_of(one))
    if asked.json:
        print_document([one.document() for one in sorted(rows, key=lambda one: one.guarantee)])
    if asked.only is None:
        _told(NOT_YET)
    return 0 if all(one.passed for one in rows) else 1


def _chosen(only: int | None) -> dict[int, Proof]:
    catalogue = proofs()
    if only is None:
        return dict(sorted(catalogue.items()))
    if only not in catalogue:
        listed = ", ".join(map(str, sorted(catalogue)))
        raise BadInputError(f"--only {only}: no proof of that number; there are {listed}. {NOT_YET}")
    return {only: catalogue[only]}


def _rows(chosen: dict[int, Proof], trial: Trial) -> Iterator[Row]:
    """Run the proofs: those that watch the clock alone and first, the others side by side."""
    if len(chosen) == 1:
        yield from rows_of(chosen, trial, clock=time.monotonic)
        return
    alone = {guarantee: proof for guarantee, proof in chosen.items() if guarantee in WATCH_THE_CLOCK}
    yield from rows_of(alone, trial, clock=time.monotonic)
    yield from rows_side_by_side([guarantee for guarantee in chosen if guarantee not in alone], trial)


def rows_of(chosen: dict[int, Proof], trial: Trial, *, clock: Callable[[], float]) -> Iterator[Row]:
    """Run the proofs one after the other; one that breaks off has not passed, and the others still run."""
    for guarantee, proof in chosen.items():
        trial.told(f"guarantee {guarantee}: {GUARANTEES[guarantee]} ...")
        begun_s = clock()
        try:
            yield row(guarantee, proof(trial), seconds=clock() - begun_s)
        except Exception as error:  # noqa: BLE001 - whatever a proof raises, the guarantee is not proven
            yield broken_row(guarantee, error, seconds=clock() - begun_s)


def text_of(one: Row) -> str:
    """Return a row for a person: what holds, the evidence, and what the control did."""
    mark = "proven " if one.passed else "FAILED "
    control = f"{'caught' if one.control_failed else 'NOT CAUGHT'}: {one.control_evidence}"
    lines = [f"{mark}{one.guarantee:>2}  {one.name}  ({one.seconds:.0f} s)", f"            {one.evidence}"]
    if one.control:
        lines.append(f"            control: {one.control}: {control}")
    return "\n".join(lines)


def _told(line: str) -> None:
    sys.stderr.write(f"prove: {line}\n")
    sys.stderr.flush()
