"""When the live map splits, merges, hides and shows, so that a change from map to map tells of no single arrival. Pure.

Differencing through time: people come and go one by one. A cell that is hidden now and was shown with 5 a second ago
holds 4; a parent now less its children a second ago is the one child that became too small. Therefore hiding and
merging are immediate and happen one person early, showing and splitting need a margin, and splitting has to wait. The
rest is the rounding of cells that are not split (`maps.disclosure`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from maps.cells import CELL_SIZES_M, LEAF_SIZE_M, CellId
from maps.tallies import CellTally, Crowd, crowd_of, may_split

STAY_MARGIN: Final = 1
"""What is shown, or split, stays so from k + 1 people on: when it goes it has k left, and k is no secret."""
RETURN_MARGIN: Final = 2
"""What was hidden, or merged, comes back from k + 2: just before it had k + 1."""
SPLITS_AFTER_MAPS: Final = 4
"""A merged cell is split at the fourth map in which each part is large enough: after 3 s at one map a second.

Maps are counted, not seconds, so that no jump of a clock shortens the wait.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one map does with its cells."""

    split: frozenset[CellId]
    hidden: frozenset[CellId]
    """Without a figure, whatever they hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Past:
    split: bool
    hidden: bool
    ready_maps: int
    """In how many maps in a row a merged cell could have been split with the margin."""


class Hysteresis:
    """Remembers each cell of 10 and 20 m that is on the map, and nothing else; one owner feeds it, map by map."""

    def __init__(self, k: int) -> None:
        self._k = k
        self._cells: dict[CellId, _Past] = {}

    def __len__(self) -> int:
        """Return the number of cells remembered."""
        return len(self._cells)

    def take(self, tallies: Mapping[CellId, CellTally]) -> Held:
        """Take in what is known of all cells of the next map.

        A cell that was not on the map before has no past to be told from: it is shown and split at once.

        Raises:
            DisclosureError: a figure is none.
        """
        self._cells = {cell: self._next(cell, tallies) for cell in tallies if cell.size_m > LEAF_SIZE_M}
        roots = {cell: past for cell, past in self._cells.items() if cell.size_m == CELL_SIZES_M[0]}
        return Held(
            split=frozenset(cell for cell, past in self._cells.items() if past.split),
            hidden=frozenset(cell for cell, past in roots.items() if past.hidden),
        )

    def _next(self, cell: CellId, tallies: Mapping[CellId, CellTally]) -> _Past:
        past = self._cells.get(cell)
        margin = RETURN_MARGIN if past is not None and past.hidden else STAY_MARGIN
        crowd = crowd_of(tallies[cell], self._k, margin)
        if past is None or past.split or crowd is Crowd.NONE:
            split, ready_maps = may_split(cell, tallies, self._k, STAY_MARGIN), 0
        else:
            ready_maps = past.ready_maps + 1 if may_split(cell, tallies, self._k, RETURN_MARGIN) else 0
            split = ready_maps >= SPLITS_AFTER_MAPS
        return _Past(split=split, hidden=crowd is Crowd.FEW, ready_maps=ready_maps)
