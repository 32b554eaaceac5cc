"""The cells of the public map: all of the mission area, each piece of it once, large enough where that can be had."""

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.cells import CellId
from maps.patches import LEAST_GROUND_M2, public_patches


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.floats(0, 20), st.floats(0, 20), st.floats(3, 150), st.floats(3, 150), st.floats(-45, 45)),
)
def test_patches_are_the_mission_area_and_large_enough(shape: tuple[float, float, float, float, float]) -> None:
    east, north, width, height, turned = shape
    area = shapely.affinity.rotate(shapely.box(east, north, east + width, north + height), turned)
    patches = public_patches(area)
    assert sum(patch.ground_m2 for patch in patches) == pytest.approx(area.area)
    cells = [cell for patch in patches for cell in patch.cells]
    assert len(cells) == len(set(cells))
    assert all(patch.ground_m2 >= LEAST_GROUND_M2 for patch in patches) or len(patches) == 1
    for patch in patches:
        assert patch.outline.area == pytest.approx(patch.ground_m2)


def test_pieces_without_a_neighbour_stay_alone() -> None:
    bridge = shapely.union_all(
        [shapely.box(0, 0, 10, 10), shapely.box(30, 30, 50, 50), shapely.box(10, 9.99, 30.1, 30.1)]
    )
    two = shapely.MultiPolygon([shapely.box(0, 0, 10, 10), shapely.box(40, 40, 60, 60)])
    assert [(patch.cells, patch.ground_m2) for patch in public_patches(two)] == [
        ((CellId(20, 0, 0),), 100.0),
        ((CellId(20, 2, 2),), 400.0),
    ]
    assert all(patch.ground_m2 >= LEAST_GROUND_M2 for patch in public_patches(bridge))
