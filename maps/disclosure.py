"""GATE 2, operator level: fused leaves go in, the map comes out. The only maker of `PublishedCell` and `DensityMap`.

Gate 2 has two levels. This is the operator's: exact, without noise, for those who must see a crush. The public's, with
noise that hides every single detection, is `maps.public`.

One quadtree of 20, 10 and 5 m cells. A cell is published at the coarsest size, and split only where each child is
empty or has at least k people, all figures rounded to whole people first. A parent never stands beside its children,
so no figure can be had by taking one from another. With 1 to k - 1 people a cell is suppressed: no figure at all.
Empty ground is split as well where it was seen in part, because unseen ground must never look empty.

What else stands in a map tells nothing of where people are: areas, ages, positions' errors and cameras follow from how
the ground was looked at, the error from that and the figure, totals from the cells listed. `Disclosure` adds what the
live map needs against differencing through time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import shapely

from maps.area import KnownCells, roots_of_area
from maps.cells import (
    CELL_SIZES_M,
    LEAF_SIZE_M,
    MIN_CELL_COUNT,
    CellId,
    CellState,
    DensityMap,
    FusedCell,
    MapMaker,
    PublishedCell,
)
from maps.common_error import sigma_of_total, with_common
from maps.errors import DisclosureError
from maps.events import MIN_PEOPLE
from maps.hysteresis import RETURN_MARGIN, Held, Hysteresis
from maps.listing import share_of_area, without_foreign_ground
from maps.tallies import (
    CellTally,
    Crowd,
    age_s,
    crowd_of,
    live_tallies,
    may_split,
    share_seen,
    stated_variance,
    tallies_inside,
    whole_people,
)

FADES_AFTER_S: Final = 10.0
"""A figure older than this is stale."""
LIVE_STEP: Final = MIN_CELL_COUNT
"""Live cells that are not split are told to the nearest multiple of this.

A cell stays whole because a part of it is too small, or was; told exactly, the other parts a moment before or after
would give that part away. On the 100 m2 of the smallest such cell it is at most 0.02 people/m2.
"""
SIGMA_PLACES: Final = 10
"""Errors are told upwards to tenths of a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """How the cells of one map are told."""

    k: int
    held: Held
    step: int = 1
    """Figures of cells that are not split are multiples of this."""
    margin: int = 0
    """A cell may be hidden with so many people more than k - 1."""


def published(
    cells: Iterable[FusedCell],
    utc_ns: int,
    epsg: int,
    mission_area: shapely.Polygon | None = None,
    k: int = MIN_CELL_COUNT,
) -> DensityMap:
    """Return the operator map of one instant, by itself; a map that follows another is `Disclosure`'s.

    Args:
        cells: Fused leaves, each at most once.
        utc_ns: The instant.
        epsg: CRS of the grid.
        mission_area: In that CRS. Leaves outside are left out; without it the share seen is that of the cells listed.
        k: Fewest people a figure may stand for; never below `MIN_CELL_COUNT`.

    Raises:
        DisclosureError: a leaf is not 5 m wide or holds figures that are none, or k is too small.
    """
    tallies = live_tallies(cells, utc_ns, mission_area)
    return _live_map(tallies, utc_ns, epsg, mission_area, _Rule(k=k, held=_held_now(tallies, k)))


