import shapely

from maps.area import MOST_ROOTS, cells_in_area, roots_of_area
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
