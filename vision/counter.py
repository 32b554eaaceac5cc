"""From people found in a frame to counts per cell: the last place in which a single person has a position."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.mission import Mission
from flightlink.pose import CameraPose
from maps.cells import LEAF_SIZE_M, MIN_CELL_COUNT, CellCounts, CellFlow
from maps.counting import counts_from_points
from maps.crs import MissionCrs
from maps.flow import flows_from_velocities
from maps.georeference import GroundPoints, ground_from_image
from maps.observation import ObservedLeaves, leaves_observed
from maps.occlusion import hiding, others_per_m2, strip_lengths_m
from maps.terrain.grid import TerrainGrid
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.moments import Moment, moment_of
from vision.moving import velocities
from vision.networks import STREET_ONLY, Networks
from vision.observed import also_observed, hiding_of, least_px_per_m, recall_of, saturated_of, steepest_observed_deg
from vision.plan import Pass, count_passes
from vision.plausible import MID_BODY_M


class Counter:
    """Counts people of one camera into the cells of one CRS; remembers what the last pose could see."""

    def __init__(self, source: str, *, epsg: int, mission: Mission | None, networks: Networks = STREET_ONLY) -> None:
        """Load the CRS now, because nothing can be opened once the worker is sealed."""
        self._networks = networks
        self._source: Final = source
        self._crs = MissionCrs(epsg)
        self._area = self._crs.area_from_geodetic(mission.area) if mission else None
        self._seen: tuple[tuple[CameraPose, float], ObservedLeaves] | None = None

    def counts(
        self, frame: CappedFrame, people: Boxes, before: Moment | None = None, *, flattest_deg: float = 0.0
    ) -> CellCounts | None:
        """Return the counts of one frame, or None for one that gate 1 closes: no pose, or no known scale anywhere.

        Args:
            frame: in which people were found.
            people: who.
            before: a moment before it, for how they walk; without one no flow is told.
            flattest_deg: ground seen less steeply is not observed, and who stands there not counted.
        """
        if frame.pose is None or frame.bound is None or not np.isfinite(frame.bound.px_per_m).any():
            return None
        passes = count_passes(frame, self._networks)
        leaves = self._leaves(frame, frame.pose, passes, flattest_deg)
        points = ground_points(frame.pose, people, frame.terrain)
        level = level_pose(frame.pose, points, frame.terrain)
        crs_from_enu = self._crs.crs_from_enu(frame.pose)
        east_m, north_m = crs_from_enu(points.east_m, points.north_m)
        # by the middle of the cell, so that no figure tells where in it somebody stands
        middle = crs_from_enu.inverted()(leaf_middle_m(east_m), leaf_middle_m(north_m))
        others = others_per_m2(points.east_m, points.north_m)
        hidden = hiding(
            others,
            strip_lengths_m(*middle, height_m=level.alt_agl_m - MID_BODY_M),
            recall_of(passes, level, *middle),
            hiding_of(passes, level, *middle),
        )
        # fewer found than k stay as they are: no weight may lift a cell of 1 to 4 people over gate 2
        weighed = found_in_leaf(leaves, east_m, north_m) >= MIN_CELL_COUNT
        recall = np.where(weighed, hidden.recall, 1.0)
        limit = np.minimum(people.limits_per_m2(), saturated_of(passes, level, *middle))
        counts = counts_from_points(
            self._source, frame.utc_ns, leaves, east_m, north_m, recall=recall,
            lower_bound=hidden.lower_bound | (others >= limit),
            saturated_per_m2=max(each.network.saturated_per_m2 for each in passes),
        )  # fmt: skip
        return replace(counts, flows=self._flows(frame, people, before, leaves, (east_m, north_m)))

    def _flows(
        self,
        frame: CappedFrame,
        people: Boxes,
        before: Moment | None,
        leaves: ObservedLeaves,
        places_m: tuple[NDArray[np.float64], NDArray[np.float64]],
    ) -> tuple[CellFlow, ...]:
        """Return how those who are counted walk: in cells of the CRS, along the compass."""
        counted = leaves.rows_of(*places_m) >= 0
        if before is None or np.count_nonzero(counted) < MIN_CELL_COUNT:
            return ()
        walk = velocities(before, moment_of(frame), people.kept(counted))
        return flows_from_velocities(places_m[0][counted], places_m[1][counted], walk.east_m_s, walk.north_m_s)

    def _leaves(self, frame: CappedFrame, pose: CameraPose, passes: list[Pass], flattest_deg: float) -> ObservedLeaves:
        key = (replace(pose, utc_ns=0, age_ms=0.0), flattest_deg)
        if self._seen is None or self._seen[0] != key:
            leaves = leaves_observed(
                pose, self._crs, min_px_per_m=least_px_per_m(passes), area=self._area,
                steepest_deg=steepest_observed_deg(passes), flattest_deg=flattest_deg, terrain=frame.terrain,
                also=also_observed(passes),
            )  # fmt: skip
            self._seen = (key, leaves)
        return self._seen[1]


def found_in_leaf(
    leaves: ObservedLeaves, east_m: NDArray[np.float64], north_m: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return for each place (n,) how many of them lie in its observed leaf; 0 outside all."""
    rows = leaves.rows_of(east_m, north_m)
    found = np.bincount(rows[rows >= 0], minlength=max(len(leaves), 1))
    return np.where(rows >= 0, found[np.maximum(rows, 0)], 0).astype(np.int64)


def leaf_middle_m(coordinate_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the middle, along one axis, of the 5 m cell that holds each coordinate."""
    return np.asarray((np.floor(coordinate_m / LEAF_SIZE_M) + 0.5) * LEAF_SIZE_M, np.float64)


def level_pose(pose: CameraPose, points: GroundPoints, terrain: TerrainGrid | None) -> CameraPose:
    """Return the pose over the plane that fits the found people best: on a model, that of their median height."""
    if terrain is None or not points.ok.any():
        return pose
    return replace(pose, ground_alt_m=pose.alt_m + float(np.median(points.up_m[points.ok])) - MID_BODY_M)


def ground_points(pose: CameraPose, people: Boxes, terrain: TerrainGrid | None = None) -> GroundPoints:
    """Return where people stand: the middle of a box is the middle of a body, `MID_BODY_M` over the ground.

    The middle holds from any angle (from straight above a box has no feet) and halves the error of a box's edge.
    """
    u_px, v_px = box_centres(people)
    return ground_from_image(pose, u_px, v_px, height_m=MID_BODY_M, terrain=terrain)


def box_centres(boxes: Boxes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the centres of boxes, (n,) each."""
    xyxy = boxes.xyxy.astype(np.float64)
    return (xyxy[:, 0] + xyxy[:, 2]) / 2, (xyxy[:, 1] + xyxy[:, 3]) / 2
