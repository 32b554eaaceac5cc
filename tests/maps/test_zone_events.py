"""A zone over its capacity: told once it holds, as soon as a lower bound says so, never for unseen ground alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.levels import Level
from maps.zone_events import ENDS_S, HELD_S, PERSISTS_S, STAYS_SHARE, Cause, OverCapacity, ZoneWatch
from maps.zones import Zone, ZoneFill
from tests.maps.zones_drawn import S

ZONE = Zone(zone_id="z1", name="stage", capacity=1000, corners=((2.0, 48.0), (2.001, 48.0), (2.0, 48.001)))
PERSISTS, ENDS, HELD = round(PERSISTS_S), round(ENDS_S), round(HELD_S)


def fill(people: float, **changes: Any) -> ZoneFill:
    values: dict[str, Any] = {
        "people_sigma": 20.0, "observed_share": 1.0, "lower_bound": False, "people_at_most": people,
        "suppressed_at_most": 0, "age_s": 1.0,
    }  # fmt: skip
    return ZoneFill(people=people, **(values | changes))


UNSEEN = fill(0.0, observed_share=0.0)


def told(watch: ZoneWatch, seconds: range, one: ZoneFill, zone: Zone = ZONE) -> list[tuple[OverCapacity, ...]]:
    return [watch.take(second * S, [(zone, one)]) for second in seconds]


@pytest.fixture
def full() -> ZoneWatch:
    """Return a watch that tells of the zone since second 0; the next second is 11."""
    watch = ZoneWatch()
    assert told(watch, range(11), fill(1000))[-1]
    return watch


def test_a_full_zone_is_told_when_it_has_held() -> None:
    events = told(ZoneWatch(), range(13), fill(1000))
    assert [bool(one) for one in events] == [False] * PERSISTS + [True] * (13 - PERSISTS)
    (event,) = events[-1]
    assert (event.zone, event.level, event.cause, event.since_utc_ns) == (ZONE, Level.ALERT, Cause.COUNTED, 0)
    assert (event.fill.people, event.seen_utc_ns) == (1000, 12 * S)


def test_below_its_capacity_it_never_begins_and_one_map_far_below_begins_anew() -> None:
    assert not any(told(ZoneWatch(), range(60), fill(999)))
    watch = ZoneWatch()
    assert not any(told(watch, range(9), fill(1000)))
    assert not any(told(watch, range(9, 10), fill(949)))
    assert [bool(one) for one in told(watch, range(10, 21), fill(1000))] == [False] * 10 + [True]


def test_the_error_of_a_count_neither_delays_nor_ends_it() -> None:
    watch = ZoneWatch()
    events = [watch.take(second * S, [(ZONE, fill(1000 if second % 3 == 0 else 960))]) for second in range(60)]
    assert [bool(one) for one in events] == [False] * PERSISTS + [True] * (60 - PERSISTS)
    assert all(one[0].cause is Cause.COUNTED for one in events if one)


def test_little_of_the_zone_seen_alerts_only_where_those_seen_are_surely_too_many() -> None:
    little = {"observed_share": 0.1}
    assert not any(told(ZoneWatch(), range(30), fill(1039, **little)))
    (event,) = told(ZoneWatch(), range(30), fill(1041, **little))[-1]
    assert event.cause is Cause.LOWER_BOUND
    (event,) = told(ZoneWatch(), range(30), fill(1000, lower_bound=True))[-1]
    assert event.cause is Cause.LOWER_BOUND


def test_it_ends_when_the_zone_is_seen_to_hold_fewer(full: ZoneWatch) -> None:
    below = fill(STAYS_SHARE * 1000 - 1)
    events = told(full, range(11, 60), below)
    assert [bool(one) for one in events] == [True] * ENDS + [False] * (49 - ENDS)
    assert events[0][0].cause is Cause.HELD
    assert not any(told(full, range(60, 90), UNSEEN)), "what is over does not come back by not being seen"


@pytest.mark.parametrize("blind", [UNSEEN, fill(900, lower_bound=True), fill(400, observed_share=0.4)])
def test_a_zone_that_nobody_can_judge_is_held_and_not_for_ever(full: ZoneWatch, blind: ZoneFill) -> None:
    events = told(full, range(11, 11 + HELD + ENDS + 20), blind)
    assert [bool(one) for one in events] == [True] * (HELD + ENDS - 1 + 1) + [False] * 20
    (event,) = events[100]
    assert (event.cause, event.fill.people, event.seen_utc_ns) == (Cause.HELD, 1000, 10 * S)


def test_a_clock_set_back_holds_nothing_for_hours(full: ZoneWatch) -> None:
    events = told(full, range(-7200, -7200 + ENDS + 2), UNSEEN)
    assert not events[-1]


def test_what_was_not_told_yet_is_not_held() -> None:
    watch = ZoneWatch()
    told(watch, range(3), fill(1000))
    assert not any(told(watch, range(3, 60), UNSEEN))


def test_another_name_is_the_same_zone_another_capacity_is_not(full: ZoneWatch) -> None:
    renamed = replace(ZONE, name="east stand")
    (event,) = full.take(11 * S, [(renamed, fill(1000))])
    assert (event.zone.name, event.since_utc_ns) == ("east stand", 0)
    assert not full.take(12 * S, [(replace(ZONE, capacity=900), fill(1000))])
    assert not full.take(13 * S, [])


@given(people=st.floats(0, 9.9), capacity=st.integers(0, 9))
def test_no_event_is_about_fewer_than_ten(people: float, capacity: int) -> None:
    assert not any(told(ZoneWatch(), range(30), fill(people), replace(ZONE, capacity=capacity)))
