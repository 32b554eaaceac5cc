"""A square fills on paper, through fusion and gate 2: when it will be full, and that it is, is told nearly in time."""

from __future__ import annotations

import statistics

import pytest

from tests.maps.filling import CAPACITY, Instant, full_at_s, watched


@pytest.fixture(scope="module")
def seen() -> list[Instant]:
    return list(watched(1, "full after 12 min"))


def test_the_time_until_it_is_full_is_off_by_a_minute_at_most_in_the_middle(seen: list[Instant]) -> None:
    full_s = full_at_s(seen)
    assert full_s is not None
    told = [(one.until_full, full_s - one.at_s) for one in seen if 120 <= one.at_s < full_s]
    off_s = [abs(until.likely_s - left_s) for until, left_s in told if until is not None]
    assert len(off_s) == len(told), "told all the while"
    assert statistics.median(off_s) <= 60
    early = [until.earliest_s <= left_s for until, left_s in told if until is not None]
    assert sum(early) >= 0.95 * len(early)


def test_the_alert_comes_when_the_square_is_full(seen: list[Instant]) -> None:
    first = next(one for one in seen if one.is_alert)
    assert first.people == pytest.approx(CAPACITY, rel=0.08)


def test_the_fill_is_near_the_truth_and_its_error_covers_what_is_missing(seen: list[Instant]) -> None:
    off = [(one.fill.people - one.people) / one.fill.people_sigma for one in seen[30:]]
    assert statistics.fmean(off) == pytest.approx(0, abs=1.5)
    assert all(one.people <= one.fill.people_at_most * 1.1 for one in seen[30:])


def test_a_zone_drawn_along_the_fence_loses_people_and_says_so() -> None:
    tight = list(watched(1, "full after 6 min", beyond_fence_m=0.0))[30:]
    lost = [1 - one.fill.people / one.people for one in tight]
    assert 0.05 < statistics.median(lost) < 0.5
    assert all(abs(one.people - one.fill.people) < 2 * one.fill.people_sigma for one in tight)
    assert all(one.people <= one.fill.people_at_most * 1.1 for one in tight)
