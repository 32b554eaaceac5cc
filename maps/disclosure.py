"""GATE 2: fused leaves go in, the operator map comes out. The only maker of `PublishedCell` and `DensityMap`. Pure.

One quadtree of 20, 10 and 5 m cells. A cell is published at the coarsest size, and split only where each child is
empty or has at least k people, all figures rounded to whole people first. A parent never stands beside its children,
so no figure can be had by taking one from another. With 1 to k - 1 people a cell is suppressed: no figure at all.
Empty ground is split as well where it was seen in part, because unseen ground must never look empty.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import shapely

from maps.area import cells_in_area, roots_of_area
from maps.cells import (
    CELL_SIZES_M,
    LEAF_SIZE_M,
    MIN_CELL_COUNT,
    CellId,
    CellState,
    DensityMap,
    FusedCell,
    PublishedCell,
)
from maps.errors import DisclosureError

FADES_AFTER_S: Final = 10.0
"""A figure older than this is stale."""
UNOBSERVED_AFTER_S: Final = 30.0
"""A figure older than this is no figure any more."""
WHOLE_SHARE: Final = 0.9
"""Empty cells seen less than this are split, so that what was not seen shows."""
NS_PER_S: Final = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CellTally:
    """What is known of one cell of any size; inside the station only, before gate 2."""

    people: float
    """Estimate at one time: now, or in a recording at the busiest moment."""
    variance: float
    area_m2: float
    """Ground on which `people` were seen."""
    seen_m2: float
    """Ground seen; in a recording, at any time."""
    ce90_m: float
    age_s: float | None
    """Of the oldest part."""
    sources: frozenset[str]
    saturated: bool
    people_mean: float | None = None


def published(
    cells: Iterable[FusedCell],
    utc_ns: int,
    epsg: int,
    mission_area: shapely.Polygon | None = None,
    k: int = MIN_CELL_COUNT,
) -> DensityMap:
    """Return the operator map of one instant.

    Args:
        cells: Fused leaves, each at most once.
        utc_ns: The instant.
        epsg: CRS of the grid.
        mission_area: In that CRS. Leaves outside are left out; without it the share seen is that of the cells listed.
        k: Fewest people a figure may stand for; never below `MIN_CELL_COUNT`.

    Raises:
        DisclosureError: a leaf is not 5 m wide or holds figures that are none, or k is too small.
    """
    leaves = {cell.cell: _tally_of_leaf(cell, utc_ns) for cell in cells}
    fresh = {cell: tally for cell, tally in leaves.items() if _age_s(tally) <= UNOBSERVED_AFTER_S}
    tallies = _tallies_of_all_sizes(_inside(fresh, mission_area))
    listed = _published_cells(tallies, mission_area, k)
    return DensityMap(
        utc_ns=utc_ns,
        epsg=epsg,
        cells=listed,
        people=sum(cell.people or 0.0 for cell in listed),
        people_sigma=math.sqrt(sum((cell.people_sigma or 0.0) ** 2 for cell in listed)),
        observed_share=_share_seen(tallies, listed, mission_area),
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
    inside = _inside(tallies, mission_area)
    listed = _published_cells(inside, mission_area, k)
    shown = _whole(people_mean) >= k
    return DensityMap(
        utc_ns=utc_ns,
        epsg=epsg,
        cells=listed,
        people=people_mean if shown else 0.0,
        people_sigma=people_sigma if shown else 0.0,
        observed_share=_share_seen(inside, listed, mission_area),
        covers_s=covers_s,
    )


def _published_cells(
    tallies: Mapping[CellId, CellTally], mission_area: shapely.Polygon | None, k: int
) -> tuple[PublishedCell, ...]:
    if k < MIN_CELL_COUNT:
        raise DisclosureError(f"k is {k}, it must be {MIN_CELL_COUNT} or more")
    roots = {cell for cell in tallies if cell.size_m == CELL_SIZES_M[0]}
    if mission_area is not None:
        roots |= roots_of_area(mission_area)
    listed = [cell for root in sorted(roots) for cell in _published_below(root, tallies, k)]
    return _without_foreign_ground(listed, mission_area)


def _published_below(cell: CellId, tallies: Mapping[CellId, CellTally], k: int) -> Iterator[PublishedCell]:
    """Yield one cell, or the cells it is split into."""
    tally = tallies.get(cell)
    if tally is None:
        yield _unobserved(cell)
    elif cell.size_m > LEAF_SIZE_M and _may_split(cell, tally, tallies, k):
        for child in cell.children:
            yield from _published_below(child, tallies, k)
    else:
        yield _published(cell, tally, k)


def _may_split(cell: CellId, tally: CellTally, tallies: Mapping[CellId, CellTally], k: int) -> bool:
    """Say whether each child is empty or has k people; empty cells split only to show what was not seen."""
    children = [_whole(tallies[child].people) for child in cell.children if child in tallies]
    if _whole(tally.people) == 0:
        return _share(cell, tally) < WHOLE_SHARE and not any(children)
    return bool(children) and all(people == 0 or people >= k for people in children)


def _published(cell: CellId, tally: CellTally, k: int) -> PublishedCell:
    people = _whole(tally.people)
    if 0 < people < k:
        return _without_figure(cell, tally)
    return PublishedCell(
        cell=cell,
        state=_state(tally),
        people=float(people),
        people_sigma=math.sqrt(tally.variance),
        density_per_m2=people / tally.area_m2,
        observed_share=_share(cell, tally),
        age_s=tally.age_s,
        ce90_m=tally.ce90_m,
        sources=tuple(sorted(tally.sources)),
        people_mean=tally.people_mean,
    )


def _state(tally: CellTally) -> CellState:
    """Return the state of a cell with a figure; a lower bound stays one when it ages, and its age says the rest."""
    if tally.saturated:
        return CellState.SATURATED
    return CellState.STALE if _age_s(tally) > FADES_AFTER_S else CellState.OBSERVED


def _without_figure(cell: CellId, tally: CellTally) -> PublishedCell:
    return PublishedCell(
        cell=cell,
        state=CellState.SUPPRESSED,
        people=None,
        people_sigma=None,
        density_per_m2=None,
        observed_share=_share(cell, tally),
        age_s=tally.age_s,
        ce90_m=tally.ce90_m,
        sources=tuple(sorted(tally.sources)),
    )


def _unobserved(cell: CellId) -> PublishedCell:
    return PublishedCell(
        cell=cell,
        state=CellState.UNOBSERVED,
        people=None,
        people_sigma=None,
        density_per_m2=None,
        observed_share=0.0,
        age_s=None,
        ce90_m=None,
    )


def _tally_of_leaf(leaf: FusedCell, utc_ns: int) -> CellTally:
    if leaf.cell.size_m != LEAF_SIZE_M:
        raise DisclosureError(f"cell {leaf.cell.name} is {leaf.cell.size_m} m wide, leaves are {LEAF_SIZE_M} m wide")
    if not 0 < leaf.observed_share <= 1 or not (0 <= leaf.variance < math.inf):
        raise DisclosureError(f"leaf {leaf.cell.name} has a share of {leaf.observed_share}, variance {leaf.variance}")
    return CellTally(
        people=leaf.people,
        variance=leaf.variance,
        area_m2=leaf.observed_share * LEAF_SIZE_M**2,
        seen_m2=leaf.observed_share * LEAF_SIZE_M**2,
        ce90_m=leaf.ce90_m,
        age_s=max(utc_ns - leaf.seen_utc_ns, 0) / NS_PER_S,
        sources=frozenset(leaf.sources),
        saturated=leaf.saturated,
    )


def _tallies_of_all_sizes(leaves: Mapping[CellId, CellTally]) -> dict[CellId, CellTally]:
    """Return the leaves with the cells of 10 and 20 m that hold them."""
    tallies, finer = dict(leaves), leaves
    for _ in CELL_SIZES_M[1:]:
        parts: dict[CellId, list[CellTally]] = {}
        for cell, tally in finer.items():
            parts.setdefault(cell.parent, []).append(tally)
        finer = {cell: _together(children) for cell, children in parts.items()}
        tallies.update(finer)
    return tallies


def _together(parts: list[CellTally]) -> CellTally:
    return CellTally(
        people=sum(part.people for part in parts),
        variance=sum(part.variance for part in parts),
        area_m2=sum(part.area_m2 for part in parts),
        seen_m2=sum(part.seen_m2 for part in parts),
        ce90_m=max(part.ce90_m for part in parts),
        age_s=max(_age_s(part) for part in parts),
        sources=frozenset().union(*(part.sources for part in parts)),
        saturated=any(part.saturated for part in parts),
    )


def _whole(people: float) -> int:
    """Return an estimate as whole people, halves upwards; the figure that k is asked of."""
    if not 0 <= people < math.inf:
        raise DisclosureError(f"{people} people cannot be published; the counts are broken")
    return math.floor(people + 0.5)


def _age_s(tally: CellTally) -> float:
    return tally.age_s or 0.0


def _share(cell: CellId, tally: CellTally) -> float:
    return min(tally.seen_m2 / cell.size_m**2, 1.0)


def _share_seen(
    tallies: Mapping[CellId, CellTally], listed: tuple[PublishedCell, ...], mission_area: shapely.Polygon | None
) -> float:
    """Return the share of the mission area that was seen, or of the listed cells where there is no mission."""
    seen_m2 = sum(tally.seen_m2 for cell, tally in tallies.items() if cell.size_m == LEAF_SIZE_M)
    asked_m2 = float(mission_area.area) if mission_area else sum(float(cell.cell.size_m**2) for cell in listed)
    return min(seen_m2 / asked_m2, 1.0) if asked_m2 else 0.0


def _inside(tallies: Mapping[CellId, CellTally], mission_area: shapely.Polygon | None) -> Mapping[CellId, CellTally]:
    if mission_area is None:
        return tallies
    inside = cells_in_area(tallies.keys(), mission_area)
    return {cell: tally for cell, tally in tallies.items() if cell in inside}


def _without_foreign_ground(
    listed: list[PublishedCell], mission_area: shapely.Polygon | None
) -> tuple[PublishedCell, ...]:
    """Leave out unobserved cells outside the mission area: nobody may look there, so nothing is missing."""
    unseen = [cell.cell for cell in listed if cell.state is CellState.UNOBSERVED]
    inside = cells_in_area(unseen, mission_area) if mission_area else set()
    return tuple(cell for cell in listed if cell.state is not CellState.UNOBSERVED or cell.cell in inside)