class Disclosure:
    """The operator level of one mission through time; one owner asks for its maps, in order."""

    def __init__(self, *, epsg: int, mission_area: shapely.Polygon) -> None:
        """Begin without a past; `epsg` is the CRS of the grid and of the area."""
        self._epsg = epsg
        self._area = mission_area
        self._known = KnownCells(mission_area)
        self._hysteresis = Hysteresis(MIN_CELL_COUNT)
        self._newest: tuple[dict[CellId, CellTally], int] = {}, 0

    def published(self, cells: Iterable[FusedCell], utc_ns: int) -> DensityMap:
        """Return the next operator map: never finer than `published` would have it, rounded where it is coarser.

        Args:
            cells: Fused leaves, each at most once.
            utc_ns: Their instant.

        Raises:
            DisclosureError: a leaf is not 5 m wide or holds figures that are none.
        """
        self.take(cells, utc_ns)
        held = self._hysteresis.take(self._newest[0])
        rule = _Rule(k=MIN_CELL_COUNT, held=held, step=LIVE_STEP, margin=RETURN_MARGIN)
        return _live_map(self._newest[0], utc_ns, self._epsg, self._area, rule)

    def take(self, cells: Iterable[FusedCell], utc_ns: int) -> None:
        """Take in what `crowded` is asked of, where nobody asks for a map; raises as `published` does."""
        leaves = list(cells)
        inside = self._known.inside([leaf.cell for leaf in leaves])
        self._newest = live_tallies((leaf for leaf in leaves if leaf.cell in inside), utc_ns, None), utc_ns

    def crowded(self) -> DensityMap:
        """Return each newest cell, of any size, with `MIN_PEOPLE` or more: for `maps.events` alone.

        A crush must neither wait until the live map splits, nor be thinned out because a few people stand beside it.
        This map is not served; an alert tells one cell of it and a density rounded down (`maps.events.told_per_m2`).
        """
        tallies, utc_ns = self._newest
        rule = _Rule(k=MIN_PEOPLE, held=Held(split=frozenset(), hidden=frozenset()))
        many = {cell: tally for cell, tally in tallies.items() if crowd_of(tally, MIN_PEOPLE) is Crowd.MANY}
        shown = tuple(_published(cell, many[cell], rule) for cell in sorted(many))
        leaves = [cell for cell in shown if cell.cell.size_m == LEAF_SIZE_M]
        return DensityMap(
            made_by=MapMaker.GATE,
            utc_ns=utc_ns,
            epsg=self._epsg,
            cells=shown,
            people=sum(cell.people or 0.0 for cell in leaves),
            people_sigma=sigma_of_total((cell.people or 0.0, cell.people_sigma or 0.0) for cell in leaves),
            observed_share=share_of_area(tallies, shown, self._area),
            few_at_most=MIN_PEOPLE - 1,
        )


def _live_map(
    tallies: Mapping[CellId, CellTally], utc_ns: int, epsg: int, mission_area: shapely.Polygon | None, rule: _Rule
) -> DensityMap:
    listed = _published_cells(tallies, mission_area, rule)
    return DensityMap(
        made_by=MapMaker.GATE,
        utc_ns=utc_ns,
        epsg=epsg,
        cells=listed,
        people=sum(cell.people or 0.0 for cell in listed),
        people_sigma=sigma_of_total((cell.people or 0.0, cell.people_sigma or 0.0) for cell in listed),
        observed_share=share_of_area(tallies, listed, mission_area),
        few_at_most=rule.k - 1 + rule.margin,
    )


def published_recording(
    tallies: Mapping[CellId, CellTally],
    utc_ns: int,
    epsg: int,
    *,
    people_mean: float,
    people_sigma: float,
    covers_s: float,
    mission_area: shapely.Polygon | None = None,
    k: int = MIN_CELL_COUNT,
) -> DensityMap:
    """Return the operator map of a whole recording.

    Args:
        tallies: One for each cell of all three sizes that was ever seen; `people` is its busiest moment.
        utc_ns: End of the recording.
        epsg: CRS of the grid.
        people_mean: Mean over time of all people seen at once; published when it rounds to k or more, else 0.
        people_sigma: Of `people_mean`.
        covers_s: Length of the recording.
        mission_area: As in `published`.
        k: As in `published`.

    Raises:
        DisclosureError: figures that are none, or k is too small.
    """
    inside = tallies_inside(tallies, mission_area)
    listed = _published_cells(inside, mission_area, _Rule(k=k, held=_held_now(inside, k)))
    shown = whole_people(people_mean) >= k
    return DensityMap(
        made_by=MapMaker.GATE,
        utc_ns=utc_ns,
        epsg=epsg,
        cells=listed,
        people=people_mean if shown else 0.0,
        people_sigma=people_sigma if shown else 0.0,
        observed_share=share_of_area(inside, listed, mission_area),
        covers_s=covers_s,
    )


