"""How often people are found by size; and that ground seen from too steeply above is not called seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.crs import MissionCrs
from maps.observation import leaves_observed
from tests.vision.scene import lens, pose
from vision.recall import HEIGHTS_PX, RECALLS, STEEPEST_DEG, STREET_RECALL, RecallTable, alone_recall


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


heights = st.lists(st.floats(4, 200), min_size=1, max_size=4, unique=True).map(sorted)


@given(heights, st.lists(st.floats(0, 90), min_size=1, max_size=4, unique=True).map(sorted), st.data())
def test_between_its_entries_a_table_says_what_lies_between(
    heights_px: list[float], degrees: list[float], data: st.DataObject
) -> None:
    shares = st.lists(st.floats(0.1, 1.0), min_size=len(heights_px), max_size=len(heights_px))
    rows = [data.draw(shares) for _ in degrees]
    table = RecallTable(depressions_deg=tuple(degrees), heights_px=tuple(heights_px), recalls=tuple(map(tuple, rows)))
    for number, deg in enumerate(degrees):
        told = table.at(np.full(len(heights_px), deg), np.array(heights_px))
        np.testing.assert_allclose(told, rows[number], rtol=1e-6)
    anywhere = table.at(np.array([data.draw(st.floats(0, 90))]), np.array([data.draw(st.floats(0, 500))]))
    assert np.min(rows) - 1e-9 <= anywhere[0] <= np.max(rows) + 1e-9


def test_the_least_height_is_the_one_that_does_at_every_steeper_angle() -> None:
    table = RecallTable(
        depressions_deg=(45.0, 75.0, 90.0), heights_px=(10.0, 20.0, 30.0),
        recalls=((0.1, 0.1, 0.9), (0.6, 0.7, 0.9), (0.4, 0.5, 0.8)),
    )  # fmt: skip
    assert table.least_height_px(0.5, from_deg=75.0) == 20
    assert table.least_height_px(0.5, from_deg=60.0) == 30
    assert table.least_height_px(0.95, from_deg=60.0) == float("inf")


def test_the_street_level_network_finds_ever_fewer_the_steeper_it_looks() -> None:
    recalls = STREET_RECALL.at(np.array([20.0, 60.0, 65.0, 80.0, 90.0]), np.full(5, 50.0))
    assert recalls[0] == recalls[1] == RECALLS[-1]
    assert recalls.tolist() == sorted(recalls.tolist(), reverse=True)
    assert recalls[-1] == pytest.approx(0.098)


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
