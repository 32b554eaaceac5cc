import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from flightlink.pose import SURVEYED, CameraPose
from maps.cells import LEAF_SIZE_M
from maps.crs import MissionCrs
from maps.georeference import ground_from_image
from maps.observation import FARTHEST_M, Findable, ObservedLeaves, leaves_observed

MakePose = Callable[..., CameraPose]
CRS = MissionCrs(2154)


def shares(leaves: ObservedLeaves) -> dict[tuple[int, int], float]:
    return {
        (int(east), int(north)): float(share)
        for east, north, share in zip(leaves.east_index, leaves.north_index, leaves.share, strict=True)
    }


def distances_m(pose: CameraPose, leaves: ObservedLeaves) -> np.ndarray:
    half = LEAF_SIZE_M / 2
    east_m = leaves.east_index.astype(np.float64) * LEAF_SIZE_M + half
    x, y = CRS.crs_from_enu(pose).inverted()(east_m, leaves.north_index.astype(np.float64) * LEAF_SIZE_M + half)
    return np.hypot(x, y)


def test_nadir_sees_the_area_of_its_picture(make_pose: MakePose) -> None:
    leaves = leaves_observed(make_pose(pitch_deg=-90), CRS, min_px_per_m=5)
    pictured_m2 = (60 / 1371) ** 2 * 1920 * 1080
    assert leaves.observed_area_m2 == pytest.approx(pictured_m2, rel=0.02)
    assert 0 < leaves.share.min() <= leaves.share.max() == 1
    assert leaves.epsg == 2154


@settings(max_examples=25)
@given(st.floats(0, 360), st.floats(-90, -12), st.floats(-30, 30), st.floats(15, 150), st.booleans())
def test_leaves_agree_with_the_ground_of_pixels(
    make_pose: MakePose, yaw: float, pitch: float, roll: float, agl: float, barrel: bool
) -> None:
    """Independent way round: pixels to ground must land in observed leaves, when sharp and well enough placed."""
    lens = {"distortion": (-0.12, 0.03, 0.0005, -0.0004, 0.0)} if barrel else {}
    pose = make_pose(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll, alt_m=agl, **lens)
    leaves = leaves_observed(pose, CRS, min_px_per_m=8)
    u_px, v_px = (axis.ravel() for axis in np.meshgrid(np.linspace(20, 1899, 25), np.linspace(20, 1059, 15)))
    points = ground_from_image(pose, u_px, v_px, limit_m=25.0)
    near = points.ok & (points.slant_range_m <= 1371 / 8.5) & (np.hypot(points.east_m, points.north_m) < 500)
    rows = leaves.rows_of(*CRS.crs_from_enu(pose)(points.east_m, points.north_m))
    if len(leaves) < 4000:
        missed = near & (rows < 0)
        # a leaf of which under a sixteenth is seen may be missed at the rim
        assert missed.sum() <= 0.08 * max(near.sum(), 20)
    assert (leaves.ce90_m <= 30).all()


def test_a_share_is_the_part_inside_the_picture(make_pose: MakePose) -> None:
    """One camera straight down over a leaf's corner: its picture of 10 x 10 m covers known quarters."""
    lon, lat = CRS.geodetic_from_crs(np.array([650_000.0]), np.array([6_860_000.0]))
    lens = {"width_px": 1000, "height_px": 1000, "fx_px": 3000.0, "fy_px": 3000.0, "cx_px": 499.5, "cy_px": 499.5}
    pose = make_pose(lat_deg=float(lat[0]), lon_deg=float(lon[0]), alt_m=22.5, pitch_deg=-90, yaw_deg=0, **lens)
    there = shares(leaves_observed(pose, CRS, min_px_per_m=5))
    east, north = 130_000, 1_372_000
    # 7.5 m across: 3.75 m of each of four leaves, three of four sample rows
    expected = {(east + i, north + j): 9 / 16 for i in (-1, 0) for j in (-1, 0)}
    assert there == expected


