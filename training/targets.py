"""What the network should answer to a crop: heat, sides and how much each cell counts. Pure.

A person's peak stands in the cell that holds the middle of the box; the station takes the box from there, with the
cell's own corner (4 times column and row) as the point from which the sides count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.crops import areas
from training.pictures import Corners

Maps = NDArray[np.float32]

STRIDE_PX: Final = 4
SHARE: Final = 0.54
"""Of a box, within which the bell falls to almost nothing (TTFNet)."""
LEAST_BELL: Final = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """The answer wanted for one crop, (rows, columns) cells."""

    heat: Maps
    """float32 (rows, columns): 1 where a person's peak is, falling like a bell."""
    counts: Maps
    """float32 (rows, columns): 0 where nothing is learned about the heat."""
    sides: Maps
    """float32 (4, rows, columns): to left, top, right and bottom, input pixels."""
    side_weight: Maps
    """float32 (rows, columns): how much the sides of a cell count; of each person together the log of its area."""


def target_for(people: Corners, unsure: Corners, side_px: int) -> Target:
    """Return what is wanted of the network for a square crop.

    Args:
        people: float32 (n, 4), inside the crop.
        unsure: float32 (m, 4), inside the crop.
        side_px: a multiple of 4.
    """
    cells = side_px // STRIDE_PX
    heat, weight = np.zeros((cells, cells), np.float32), np.zeros((cells, cells), np.float32)
    sides, counts = np.zeros((4, cells, cells), np.float32), np.ones((cells, cells), np.float32)
    for left, top, right, bottom in unsure / STRIDE_PX:
        counts[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))] = 0
    for box in people[np.argsort(-areas(people), kind="stable")]:  # the smaller lies on top
        _drawn(box, heat, sides, weight)
    counts[heat > LEAST_BELL] = 1
    return Target(heat, counts, sides, weight)


def _drawn(box: NDArray[np.float32], heat: Maps, sides: Maps, weight: Maps) -> None:
    cells = heat.shape[0]
    column, row = (int(min(max((box[k] + box[k + 2]) / 2 // STRIDE_PX, 0), cells - 1)) for k in (0, 1))
    reach = (box[2:] - box[:2]) / STRIDE_PX / 2 * SHARE
    sigma_x, sigma_y = (2 * reach + 1) / 6
    near_x, near_y = (int(np.ceil(2.5 * sigma)) for sigma in (sigma_x, sigma_y))
    columns = np.arange(max(0, column - near_x), min(cells, column + near_x + 1), dtype=np.float32)
    rows = np.arange(max(0, row - near_y), min(cells, row + near_y + 1), dtype=np.float32)
    across, down = ((columns - column) / sigma_x) ** 2, ((rows - row) / sigma_y) ** 2
    bell = np.exp(-(down[:, None] + across[None]) / 2).astype(np.float32)
    place = np.s_[int(rows[0]) : int(rows[-1]) + 1, int(columns[0]) : int(columns[-1]) + 1]
    heat[place] = np.maximum(heat[place], bell)
    is_here = bell > LEAST_BELL
    x, y = np.broadcast_to(columns * STRIDE_PX, bell.shape), np.broadcast_to(rows[:, None] * STRIDE_PX, bell.shape)
    wanted = np.stack([x - box[0], y - box[1], box[2] - x, box[3] - y])
    sides[:, *place][:, is_here] = wanted[:, is_here]
    size = float(np.log(max(areas(box[None])[0], 16.0)))
    weight[place][is_here] = bell[is_here] * size / bell[is_here].sum()
