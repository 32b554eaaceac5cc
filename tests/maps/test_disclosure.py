import math
from collections.abc import Callable
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.cells import MIN_CELL_COUNT, CellId, CellState, DensityMap, FusedCell, PublishedCell
from maps.disclosure import published, published_recording
from maps.errors import DisclosureError
from maps.tallies import CellTally

MakeLeaf = Callable[..., FusedCell]
NOW_NS = 1_790_000_000 * 10**9
S = 10**9

leaf_values = st.fixed_dictionaries(
    {
        "people": st.one_of(st.just(0.0), st.floats(0, 12), st.floats(0, 150)),
        "observed_share": st.sampled_from([1 / 16, 0.5, 1.0]),
        "seen_utc_ns": st.sampled_from([NOW_NS, NOW_NS - 15 * S, NOW_NS - 40 * S, NOW_NS + S]),
        "saturated": st.booleans(),
    }
)
crowds = st.dictionaries(st.tuples(st.integers(-4, 7), st.integers(-4, 7)), leaf_values, max_size=40)


def fused(make_leaf: MakeLeaf, crowd: dict[tuple[int, int], dict[str, Any]]) -> list[FusedCell]:
    return [make_leaf(east, north, **values) for (east, north), values in crowd.items()]


def square(make_leaf: MakeLeaf, people: list[float], **changes: Any) -> list[FusedCell]:
    """One 20 m cell: sixteen leaves, row by row from the south-west."""
    return [make_leaf(index % 4, index // 4, count, **changes) for index, count in enumerate(people)]


def figures(density_map: DensityMap) -> dict[str, float | None]:
    return {cell.cell.name: cell.people for cell in density_map.cells}


def leaves_of(cell: CellId) -> set[CellId]:
    return {cell} if cell.size_m == 5 else {leaf for child in cell.children for leaf in leaves_of(child)}


def has_figure(cell: PublishedCell) -> bool:
    return cell.state in {CellState.OBSERVED, CellState.STALE, CellState.SATURATED}


@settings(max_examples=120)
@given(crowds)
def test_no_published_cell_has_one_to_four_people(
    make_leaf: MakeLeaf, crowd: dict[tuple[int, int], dict[str, Any]]
) -> None:
    density_map = published(fused(make_leaf, crowd), NOW_NS, 2154)
    for cell in density_map.cells:
        if has_figure(cell):
            assert cell.people is not None
            assert cell.people == 0 or cell.people >= MIN_CELL_COUNT
            assert cell.people == int(cell.people)
        else:
            assert (cell.people, cell.people_sigma, cell.density_per_m2) == (None, None, None)


@settings(max_examples=120)
@given(crowds)
def test_no_figure_follows_from_the_others(make_leaf: MakeLeaf, crowd: dict[tuple[int, int], dict[str, Any]]) -> None:
    """No ground is published twice, so nothing can be subtracted; and a split cell hides no suppressed sibling."""
    density_map = published(fused(make_leaf, crowd), NOW_NS, 2154)
    grounds = [leaves_of(cell.cell) for cell in density_map.cells]
    assert sum(map(len, grounds)) == len(set().union(*grounds)) if grounds else True
    for cell in density_map.cells:
        assert cell.state is not CellState.SUPPRESSED or cell.cell.size_m == 20
    assert density_map.people == sum(cell.people or 0 for cell in density_map.cells)


@settings(max_examples=120)
@given(crowds)
def test_what_was_seen_is_told_and_nothing_else(
    make_leaf: MakeLeaf, crowd: dict[tuple[int, int], dict[str, Any]]
) -> None:
    area = shapely.box(-20, -20, 35, 40)
    leaves = fused(make_leaf, crowd)
    told = published(leaves, NOW_NS, 2154, area)
    seen = {leaf.cell for leaf in leaves if NOW_NS - leaf.seen_utc_ns <= 30 * S and leaf.cell.east_index < 7}
    ground = {leaf: cell for cell in told.cells for leaf in leaves_of(cell.cell)}
    assert seen <= set(ground)
    assert all(ground[leaf].state is not CellState.UNOBSERVED for leaf in seen)
    inside = {CellId(5, east, north) for east in range(-4, 7) for north in range(-4, 8)}
    assert inside <= set(ground), "unseen ground of the mission is told as unseen"
    for cell in told.cells:
        assert cell.state is CellState.UNOBSERVED or leaves_of(cell.cell) & seen
        assert 0 <= cell.observed_share <= 1
    assert 0 <= told.observed_share <= 1


def test_a_thin_crowd_is_told_at_twenty_metres(make_leaf: MakeLeaf) -> None:
    told = published(square(make_leaf, [0.4] * 16), NOW_NS, 2154)
    assert figures(told) == {"20/0/0": 6.0}
    assert told.people == 6.0
    assert told.cells[0].density_per_m2 == pytest.approx(6 / 400)
    assert told.cells[0].people_sigma == 1.4


def test_a_crowd_is_split_as_far_as_each_part_allows(make_leaf: MakeLeaf) -> None:
    people = [0.0] * 16
    people[0], people[5], people[2], people[3] = 9.0, 7.0, 3.0, 4.0
    told = published(square(make_leaf, people), NOW_NS, 2154)
    assert figures(told) == {
        "5/0/0": 9.0, "5/1/0": 0.0, "5/0/1": 0.0, "5/1/1": 7.0,
        "10/1/0": 7.0, "10/0/1": 0.0, "10/1/1": 0.0,
    }  # fmt: skip


def test_one_small_part_holds_the_whole_together(make_leaf: MakeLeaf) -> None:
    people = [0.0] * 16
    people[0], people[15] = 30.0, 1.0
    assert figures(published(square(make_leaf, people), NOW_NS, 2154)) == {"20/0/0": 31.0}


@pytest.mark.parametrize(
    ("people", "state", "figure"),
    [(0.0, "observed", 0.0), (0.49, "observed", 0.0), (0.5, "suppressed", None), (4.49, "suppressed", None),
     (4.5, "observed", 5.0)],
)  # fmt: skip
def test_whole_people_are_asked_of_k(make_leaf: MakeLeaf, people: float, state: str, figure: float | None) -> None:
    cell = published(square(make_leaf, [people] + [0.0] * 15), NOW_NS, 2154).cells[0]
    assert (cell.state, cell.people) == (state, figure)


@pytest.mark.parametrize(
    ("age_s", "state"), [(0, "observed"), (10, "observed"), (10.1, "stale"), (30, "stale"), (30.1, None)]
)
def test_figures_fade_and_go(make_leaf: MakeLeaf, age_s: float, state: str | None) -> None:
    told = published(square(make_leaf, [1.0] * 16, seen_utc_ns=NOW_NS - int(age_s * S)), NOW_NS, 2154)
    assert [cell.state.value for cell in told.cells] == ([state] if state else [])
    if state:
        assert told.cells[0].age_s == pytest.approx(age_s)


def test_a_cell_is_as_old_as_its_oldest_part(make_leaf: MakeLeaf) -> None:
    leaves = square(make_leaf, [1.0] * 16)
    leaves[3] = make_leaf(3, 0, 1.0, seen_utc_ns=NOW_NS - 12 * S, ce90_m=9.0, sources=("b",))
    cell = published(leaves, NOW_NS, 2154).cells[0]
    assert (cell.state, cell.age_s, cell.ce90_m, cell.sources) == ("stale", 12.0, 9.0, ("a", "b"))


def test_a_lower_bound_stays_one_all_the_way_up(make_leaf: MakeLeaf) -> None:
    leaves = square(make_leaf, [1.0] * 16)
    leaves[0] = make_leaf(0, 0, 60.0, saturated=True, seen_utc_ns=NOW_NS - 20 * S)
    assert [cell.state.value for cell in published(leaves, NOW_NS, 2154).cells] == ["saturated"]


def test_empty_ground_seen_in_part_shows_what_was_not_seen(make_leaf: MakeLeaf) -> None:
    told = published([make_leaf(0, 0, 0.0), make_leaf(1, 0, 0.0)], NOW_NS, 2154, shapely.box(0, 0, 20, 20))
    states = {cell.cell.name: cell.state.value for cell in told.cells}
    assert states == {
        "5/0/0": "observed", "5/1/0": "observed", "5/0/1": "unobserved", "5/1/1": "unobserved",
        "10/1/0": "unobserved", "10/0/1": "unobserved", "10/1/1": "unobserved",
    }  # fmt: skip
    assert told.observed_share == pytest.approx(2 / 16)
    assert figures(published(square(make_leaf, [0.0] * 16), NOW_NS, 2154)) == {"20/0/0": 0.0}


def test_without_a_camera_the_whole_area_is_unseen() -> None:
    told = published([], NOW_NS, 2154, shapely.box(0, 0, 60, 40))
    assert {cell.state for cell in told.cells} == {CellState.UNOBSERVED}
    assert len(told.cells) == 6
    assert (told.people, told.people_sigma, told.observed_share) == (0.0, 0.0, 0.0)
    nothing = published([], NOW_NS, 2154)
    assert (nothing.cells, nothing.observed_share) == ((), 0.0)


def test_a_vast_area_does_not_list_its_unseen_cells(make_leaf: MakeLeaf) -> None:
    told = published(square(make_leaf, [1.0] * 16), NOW_NS, 2154, shapely.box(0, 0, 5000, 5000))
    assert figures(told) == {"20/0/0": 16.0}
    assert told.observed_share == pytest.approx(400 / 25e6)


def test_leaves_outside_the_mission_are_left_out(make_leaf: MakeLeaf) -> None:
    told = published(square(make_leaf, [9.0] * 16), NOW_NS, 2154, shapely.box(0, 0, 10, 20))
    assert told.people == 8 * 9
    assert told.observed_share == 1.0


def test_suppressed_people_are_in_no_total(make_leaf: MakeLeaf) -> None:
    told = published([*square(make_leaf, [1.0] * 16), make_leaf(10, 10, 3.0)], NOW_NS, 2154)
    assert told.people == 16
    assert [cell.state.value for cell in told.cells] == ["observed", "suppressed"]


@pytest.mark.parametrize(
    "changes",
    [
        {"cell": CellId(10, 0, 0)},
        {"people": math.nan},
        {"people": -1.0},
        {"people": math.inf},
        {"variance": math.nan},
        {"variance": -1.0},
        {"observed_share": 0.0},
        {"observed_share": 1.2},
    ],
)
def test_broken_figures_publish_nothing(make_leaf: MakeLeaf, changes: dict[str, Any]) -> None:
    with pytest.raises(DisclosureError):
        published([make_leaf(0, 0, **{"people": 9.0, **changes})], NOW_NS, 2154)


@pytest.mark.parametrize("k", [0, 1, 4])
def test_k_cannot_be_lowered(k: int) -> None:
    with pytest.raises(DisclosureError, match="5 or more"):
        published([], NOW_NS, 2154, k=k)


def test_k_can_be_raised(make_leaf: MakeLeaf) -> None:
    told = published(square(make_leaf, [0.5] * 16), NOW_NS, 2154, k=10)
    assert told.cells[0].state is CellState.SUPPRESSED


def tally(people: float, mean: float, size_m: int, **changes: Any) -> CellTally:
    values: dict[str, Any] = {"variance": 0.5, "ce90_m": 2.0, "age_s": None, "sources": frozenset("a")}
    values |= {"saturated": False, "area_m2": float(size_m**2), "seen_m2": float(size_m**2), "people_mean": mean}
    return CellTally(people=people, **(values | changes))


def recording(tallies: dict[CellId, CellTally], mean: float, **more: Any) -> DensityMap:
    return published_recording(tallies, NOW_NS, 2154, people_mean=mean, people_sigma=1.0, covers_s=80.0, **more)


def test_a_recording_shows_busiest_moments_of_k_and_more() -> None:
    told = recording({CellId(20, 0, 0): tally(6.0, 3.4, 20), CellId(20, 1, 0): tally(4.0, 1.9, 20)}, 5.8)
    assert [(cell.state.value, cell.people, cell.people_mean) for cell in told.cells] == [
        ("observed", 6.0, 3.4),
        ("suppressed", None, None),
    ]
    assert (told.people, told.people_sigma, told.covers_s) == (5.8, 1.0, 80.0)


def test_a_recording_with_few_people_has_no_total() -> None:
    told = recording({CellId(20, 0, 0): tally(6.0, 3.4, 20)}, 4.4, mission_area=shapely.box(0, 0, 20, 20))
    assert (told.people, told.people_sigma, told.observed_share) == (0.0, 0.0, 0.0)
    assert recording({}, 0.0).cells == ()


def test_a_recording_is_split_by_busiest_moments() -> None:
    tens = {CellId(10, i, j): tally(5.0 * (i + j), 1.0, 10) for i in (0, 1) for j in (0, 1)}
    told = recording({CellId(20, 0, 0): tally(14.0, 4.0, 20), **tens}, 6.0)
    assert figures(told) == {"10/0/0": 0.0, "10/1/0": 5.0, "10/0/1": 5.0, "10/1/1": 10.0}
