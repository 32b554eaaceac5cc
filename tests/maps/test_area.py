from collections.abc import Collection

import pytest
import shapely

from maps.area import MOST_ROOTS, KnownCells, cells_in_area, roots_of_area
from maps.cells import CellId


def test_cells_share_ground_with_the_area_not_just_its_edge() -> None:
    cells = {CellId(5, east, 0) for east in range(-2, 6)} | {CellId(20, 0, 0), CellId(20, 1, 0)}
    assert cells_in_area(cells, shapely.box(0, 0, 12, 5)) == {
        CellId(5, 0, 0),
        CellId(5, 1, 0),
        CellId(5, 2, 0),
        CellId(20, 0, 0),
    }
    assert cells_in_area(set(), shapely.box(0, 0, 12, 5)) == set()


def test_roots_follow_the_shape() -> None:
    triangle = shapely.Polygon([(-40, -40), (40, -40), (-40, 40)])
    assert roots_of_area(triangle) == {CellId(20, i, j) for i in range(-2, 2) for j in range(-2, 2) if i + j < 0}


def test_a_vast_area_is_not_listed() -> None:
    side = MOST_ROOTS**0.5 * 20
    assert len(roots_of_area(shapely.box(1, 1, side - 1, side - 1))) == MOST_ROOTS
    assert roots_of_area(shapely.box(1, 1, side + 1, side - 1)) == set()


def test_known_cells_are_asked_about_once_and_forgotten_with_the_map(monkeypatch: pytest.MonkeyPatch) -> None:
    known, asked = KnownCells(shapely.box(0, 0, 20, 20)), list[int]()

    def counted(cells: Collection[CellId], area: shapely.Polygon) -> set[CellId]:
        asked.append(len(cells))
        return cells_in_area(cells, area)

    monkeypatch.setattr("maps.area.cells_in_area", counted)
    first = [CellId(5, 0, 0), CellId(5, 4, 0), CellId(5, 3, 3)]
    assert known.inside(first) == known.inside(first) == {CellId(5, 0, 0), CellId(5, 3, 3)}
    assert known.inside([CellId(5, 3, 3), CellId(5, -1, 0)]) == {CellId(5, 3, 3)}
    assert known.inside(first) == {CellId(5, 0, 0), CellId(5, 3, 3)}
    assert asked == [3, 0, 1, 2]
