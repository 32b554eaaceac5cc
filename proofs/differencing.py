"""Attackers on the operator's map: what follows from what is published. Pure.

One solves: every figure of a document is an equation, and whatever they span is known. The other tries: it knows the
program and each camera's view, runs every crowd there can be, and knows what all crowds with the same maps have in
common. Both win when they know for certain that some place holds 1 to k - 1 people.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from maps.cells import CELL_SIZES_M, LEAF_SIZE_M, MIN_CELL_COUNT, CellId, FusedCell, PublishedCell
from maps.disclosure import Disclosure, published

Floats = NDArray[np.float64]
State = tuple[int, ...]
"""People in each of some leaves."""

UTC_NS: Final = 1_790_000_000 * 10**9
EPSG: Final = 2154
AREA: Final = shapely.box(0, 0, 20, 20)
LAYOUTS: Final = (((0, 0), (1, 0)), ((0, 0), (3, 3)), ((0, 0), (1, 0), (3, 3)))
"""Leaves of one 20 m cell that are seen: of one quarter, of two, and both."""
CERTAIN: Final = 1e-6
MOST: Final = 12
"""People in all leaves tried. One more is told as 15 in a cell, so all crowds behind a map are among those tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """A figure of a document: so many people in these cells together."""

    cells: tuple[CellId, ...]
    people: float


def equations(document: Mapping[str, Any]) -> Iterator[Equation]:
    """Yield all that a published map says in figures: each cell, each density times its area, and the total."""
    told = [feature["properties"] for feature in document["features"]]
    shown = [one for one in told if one["people"] is not None]
    for one in shown:
        yield Equation(cells=(_cell(one["cell"]),), people=one["people"])
    yield Equation(cells=tuple(_cell(one["cell"]) for one in shown), people=document["people"])


def _cell(name: str) -> CellId:
    size, east, north = name.split("/")
    return CellId(int(size), int(east), int(north))


def solved(told: Iterable[Equation], leaves: Collection[CellId]) -> dict[CellId, float]:
    """Return the people of every cell, of any size, that follow from equations over the leaves that were seen."""
    columns: dict[CellId, list[int]] = {}
    for column, leaf in enumerate(sorted(leaves)):
        for cell in _around(leaf):
            columns.setdefault(cell, []).append(column)
    asked, known = sorted(columns), list(told)
    rows = np.array([_row(one.cells, columns, len(leaves)) for one in known])
    wanted = np.array([_row((cell,), columns, len(leaves)) for cell in asked])
    mix = np.linalg.lstsq(rows.T, wanted.T, rcond=None)[0]
    spanned = np.abs(rows.T @ mix - wanted.T).max(axis=0) < CERTAIN
    people = np.array([one.people for one in known]) @ mix
    return {cell: float(people[at]) for at, cell in enumerate(asked) if spanned[at]}


def _around(leaf: CellId) -> Iterator[CellId]:
    cell = leaf
    for _ in CELL_SIZES_M:
        yield cell
        cell = cell.parent


def _row(cells: Sequence[CellId], columns: Mapping[CellId, list[int]], size: int) -> Floats:
    row = np.zeros(size)
    for cell in cells:
        row[columns.get(cell, [])] += 1
    return row


def is_small(people: float) -> bool:
    """Say whether a number of people is one that nobody may learn."""
    return 0.5 < people < MIN_CELL_COUNT - 0.5


def fused(places: Iterable[tuple[int, int]], people: Iterable[float]) -> list[FusedCell]:
    """Return leaves by index with people in them, each looked at a little less well than the one before."""
    return [
        FusedCell(
            cell=CellId(LEAF_SIZE_M, *place),
            people=float(count),
            variance=0.1 * (1 + number % 7) * max(count, 0.1),
            observed_share=1.0,
            ce90_m=2.0,
            seen_utc_ns=UTC_NS,
            sources=("north",),
            saturated=False,
            found=int(count),
        )
        for number, (place, count) in enumerate(zip(places, people, strict=True))
    ]


def tried(places: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return how many crowds were tried, and how many maps of one instant give somebody away."""
    shown: dict[Hashable, list[State]] = {}
    crowds = list(_crowds(len(places)))
    for state in crowds:
        leaves = fused(places, state)
        alone = published(leaves, UTC_NS, EPSG, AREA).cells
        shown.setdefault((alone, _live(places, [state])[0]), []).append(state)
    return len(crowds), sum(_gives_away(states) for states in shown.values())


def tried_in_time(places: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return how many single arrivals and departures were tried, and how many pairs of maps give somebody away.

    Where a place was told as empty in the first map, its first visitor is known; that is no secret of gate 2.
    """
    shown: dict[Hashable, list[tuple[State, State]]] = {}
    pairs = [(state, after) for state in _crowds(len(places)) for after in _steps(state)]
    for pair in pairs:
        shown.setdefault(_live(places, pair), []).append(pair)
    given = [pairs for pairs in shown.values() if not _was_empty(pairs) and _gives_away([after for _, after in pairs])]
    return len(pairs), len(given)


def _live(places: Sequence[tuple[int, int]], states: Sequence[State]) -> tuple[tuple[PublishedCell, ...], ...]:
    disclosure = Disclosure(epsg=EPSG, mission_area=AREA)
    return tuple(disclosure.published(fused(places, state), UTC_NS).cells for state in states)


def _crowds(leaves: int) -> Iterator[State]:
    return (state for state in product(range(MOST + 1), repeat=leaves) if sum(state) <= MOST)


def _steps(state: State) -> Iterator[State]:
    yield state
    for place, change in product(range(len(state)), (-1, 1)):
        if state[place] + change >= 0 and sum(state) + change <= MOST:
            yield (*state[:place], state[place] + change, *state[place + 1 :])


def _groups(size: int) -> Iterator[tuple[int, ...]]:
    for chosen in product((False, True), repeat=size):
        if any(chosen):
            yield tuple(place for place in range(size) if chosen[place])


def _gives_away(states: Sequence[State]) -> bool:
    """Say whether all crowds that explain the maps agree on a small number somewhere."""
    for group in _groups(len(states[0])):
        sums = {sum(state[place] for place in group) for state in states}
        if len(sums) == 1 and is_small(min(sums)):
            return True
    return False


def _was_empty(pairs: Sequence[tuple[State, State]]) -> bool:
    return any(not any(before[place] for before, _ in pairs) for place in range(len(pairs[0][0])))
