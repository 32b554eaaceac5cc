"""Which 5 m leaves one camera sees from one pose, and how much of each. Pure functions over numpy arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from flightlink.pose import CameraPose, Intrinsics
from maps.camera import BoolArray, FloatArray, camera_axes, fold_radius_squared, ideal_from_image, image_from_enu
from maps.cells import LEAF_SIZE_M
from maps.crs import MissionCrs, PlaneMap
from maps.georeference import DEFAULT_LIMIT_M, ce90_of_enu
from maps.terrain.about import TerrainAbout, terrain_about
from maps.terrain.grid import TerrainGrid
from maps.terrain.hits import first_hits

IntArray = NDArray[np.int64]

MOST_LEAVES: Final = 4000
"""Seen at once by one camera; the nearest are kept, so that a view to the horizon stays cheap."""
SAMPLES_PER_SIDE: Final = 4
"""Each leaf is asked at 4 x 4 points, so shares come in sixteenths."""
LEAF_RADIUS_M: Final = LEAF_SIZE_M / math.sqrt(2)
FARTHEST_M: Final = 600.0
"""No leaf farther from the camera's foot is looked at; beyond, the affine CRS step is off by over 1 cm."""
HIDDEN_SLACK_M: Final = 2.0
"""A ridge so near to a place does not hide those who stand there."""
_NORTH_STEP: Final = 1 << 32
"""Leaf indices of one CRS stay far below this, so both fit one sortable number."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ObservedLeaves:
    """The leaves that one camera sees from one pose; every array is (m,), sorted by east, then north index."""

    epsg: int
    east_index: IntArray
    north_index: IntArray
    share: FloatArray
    """Of the leaf's area, above 0 and at most 1: in the picture, sharp enough, well enough placed, in the area."""
    ce90_m: FloatArray
    """Mean over the seen part."""
    area: shapely.Polygon | None
    """The mission area in this CRS; people outside are not counted, also within a leaf on the edge."""

    def __len__(self) -> int:
        """Return the number of leaves."""
        return len(self.share)

    @property
    def observed_area_m2(self) -> float:
        """Ground that is seen."""
        return float(self.share.sum()) * LEAF_SIZE_M**2

    def rows_of(self, east_m: FloatArray, north_m: FloatArray) -> IntArray:
        """Return the row of the leaf under each point of the CRS, -1 where no observed leaf lies, (n,)."""
        rows = np.full(len(east_m), -1, dtype=np.int64)
        placed = np.isfinite(east_m) & np.isfinite(north_m)
        if self.area is not None:
            placed &= shapely.contains_xy(self.area, east_m, north_m)
        if not len(self) or not placed.any():
            return rows
        wanted = _keys(_index(east_m[placed]), _index(north_m[placed]))
        keys = _keys(self.east_index, self.north_index)
        found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        rows[placed] = np.where(keys[found] == wanted, found, -1)
        return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Findable:
    """Where people can be found besides: too steeply seen, or too small, for who finds the others."""

    least_px_per_m: float
    """Below this nowhere; bounds the search."""
    where: Callable[[FloatArray, FloatArray], BoolArray]
    """Given depressions in degrees and px/m of an upright surface, (n,) each: says of each place whether."""


def leaves_observed(
    pose: CameraPose,
    crs: MissionCrs,
    *,
    min_px_per_m: float,
    limit_m: float = DEFAULT_LIMIT_M,
    area: shapely.Polygon | None = None,
    most: int = MOST_LEAVES,
    steepest_deg: float = 90.0,
    flattest_deg: float = 0.0,
    terrain: TerrainGrid | None = None,
    also: Findable | None = None,
) -> ObservedLeaves:
    """Return the leaves seen from a pose.

    A point of the ground is seen when it lies in the picture, its `ce90_m` is within the limit, an upright surface
    there is pictured with `min_px_per_m` or more (focal length over depth), it is not seen too steeply, and it lies in
    the mission area.

    Args:
        pose: The camera; the same pose gives the same leaves, so a camera that stands still is asked once.
        crs: The mission CRS.
        min_px_per_m: Below this people cannot be found.
        limit_m: Of `ce90_m`.
        area: The mission area in the CRS (`crs.area_from_geodetic`); prepare it with `shapely.prepare`.
        most: At most this many leaves, nearest first.
        steepest_deg: Depression beyond which people cannot be found.
        flattest_deg: Depression from which people are found at all, by whomever.
        terrain: The ground, in whose datum the pose's height is; None for a plane. A leaf of which nothing is known,
            or whose middle a ridge hides, is not seen.
        also: Where people are found although `min_px_per_m` and `steepest_deg` say no; None is nowhere.

    Raises:
        CrsError: the CRS is not metric where the camera is.
    """
    crs_from_enu = crs.crs_from_enu(pose)
    ground = Ground(pose, terrain)
    coarsest_px_per_m = min_px_per_m if also is None else min(min_px_per_m, also.least_px_per_m)
    east_index, north_index = _candidates(ground, crs_from_enu, coarsest_px_per_m, most)
    east_m, north_m = _samples(east_index, north_index)
    findable = _Findable(min_px_per_m, flattest_deg, steepest_deg, also)
    seen, ce90 = _seen(ground, crs_from_enu, east_m, north_m, limit_m, findable)
    if area is not None:
        seen &= shapely.contains_xy(area, east_m, north_m)
    seen = seen.reshape(len(east_index), SAMPLES_PER_SIDE**2)
    count = seen.sum(axis=1)
    ce90_sum = np.where(seen, ce90.reshape(seen.shape), 0.0).sum(axis=1)
    kept = np.flatnonzero(count)
    kept = kept[np.argsort(_keys(east_index[kept], north_index[kept]))]
    return ObservedLeaves(
        epsg=crs.epsg,
        east_index=east_index[kept],
        north_index=north_index[kept],
        share=count[kept] / SAMPLES_PER_SIDE**2,
        ce90_m=ce90_sum[kept] / count[kept],
        area=area,
    )


