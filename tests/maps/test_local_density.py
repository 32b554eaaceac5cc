"""Classic and Voronoi density: by squares of ground, by properties, and beside a laboratory's published figures."""

import os
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from maps.errors import CountingError
from maps.local_density import CutOff, FloatArray, classic_per_m2, voronoi_cells, voronoi_per_m2

SHARED = Path(os.environ.get("GROUNDSTATION_SHARED", Path(__file__).parents[3] / "shared"))
LABORATORY = SHARED / "data" / "pedpy_juelich" / "reference_bottleneck"
FIGURES = LABORATORY / "results" / "Fundamental_Diagram" / "Classical_Voronoi"
AREA = shapely.box(-0.60, -0.53, 2.40, 0.53)
"""Measurement area 1 of the experiment AO_300."""
WALLS = shapely.union_all([shapely.box(-2.25, 0.53, 4, 6.25), AREA, shapely.box(-2.25, -8.5, 4, -0.53)])
ROOM = shapely.box(0, 0, 6, 4)
BOUND_EACH_OTHER = 3
"""Cells of fewer people the laboratory bounds by points of its own, not by walls."""

places = st.lists(st.tuples(st.integers(5, 595), st.integers(5, 395)), min_size=1, max_size=25, unique=True).map(
    lambda pairs: np.array(pairs, np.float64).T / 100
)


def nearest_by_squares(east_m: FloatArray, north_m: FloatArray, side_m: float = 0.02) -> FloatArray:
    """Return the ground (n,) nearest to each person, m2, by asking the middle of every small square."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(0.01, 6, side_m), np.arange(0.01, 4, side_m)))
    nearest = np.argmin((x[:, None] - east_m) ** 2 + (y[:, None] - north_m) ** 2, axis=1)
    counted: FloatArray = np.bincount(nearest, minlength=len(east_m)) * np.float64(side_m**2)
    return counted


@given(places)
def test_cells_are_the_ground_nearest_to_each_person(at: FloatArray) -> None:
    sizes = shapely.area(voronoi_cells(*at, ground=ROOM))
    assert sizes.sum() == pytest.approx(ROOM.area)
    np.testing.assert_allclose(sizes, nearest_by_squares(*at), atol=0.25)


@given(places)
def test_over_all_ground_both_densities_are_people_by_its_size(at: FloatArray) -> None:
    people_per_m2 = at.shape[1] / ROOM.area
    assert classic_per_m2(ROOM, *at) == pytest.approx(people_per_m2)
    assert voronoi_per_m2(ROOM, *at, ground=ROOM) == pytest.approx(people_per_m2)
    assert voronoi_per_m2(ROOM, *at, ground=ROOM, cut_off=CutOff(0.5)) == pytest.approx(people_per_m2)


def test_a_person_on_the_border_of_two_areas_counts_half_in_each() -> None:
    alone = np.array([3.0]), np.array([2.0])
    for half in (shapely.box(0, 0, 3, 4), shapely.box(3, 0, 6, 4)):
        assert voronoi_per_m2(half, *alone, ground=ROOM) * half.area == pytest.approx(0.5)


def test_a_cut_off_keeps_the_edge_of_a_crowd_dense() -> None:
    east_m, north_m = (axis.ravel() for axis in np.meshgrid(np.arange(1, 3, 0.5), np.arange(1, 3, 0.5)))
    crowd = shapely.box(0.75, 0.75, 2.75, 2.75)
    wide = voronoi_per_m2(crowd, east_m, north_m, ground=ROOM)
    cut = voronoi_per_m2(crowd, east_m, north_m, ground=ROOM, cut_off=CutOff(0.4))
    assert wide < 0.6 * cut
    assert cut == pytest.approx(4.0, rel=0.2)


def test_ground_behind_a_wall_is_not_near() -> None:
    bent = shapely.Polygon([(0, 0), (6, 0), (6, 4), (5, 4), (5, 1), (1, 1), (1, 4), (0, 4)])
    cells = voronoi_cells(np.array([0.9, 0.5]), np.array([3.9, 0.2]), ground=bent)
    assert [cell.geom_type for cell in cells] == ["Polygon", "Polygon"]
    assert shapely.area(cells).sum() < bent.area


def test_two_people_at_one_place_and_one_off_the_ground_break_nothing() -> None:
    cells = voronoi_cells(np.array([1.0, 1.0, 9.0]), np.array([1.0, 1.0, 9.0]), ground=ROOM)
    assert shapely.area(cells).tolist() == [ROOM.area, 0.0, 0.0]
    assert voronoi_per_m2(ROOM, np.zeros(0), np.zeros(0), ground=ROOM) == 0.0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_place_that_is_no_number_is_refused(bad: float) -> None:
    with pytest.raises(CountingError, match="no number"):
        voronoi_per_m2(ROOM, np.array([bad]), np.array([1.0]), ground=ROOM)


def test_an_area_without_size_is_refused() -> None:
    flat = shapely.Polygon([(0, 0), (1, 0), (2, 0)])
    with pytest.raises(CountingError, match="area over which"):
        classic_per_m2(flat, np.zeros(1), np.zeros(1))
    with pytest.raises(CountingError, match="no size"):
        voronoi_per_m2(ROOM, np.zeros(1), np.zeros(1), ground=flat)


@pytest.mark.data
@pytest.mark.skipif(not FIGURES.exists(), reason=f"no laboratory figures in {LABORATORY}")
@pytest.mark.parametrize(
    ("name", "cut_off"),
    [
        ("rho_v_Voronoi_Voronoi_traj.txt_id_1_blind_points.dat", None),
        ("rho_v_Voronoi_Voronoi_traj.txt_id_1_blind_points_cut_off.dat", CutOff(0.8)),
        ("rho_v_Classic_traj.txt_id_1.dat", "classic"),
    ],
)
def test_a_laboratory_crowd_has_its_published_density(name: str, cut_off: CutOff | str | None) -> None:
    published = {int(row[0]): row[1] for row in np.loadtxt(FIGURES / name)[:, :2]}
    rows = np.loadtxt(LABORATORY / "traj.txt")
    for frame in sorted(published)[::7]:
        _, _, east_m, north_m, _ = rows[rows[:, 1] == frame].T
        if isinstance(cut_off, str):
            ours = classic_per_m2(AREA, east_m, north_m)
        elif len(east_m) < BOUND_EACH_OTHER:
            continue
        else:
            ours = voronoi_per_m2(AREA, east_m, north_m, ground=WALLS, cut_off=cut_off)
        assert ours == pytest.approx(published[frame], rel=0.002, abs=0.001), frame
