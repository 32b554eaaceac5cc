"""What is known of one cell of any size before gate 2: leaves summed up, and whether a sum stands for too few. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

import shapely

from maps.area import cells_in_area
from maps.cells import CELL_SIZES_M, LEAF_SIZE_M, CellId, FusedCell
from maps.errors import DisclosureError

NS_PER_S: Final = 1_000_000_000
UNOBSERVED_AFTER_S: Final = 30.0
"""A figure older than this is no figure any more."""
WHOLE_SHARE: Final = 0.9
"""Empty cells seen less than this are split, so that what was not seen shows."""
LEAST_PEOPLE_PER_M2: Final = 0.1 / LEAF_SIZE_M**2
"""The error of ground with fewer people is stated as if these were there (as in `maps.fusion`)."""


class Crowd(Enum):
    """What gate 2 asks of a cell before anything else."""

    NONE = "none"
    FEW = "few"
    MANY = "many"


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
    found: int = 0
    """Detections in the newest looks; 0 where they are not kept."""
    noise_m2: float | None = None
    """Live maps: sum over leaves of variance per person times ground, which is the same wherever people stand."""


def whole_people(people: float) -> int:
    """Return an estimate as whole people, halves upwards; the figure that k is asked of.

    Raises:
        DisclosureError: it is no number of people.
    """
    if not 0 <= people < math.inf:
        raise DisclosureError(f"{people} people cannot be published; the counts are broken")
    return math.floor(people + 0.5)


def crowd_of(tally: CellTally, k: int, margin: int = 0) -> Crowd:
    """Say whether a cell holds nobody, too few for a figure, or enough.

    The estimate lags behind people who left, and a look at part of a leaf is scaled up to all of it: 3 people could
    be told as 5. So those who are found in the newest look are asked as well. `margin` is asked of the estimate alone.

    Raises:
        DisclosureError: the estimate is no number of people.
    """
    people = whole_people(tally.people)
    if people == 0 and tally.found == 0:
        return Crowd.NONE
    return Crowd.MANY if people >= k + margin and not 0 < tally.found < k else Crowd.FEW


def may_split(cell: CellId, tallies: Mapping[CellId, CellTally], k: int, margin: int = 0) -> bool:
    """Say whether each child is empty or has k people; empty cells split only to show what was not seen."""
    if cell.size_m == LEAF_SIZE_M:
        return False
    children = [crowd_of(tallies[child], k, margin) for child in cell.children if child in tallies]
    if not children or Crowd.FEW in children:
        return False
    tally = tallies[cell]
    crowd = crowd_of(tally, k, margin)
    return crowd is Crowd.MANY or (crowd is Crowd.NONE and share_seen(cell, tally) < WHOLE_SHARE)


def share_seen(cell: CellId, tally: CellTally) -> float:
    """Return how much of a cell was seen."""
    return min(tally.seen_m2 / cell.size_m**2, 1.0)


def age_s(tally: CellTally) -> float:
    """Return the age of a cell's oldest part; 0 in a recording."""
    return tally.age_s or 0.0


def live_tallies(
    leaves: Iterable[FusedCell], utc_ns: int, mission_area: shapely.Polygon | None
) -> dict[CellId, CellTally]:
    """Return what is known at an instant of the cells of all sizes that lie in the mission area and were seen lately.

    Raises:
        DisclosureError: a leaf is not 5 m wide, or holds figures that are none.
    """
    tallies = {leaf.cell: _tally_of_leaf(leaf, utc_ns) for leaf in leaves}
    fresh = {cell: tally for cell, tally in tallies.items() if age_s(tally) <= UNOBSERVED_AFTER_S}
    return _tallies_of_all_sizes(tallies_inside(fresh, mission_area))


def tallies_inside(
    tallies: Mapping[CellId, CellTally], mission_area: shapely.Polygon | None
) -> Mapping[CellId, CellTally]:
    """Return those with ground in the mission area; all without one."""
    if mission_area is None:
        return tallies
    inside = cells_in_area(tallies.keys(), mission_area)
    return {cell: tally for cell, tally in tallies.items() if cell in inside}


def _tally_of_leaf(leaf: FusedCell, utc_ns: int) -> CellTally:
    if leaf.cell.size_m != LEAF_SIZE_M:
        raise DisclosureError(f"cell {leaf.cell.name} is {leaf.cell.size_m} m wide, leaves are {LEAF_SIZE_M} m wide")
    if not 0 < leaf.observed_share <= 1 or not (0 <= leaf.variance < math.inf) or leaf.found < 0:
        raise DisclosureError(
            f"leaf {leaf.cell.name} has a share of {leaf.observed_share}, variance {leaf.variance}, {leaf.found} found"
        )
    area_m2 = leaf.observed_share * LEAF_SIZE_M**2
    return CellTally(
        people=leaf.people,
        variance=leaf.variance,
        area_m2=area_m2,
        seen_m2=area_m2,
        ce90_m=leaf.ce90_m,
        age_s=max(utc_ns - leaf.seen_utc_ns, 0) / NS_PER_S,
        sources=frozenset(leaf.sources),
        saturated=leaf.saturated,
        found=leaf.found,
        noise_m2=leaf.variance / max(leaf.people, LEAST_PEOPLE_PER_M2 * area_m2) * area_m2,
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
        people=sum([part.people for part in parts]),
        variance=sum([part.variance for part in parts]),
        area_m2=sum([part.area_m2 for part in parts]),
        seen_m2=sum([part.seen_m2 for part in parts]),
        ce90_m=max([part.ce90_m for part in parts]),
        age_s=max([age_s(part) for part in parts]),
        sources=parts[0].sources.union(*[part.sources for part in parts[1:]]),
        saturated=any(part.saturated for part in parts),
        found=sum([part.found for part in parts]),
        noise_m2=sum([part.noise_m2 or 0.0 for part in parts]),
    )


def stated_variance(tally: CellTally, people: int) -> float:
    """Return the variance that a published figure is told with.

    It follows from the figure and from how the ground was looked at, so that it tells nothing more of where in the
    cell people stand: the sum of the leaves' own variances would weigh them and could be solved for small parts.
    """
    if tally.noise_m2 is None:
        return tally.variance
    return tally.noise_m2 / tally.area_m2 * max(people, LEAST_PEOPLE_PER_M2 * tally.area_m2)
