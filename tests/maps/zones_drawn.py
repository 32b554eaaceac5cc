"""Zones and published maps for tests: drawn ones, and the smallest that show a rule."""

from __future__ import annotations

from typing import Any

import shapely
from hypothesis import strategies as st

from maps.cells import CellId, CellState, DensityMap, FusedCell, MapMaker, PublishedCell
from maps.disclosure import published
from maps.zones import ZoneFill, ZoneGround, map_read

S = 1_000_000_000
AREA = shapely.Polygon([(0, 0), (80, 3), (78, 70), (12, 80)])
"""A mission area whose edges cut cells."""
CELL = CellId(20, 1, 1)


def square(west: float, south: float, size_m: float, *, north: float | None = None) -> shapely.Polygon:
    return shapely.box(west, south, west + size_m, south + size_m if north is None else north)


def cell(people: float | None, *, at: CellId = CELL, **changes: Any) -> PublishedCell:
    values: dict[str, Any] = {
        "state": CellState.OBSERVED if people is not None else CellState.SUPPRESSED, "observed_share": 1.0,
        "people_sigma": None if people is None else 2.0, "age_s": 1.0, "ce90_m": 1.0, "density_per_m2": None,
    }  # fmt: skip
    return PublishedCell(made_by=MapMaker.GATE, cell=at, people=people, **(values | changes))


def map_of(*cells: PublishedCell, utc_ns: int = 0) -> DensityMap:
    return DensityMap(
        made_by=MapMaker.GATE, utc_ns=utc_ns, epsg=2154, cells=cells, people=sum(one.people or 0.0 for one in cells),
        people_sigma=0.0, observed_share=1.0, few_at_most=6,
    )  # fmt: skip


def fill_of(outline: shapely.Polygon, density_map: DensityMap, area: shapely.Polygon = AREA) -> ZoneFill:
    return ZoneGround(outline, area).fill(map_read(density_map))


@st.composite
def leaves(draw: st.DrawFn) -> list[FusedCell]:
    """Draw what the cameras of a mission saw: leaves with nobody, few and many, whole and in part, saturated or not."""
    names = draw(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=40, unique=True))
    return [
        FusedCell(
            cell=CellId(5, *name), people=draw(st.one_of(st.just(0.0), st.floats(0, 200))),
            variance=draw(st.floats(0, 20)), observed_share=draw(st.sampled_from([0.3, 0.8, 1.0])), ce90_m=2.0,
            seen_utc_ns=draw(st.sampled_from([0, 15 * S])), sources=("north",), saturated=draw(st.booleans()),
        )
        for name in names
    ]  # fmt: skip


def drawn_map(fused: list[FusedCell]) -> DensityMap:
    return published(fused, 20 * S, 2154, AREA)
