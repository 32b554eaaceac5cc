from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.pictures import Labelled
from training.score import Seen, Tally, View, best_threshold, by_picture, by_size, matched, tally_of
from vision.boxes import Boxes

NOBODY = np.zeros((0, 4), np.float32)


def boxes(*parts: tuple[float, float, float, float, float]) -> Boxes:
    rows = np.array(parts, np.float32).reshape(-1, 5)
    return Boxes(xyxy=rows[:, :4], scores=rows[:, 4])


def seen(found: Boxes, people: list[list[float]], unsure: list[list[float]] | None = None) -> Seen:
    one = Labelled(
        path=Path("a.jpg"),
        people=np.array(people, np.float32).reshape(-1, 4),
        unsure=np.array(unsure or [], np.float32).reshape(-1, 4),
        depression_deg=80.0,
        light="day",
    )
    return Seen(one=one, found=found, scale=2.0)


def test_one_find_counts_for_one_person() -> None:
    found = boxes((0, 0, 10, 10, 0.9), (1, 1, 11, 11, 0.8), (50, 50, 60, 60, 0.7))
    is_hit, wrong = matched(found, np.array([[0, 0, 12, 12], [100, 100, 110, 110]], np.float32), NOBODY)
    assert is_hit.tolist() == [True, False]
    assert wrong == 2


def test_of_two_people_around_it_the_nearer_is_found() -> None:
    people = np.array([[0, 0, 100, 100], [0, 0, 20, 20]], np.float32)
    is_hit, wrong = matched(boxes((8, 8, 14, 14, 0.9)), people, NOBODY)
    assert (is_hit.tolist(), wrong) == ([False, True], 0)


def test_what_is_found_where_nothing_is_known_is_not_counted() -> None:
    one = seen(boxes((50, 50, 60, 60, 0.9)), [[0, 0, 10, 10]], [[40, 40, 70, 70]])
    assert tally_of(one, 0.5) == Tally(people=1, hit=0, wrong=0, off=1)


def test_figures_of_a_tally() -> None:
    tally = Tally(people=10, hit=6, wrong=2, off=2) + Tally(people=10, hit=9, wrong=3, off=2)
    assert tally.recall == pytest.approx(0.75)
    assert tally.precision == pytest.approx(0.75)
    assert tally.f1 == pytest.approx(0.75)
    assert tally.count_error == pytest.approx(0.2)
    assert np.isnan(Tally().recall)


def test_the_threshold_with_the_highest_f1_is_taken() -> None:
    some = [seen(boxes((0, 0, 10, 10, 0.6), (50, 50, 60, 60, 0.3)), [[0, 0, 10, 10]])]
    threshold, tally = best_threshold(some, (0.1, 0.4, 0.7))
    assert (threshold, tally.f1) == (0.4, 1.0)


def test_sizes_are_those_that_the_network_saw() -> None:
    some = [seen(boxes((0, 0, 10, 10, 0.6)), [[0, 0, 10, 10], [40, 40, 60, 80]])]
    assert list(by_size(some, 0.5)) == [("16..24 px", 1, 1), ("64..96 px", 1, 0)]
    assert dict(by_picture(some, 0.5)).keys() == {"75..90 deg down", "day"}


def test_a_view_brings_people_to_a_size_within_what_the_station_allows() -> None:
    one = seen(boxes(), [[0, 0, 10, 10], [40, 40, 60, 80]]).one
    assert View(person_px=50).scale_for(one, 640) == pytest.approx(2.0)
    assert View(scale=3.0).scale_for(one, 640) == 3.0
    assert View(person_px=5000).scale_for(one, 640) * 640 < 4096
