"""`cell_error` is what its page says, reckoned by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from maps.cells import CellCount, CellCounts, CellId
from sitl.crowd.crowd import Crowd
from sitl.measure.cell_error import cell_error
from sitl.measure.compared import NS_PER_S, Ground, instants
from sitl.measure.score import Compared, LeafPair
from sitl.world.file import load_world

WORLD = Path(__file__).parents[2] / "sitl" / "worlds" / "three_drones.toml"


def pair(cell: CellId, people: float, true_people: float, *, saturated: bool = False, whole: bool = True) -> LeafPair:
    area_m2 = float(cell.size_m**2)
    return LeafPair(
        cell=cell, people=people, true_people=true_people, area_m2=area_m2, whole=whole, saturated=saturated
    )


def instant(leaves: list[LeafPair], published: list[LeafPair]) -> Compared:
    return Compared(t_s=0.0, leaves=tuple(leaves), published=tuple(published), published_people=0.0, sigma=1.0)


def test_published_cells_of_up_to_two_people_a_square_metre_are_asked_for_an_estimate() -> None:
    shown = [
        pair(CellId(10, 0, 0), 90, 100), pair(CellId(20, 4, 0), 60, 50), pair(CellId(5, 8, 0), 60, 80),
        pair(CellId(5, 9, 0), 1, 10, saturated=True),
    ]  # fmt: skip
    found = cell_error([instant([], shown)])
    assert (found["published"], found["published_bias"], found["published_cells"]) == (
        pytest.approx(20 / 150, abs=1e-4),
        0,
        2,
    )
    bands = {(band["above"], band["to"]): (band["cells"], band["error"]) for band in found["published_by_true_per_m2"]}
    assert bands[0.5, 1.0] == (1, 0.1)
    assert bands[0.0, 0.5] == (1, 0.2)
    assert bands[2.0, 4.0] == (1, 0.25)
    assert bands[4.0, None] == (0, None)


def test_a_bound_holds_where_the_truth_is_no_less() -> None:
    shown = [pair(CellId(5, n, 0), 50, true, saturated=True) for n, true in enumerate((50, 90, 49, 80))]
    found = cell_error([instant([], shown)])
    assert found["saturated"] == {"cells": 4, "bound_holds": 0.75, "bias": round((200 - 269) / 269, 4)}
    assert found["published"] is None


def test_leaves_put_together_lose_what_went_to_the_neighbour() -> None:
    leaves = [pair(CellId(5, -1, 0), 12, 10), pair(CellId(5, -2, 0), 8, 10), pair(CellId(5, 0, 0), 8, 10, whole=False)]
    found = cell_error([instant(leaves, [])])
    assert found["by_size_m"] == {"5": 0.2, "10": 0.0, "20": 0.0}
    leaves[0] = pair(CellId(5, -1, 0), 12, 10, saturated=True)
    assert cell_error([instant(leaves, [])])["by_size_m"] == {"5": 0.2, "10": None, "20": None}


def test_people_told_where_nobody_is_are_an_error() -> None:
    found = cell_error([instant([], [pair(CellId(5, 0, 0), 6, 0), pair(CellId(5, 1, 0), 10, 10)])])
    assert (found["published"], found["published_by_true_per_m2"][0]["cells"]) == (0.6, 2)


def test_nothing_measured_is_null() -> None:
    found = cell_error([])
    assert (found["published"], found["published_bias"], found["by_size_m"]["5"]) == (None, None, None)
    assert found["saturated"] == {"cells": 0, "bound_holds": None, "bias": None}


def test_a_camera_that_counts_everybody_is_hardly_off_and_one_that_misses_a_third_is() -> None:
    world = load_world(WORLD)
    ground, crowd, times_s = Ground(world, 2154), Crowd(world), [1.0, 2.0, 3.0, 4.0, 5.0]

    def looks(recall: float) -> Iterator[CellCounts]:
        for t_s in times_s:
            people = crowd.people_at(t_s)
            there = ground.people_by_cell(ground.crs_from_world(np.column_stack([people.east_m, people.north_m])))
            cells = tuple(
                CellCount(
                    cell=cell, people=n * recall, variance=0.1, observed_share=ground.area_m2(cell) / 25, ce90_m=1.0,
                    found=n,
                )
                for cell, n in there.items()
            )  # fmt: skip
            yield CellCounts(source="D1", utc_ns=round(t_s * NS_PER_S), epsg=2154, cells=cells)

    def error(recall: float) -> float:
        seen = instants(crowd, ground, [list(looks(recall))], epoch_utc_ns=0, times_s=times_s)
        found = cell_error([instant.compared for instant in seen])
        assert found["published_cells"] > 10
        return float(found["published"])

    assert error(1.0) < 0.12
    assert error(0.65) == pytest.approx(0.35, abs=0.06)