def _index(coordinate_m: FloatArray) -> IntArray:
    return np.floor(coordinate_m / LEAF_SIZE_M).astype(np.int64)


def _keys(east_index: IntArray, north_index: IntArray) -> IntArray:
    keys: IntArray = east_index * _NORTH_STEP + north_index
    return keys


def _samples(east_index: IntArray, north_index: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the points at which leaves are asked, leaf by leaf, (16 m,) each."""
    side = SAMPLES_PER_SIDE
    offsets_m = (np.arange(side, dtype=np.float64) + 0.5) * (LEAF_SIZE_M / side)
    east_m: FloatArray = (east_index.astype(np.float64) * LEAF_SIZE_M)[:, None] + np.repeat(offsets_m, side)
    north_m: FloatArray = (north_index.astype(np.float64) * LEAF_SIZE_M)[:, None] + np.tile(offsets_m, side)
    return east_m.ravel(), north_m.ravel()


class Ground:
    """Places of the ground as a camera sees them: of a plane, or of a model."""

    def __init__(self, pose: CameraPose, terrain: TerrainGrid | None) -> None:
        self.pose = pose
        self.terrain = terrain
        self._about: TerrainAbout | None = None
        if terrain is not None:
            self._about = terrain_about(terrain, pose.lat_deg, pose.lon_deg, pose.alt_m)

    def enu_m(self, east_m: FloatArray, north_m: FloatArray) -> FloatArray:
        """Return places (n, 3) about the camera; up is NaN where nothing is known of the ground."""
        if self._about is None:
            return np.stack([east_m, north_m, np.full_like(east_m, -self.pose.alt_agl_m)], axis=1)
        return np.stack([east_m, north_m, self._about.up_m(self.pose.alt_m, east_m, north_m)], axis=1)

    def unhidden(self, enu_m: FloatArray) -> BoolArray:
        """Say which places (n, 3) no ridge hides from the camera."""
        if self._about is None:
            return np.ones(len(enu_m), np.bool_)
        hits = first_hits(self._about, self.pose.alt_m, np.ascontiguousarray(enu_m.T))
        slack = HIDDEN_SLACK_M / np.maximum(np.linalg.norm(enu_m, axis=1), HIDDEN_SLACK_M)
        return np.asarray(hits.scale >= 1 - slack, np.bool_)


@dataclass(frozen=True, slots=True)
class _Findable:
    min_px_per_m: float
    flattest_deg: float
    steepest_deg: float
    also: Findable | None

    def at(self, depression_deg: FloatArray, px_per_m: FloatArray) -> BoolArray:
        found: BoolArray = (px_per_m >= self.min_px_per_m) & (depression_deg <= self.steepest_deg)
        found = found if self.also is None else found | self.also.where(depression_deg, px_per_m)
        return np.asarray(found & (depression_deg >= self.flattest_deg), np.bool_)


def _seen(
    ground: Ground,
    crs_from_enu: PlaneMap,
    east_m: FloatArray,
    north_m: FloatArray,
    limit_m: float,
    findable: _Findable,
) -> tuple[BoolArray, FloatArray]:
    """Say which points of the CRS are seen, and the `ce90_m` of each."""
    pose, camera = ground.pose, ground.pose.intrinsics
    x, y = crs_from_enu.inverted()(east_m, north_m)
    enu = ground.enu_m(x, y)
    u_px, v_px, in_front = image_from_enu(pose, enu)
    inside = in_front & (u_px >= -0.5) & (u_px <= camera.width_px - 0.5)
    inside &= (v_px >= -0.5) & (v_px <= camera.height_px - 0.5)
    depth_m = enu[inside] @ camera_axes(pose)[2]
    depression_deg = np.degrees(np.arctan2(-enu[inside, 2], np.hypot(x[inside], y[inside])))
    inside[inside] = findable.at(depression_deg, min(camera.fx_px, camera.fy_px) / depth_m)
    ce90 = np.full(len(enu), np.inf)
    ce90[inside] = ce90_of_enu(pose, enu[inside], ground.terrain)
    return ce90 <= limit_m, ce90


def _candidates(ground: Ground, crs_from_enu: PlaneMap, min_px_per_m: float, most: int) -> tuple[IntArray, IntArray]:
    """Return indices of the leaves that may be seen: those touching the view's pyramid, nearest first."""
    pose = ground.pose
    reach_m = _reach_m(pose, min_px_per_m, is_level=ground.terrain is None)
    if reach_m <= 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    east, north = _grid_about(crs_from_enu.x0_m, reach_m), _grid_about(crs_from_enu.y0_m, reach_m)
    east_index, north_index = (axis.ravel() for axis in np.meshgrid(east, north, indexing="ij"))
    middle = LEAF_SIZE_M / 2
    east_m = east_index.astype(np.float64) * LEAF_SIZE_M + middle
    x, y = crs_from_enu.inverted()(east_m, north_index.astype(np.float64) * LEAF_SIZE_M + middle)
    near = np.hypot(x, y) <= reach_m + LEAF_RADIUS_M
    enu = ground.enu_m(x, y)
    touched = np.flatnonzero(near & np.all(_view_planes(pose) @ enu.T >= -LEAF_RADIUS_M, axis=0))
    nearest = touched[np.argsort(np.hypot(x[touched], y[touched]), kind="stable")[:most]]
    nearest = nearest[ground.unhidden(enu[nearest])]
    return east_index[nearest], north_index[nearest]


def _grid_about(centre_m: float, reach_m: float) -> IntArray:
    low, high = math.floor((centre_m - reach_m) / LEAF_SIZE_M), math.floor((centre_m + reach_m) / LEAF_SIZE_M)
    return np.arange(low, high + 1, dtype=np.int64)


def _reach_m(pose: CameraPose, min_px_per_m: float, *, is_level: bool) -> float:
    """Return how far from the camera's foot people can be found at best; 0 if nowhere.

    Depth is at least the slant range times the cosine at the picture's farthest corner. On a model the ground may rise
    to the camera's own height.
    """
    camera = pose.intrinsics
    half_x, half_y = _ideal_half_widths(camera)
    slant_m = min(camera.fx_px, camera.fy_px) / min_px_per_m * math.sqrt(1 + half_x**2 + half_y**2)
    if pose.alt_agl_m <= 0 or (is_level and slant_m <= pose.alt_agl_m):
        return 0.0
    return min(math.sqrt(slant_m**2 - (pose.alt_agl_m**2 if is_level else 0.0)), FARTHEST_M)


@lru_cache(maxsize=16)
def _ideal_half_widths(camera: Intrinsics) -> tuple[float, float]:
    """Return the largest |x| and |y| of ideal points in the picture, in focal lengths."""
    along_u, along_v = np.linspace(-0.5, camera.width_px - 0.5, 17), np.linspace(-0.5, camera.height_px - 0.5, 17)
    u_px = np.concatenate([along_u, along_u, np.full(17, along_u[0]), np.full(17, along_u[-1])])
    v_px = np.concatenate([np.full(17, along_v[0]), np.full(17, along_v[-1]), along_v, along_v])
    x, y, valid = ideal_from_image(camera, u_px, v_px)
    if not valid.all():  # the picture reaches beyond the fold: all that has an ideal point lies within it
        radius = math.sqrt(fold_radius_squared(camera.distortion))
        return radius, radius
    return float(np.abs(x).max()), float(np.abs(y).max())


def _view_planes(pose: CameraPose) -> FloatArray:
    """Return inward unit normals, (5, 3) in ENU, of the planes through the camera that bound its view."""
    right, down, axis = camera_axes(pose)
    half_x, half_y = _ideal_half_widths(pose.intrinsics)
    planes = np.stack([half_x * axis + right, half_x * axis - right, half_y * axis + down, half_y * axis - down, axis])
    normals: FloatArray = planes / np.linalg.norm(planes, axis=1, keepdims=True)
    return normals
