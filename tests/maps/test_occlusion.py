"""What found people stand for: alone as many as the recall says, in a crowd more, and never without a bound."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.occlusion import (
    AROUND_M,
    HIDING_HEIGHT_M,
    FloatArray,
    Hiding,
    hiding,
    others_per_m2,
    strip_lengths_m,
    true_density,
)

HIDING_M = 0.21


def grid(per_m2: float, side_m: float, *, north_m: float) -> tuple[FloatArray, FloatArray]:
    step = 1 / math.sqrt(per_m2)
    along = np.arange(0, side_m, step)
    east, north = np.meshgrid(along - side_m / 2, along + north_m)
    return east.ravel(), north.ravel()


def seen_from(east: FloatArray, north: FloatArray, *, height_m: float, alone: float = 0.97) -> Hiding:
    strips_m = strip_lengths_m(east, north, height_m=height_m)
    return hiding(others_per_m2(east, north), strips_m, np.full(len(east), alone), HIDING_M)


def test_who_stands_alone_stands_for_the_detector_s_recall_alone() -> None:
    east, north = np.array([0.0, 20.0]), np.array([30.0, 40.0])
    found = seen_from(east, north, height_m=25.0, alone=0.9)
    assert found.recall.tolist() == pytest.approx([0.9, 0.9])
    assert not found.lower_bound.any()


@given(true_per_m2=st.floats(0.01, 1.2), strip_m=st.floats(0.2, AROUND_M), alone=st.floats(0.5, 1.0))
def test_thinned_by_hiding_a_density_is_found_again(true_per_m2: float, strip_m: float, alone: float) -> None:
    hiding_m2 = np.array([HIDING_M * strip_m])
    found = true_per_m2 * alone * np.exp(-hiding_m2 * true_per_m2)
    density, beyond = true_density(found, hiding_m2, np.array([alone]))
    assert density[0] == pytest.approx(true_per_m2, rel=1e-3)
    assert not beyond[0]


@given(
    places=st.lists(st.tuples(st.floats(-40, 40), st.floats(-40, 40)) | st.just((math.nan, 3.0)), max_size=60),
    far_m=st.sampled_from([0.0, 6.8e6]),
)
def test_the_others_around_are_those_of_all_pairs(places: list[tuple[float, float]], far_m: float) -> None:
    east, north = np.array(places, np.float64).reshape(-1, 2).T
    east = east.round(2) + far_m
    near = ((east[:, None] - east) ** 2 + (north[:, None] - north) ** 2 <= AROUND_M**2).sum(axis=1)
    expected = np.where(np.isfinite(north) & np.isfinite(east), near - 1, 0) / (math.pi * AROUND_M**2)
    assert others_per_m2(east, north).tolist() == expected.tolist()


def test_a_hundred_thousand_people_are_not_compared_each_with_each() -> None:
    east, north = np.random.default_rng(1).uniform(0, 200, (2, 100_000))  # 80 gigabytes of distances
    assert others_per_m2(east, north).mean() == pytest.approx(2.5, rel=0.03)


def test_more_found_than_can_show_is_a_lower_bound() -> None:
    strip_m = HIDING_HEIGHT_M / math.tan(math.radians(35))
    east, north = grid(1.0, 12.0, north_m=30.0)
    found = seen_from(east, north, height_m=math.tan(math.radians(35)) * 36)
    middle = np.hypot(east, north - 36) < 2
    assert found.lower_bound[middle].all()
    assert found.recall[middle].min() == pytest.approx(0.97 / math.e, rel=0.1)
    assert strip_m < AROUND_M


@given(st.lists(st.tuples(st.floats(-40, 40), st.floats(5, 80)), max_size=30), st.floats(-1, 100))
def test_nobody_stands_for_less_than_one_nor_for_endlessly_many(
    places: list[tuple[float, float]], height_m: float
) -> None:
    east, north = np.array(places, np.float64).reshape(-1, 2).T
    found = seen_from(east, north, height_m=height_m, alone=0.95)
    assert ((found.recall > 0.3) & (found.recall <= 0.95)).all()


def test_the_steeper_the_view_the_less_is_hidden() -> None:
    east, north = grid(0.3, 12.0, north_m=20.0)
    recalls = [seen_from(east, north, height_m=up_m).recall.mean() for up_m in (10.0, 25.0, 60.0)]
    assert recalls == sorted(recalls)


def test_a_place_without_ground_point_has_no_others() -> None:
    east, north = np.array([0.0, 1.0, np.nan]), np.array([10.0, 10.0, np.nan])
    around = others_per_m2(east, north)
    assert around.tolist() == pytest.approx([1 / (math.pi * AROUND_M**2)] * 2 + [0.0])
