"""How often people are found by size; and that ground seen from too steeply above is not called seen."""

from __future__ import annotations

import numpy as np
import pytest

from maps.crs import MissionCrs
from maps.observation import leaves_observed
from tests.vision.scene import lens, pose
from vision.recall import HEIGHTS_PX, RECALLS, STEEPEST_DEG, alone_recall


def test_recall_grows_with_the_size_of_a_person_and_stays_a_share() -> None:
    north_m = np.array([25.0, 40.0, 60.0, 90.0, 400.0, np.nan])
    recall = alone_recall(pose(), np.zeros(6), north_m, scale=4.0)
    assert recall.tolist() == sorted(recall.tolist(), reverse=True)
    assert (recall.max(), recall.min()) == (RECALLS[-1], RECALLS[0])


def test_a_person_of_a_known_size_has_the_recall_of_the_table() -> None:
    camera = pose(alt_m=20.0)
    north_m = 30.0
    slant_m = float(np.hypot(north_m, 20.0))
    span_m = (1.7 * north_m + 0.5 * 20.0) / slant_m
    scale = HEIGHTS_PX[2] * slant_m / (camera.intrinsics.fx_px * span_m)
    assert alone_recall(camera, np.zeros(1), np.array([north_m]), scale=scale)[0] == pytest.approx(RECALLS[2])


def test_from_straight_above_no_ground_counts_as_seen() -> None:
    down = pose(pitch_deg=-90.0, intrinsics=lens(focal_px=500.0))
    crs = MissionCrs(2154)
    assert len(leaves_observed(down, crs, min_px_per_m=5.0)) > 0
    assert len(leaves_observed(down, crs, min_px_per_m=5.0, steepest_deg=STEEPEST_DEG)) == 0


def test_in_an_oblique_view_only_the_steep_foreground_is_lost() -> None:
    camera, crs = pose(pitch_deg=-50.0), MissionCrs(2154)
    whole = leaves_observed(camera, crs, min_px_per_m=2.0)
    seen = leaves_observed(camera, crs, min_px_per_m=2.0, steepest_deg=STEEPEST_DEG)
    assert 0 < seen.observed_area_m2 < whole.observed_area_m2
