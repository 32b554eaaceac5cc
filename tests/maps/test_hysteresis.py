"""Through time: what is hidden hides at once and one person early, what is shown comes back later and with more."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.cells import LEAF_SIZE_M, MIN_CELL_COUNT, CellId, CellState, DensityMap, FusedCell, PublishedCell
from maps.disclosure import LIVE_STEP, Disclosure, published
from maps.events import MIN_PEOPLE
from maps.hysteresis import SPLITS_AFTER_MAPS, Held, Hysteresis
from maps.tallies import Crowd, crowd_of, live_tallies

MakeLeaf = Callable[..., FusedCell]
NOW_NS = 1_790_000_000 * 10**9
S = 10**9
AREA = shapely.box(0, 0, 20, 20)
ROOT = CellId(20, 0, 0)
Leaves = dict[tuple[int, int], float]


class Seen:
    """A disclosure with the maps it gave, one a second."""

    def __init__(self, make_leaf: MakeLeaf) -> None:
        self.make_leaf = make_leaf
        self.disclosure = Disclosure(epsg=2154, mission_area=AREA)
        self.seconds = 0

    def next(self, people: Leaves, **changes: Any) -> DensityMap:
        utc_ns = NOW_NS + self.seconds * S
        self.seconds += 1
        leaves = [self.make_leaf(*place, count, seen_utc_ns=utc_ns, **changes) for place, count in people.items()]
        return self.disclosure.published(leaves, utc_ns)

    def root(self, people: float) -> float | None:
        """Return the figure of the root with people in one leaf of four."""
        told = self.next({(0, 0): people / 2, (1, 0): people / 2, (2, 2): 0.0})
        shown = {cell.state for cell in told.cells}
        assert CellState.UNOBSERVED in shown or told.cells[0].cell == ROOT
        return None if CellState.SUPPRESSED in shown else told.people


@pytest.fixture
def seen(make_leaf: MakeLeaf) -> Seen:
    return Seen(make_leaf)


def test_a_crowd_is_listed_for_the_watch_of_events_before_the_map_splits_around_it(seen: Seen) -> None:
    told = seen.next({(0, 0): 30.0, (1, 0): 9.0, (2, 2): 1.0})
    assert {cell.cell.size_m for cell in told.cells if cell.people} == {20}
    crowded = seen.disclosure.crowded()
    assert {cell.cell.name for cell in crowded.cells if cell.cell.size_m == LEAF_SIZE_M} == {
        CellId(LEAF_SIZE_M, 0, 0).name
    }
    assert all((cell.people or 0) >= MIN_PEOPLE for cell in crowded.cells)
    assert crowded.people == 30.0
    assert (crowded.utc_ns, crowded.few_at_most) == (told.utc_ns, MIN_PEOPLE - 1)


def test_the_watch_of_events_sees_the_same_where_no_map_was_asked_for(seen: Seen) -> None:
    leaves = [seen.make_leaf(*place, count, seen_utc_ns=NOW_NS) for place, count in {(0, 0): 30.0, (1, 0): 9.0}.items()]
    seen.disclosure.take(leaves, NOW_NS)
    alone = seen.disclosure.crowded()
    seen.disclosure.published(leaves, NOW_NS)
    assert alone == seen.disclosure.crowded()
    assert alone.people == 30.0


def listed(told: DensityMap) -> dict[str, float | None]:
    return {cell.cell.name: cell.people for cell in told.cells if cell.state is not CellState.UNOBSERVED}


def test_a_figure_goes_while_k_are_left_and_comes_back_two_later(seen: Seen) -> None:
    told = [seen.root(people) for people in (6, 5, 4, 5, 6, 7, 6, 5, 0, 6)]
    assert [figure is None for figure in told] == [False, True, True, True, True, False, False, True, False, False]


def test_a_cell_that_comes_into_view_is_told_at_once_and_with_the_margin(seen: Seen, make_leaf: MakeLeaf) -> None:
    assert listed(seen.next({(0, 0): 9.0, (3, 3): 6.0})) == {"5/0/0": 9.0, "5/3/3": 6.0}
    assert listed(Seen(make_leaf).next({(0, 0): 5.0})) == {"20/0/0": None}


def test_a_crowd_is_split_after_some_maps_and_merged_at_once(seen: Seen) -> None:
    small, large = {(0, 0): 9.0, (3, 3): 6.0}, {(0, 0): 9.0, (3, 3): 7.0}
    seen.next({(0, 0): 9.0, (3, 3): 3.0})
    told = [listed(seen.next(large)) for _ in range(SPLITS_AFTER_MAPS)]
    assert told[:-1] == [{"20/0/0": 15.0}] * (SPLITS_AFTER_MAPS - 1)
    assert told[-1] == {"5/0/0": 9.0, "5/3/3": 7.0}
    assert listed(seen.next(small)) == {"5/0/0": 9.0, "5/3/3": 6.0}, "split stays from k + 1"
    assert listed(seen.next({(0, 0): 9.0, (3, 3): 5.0})) == {"20/0/0": 15.0}
    assert listed(seen.next(small)) == {"20/0/0": 15.0}


def test_one_map_that_is_not_ready_starts_the_wait_anew(seen: Seen) -> None:
    ready, not_ready = {(0, 0): 9.0, (3, 3): 7.0}, {(0, 0): 9.0, (3, 3): 6.0}
    seen.next({(0, 0): 9.0, (3, 3): 3.0})
    for people in [*[ready] * (SPLITS_AFTER_MAPS - 1), not_ready, *[ready] * (SPLITS_AFTER_MAPS - 1)]:
        assert list(listed(seen.next(people))) == ["20/0/0"]
    assert len(listed(seen.next(ready))) == 2


def test_empty_ground_shows_what_was_not_seen_at_once(seen: Seen) -> None:
    seen.next({(0, 0): 3.0})
    told = seen.next({(0, 0): 0.0})
    assert told.cells[0].cell == CellId(5, 0, 0)
    assert {cell.state.value for cell in told.cells[1:]} == {"unobserved"}


@pytest.mark.parametrize(("people", "saturated", "figure"), [
    (7, False, 5.0), (8, False, 10.0), (12, False, 10.0), (13, False, 15.0), (14, True, 10.0),
])  # fmt: skip
def test_cells_that_stay_whole_are_told_in_steps(seen: Seen, people: int, saturated: bool, figure: float) -> None:
    told = seen.next({(0, 0): people - 3.0, (3, 3): 3.0}, saturated=saturated)
    assert (told.cells[0].people, told.people, told.cells[0].density_per_m2) == (figure, figure, figure / 50)
    assert told.cells[0].people_sigma == pytest.approx(told.people_sigma)
    assert told.people_sigma > 1.4, "the rounding is in the error"
    assert told.few_at_most == 6


def test_whoever_is_found_is_asked_as_well(seen: Seen, make_leaf: MakeLeaf) -> None:
    """Three who are seen in a part of a leaf, or of whom six have left, may be estimated at seven."""
    assert listed(seen.next({(0, 0): 7.4}, found=3)) == {"20/0/0": None}
    assert listed(Seen(make_leaf).next({(0, 0): 7.4}, found=5)) == {"5/0/0": 7.0}
    assert listed(Seen(make_leaf).next({(0, 0): 0.3}, found=1)) == {"20/0/0": None}
    only = live_tallies([make_leaf(0, 0, 7.4, found=3)], NOW_NS, None)[ROOT]
    assert crowd_of(only, MIN_CELL_COUNT) is Crowd.FEW


def test_only_cells_on_the_map_are_remembered(make_leaf: MakeLeaf) -> None:
    hysteresis = Hysteresis(MIN_CELL_COUNT)
    for east in range(0, 400, 4):
        hysteresis.take(live_tallies([make_leaf(east, 0, 9.0)], NOW_NS, None))
    assert len(hysteresis) == 2
    assert hysteresis.take({}) == Held(split=frozenset(), hidden=frozenset())
    assert len(hysteresis) == 0


counts = st.lists(st.integers(0, 14).map(float), min_size=6, max_size=6)
PLACES = ((0, 0), (1, 0), (1, 1), (2, 0), (0, 3), (3, 3))


@settings(max_examples=60)
@given(st.lists(counts, min_size=2, max_size=9))
def test_the_live_map_is_never_finer_than_one_map_alone(make_leaf: MakeLeaf, people: list[list[float]]) -> None:
    """The private side wins at once: each map of a sequence keeps the rule of a single one."""
    seen = Seen(make_leaf)
    for counted in people:
        told = seen.next(dict(zip(PLACES, counted, strict=True)))
        leaves = [make_leaf(*place, count) for place, count in zip(PLACES, counted, strict=True)]
        alone = {cell.cell: cell for cell in published(leaves, NOW_NS, 2154, AREA).cells}
        for cell in told.cells:
            if cell.cell.size_m == 5 and cell.people is not None:
                assert alone[cell.cell].people == cell.people
            assert cell.people is None or cell.people == 0 or cell.people >= MIN_CELL_COUNT
            assert cell.cell.size_m == 5 or (cell.people or 0) % LIVE_STEP == 0
        assert told.people == sum(cell.people or 0 for cell in told.cells)


# An attacker who knows the program, each camera's view, and that people come, go and step over one by one.

State = tuple[int, ...]
Guess = tuple[State, tuple[Any, ...]]
"""What may be there, and what the disclosure then remembers."""


class Attacker:
    """Keeps every state of the world that explains all maps so far; the strongest there can be of this kind."""

    def __init__(self, make_leaf: MakeLeaf, places: tuple[tuple[int, int], ...], most: int) -> None:
        self._make_leaf = make_leaf
        self.places = places
        self._most = most
        self._known: dict[Guess, tuple[tuple[PublishedCell, ...], tuple[Any, ...]]] = {}
        self.guesses: set[Guess] = {(state, ()) for state in product(range(most + 1), repeat=len(places))}

    def told(self, guess: Guess) -> tuple[tuple[PublishedCell, ...], tuple[Any, ...]]:
        """Return the map that the real disclosure makes of a state, and what it remembers then."""
        if guess not in self._known:
            state, past = guess
            disclosure = Disclosure(epsg=2154, mission_area=AREA)
            disclosure._hysteresis._cells = dict(past)
            leaves = [
                self._make_leaf(*place, float(people), variance=0.1 * (1 + number) * max(people, 0.1))
                for number, (place, people) in enumerate(zip(self.places, state, strict=True))
            ]
            cells = disclosure.published(leaves, NOW_NS).cells
            self._known[guess] = cells, tuple(sorted(disclosure._hysteresis._cells.items(), key=lambda item: item[0]))
        return self._known[guess]

    def steps(self, state: State) -> Iterator[State]:
        """Yield what one second can make of a state."""
        yield state
        for place, change in product(range(len(state)), (-1, 1)):
            other = (*state[:place], state[place] + change, *state[place + 1 :])
            if 0 <= other[place] <= self._most:
                yield other

    def look(self, cells: tuple[PublishedCell, ...]) -> None:
        """Drop the states that do not explain a map."""
        explained = [(state, self.told((state, past))) for state, past in self.guesses]
        self.guesses = {(state, remembered) for state, (shown, remembered) in explained if shown == cells}

    def wait(self) -> None:
        self.guesses = {(state, past) for before, past in self.guesses for state in self.steps(before)}

    def pinned(self) -> dict[tuple[int, ...], int]:
        """Return the groups of leaves of which the number of people is known for certain."""
        groups = [(0,), (1,), (0, 1)]
        sums = {group: {sum(state[place] for place in group) for state, _ in self.guesses} for group in groups}
        return {group: min(found) for group, found in sums.items() if len(found) == 1}


@pytest.mark.parametrize("places", [((0, 0), (1, 0)), ((0, 0), (3, 3))])
def test_no_single_map_pins_down_a_small_group(make_leaf: MakeLeaf, places: tuple[tuple[int, int], ...]) -> None:
    """Every crowd of up to 14 in two leaves: what explains its map is never one small number."""
    attacker = Attacker(make_leaf, places, most=14)
    everything = attacker.guesses
    for cells in {attacker.told(guess)[0] for guess in everything}:
        attacker.guesses = everything
        attacker.look(cells)
        assert not [people for people in attacker.pinned().values() if 0 < people < MIN_CELL_COUNT]


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([((0, 0), (1, 0)), ((0, 0), (3, 3))]),
    st.tuples(st.integers(0, 9), st.integers(0, 9)),
    st.lists(st.tuples(st.integers(0, 1), st.sampled_from([-1, -1, 0, 1, 1])), max_size=14),
)
def test_nobody_who_comes_or_goes_alone_is_pinned_down(
    make_leaf: MakeLeaf, places: tuple[tuple[int, int], ...], start: State, walk: list[tuple[int, int]]
) -> None:
    """Except where a place was empty a second ago: that it is not empty any more is told, and the first one is one."""
    attacker = Attacker(make_leaf, places, most=10)
    state, past = start, ()
    cells, past = attacker.told((state, past))
    attacker.look(cells)
    for place, change in walk:
        empty = {group for group, people in attacker.pinned().items() if people == 0}
        moved = list(state)
        moved[place] = min(max(moved[place] + change, 0), 10)
        state = tuple(moved)
        cells, past = attacker.told((state, past))
        attacker.wait()
        attacker.look(cells)
        assert any(guess[0] == state for guess in attacker.guesses)
        small = {group for group, people in attacker.pinned().items() if 0 < people < MIN_CELL_COUNT}
        assert all(any(set(part) <= set(group) for part in empty) for group in small), (state, attacker.pinned())


def test_the_attacker_would_find_the_last_to_leave_without_the_margins(
    make_leaf: MakeLeaf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maps.hysteresis.STAY_MARGIN", 0)
    monkeypatch.setattr("maps.hysteresis.RETURN_MARGIN", 0)
    attacker = Attacker(make_leaf, ((0, 0), (1, 0)), most=10)
    cells, past = attacker.told(((5, 0), ()))
    attacker.look(cells)
    attacker.wait()
    attacker.look(attacker.told(((4, 0), past))[0])
    assert 4 in attacker.pinned().values()
