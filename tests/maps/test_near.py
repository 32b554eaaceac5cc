"""Sums over whoever is near are those of asking everybody about everybody, in blocks or at once."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import maps.near
from maps.near import sums_within

PLACES = st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40), st.integers(0, 9)), max_size=60)


@given(places=PLACES, radius_m=st.sampled_from([0.5, 1.0, 2.0, 5.0]), step_m=st.sampled_from([0.25, 1.0, 3.0]))
def test_it_is_as_if_everybody_were_asked(places: list[tuple[int, int, int]], radius_m: float, step_m: float) -> None:
    """Whole numbers of quarters: who stands on the edge itself is within, exactly."""
    east, north, value = (np.array([one[axis] for one in places], np.float64) for axis in range(3))
    east_m, north_m = 652_000 + east * step_m, 6_862_000 + north * step_m
    far_m = np.hypot(east_m[:, None] - east_m, north_m[:, None] - north_m)
    told = sums_within(east_m, north_m, np.stack([value, np.ones_like(value)]), radius_m)
    np.testing.assert_array_equal(told, [(far_m <= radius_m) @ value, (far_m <= radius_m).sum(1)])


def test_who_has_no_place_is_near_nobody() -> None:
    nowhere = np.array([0.0, np.nan, 1.0, 1.0]), np.array([0.0, 0.0, np.nan, np.inf])
    np.testing.assert_array_equal(sums_within(*nowhere, np.ones((1, 4)), 2.0), [[1, 0, 0, 0]])
    assert sums_within(np.zeros(0), np.zeros(0), np.zeros((2, 0)), 2.0).shape == (2, 0)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    east_m, north_m = np.random.default_rng(3).uniform(0, 12, (2, 400))
    values = np.random.default_rng(4).uniform(0, 2, (2, 400))
    at_once = sums_within(east_m, north_m, values, 2.0)
    for pairs in (1, 7, 300):
        monkeypatch.setattr(maps.near, "PAIRS_AT_ONCE", pairs)
        np.testing.assert_allclose(sums_within(east_m, north_m, values, 2.0), at_once, rtol=1e-12)


def test_twice_the_ground_costs_no_more_than_twice() -> None:
    def cost_s(people: int) -> float:
        east_m, north_m = np.random.default_rng(5).uniform(0, np.sqrt(people / 2.5), (2, people))
        begin = time.process_time()
        sums_within(east_m, north_m, np.ones((1, people)), 2.0)
        return time.process_time() - begin

    cost_s(1000)
    assert min(cost_s(32_000) for _ in range(3)) < 16 * min(cost_s(4_000) for _ in range(3))