def test_a_mission_area_cuts_leaves_and_drops_people(make_pose: MakePose) -> None:
    pose = make_pose(pitch_deg=-90, yaw_deg=0)
    x, y = CRS.crs_from_enu(pose)(np.array([0.0]), np.array([0.0]))
    area = shapely.box(x[0] - 11.25, y[0] - 500, x[0] + 8.75, y[0] + 500)
    whole = leaves_observed(pose, CRS, min_px_per_m=5)
    cut = leaves_observed(pose, CRS, min_px_per_m=5, area=area)
    assert cut.observed_area_m2 == pytest.approx(whole.observed_area_m2 * 20 / 84, rel=0.05)
    assert set(shares(cut)) < set(shares(whole))
    rows = cut.rows_of(np.array([x[0], x[0] + 8.5, x[0] + 9.0]), np.array([y[0], y[0], y[0]]))
    assert (rows >= 0).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("pose", "seen"),
    [
        ({"pitch_deg": 30.0}, False),
        ({"alt_m": 0.0}, False),
        ({"alt_m": -5.0}, False),
        ({"alt_m": 400.0, "pitch_deg": -90.0}, False),
        ({"pitch_deg": -90.0}, True),
    ],
)
def test_no_ground_no_leaves(make_pose: MakePose, pose: dict[str, Any], seen: bool) -> None:
    leaves = leaves_observed(make_pose(**pose), CRS, min_px_per_m=8)
    assert bool(len(leaves)) is seen
    assert bool(leaves.observed_area_m2) is seen
    assert len(leaves.rows_of(np.array([1.0]), np.array([1.0]))) == 1


def test_people_too_small_to_find_are_not_called_absent(make_pose: MakePose) -> None:
    pose = make_pose(sigma=SURVEYED, pitch_deg=-15, alt_m=20.0)
    farthest = {}
    for least in (8, 16):
        leaves = leaves_observed(pose, CRS, min_px_per_m=least)
        farthest[least] = float(distances_m(pose, leaves).max())
    assert farthest[16] < 1371 / 16 * 1.3 < farthest[8] < 1371 / 8 * 1.3


def test_ground_that_another_finder_sees_is_added_to_what_the_first_does(make_pose: MakePose) -> None:
    pose, crs = make_pose(pitch_deg=-60.0), MissionCrs(2154)
    asked: list[tuple[float, float]] = []

    def steep(depression_deg: np.ndarray, px_per_m: np.ndarray) -> np.ndarray:
        asked.append((float(depression_deg.min()), float(px_per_m.min())))
        return np.asarray(depression_deg > 60)

    whole = leaves_observed(pose, crs, min_px_per_m=1.0)
    flat = leaves_observed(pose, crs, min_px_per_m=1.0, steepest_deg=60.0)
    also = Findable(least_px_per_m=1.0, where=steep)
    both = leaves_observed(pose, crs, min_px_per_m=1.0, steepest_deg=60.0, also=also)
    alone = leaves_observed(pose, crs, min_px_per_m=math.inf, steepest_deg=0.0, also=also)
    assert both.observed_area_m2 == whole.observed_area_m2 == flat.observed_area_m2 + alone.observed_area_m2
    assert 0 < flat.observed_area_m2 < whole.observed_area_m2
    assert asked[0][0] < 60
    assert asked[0][1] >= 1


def test_a_view_to_the_horizon_stays_bounded_and_keeps_the_near(make_pose: MakePose) -> None:
    pose = make_pose(sigma=SURVEYED, pitch_deg=-5, fx_px=20000.0, fy_px=20000.0, width_px=60000, cx_px=30000.0)
    starts = time.perf_counter()
    leaves = leaves_observed(pose, CRS, min_px_per_m=1, limit_m=1000, most=500)
    assert time.perf_counter() - starts < 2
    everything = leaves_observed(pose, CRS, min_px_per_m=1, limit_m=1000, most=100_000)
    assert len(leaves) <= 500 < len(everything)
    assert distances_m(pose, everything).max() <= FARTHEST_M + 5
    assert distances_m(pose, leaves).max() <= np.sort(distances_m(pose, everything))[600]
    assert set(shares(leaves)) <= set(shares(everything))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_point_without_a_place_is_in_no_leaf(make_pose: MakePose, bad: float) -> None:
    leaves = leaves_observed(make_pose(), CRS, min_px_per_m=8)
    x, y = float(leaves.east_index[5]) * 5 + 1, float(leaves.north_index[5]) * 5 + 1
    assert leaves.rows_of(np.array([bad, x]), np.array([y, y])).tolist() == [-1, 5]


def test_leaves_beyond_the_fold_are_not_seen(make_pose: MakePose) -> None:
    fold = make_pose(pitch_deg=-90, distortion=(-0.9, 0.0, 0.0, 0.0, 0.0))
    leaves = leaves_observed(fold, CRS, min_px_per_m=5)
    reach_m = 60 * math.sqrt(1 / 2.7)
    assert len(leaves)
    assert distances_m(fold, leaves).max() < reach_m + 5


def test_ground_placed_too_badly_is_not_seen(make_pose: MakePose) -> None:
    strict, wide = (leaves_observed(make_pose(), CRS, min_px_per_m=8, limit_m=limit) for limit in (8.0, 30.0))
    assert 0 < len(strict) < len(wide)
    assert strict.ce90_m.max() <= 8.0 < wide.ce90_m.max()
