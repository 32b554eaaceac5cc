"""Where in a picture one may look at all: ground inside the authorised area, placed well enough."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from flightlink.pose import CameraPose
from maps.georeference import ground_from_image
from maps.terrain.grid import TerrainGrid
from vision.lowpass import BlockGrid

NODES: Final = 32
"""Along the longer side; a block is open only if all the ground that it shows is inside, not only its corners."""
NODES_ON_TERRAIN: Final = 64
"""There a straight line in the picture is none on the ground: blocks are smaller, and all eight around must be open."""


class AuthorisedGround:
    """Which pixels show ground that may be looked at; remembers the answer for the last pose."""

    def __init__(self, area: tuple[tuple[float, float], ...] | None) -> None:
        """Take the area's corners (lon_deg, lat_deg), or None where no area is enforced."""
        self._area = None if area is None else shapely.Polygon(area)
        if self._area is not None:
            shapely.prepare(self._area)
        self._last: tuple[CameraPose, NDArray[np.uint8] | None] | None = None

    def closed(self, pose: CameraPose, terrain: TerrainGrid | None = None) -> NDArray[np.uint8] | None:
        """Return uint8 (height, width) of the pose's picture, 255 where it is closed; None when all is open.

        Args:
            pose: The camera.
            terrain: The ground, the same at every call; None for a plane. What it does not know is closed.
        """
        key = replace(pose, utc_ns=0, age_ms=0.0)
        if self._last is None or self._last[0] != key:
            self._last = (key, self._closed(pose, terrain))
        return self._last[1]

    def _closed(self, pose: CameraPose, terrain: TerrainGrid | None) -> NDArray[np.uint8] | None:
        width_px, height_px = pose.intrinsics.width_px, pose.intrinsics.height_px
        step_px = max(8, -(-max(width_px, height_px) // (NODES if terrain is None else NODES_ON_TERRAIN)))
        columns, rows = -(-width_px // step_px) + 1, -(-height_px // step_px) + 1
        u_px, v_px = np.meshgrid(_edges(columns, step_px, width_px), _edges(rows, step_px, height_px))
        points = ground_from_image(pose, u_px.ravel(), v_px.ravel(), terrain=terrain)
        blocks: NDArray[np.bool_] = np.all(_corners(points.ok.reshape(rows, columns)), axis=2)
        if self._area is not None:
            lon_lat_deg = np.stack([points.lon_deg, points.lat_deg], axis=1).reshape(rows, columns, 2)
            blocks[blocks] = _inside(self._area, _corners(lon_lat_deg)[blocks])
        if terrain is not None:
            blocks = _all_around(blocks)
        return None if blocks.all() else BlockGrid(step_px, width_px, height_px).mask(~blocks)


def _edges(count: int, step_px: int, size_px: int) -> NDArray[np.float64]:
    """Return where blocks meet: at the outer edges of their pixels, whose centres are at integers."""
    edges: NDArray[np.float64] = np.minimum(np.arange(count) * float(step_px), size_px) - 0.5
    return edges


def _corners(nodes: NDArray[Any]) -> NDArray[Any]:
    """Return the ring of nodes around each block, (rows - 1, columns - 1, 4, ...), from nodes (rows, columns, ...)."""
    return np.stack([nodes[:-1, :-1], nodes[:-1, 1:], nodes[1:, 1:], nodes[1:, :-1]], axis=2)


def _all_around(blocks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which blocks are open with all eight around them; beyond the picture's edge nothing is closed."""
    wide = np.pad(blocks, 1, constant_values=True)
    rows, columns = blocks.shape
    ring = [wide[i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    return np.asarray(np.logical_and.reduce(ring), np.bool_)


def _inside(area: shapely.Polygon, quadrilaterals: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which of (n, 4, 2) lie wholly inside; a straight line in a picture is one on flat ground."""
    inside: NDArray[np.bool_] = shapely.contains(area, shapely.polygons(quadrilaterals))
    return inside
