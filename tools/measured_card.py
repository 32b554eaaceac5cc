"""What `groundstation models measure --json` says of a network, as the parts of its card that are figures.

No figure of a card is written by hand: the threshold that counts, the table of recall by angle and size, and the sums
of each set of pictures come from measurements of the very file that is adopted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

LEAST_PEOPLE: Final = 20
"""Fewer people alone in an entry of the table say nothing."""
NOT_FOUND: Final = 0.01
"""Recall of people shorter than any that were measured: none of their ground is called observed."""
SUMS: Final = ("recall", "centre_recall", "precision", "f1", "count_error")
PLACES: Final = 3


class UnmeasuredError(Exception):
    """A measurement is of another file, or too little was measured."""


def measurement(path: Path, sha256: str) -> dict[str, Any]:
    """Return what was measured of the file with this hash.

    Raises:
        UnmeasuredError: it is of another file, or no measurement.
    """
    try:
        told: dict[str, Any] = json.loads(path.read_text("utf-8"))
        found = told["model"]["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnmeasuredError(f"{path}: is no output of `models measure --json` ({error})") from error
    if found != sha256:
        raise UnmeasuredError(f"{path}: measures the file {found}, not {sha256}")
    return told


def recall_lines(several: list[dict[str, Any]]) -> str:
    """Return the lines of `[above.use]` that were measured: the threshold that counts and the table of recall.

    Recall is over the precision of all, at most 1, so that false alarms count as people found: what a found person
    stands for is meant. Measurements of people of several sizes are taken together. An entry of few people takes that
    of the next shorter ones; a depression with few people is left out, and lies between its neighbours.

    Raises:
        UnmeasuredError: they differ in their threshold, or nobody stood alone before a known camera.
    """
    tables = [told["recall_alone"] for told in several]
    if len({told["threshold"] for told in several}) != 1:
        raise UnmeasuredError(
            "the measurements for the table differ in their threshold; give each the same --threshold"
        )
    rows = dict(_rows(tables, [told["all"]["precision"] for told in several])) if all(tables) else {}
    if not rows:
        raise UnmeasuredError("no recall of people alone was measured; the pictures need cameras in their truth")
    lengths = ", ".join(f"{length:g}" for length in tables[0]["lengths_px"])
    return "\n".join(
        [
            f"count_threshold = {several[0]['threshold']:.{PLACES}f}",
            f"recall_depressions_deg = [{', '.join(f'{degrees:g}' for degrees in rows)}]",
            f"recall_heights_px = [{lengths}]",
            "recalls = [",
            *(f"    [{', '.join(f'{recall:.{PLACES}f}' for recall in row)}]," for row in rows.values()),
            "]",
        ]
    )


def _rows(tables: list[dict[str, Any]], precisions: list[float | None]) -> Iterator[tuple[float, list[float]]]:
    """Yield each depression with enough people, and its row."""
    people = np.sum([table["n"] for table in tables], axis=0)
    found = np.zeros(people.shape)
    for table, precision in zip(tables, precisions, strict=True):
        hits = np.array(table["n"]) * np.nan_to_num(np.array(table["recalls"], float))
        found += hits / (precision or 1.0)
    for degrees, n, hit in zip(tables[0]["depressions_deg"], people, found, strict=True):
        if n.max() >= LEAST_PEOPLE:
            yield degrees, _filled(n, hit)


def _filled(people: NDArray[np.int64], found: NDArray[np.float64]) -> list[float]:
    row, last = [], NOT_FOUND
    for n, hit in zip(people.tolist(), found.tolist(), strict=True):
        if n >= LEAST_PEOPLE:
            last = min(max(hit / n, NOT_FOUND), 1.0)
        row.append(last)
    return row


def figure_lines(sets: dict[str, dict[str, Any]]) -> str:
    """Return the lines of `[above.figures]`: the sums of each set of pictures, by its name."""
    return "\n".join(
        f"{name}_{each} = {told['all'][each]:.{PLACES}f}"
        for name, told in sets.items()
        for each in SUMS
        if told["all"][each] is not None
    )
