"""Over-density: told once it holds, at the right place, never for a few people, and gone when it is over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.cells import CellId, CellState, DensityMap, FusedCell, MapMaker, PublishedCell
from maps.events import MIN_PEOPLE, NS_PER_S, PERSISTS_S, OverDensityWatch, peaks_of, root_of, told_per_m2
from maps.levels import Level

LEAF = CellId(5, 41, 83)


def cell(
    people: float, *, at: CellId = LEAF, share: float = 1.0, state: CellState = CellState.OBSERVED
) -> PublishedCell:
    return PublishedCell(
        made_by=MapMaker.GATE,
        cell=at,
        state=state,
        people=people,
        people_sigma=1.0,
        density_per_m2=people / (at.size_m**2 * share),
        observed_share=share,
        age_s=0.0,
        ce90_m=1.0,
    )


def map_at(t_s: float, *cells: PublishedCell) -> DensityMap:
    return DensityMap(
        utc_ns=round(t_s * NS_PER_S),
        epsg=2154,
        cells=cells,
        people=0.0,
        people_sigma=0.0,
        observed_share=1.0,
        made_by=MapMaker.GATE,
    )


def test_a_dense_place_is_told_when_it_has_held() -> None:
    watch = OverDensityWatch()
    told = [watch.take(map_at(t_s, cell(100))) for t_s in range(8)]
    assert [bool(events) for events in told] == [False] * int(PERSISTS_S) + [True] * (8 - int(PERSISTS_S))
    event = told[-1][0]
    assert (event.root, event.worst, event.level) == (root_of(LEAF), LEAF, Level.ALERT)
    assert event.density_per_m2 == pytest.approx(4.0)
    assert event.since_utc_ns == 0


def test_the_tightest_spot_of_a_listed_cell_raises_the_event_before_its_mean_does() -> None:
    watch = OverDensityWatch()
    told = [watch.take(map_at(t_s, cell(50)), {LEAF: 3.75}) for t_s in range(5)]
    assert not any(watch.take(map_at(t_s, cell(50))) for t_s in range(20, 30))
    [event] = told[-1]
    assert (event.worst, event.density_per_m2, event.level) == (LEAF, 3.75, Level.ALERT)
    critical = [watch.take(map_at(t_s, cell(50)), {LEAF: 4.6}) for t_s in range(40, 45)][-1]
    assert [(event.density_per_m2, event.level) for event in critical] == [(4.6, Level.CRITICAL)]
    elsewhere = OverDensityWatch()
    assert not any(elsewhere.take(map_at(t_s, cell(50)), {CellId(5, 0, 0): 9.0}) for t_s in range(10))
    few = OverDensityWatch()
    assert not any(few.take(map_at(t_s, cell(9)), {LEAF: 9.0}) for t_s in range(10))


def test_a_crowd_that_stands_is_told_from_the_threshold_on_and_one_that_grows_before() -> None:
    stands, grows = OverDensityWatch(), OverDensityWatch()
    assert not any(stands.take(map_at(t_s, cell(50)), {LEAF: 3.4}) for t_s in range(60))
    told = [grows.take(map_at(t_s, cell(50)), {LEAF: 2.0 + 0.1 * t_s}) for t_s in range(14)]
    assert [bool(events) for events in told].index(True) in range(8, 14)
    first = next(events[0] for events in told if events)
    assert first.level is Level.ALERT
    assert first.density_per_m2 < 3.5


def test_the_peaks_asked_are_those_of_leaves_that_are_seen(make_leaf: Callable[..., FusedCell]) -> None:
    leaves = [make_leaf(0, 0, 50.0, peak_per_m2=2.5), make_leaf(1, 0, 1.0), make_leaf(2, 0, 9.0, observed_share=0.4)]
    assert peaks_of(leaves) == {CellId(5, 0, 0): 2.5, CellId(5, 1, 0): 0.0}


def test_one_map_below_begins_anew_before_it_is_told_and_not_after() -> None:
    watch = OverDensityWatch()
    for t_s in range(int(PERSISTS_S)):
        assert not watch.take(map_at(t_s, cell(100)))
    assert not watch.take(map_at(5, cell(20)))
    told = [bool(watch.take(map_at(6 + t_s, cell(100)))) for t_s in range(int(PERSISTS_S) + 1)]
    assert told == [False] * int(PERSISTS_S) + [True]
    assert watch.take(map_at(12, cell(20)))
    assert not watch.take(map_at(18, cell(20)))


def test_cells_that_split_and_merge_stay_one_event() -> None:
    watch = OverDensityWatch()
    for t_s in range(12):
        dense = cell(100) if t_s % 2 else cell(420, at=LEAF.parent)
        events = watch.take(map_at(t_s, dense))
    assert len(events) == 1


@given(people=st.floats(0, MIN_PEOPLE - 0.01), share=st.floats(0.5, 1.0))
def test_fewer_than_ten_people_are_never_an_event(people: float, share: float) -> None:
    watch = OverDensityWatch()
    tiny = cell(people, share=share)
    assert not any(watch.take(map_at(t_s, tiny)) for t_s in range(20))


@pytest.mark.parametrize("state", [CellState.STALE, CellState.SUPPRESSED, CellState.UNOBSERVED])
def test_what_is_not_seen_now_raises_nothing(state: CellState) -> None:
    watch = OverDensityWatch()
    assert not any(watch.take(map_at(t_s, cell(200, state=state))) for t_s in range(20))


def test_little_of_a_cell_seen_raises_nothing_and_a_lower_bound_says_so() -> None:
    watch = OverDensityWatch()
    assert not any(watch.take(map_at(t_s, cell(60, share=0.4))) for t_s in range(20))
    saturated = [watch.take(map_at(30 + t_s, cell(150, state=CellState.SATURATED))) for t_s in range(7)]
    assert saturated[-1][0].lower_bound
    assert saturated[-1][0].level is Level.CRITICAL


@given(density=st.floats(3.5, 12))
def test_an_alert_never_tells_more_than_there_is_nor_less_than_half_a_person_per_m2_below(density: float) -> None:
    assert density - 0.5 < told_per_m2(density) <= density
    assert told_per_m2(density) >= 3.5
