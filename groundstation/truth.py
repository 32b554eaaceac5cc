"""How well a recording was counted on the ground, against people that somebody marked by hand. Pure.

A person's foot is the middle of the lower edge of the box; it is georeferenced with the pose of its frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose, PoseRefusal
from maps.cells import CellCounts
from maps.crs import MissionCrs
from maps.georeference import ground_from_image
from maps.terrain.grid import TerrainGrid
from maps.terrain.heights import pose_on_terrain
from vision.truth import TruthPicture

HOLDS_SOMEONE: Final = 0.5
"""A cell with fewer people than this holds nobody."""

Points = NDArray[np.float64]
"""float64 (n, 2): easting, northing, metres in the mission CRS."""


@dataclass(slots=True)
class CountMeasure:
    """Count error and distances over frames added one at a time."""

    epsg: int
    terrain: TerrainGrid | None = None
    """The ground; None for the plane of each pose."""
    _differences: list[float] = field(default_factory=list)
    _truths: list[int] = field(default_factory=list)
    _to_cell_m: list[float] = field(default_factory=list)
    _to_foot_m: list[float] = field(default_factory=list)

    def add(self, truth: TruthPicture, counts: CellCounts, pose: CameraPose) -> None:
        """Add one frame that was counted."""
        placed = pose if self.terrain is None else pose_on_terrain(pose, self.terrain)
        if isinstance(placed, PoseRefusal):
            return
        feet = feet_on_ground(truth, placed, self.epsg, self.terrain)
        self._truths.append(len(feet))
        self._differences.append(sum(cell.people for cell in counts.cells) - len(feet))
        squares = _squares(counts)
        if len(feet) and len(squares):
            distances = distances_to_squares_m(feet, squares)
            self._to_cell_m.extend(distances.min(axis=1).tolist())
            self._to_foot_m.extend(distances.min(axis=0).tolist())

    def figures(self) -> dict[str, Any]:
        """Return the figures; None where nothing was there to measure.

        `count_error` is sum |estimate - truth| / sum truth over frames, `count_bias` the same with signs.
        `foot_to_cell_m` says how far each true foot lies from the nearest cell with someone in it (0 inside),
        `cell_to_foot_m` how far each such cell lies from the nearest true foot.
        """
        people = sum(self._truths)
        return {
            "frames": len(self._truths),
            "people": people,
            "count_error": sum(map(abs, self._differences)) / people if people else None,
            "count_bias": sum(self._differences) / people if people else None,
            "foot_to_cell_m": _spread(self._to_cell_m),
            "cell_to_foot_m": _spread(self._to_foot_m),
        }


def feet_on_ground(truth: TruthPicture, pose: CameraPose, epsg: int, terrain: TerrainGrid | None = None) -> Points:
    """Return where the feet of a picture stand; those above the horizon or beyond the limit are left out."""
    camera = pose.intrinsics
    scale = camera.width_px / truth.width_px, camera.height_px / truth.height_px
    u_px = ((truth.xyxy[:, 0] + truth.xyxy[:, 2]) / 2) * scale[0] - 0.5
    v_px = truth.xyxy[:, 3] * scale[1] - 0.5
    points = ground_from_image(pose, u_px, v_px, terrain=terrain)
    east_m, north_m = MissionCrs(epsg).crs_from_geodetic(points.lon_deg[points.ok], points.lat_deg[points.ok])
    return np.stack([east_m, north_m], axis=1)


def _squares(counts: CellCounts) -> NDArray[np.float64]:
    """Return float64 (n, 3) size, west edge and south edge in metres of the cells with someone in them."""
    cells = [count.cell for count in counts.cells if count.people >= HOLDS_SOMEONE]
    return np.array([[size, east * size, north * size] for size, east, north in cells], float).reshape(-1, 3)


def distances_to_squares_m(feet: Points, squares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return float64 (feet, squares): from each foot to the edge of each square, 0 inside."""
    size, low = squares[None, :, :1], squares[None, :, 1:]
    outside = np.maximum(np.maximum(low - feet[:, None, :], feet[:, None, :] - (low + size)), 0.0)
    distances: NDArray[np.float64] = np.hypot(outside[..., 0], outside[..., 1])
    return distances


def _spread(distances_m: list[float]) -> dict[str, float] | None:
    if not distances_m:
        return None
    p90 = float(np.percentile(distances_m, 90))
    return {"median": round(median(distances_m), 3), "p90": round(p90, 3)}
