"""What a list of published cells leaves out, and how much of the ground it stands for. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import shapely

from maps.area import cells_in_area
from maps.cells import LEAF_SIZE_M, CellId, CellState, PublishedCell
from maps.tallies import CellTally


def share_of_area(
    tallies: Mapping[CellId, CellTally], listed: Sequence[PublishedCell], mission_area: shapely.Polygon | None
) -> float:
    """Return the share of the mission area that was seen, or of the listed cells where there is no mission."""
    seen_m2 = sum(tally.seen_m2 for cell, tally in tallies.items() if cell.size_m == LEAF_SIZE_M)
    asked_m2 = float(mission_area.area) if mission_area else sum(float(cell.cell.size_m**2) for cell in listed)
    return min(seen_m2 / asked_m2, 1.0) if asked_m2 else 0.0


def without_foreign_ground(
    listed: Sequence[PublishedCell], mission_area: shapely.Polygon | None
) -> tuple[PublishedCell, ...]:
    """Leave out unobserved cells outside the mission area: nobody may look there, so nothing is missing."""
    unseen = [cell.cell for cell in listed if cell.state is CellState.UNOBSERVED]
    inside = cells_in_area(unseen, mission_area) if mission_area else set()
    return tuple(cell for cell in listed if cell.state is not CellState.UNOBSERVED or cell.cell in inside)
