import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sitl.crowd.crowd import People
from sitl.crowd.truth import count_in, density_per_m2, first_crowding, grid_over

SQUARE = [(-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0)]


def people_at(places: object) -> People:
    place = np.array(places, np.float64).reshape(-1, 2)
    zero, count = np.zeros(len(place)), len(place)
    return People(
        ids=np.arange(count),
        east_m=place[:, 0],
        north_m=place[:, 1],
        heading_deg=zero,
        walked_m=zero,
        speed_m_s=zero,
        walks=np.zeros(count, bool),
        looks=np.arange(count),
    )


def test_people_inside_a_polygon_are_counted() -> None:
    l_shape = [(0, 0), (10, 0), (10, 2), (2, 2), (2, 10), (0, 10)]
    assert count_in(people_at([(1, 1), (9, 1), (1, 9), (9, 9), (-1, 1)]), l_shape) == 3
    assert count_in(people_at([]), l_shape) == 0


@given(places=arrays(np.float64, (40, 2), elements=st.floats(-6, 6)), radius_m=st.floats(0.5, 4))
def test_density_is_the_count_by_the_area(
    places: np.ndarray[tuple[int, int], np.dtype[np.float64]], radius_m: float
) -> None:
    points = np.array([(0.0, 0.0), (3.0, -2.0)])
    found = density_per_m2(people_at(places), points, radius_m)
    for point, density in zip(points, found, strict=True):
        count = sum(math.dist(point, place) <= radius_m for place in places)
        assert density == pytest.approx(count / (math.pi * radius_m**2))


def test_an_even_crowd_has_its_density_everywhere_inside() -> None:
    grid = np.array([(x / 2, y / 2) for x in range(-40, 41) for y in range(-40, 41)])
    found = density_per_m2(people_at(grid), grid_over(SQUARE, 0.7), 2.0)
    assert found.mean() == pytest.approx(4.0, rel=0.02)


def test_a_grid_lies_inside_and_covers() -> None:
    grid = grid_over(SQUARE, 0.5)
    assert len(grid) == 400
    assert np.abs(grid).max() < 5


def test_crowding_begins_when_a_circle_stays_full_not_when_it_is_full_for_a_moment() -> None:
    full = people_at([(3 + 0.2 * k, 3.0) for k in range(13)])
    thin = people_at([(3.0, 3.0)])
    instants = [(t_s, full if t_s == 2 or 5 <= t_s <= 12 else thin) for t_s in map(float, range(20))]
    grid = grid_over(SQUARE, 0.5)
    found = first_crowding(instants, grid, at_least_per_m2=1.0, for_s=4.0)
    assert found is not None
    assert (found.since_s, found.t_s) == (5.0, 9.0)
    assert math.dist((found.east_m, found.north_m), (4.2, 3.0)) < 2.0
    assert first_crowding(instants, grid, at_least_per_m2=1.0, for_s=8.0) is None
    assert first_crowding(instants, grid, at_least_per_m2=1.2, for_s=0.0) is None
