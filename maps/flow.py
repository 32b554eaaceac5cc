"""How people walk on the whole, cell by cell: from the velocities of one frame to means over k people. Pure.

The last step in which a single person has a velocity.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from maps.cells import FLOW_SIZE_M, MIN_CELL_COUNT, CellFlow, CellId
from maps.errors import CountingError

FloatArray = NDArray[np.float64]

TRIMMED_SHARE: Final = 0.2
"""Of the people at either end, of each axis, and one at least, who do not weigh: one runner, or one wrong match, never
decides what a cell tells."""
SPEED_PLACES: Final = 1
VARIANCE_PLACES: Final = 3
LEAST_VARIANCE: Final = 0.05**2
"""Of a mean, (m/s)^2: what the ground's own motion is known to."""


def flows_from_velocities(
    east_m: FloatArray, north_m: FloatArray, east_m_s: FloatArray, north_m_s: FloatArray
) -> tuple[CellFlow, ...]:
    """Return the flow of each 10 m cell in which at least k people have a known velocity.

    Args:
        east_m: where people stand, (n,) in the mission CRS; NaN of whom that is not known.
        north_m: (n,).
        east_m_s: towards true east, (n,); NaN where not known.
        north_m_s: towards true north, (n,).

    Raises:
        CountingError: the arrays differ in length.
    """
    shapes = {array.shape for array in (east_m, north_m, east_m_s, north_m_s)}
    if len(shapes) > 1 or east_m.ndim != 1:
        raise CountingError(f"places and velocities need arrays of one length, (n,) each; got {shapes}")
    known = np.isfinite(east_m) & np.isfinite(north_m) & np.isfinite(east_m_s) & np.isfinite(north_m_s)
    index = np.floor(np.stack([east_m, north_m], axis=1)[known] / FLOW_SIZE_M).astype(np.int64)
    ways = np.stack([east_m_s, north_m_s], axis=1)[known]
    cells, which, people = np.unique(index, axis=0, return_inverse=True, return_counts=True)
    which = which.ravel()
    return tuple(
        _flow_of(CellId(FLOW_SIZE_M, *cells[number].tolist()), ways[which == number])
        for number in np.flatnonzero(people >= MIN_CELL_COUNT)
    )


def _flow_of(cell: CellId, ways: FloatArray) -> CellFlow:
    trimmed = max(1, int(TRIMMED_SHARE * len(ways)))
    middle = np.sort(ways, axis=0)[trimmed:-trimmed]
    east, north = middle.mean(axis=0).round(SPEED_PLACES) + 0.0  # no -0.0
    spread = float(ways.var(axis=0, ddof=1).mean()) / len(ways)
    return CellFlow(
        cell=cell,
        people=len(ways),
        east_m_s=float(east),
        north_m_s=float(north),
        variance=round(max(spread, LEAST_VARIANCE), VARIANCE_PLACES),
    )
