"""The tightest spot of a cell, and sums over whoever is near."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from maps.cells import CellCount, CellCounts, CellId
from maps.fusion import NS_PER_S, PEAK_S, FusedMap
from maps.near import sums_within
from maps.peaks import LEAST_FOUND, LEAST_PER_M2, RADIUS_M, STEP_PER_M2, peaks_per_m2

LEAF = CellId(5, 0, 0)
CIRCLE_M2 = math.pi * RADIUS_M**2
places = st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9), st.floats(0.5, 3)), max_size=40)


def peaks(
    east_m: NDArray[np.float64], north_m: NDArray[np.float64], people: NDArray[np.float64] | None = None
) -> list[float]:
    weights = np.ones(len(east_m)) if people is None else people
    rows = (east_m >= 0).astype(np.int64)
    return [float(peak) for peak in peaks_per_m2(rows, east_m, north_m, weights, cells=2)]


@given(places, st.floats(0.1, 5))
def test_sums_are_those_of_everybody_asked_one_by_one(who: list[tuple[float, float, float]], radius_m: float) -> None:
    east, north, value = np.array(who, np.float64).reshape(-1, 3).T
    sums = sums_within(east, north, np.stack([value, np.ones_like(value)]), radius_m)
    for number in range(len(who)):
        apart = np.hypot(east - east[number], north - north[number])
        if np.abs(apart - radius_m).min() > 1e-9:
            assert sums[0, number] == pytest.approx(value[apart <= radius_m].sum())
            assert sums[1, number] == (apart <= radius_m).sum()


def test_a_place_that_is_none_is_near_nobody() -> None:
    east = np.array([0.0, np.nan, 0.5])
    assert sums_within(east, np.zeros(3), np.ones((1, 3)), 1.0).tolist() == [[2.0, 0.0, 2.0]]
    assert sums_within(east[1:2], np.zeros(1), np.ones((1, 1)), 1.0).tolist() == [[0.0]]


def test_a_tight_spot_shows_whatever_the_grid_makes_of_it() -> None:
    rng = np.random.default_rng(3)
    angle, far = rng.uniform(0, 2 * math.pi, 50), 1.0 * np.sqrt(rng.uniform(0, 1, 50))
    east, north = far * np.cos(angle), far * np.sin(angle)
    left, right = peaks(east, north)
    assert left == right == pytest.approx(50 / CIRCLE_M2, abs=STEP_PER_M2)
    assert max(left, right) <= 50 / CIRCLE_M2


@given(places)
def test_few_people_have_no_peak_and_a_peak_comes_in_steps(who: list[tuple[float, float, float]]) -> None:
    east, north, people = np.array(who, np.float64).reshape(-1, 3).T
    for peak in peaks(east, north, people):
        assert peak == 0 or peak >= LEAST_PER_M2
        assert peak % STEP_PER_M2 == 0
    assert peaks(east[: LEAST_FOUND - 1], north[: LEAST_FOUND - 1], 9 * people[: LEAST_FOUND - 1]) == [0, 0]


def look(t_s: float, peak: float, source: str = "D1") -> CellCounts:
    cell = CellCount(cell=LEAF, people=60.0, variance=1.0, observed_share=1.0, ce90_m=1.0, found=60, peak_per_m2=peak)
    return CellCounts(source=source, utc_ns=round(t_s * NS_PER_S), epsg=2154, cells=(cell,))


def test_one_frame_decides_no_peak_and_the_camera_that_sees_it_tightest_tells_it() -> None:
    fused = FusedMap()
    for t_s, peak in ((0.0, 2.5), (0.5, 2.5), (1.0, 6.0)):
        fused.take(look(t_s, peak))
    [leaf] = fused.cells_at(NS_PER_S)
    assert leaf.peak_per_m2 == pytest.approx(2.5 + 3.5 * -math.expm1(-0.5 / PEAK_S))
    fused.take(look(1.1, 4.0, "D2"))
    [leaf] = fused.cells_at(NS_PER_S)
    assert leaf.peak_per_m2 == pytest.approx(4.0)
    fused.take(look(60.0, 3.0))
    [leaf] = fused.cells_at(60 * NS_PER_S)
    assert leaf.peak_per_m2 == 3.0