def _held_now(tallies: Mapping[CellId, CellTally], k: int) -> Held:
    """Return which cells are split by one map alone."""
    return Held(split=frozenset(cell for cell in tallies if may_split(cell, tallies, k)), hidden=frozenset())


def _published_cells(
    tallies: Mapping[CellId, CellTally], mission_area: shapely.Polygon | None, rule: _Rule
) -> tuple[PublishedCell, ...]:
    if rule.k < MIN_CELL_COUNT:
        raise DisclosureError(f"k is {rule.k}, it must be {MIN_CELL_COUNT} or more")
    roots = {cell for cell in tallies if cell.size_m == CELL_SIZES_M[0]}
    if mission_area is not None:
        roots |= roots_of_area(mission_area)
    listed = [cell for root in sorted(roots) for cell in _published_below(root, tallies, rule)]
    return without_foreign_ground(listed, mission_area)


def _published_below(cell: CellId, tallies: Mapping[CellId, CellTally], rule: _Rule) -> Iterator[PublishedCell]:
    """Yield one cell, or the cells it is split into."""
    tally = tallies.get(cell)
    if tally is None:
        yield _unobserved(cell)
    elif cell in rule.held.split:
        for child in cell.children:
            yield from _published_below(child, tallies, rule)
    else:
        yield _published(cell, tally, rule)


def _published(cell: CellId, tally: CellTally, rule: _Rule) -> PublishedCell:
    if cell in rule.held.hidden or crowd_of(tally, rule.k) is Crowd.FEW:
        return _without_figure(cell, tally)
    people = whole_people(tally.people)
    step = rule.step if cell.size_m > LEAF_SIZE_M and people else 1
    upwards = 0 if tally.saturated else step // 2  # a lower bound stays one
    people = (people + upwards) // step * step
    variance = with_common(stated_variance(tally, people) + (step**2 - 1) / 12, people)
    return PublishedCell(
        made_by=MapMaker.GATE,
        cell=cell,
        state=_state(tally),
        people=float(people),
        people_sigma=math.ceil(math.sqrt(variance) * SIGMA_PLACES) / SIGMA_PLACES,
        density_per_m2=people / tally.area_m2,
        observed_share=share_seen(cell, tally),
        age_s=tally.age_s,
        ce90_m=tally.ce90_m,
        sources=tuple(sorted(tally.sources)),
        people_mean=tally.people_mean,
    )


def _state(tally: CellTally) -> CellState:
    """Return the state of a cell with a figure; a lower bound stays one when it ages, and its age says the rest."""
    if tally.saturated:
        return CellState.SATURATED
    return CellState.STALE if age_s(tally) > FADES_AFTER_S else CellState.OBSERVED


def _without_figure(cell: CellId, tally: CellTally) -> PublishedCell:
    return PublishedCell(
        made_by=MapMaker.GATE,
        cell=cell,
        state=CellState.SUPPRESSED,
        people=None,
        people_sigma=None,
        density_per_m2=None,
        observed_share=share_seen(cell, tally),
        age_s=tally.age_s,
        ce90_m=tally.ce90_m,
        sources=tuple(sorted(tally.sources)),
    )


def _unobserved(cell: CellId) -> PublishedCell:
    return PublishedCell(
        made_by=MapMaker.GATE,
        cell=cell,
        state=CellState.UNOBSERVED,
        people=None,
        people_sigma=None,
        density_per_m2=None,
        observed_share=0.0,
        age_s=None,
        ce90_m=None,
    )
