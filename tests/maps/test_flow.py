"""Flow per cell: means over enough people, of nobody alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.cells import MIN_CELL_COUNT, CellFlow, CellId
from maps.errors import CountingError
from maps.flow import LEAST_VARIANCE, flows_from_velocities


def people_at(*places: tuple[float, float, float, float]) -> tuple[CellFlow, ...]:
    return flows_from_velocities(*np.array(places, np.float64).reshape(-1, 4).T.copy())


def test_a_cell_tells_the_mean_of_its_people() -> None:
    walkers = [(12.0 + step, 34.0, 1.0 + 0.1 * step, -0.5) for step in range(6)]
    (flow,) = people_at(*walkers)
    assert (flow.cell, flow.people) == (CellId(10, 1, 3), 6)
    assert (flow.east_m_s, flow.north_m_s) == (1.2, -0.5)
    # spread of 0 to 0.5 in steps of a tenth, on one of two axes, over six people
    assert flow.variance == pytest.approx(0.035 / 2 / 6, abs=0.001)


def test_fewer_than_k_tell_nothing_whoever_else_is_near() -> None:
    few = [(1.0, 1.0, 1.0, 0.0)] * (MIN_CELL_COUNT - 1)
    beside = [(11.0, 1.0, 1.0, 0.0)] * MIN_CELL_COUNT
    unknown = [(1.0, 1.0, np.nan, np.nan), (np.nan, np.nan, 1.0, 1.0)]
    assert [flow.cell for flow in people_at(*few, *beside, *unknown)] == [CellId(10, 1, 0)]
    assert people_at() == ()


def test_people_alike_are_no_surer_than_the_ground() -> None:
    (flow,) = people_at(*[(1.0, 1.0, 0.04, -0.04)] * 9)
    assert (flow.east_m_s, flow.north_m_s) == (0.0, 0.0)
    assert str(flow.north_m_s) == "0.0"
    assert flow.variance == round(LEAST_VARIANCE, 3)


def test_arrays_of_different_length_are_refused() -> None:
    two, three = np.zeros(2), np.zeros(3)
    with pytest.raises(CountingError, match="one length"):
        flows_from_velocities(two, two, three, two)


@given(
    st.lists(
        st.tuples(st.floats(-9, 9), st.floats(-9, 9), st.floats(-7, 7), st.floats(-7, 7)), min_size=20, max_size=60
    )
)
def test_each_flow_stands_for_k_people_or_more_of_its_own_cell(people: list[tuple[float, float, float, float]]) -> None:
    east_m, north_m, east_m_s, north_m_s = np.array(people, np.float64).T.copy()
    for flow in flows_from_velocities(east_m, north_m, east_m_s, north_m_s):
        _, east, north = flow.cell
        own = (np.floor(east_m / 10) == east) & (np.floor(north_m / 10) == north)
        assert flow.people == own.sum() >= MIN_CELL_COUNT
        kept = sorted(east_m_s[own])[max(1, own.sum() // 5) : -max(1, own.sum() // 5)]
        assert flow.east_m_s == pytest.approx(sum(kept) / len(kept), abs=0.051)


@given(st.floats(-7, 7), st.integers(MIN_CELL_COUNT, 30))
def test_nobody_alone_decides_what_a_cell_tells(speed: float, people: int) -> None:
    walkers = [(1.0, 1.0, 1.0, 0.0)] * (people - 1)
    (flow,) = people_at(*walkers, (1.0, 1.0, speed, speed))
    assert (flow.east_m_s, flow.north_m_s) == (1.0, 0.0)
