from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.pose import CameraPose
from maps.counting import FALSE_ALARM_VARIANCE, counts_from_points
from maps.crs import MissionCrs
from maps.errors import CountingError
from maps.observation import ObservedLeaves, leaves_observed

MakePose = Callable[..., CameraPose]


@pytest.fixture(scope="module")
def leaves(make_pose: MakePose) -> ObservedLeaves:
    return leaves_observed(make_pose(), MissionCrs(2154), min_px_per_m=8)


def middle(leaves: ObservedLeaves, row: int, times: int = 1) -> tuple[np.ndarray, np.ndarray]:
    return np.full(times, leaves.east_index[row] * 5 + 2.5), np.full(times, leaves.north_index[row] * 5 + 2.5)


def full_row(leaves: ObservedLeaves) -> int:
    return int(np.flatnonzero(leaves.share == 1)[0])


def test_each_point_counts_once_in_its_leaf(leaves: ObservedLeaves) -> None:
    row = full_row(leaves)
    counts = counts_from_points("a", 7, leaves, *middle(leaves, row, 3))
    assert (counts.source, counts.utc_ns, counts.epsg, len(counts.cells)) == ("a", 7, 2154, len(leaves))
    assert [cell.people for cell in counts.cells if cell.people] == [3.0]
    assert counts.cells[row].cell == (5, leaves.east_index[row], leaves.north_index[row])
    assert counts.cells[row].variance == pytest.approx(FALSE_ALARM_VARIANCE)
    assert [cell.found for cell in counts.cells if cell.found] == [3]
    empty = counts.cells[row + 1]
    assert (empty.people, empty.saturated) == (0.0, False)
    assert empty.variance > 0


def test_recall_raises_people_and_variance(leaves: ObservedLeaves) -> None:
    row = full_row(leaves)
    counts = counts_from_points("a", 7, leaves, *middle(leaves, row, 4), recall=0.8)
    assert counts.cells[row].people == pytest.approx(5.0)
    assert counts.cells[row].variance == pytest.approx(4 * 0.2 / 0.64 + FALSE_ALARM_VARIANCE)
    mixed = counts_from_points("a", 7, leaves, *middle(leaves, row, 2), recall=np.array([0.5, 1.0]))
    assert mixed.cells[row].people == pytest.approx(3.0)


def test_thinning_states_the_error_it_makes(leaves: ObservedLeaves) -> None:
    """Monte-Carlo: with a recall of 0.7, 40 people are estimated without bias and with the stated variance."""
    rng, row = np.random.default_rng(5), full_row(leaves)
    cells = [
        counts_from_points("a", 7, leaves, *middle(leaves, row, rng.binomial(40, 0.7)), recall=0.7).cells[row]
        for _ in range(400)
    ]
    people = np.array([cell.people for cell in cells])
    assert people.mean() == pytest.approx(40, abs=0.7)
    assert people.var() == pytest.approx(np.mean([cell.variance for cell in cells]), rel=0.25)


def test_points_elsewhere_or_nowhere_are_dropped(leaves: ObservedLeaves) -> None:
    x, y = np.array([np.nan, 0.0, 1e9]), np.array([1.0, 0.0, 1e9])
    counts = counts_from_points("a", 7, leaves, x, y)
    assert sum(cell.people for cell in counts.cells) == 0


def test_boxes_that_hide_each_other_make_a_lower_bound(leaves: ObservedLeaves) -> None:
    row = full_row(leaves)
    for people, saturated in ((50, False), (51, True)):
        assert counts_from_points("a", 7, leaves, *middle(leaves, row, people)).cells[row].saturated is saturated
    more = counts_from_points("a", 7, leaves, *middle(leaves, row, 51), saturated_per_m2=4.0)
    assert not more.cells[row].saturated


@given(st.lists(st.tuples(st.integers(0, 300), st.floats(0, 3)), max_size=40), st.floats(0.2, 1.0))
def test_nobody_is_lost_or_made(leaves: ObservedLeaves, points: list[tuple[int, float]], recall: float) -> None:
    rows = np.array([row % len(leaves) for row, _ in points], dtype=int)
    weight = np.array([people for _, people in points])
    x, y = leaves.east_index[rows] * 5 + 2.5, leaves.north_index[rows] * 5 + 2.5
    counts = counts_from_points("a", 7, leaves, x, y, weight=weight, recall=recall)
    rounded = 0.0005 * max(len(points), 1)
    assert sum(cell.people for cell in counts.cells) == pytest.approx(weight.sum() / recall, abs=rounded)
    assert [cell.found for cell in counts.cells] == np.bincount(rows, minlength=len(leaves)).tolist()


def test_what_cannot_be_counted_is_refused(leaves: ObservedLeaves) -> None:
    x, y = middle(leaves, 0, 2)
    for recall in (0.0, 1.1, -1.0, float("nan")):
        with pytest.raises(CountingError, match="recall"):
            counts_from_points("a", 7, leaves, x, y, recall=recall)
    with pytest.raises(CountingError, match="one length"):
        counts_from_points("a", 7, leaves, x, y[:1])
    with pytest.raises(CountingError, match="one length"):
        counts_from_points("a", 7, leaves, x, y, recall=np.ones(3))
    with pytest.raises(CountingError, match="weight"):
        counts_from_points("a", 7, leaves, x, y, weight=np.array([1.0, -1.0]))
