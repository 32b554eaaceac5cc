from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.targets import target_for
from vision.detectors import persons_from_maps

NOBODY = np.zeros((0, 4), np.float32)
SOMEBODY = st.tuples(st.floats(0, 100), st.floats(0, 100), st.floats(8, 28), st.floats(8, 28))


@given(box=SOMEBODY)
def test_the_station_reads_the_box_out_of_the_wanted_answer(box: tuple[float, float, float, float]) -> None:
    corners = np.array([[box[0], box[1], box[0] + box[2], box[1] + box[3]]], np.float32)
    target = target_for(corners, NOBODY, 128)
    found = persons_from_maps(target.heat, target.sides, 0.9)
    assert len(found) == 1
    np.testing.assert_allclose(found.xyxy, corners, atol=1e-3)


def test_neighbours_keep_a_peak_each() -> None:
    people = np.array([[10 + 14 * k, 40, 26 + 14 * k, 60] for k in range(6)], np.float32)
    target = target_for(people, NOBODY, 128)
    assert len(persons_from_maps(target.heat, target.sides, 0.9)) == 6


def test_of_two_who_overlap_the_smaller_lies_on_top() -> None:
    people = np.array([[0, 0, 100, 100], [40, 40, 60, 60]], np.float32)
    target = target_for(people, NOBODY, 128)
    assert target.sides[:, 12, 12].tolist() == [8, 8, 12, 12]


def test_nothing_is_learned_where_nothing_is_known_but_people_stay() -> None:
    people = np.array([[40, 40, 60, 60]], np.float32)
    target = target_for(people, np.array([[0, 0, 56, 64]], np.float32), 128)
    assert target.counts[2, 2] == 0
    assert target.counts[12, 12] == 1
    assert target.counts[30, 30] == 1
    assert target.heat[12, 12] == 1


def test_each_person_counts_by_the_log_of_its_area() -> None:
    people = np.array([[10, 10, 30, 50]], np.float32)
    weight = target_for(people, NOBODY, 128).side_weight.sum()
    np.testing.assert_allclose(weight, np.log(800), rtol=1e-4)
