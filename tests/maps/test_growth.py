"""A crowd that grows is foreseen, one that stands or wavers is not, and what is first seen has no past."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.cells import CellId
from maps.growth import AHEAD, MOST_PER_M2, NOISE_PER_M2, NS_PER_S, THIN_PER_M2, Growth, foreseen_per_m2

HERE, THERE = CellId(5, 41, 83), CellId(5, 42, 83)


def seen(growth: Growth, *peaks_per_m2: float, from_s: float = 0.0) -> list[float]:
    return [growth.take(round((from_s + t_s) * NS_PER_S), {HERE: peak})[HERE] for t_s, peak in enumerate(peaks_per_m2)]


def test_who_is_first_seen_close_together_has_not_grown_and_who_stands_never_does() -> None:
    assert seen(Growth(), *[3.0] * 30) == [3.0] * 30
    wavering = [3.0 + 0.15 * (-1) ** t_s for t_s in range(60)]
    assert seen(Growth(), *wavering) == wavering


def test_a_place_that_fills_is_foreseen_denser_than_it_is_and_soon_after_no_more() -> None:
    growth = Growth()
    filling = seen(growth, 0.0, 0.0, 2.0, 2.25, 2.5, 2.75)
    assert filling[0] == filling[1] == 0.0
    assert filling[2:4] == [2.0, pytest.approx(2.25 + AHEAD * (2.25 - THIN_PER_M2 - NOISE_PER_M2), abs=0.05)]
    assert filling[-1] > 3.5
    assert seen(growth, *[2.75] * 60, from_s=6)[-1] == 2.75


def test_slow_growth_is_none() -> None:
    slowly = [2.0 + 0.01 * t_s for t_s in range(140)]
    assert seen(Growth(), *slowly) == slowly


def test_the_pace_of_the_maps_changes_little() -> None:
    quick, slow = Growth(), Growth()
    often = [quick.take(t * NS_PER_S // 4, {HERE: 2.0 + t / 40})[HERE] for t in range(41)]
    seldom = [slow.take(t * NS_PER_S, {HERE: 2.0 + t / 10})[HERE] for t in range(11)]
    assert often[-1] == pytest.approx(seldom[-1], abs=0.15)


def test_only_what_is_seen_is_remembered_and_a_clock_set_back_begins_anew() -> None:
    growth = Growth()
    seen(growth, 0.0, 0.0)
    growth.take(2 * NS_PER_S, {THERE: 3.0})
    assert len(growth) == 1
    assert growth.take(3 * NS_PER_S, {HERE: 3.0}) == {HERE: 3.0}
    seen(growth, 0.0, 0.0, from_s=4)
    assert growth.take(0, {HERE: 3.0}) == {HERE: 3.0}


@given(st.floats(0, 20), st.floats(THIN_PER_M2, 20))
def test_never_less_is_foreseen_than_there_is_nor_more_than_a_bounded_growth(peak: float, usual: float) -> None:
    assert peak <= foreseen_per_m2(peak, usual) <= peak + AHEAD * MOST_PER_M2
