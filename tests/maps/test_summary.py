from collections.abc import Callable

import numpy as np
import pytest
import shapely

from maps.cells import FusedCell
from maps.summary import Recording

MakeLeaf = Callable[..., FusedCell]
T0 = 1_790_000_000 * 10**9
FRAME_NS = 10**8


def frame(make_leaf: MakeLeaf, step: int, people: dict[tuple[int, int], float]) -> list[FusedCell]:
    """Sixteen leaves of one 20 m cell, of which some hold people."""
    utc_ns = T0 + step * FRAME_NS
    return [make_leaf(i, j, people.get((i, j), 0.0), seen_utc_ns=utc_ns) for i in range(4) for j in range(4)]


def test_few_people_are_one_busy_cell_and_a_mean_total(make_leaf: MakeLeaf) -> None:
    recording = Recording(2154)
    rng, totals = np.random.default_rng(2), []
    for step in range(200):
        leaves = frame(make_leaf, step, {tuple(rng.integers(0, 4, 2)): 1.0 for _ in range(rng.integers(4, 9))})
        totals.append(sum(leaf.people for leaf in leaves))
        recording.take(leaves, T0 + step * FRAME_NS)
    told = recording.published(shapely.box(0, 0, 20, 20))
    assert [cell.cell.name for cell in told.cells] == ["20/0/0"]
    assert told.cells[0].people == max(totals)
    assert told.cells[0].people_mean == pytest.approx(np.mean(totals))
    assert told.people == pytest.approx(np.mean(totals))
    assert told.covers_s == pytest.approx(19.9)
    assert told.observed_share == 1.0
    assert told.cells[0].density_per_m2 == pytest.approx(max(totals) / 400)


def test_people_who_never_gather_are_not_told(make_leaf: MakeLeaf) -> None:
    recording = Recording(2154)
    for step in range(100):
        recording.take(frame(make_leaf, step, {(step % 4, step // 4 % 4): 4.0}), T0 + step * FRAME_NS)
    told = recording.published()
    assert [(cell.state.value, cell.people, cell.people_mean) for cell in told.cells] == [("suppressed", None, None)]
    assert told.people == 0.0
    assert recording.people_mean == pytest.approx(4.0)


def test_one_walker_is_not_two_because_the_map_remembers(make_leaf: MakeLeaf) -> None:
    """The camera moves on: leaves it left keep their last figure in the live map, and must not be taken again."""
    recording = Recording(2154)
    left_behind = make_leaf(0, 0, 9.0, seen_utc_ns=T0)
    recording.take([left_behind], T0)
    recording.take([left_behind, make_leaf(40, 0, 9.0, seen_utc_ns=T0 + 5 * 10**9)], T0 + 5 * 10**9)
    assert recording.people_mean == pytest.approx(9.0)
    assert recording.published().people == pytest.approx(9.0)


def test_density_is_that_of_the_ground_seen_at_the_busiest_moment(make_leaf: MakeLeaf) -> None:
    recording = Recording(2154)
    recording.take([make_leaf(0, 0, 30.0, seen_utc_ns=T0)], T0)
    recording.take([make_leaf(i, 0, 7.0, seen_utc_ns=T0 + FRAME_NS) for i in range(1, 4)], T0 + FRAME_NS)
    cells = {cell.cell.name: cell for cell in recording.published().cells}
    assert cells["5/0/0"].density_per_m2 == pytest.approx(30 / 25)
    assert set(cells) == {"5/0/0", "5/1/0", "5/2/0", "5/3/0"}
    assert recording.published(shapely.box(0, 0, 20, 20)).observed_share == pytest.approx(4 / 16)


def test_a_lower_bound_and_the_worst_place_are_kept(make_leaf: MakeLeaf) -> None:
    recording = Recording(2154)
    recording.take([make_leaf(0, 0, 60.0, saturated=True, ce90_m=12.0, seen_utc_ns=T0)], T0)
    recording.take([make_leaf(0, 0, 9.0, ce90_m=2.0, sources=("b",), seen_utc_ns=T0 + 1)], T0 + 1)
    cell = recording.published().cells[0]
    assert (cell.state.value, cell.ce90_m, cell.sources, cell.age_s) == ("saturated", 12.0, ("a", "b"), None)


def test_a_map_for_which_nothing_came_bears_the_time_of_its_recording() -> None:
    assert Recording(2154, starts_utc_ns=T0).published().utc_ns == T0


def test_nothing_seen_is_an_empty_map(make_leaf: MakeLeaf) -> None:
    recording = Recording(2154)
    recording.take([], T0)
    told = recording.published()
    assert (told.cells, told.people, told.covers_s, told.observed_share) == ((), 0.0, 0.0, 0.0)
