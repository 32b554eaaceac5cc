from groundstation.history.history import IN_MEMORY, INTERVAL_S, MAX_MAPS_AT_ONCE, DensityHistory
from groundstation.instants import NS_PER_S


def filled(seconds: int) -> DensityHistory:
    history = DensityHistory()
    for second in range(seconds):
        history.put(second * NS_PER_S, {"second": second})
    return history


def test_keeps_one_map_an_interval() -> None:
    assert [entry["second"] for entry in filled(35).between(0, 100 * NS_PER_S, step_s=1)] == [0, 10, 20, 30]


def test_a_span_is_half_open_and_thinned_by_the_step() -> None:
    maps = filled(100).between(10 * NS_PER_S, 70 * NS_PER_S, step_s=25)
    assert [entry["second"] for entry in maps] == [10, 40]


def test_is_bounded_in_time_and_in_one_answer() -> None:
    history = DensityHistory()
    for step in range(3 * IN_MEMORY.kept_s // INTERVAL_S):
        history.put(step * INTERVAL_S * NS_PER_S, {"step": step})
    assert len(history) == IN_MEMORY.kept_s // INTERVAL_S + 1
    assert len(history.between(0, 10**18, step_s=0)) == MAX_MAPS_AT_ONCE


def test_maps_of_a_clock_that_was_set_back_are_dropped_and_history_goes_on() -> None:
    history = filled(100)
    history.put(45 * NS_PER_S, {"second": -45})
    history.put(55 * NS_PER_S, {"second": -55})
    assert [entry["second"] for entry in history.between(0, 10**12, step_s=0)] == [0, 10, 20, 30, 40, -55]
