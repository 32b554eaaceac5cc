"""Where in a picture one may look at all: ground inside the authorised area, placed well enough."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from flightlink.pose import CameraPose
from maps.georeference import GroundCause, ground_from_image
from vision.lowpass import BlockGrid

NODES: Final = 32
"""Along the longer side; a block is open only if all four of its corners are."""


class AuthorisedGround:
    """Which pixels show ground that may be looked at; remembers the answer for the last pose."""

    def __init__(self, area: tuple[tuple[float, float], ...] | None) -> None:
        """Take the area's corners (lon_deg, lat_deg), or None where no area is enforced."""
        self._area = None if area is None else shapely.Polygon(area)
        if self._area is not None:
            shapely.prepare(self._area)
        self._last: tuple[CameraPose, NDArray[np.uint8] | None] | None = None

    def closed(self, pose: CameraPose) -> NDArray[np.uint8] | None:
        """Return uint8 (height, width) of the pose's picture, 255 where it is closed; None when all is open."""
        key = replace(pose, utc_ns=0, age_ms=0.0)
        if self._last is None or self._last[0] != key:
            self._last = (key, self._closed(pose))
        return self._last[1]

    def _closed(self, pose: CameraPose) -> NDArray[np.uint8] | None:
        width_px, height_px = pose.intrinsics.width_px, pose.intrinsics.height_px
        step_px = max(8, -(-max(width_px, height_px) // NODES))
        columns, rows = -(-width_px // step_px) + 1, -(-height_px // step_px) + 1
        u_px, v_px = np.meshgrid(np.arange(columns) * float(step_px), np.arange(rows) * float(step_px))
        u_px, v_px = np.minimum(u_px, width_px - 1.0), np.minimum(v_px, height_px - 1.0)
        points = ground_from_image(pose, u_px.ravel(), v_px.ravel())
        is_open = points.cause == GroundCause.OK
        if self._area is not None:
            is_open &= shapely.contains_xy(self._area, points.lon_deg, points.lat_deg)
        nodes = is_open.reshape(rows, columns)
        blocks = nodes[:-1, :-1] & nodes[1:, :-1] & nodes[:-1, 1:] & nodes[1:, 1:]
        return None if blocks.all() else BlockGrid(step_px, width_px, height_px).mask(~blocks)
