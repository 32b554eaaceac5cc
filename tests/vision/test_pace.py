"""A camera's looks and counts stay within its share of the machine, and within their reach."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vision.pace import (
    COUNT_INTERVALS_NS,
    COUNT_SHARE,
    LOOK_INTERVALS_NS,
    LOOK_SHARE,
    STRAINED_COUNT_NS,
    STRAINED_IN_S,
    Pace,
    Strain,
    costed,
    paces,
)

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


def strained(seconds: float, *, left_out: int, fps: float = 25.0, strain: Strain | None = None) -> Strain:
    strain = strain or Strain()
    begun_ns = getattr(strain, "_last_utc_ns", None) or 0
    for number in range(1, round(seconds * fps) + 1):
        strain.took(begun_ns + round(number * 1e9 / fps), left_out=left_out)
    return strain


def test_where_frames_are_left_out_the_count_gives_way_within_seconds_and_comes_back_slowly() -> None:
    strain = strained(6, left_out=1)
    assert strain.level == 1.0
    assert 0 < strained(10, left_out=0, strain=strain).level < 1
    assert strained(60, left_out=0, strain=strain).level == 0.0


def test_a_single_frame_left_out_strains_nobody_for_long() -> None:
    strain = strained(5, left_out=0)
    strain.took(6_000_000_000, left_out=1)
    assert strained(60, left_out=0, strain=strain).level == 0.0


def test_a_clock_that_steps_counts_for_a_second_at_most() -> None:
    strain = strained(1, left_out=1)
    before = strain.level
    strain.took(10**18, left_out=5)
    strain.took(0, left_out=5)
    assert before <= strain.level <= before + 1 / STRAINED_IN_S


@given(st.integers(0, 10**10), st.floats(0.1, 64), st.floats(0, 1))
def test_strain_never_shortens_an_interval(cost_ns: int, core_share: float, level: float) -> None:
    pace = paces(core_share)[1]
    pace.ran(cost_ns)
    own_ns, strained_ns = pace.interval_ns, pace.strained_ns(level, STRAINED_COUNT_NS)
    assert own_ns <= strained_ns <= max(own_ns, STRAINED_COUNT_NS)
