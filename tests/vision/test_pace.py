"""A camera's looks and counts stay within its share of the machine, and within their reach."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vision.pace import COUNT_INTERVALS_NS, COUNT_SHARE, LOOK_INTERVALS_NS, LOOK_SHARE, Pace, costed, paces

MS = 1_000_000


def test_before_the_first_run_the_shortest_interval_holds() -> None:
    look, count = paces(2.0)
    assert (look.interval_ns, count.interval_ns) == (LOOK_INTERVALS_NS[0], COUNT_INTERVALS_NS[0])


def test_a_dear_count_waits_longer_the_fewer_cores_there_are() -> None:
    one, four = (paces(core_share)[1] for core_share in (1.0, 4.0))
    for pace in (one, four):
        for _ in range(50):
            pace.ran(200 * MS)
    assert one.interval_ns == 2000 * MS
    assert four.interval_ns == COUNT_INTERVALS_NS[0]


@given(st.lists(st.integers(0, 10**10), min_size=1), st.floats(0.1, 64))
def test_no_cost_leads_out_of_the_limits(costs_ns: list[int], core_share: float) -> None:
    pace = Pace(share=LOOK_SHARE, core_share=core_share, intervals_ns=LOOK_INTERVALS_NS)
    for cost_ns in costs_ns:
        pace.ran(cost_ns)
        assert LOOK_INTERVALS_NS[0] <= pace.interval_ns <= LOOK_INTERVALS_NS[1]


@given(st.integers(1, 390 * MS), st.floats(0.5, 8))
def test_a_steady_count_takes_no_more_than_its_share(cost_ns: int, core_share: float) -> None:
    pace = Pace(share=COUNT_SHARE, core_share=core_share, intervals_ns=COUNT_INTERVALS_NS)
    for _ in range(5):
        pace.ran(cost_ns)
    if pace.interval_ns < COUNT_INTERVALS_NS[1]:
        assert cost_ns <= COUNT_SHARE * core_share * pace.interval_ns * 1.001


def test_a_run_costs_the_cpu_time_of_its_thread() -> None:
    def busy(number: int) -> int:
        return sum(range(number))

    value, cpu_ns = costed(busy, 2_000_000)
    assert value == sum(range(2_000_000))
    assert cpu_ns > 1 * MS
