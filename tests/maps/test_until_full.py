"""Time until a zone is full: right on a line, unmoved by wrong maps, silent where nothing surely fills or is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.until_full import EVERY_S, GAP_S, LEAST_SPAN_S, MOST_S, WINDOW_S, FillTrend, Line, UntilFull, until_full
from maps.zones import ZoneFill
from tests.maps.zones_drawn import S

PeopleAt = Callable[[float], float]


def fill(people: float, *, share: float = 1.0, lower_bound: bool = False) -> ZoneFill:
    return ZoneFill(
        people=people, people_sigma=5.0, observed_share=share, lower_bound=lower_bound, people_at_most=people,
        suppressed_at_most=0, age_s=0.0,
    )  # fmt: skip


def watched(people_at: PeopleAt, seconds: Iterable[int], *, share: float = 1.0) -> FillTrend:
    trend = FillTrend()
    for second in seconds:
        trend.take(second * S, fill(people_at(second) * share, share=share))
    return trend


@given(start=st.floats(0, 5000), rate=st.floats(0.05, 20), capacity=st.integers(10, 20_000), share=st.floats(0.8, 1.0))
def test_on_a_line_the_time_is_that_of_the_line(start: float, rate: float, capacity: int, share: float) -> None:
    told = watched(lambda t_s: start + rate * t_s, range(0, 121, 5), share=share).until_full(capacity, 120 * S)
    left_s = max((capacity - start - rate * 120) / rate, 0.0)
    if left_s > MOST_S:
        assert told is None
    elif told is not None:
        assert told.likely_s == pytest.approx(left_s, rel=1e-3, abs=0.1)
        assert 0 <= told.earliest_s <= told.likely_s
    else:
        assert rate < 0.1 or left_s > MOST_S - 1, "one person of scatter is as much as they come in"


@pytest.mark.parametrize("rate", [0.0, -2.0])
def test_a_zone_that_does_not_fill_is_told_no_time(rate: float) -> None:
    assert watched(lambda t_s: 900 + rate * t_s, range(200)).until_full(1000, 200 * S) is None


def test_noise_alone_is_told_no_time() -> None:
    told = []
    for seed in range(40):
        people = np.random.default_rng(seed).normal(900, 20, 60).tolist()
        trend = FillTrend()
        for number, one in enumerate(people):
            trend.take(number * 5 * S, fill(one))
        told.append(trend.until_full(1000, 295 * S))
    assert sum(one is not None for one in told) <= 2


def test_a_few_wrong_maps_move_nothing() -> None:
    def people_at(t_s: float) -> float:
        return 0.0 if 60 <= t_s < 90 else 500 + t_s

    told = watched(people_at, range(181)).until_full(1000, 180 * S)
    assert told is not None
    assert told.likely_s == pytest.approx(320, rel=0.02)


def test_too_short_a_look_tells_nothing_and_long_ago_is_forgotten() -> None:
    assert watched(lambda t_s: 5 * t_s, range(int(LEAST_SPAN_S))).until_full(1000, 60 * S) is None
    trend = watched(lambda t_s: 500 if t_s < 600 else 500 + 2 * (t_s - 600), range(int(600 + WINDOW_S) + 1))
    told = trend.until_full(2000, round(600 + WINDOW_S) * S)
    assert told is not None
    assert told.likely_s == pytest.approx((1500 - 2 * WINDOW_S) / 2, rel=0.02)
    assert len(trend._samples) == WINDOW_S / EVERY_S


def test_a_camera_that_turns_to_the_zone_is_no_arrival() -> None:
    trend = FillTrend()
    for second in range(300):
        share = min(0.8 + second / 1000, 1.0)
        trend.take(second * S, fill(900 * share + (0 if second < 290 else 1), share=share))
        told = trend.until_full(1000, second * S)
        assert told is None, "as much of it as is seen, it holds 900 all the while"


@pytest.mark.parametrize("blind", [fill(100, share=0.79), fill(300, lower_bound=True), fill(300, share=0.9)])
def test_what_cannot_be_compared_begins_anew(blind: ZoneFill) -> None:
    trend = watched(lambda t_s: 2 * t_s, range(121))
    assert trend.until_full(1000, 120 * S) is not None
    trend.take(121 * S, blind)
    assert trend.until_full(1000, 121 * S) is None


@pytest.mark.parametrize("second", [120 + GAP_S + 1, 10])
def test_a_gap_and_a_clock_set_back_begin_anew(second: float) -> None:
    trend = watched(lambda t_s: 2 * t_s, range(121))
    trend.take(round(second * S), fill(300))
    assert trend.until_full(1000, round(second * S)) is None


def test_the_time_runs_on_between_maps_and_not_for_ever() -> None:
    trend = watched(lambda t_s: 2 * t_s, range(121))
    now, later = trend.until_full(1000, 120 * S), trend.until_full(1000, 130 * S)
    assert now is not None
    assert later is not None
    assert now.likely_s - later.likely_s == pytest.approx(10)
    assert trend.until_full(1000, round((121 + GAP_S) * S)) is None
    assert FillTrend().until_full(1000, 0) is None


def test_the_earliest_is_by_two_standard_errors_of_level_and_rate() -> None:
    line = Line(people=800, people_sigma=10, per_s=1.0, per_s_sigma=0.25, shared_share=0.0)
    assert until_full(line, 1000) == UntilFull(earliest_s=180 / 1.5, likely_s=200)
    assert until_full(line, 700) == UntilFull(earliest_s=0, likely_s=0)
    assert until_full(line, 5000) is None


def test_an_error_that_all_fills_share_makes_it_earlier_and_hides_no_filling() -> None:
    line = Line(people=500, people_sigma=0, per_s=1.0, per_s_sigma=0, shared_share=0.2)
    assert until_full(line, 1000) == UntilFull(earliest_s=300 / 1.4, likely_s=500)
    unsure = Line(people=500, people_sigma=0, per_s=1.0, per_s_sigma=0, shared_share=0.9)
    assert until_full(unsure, 1000) == UntilFull(earliest_s=0, likely_s=500)
