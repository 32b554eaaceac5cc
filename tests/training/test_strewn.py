"""Things that are nobody: they lie beside people, come from the seed, and change the picture."""

from __future__ import annotations

import numpy as np
import pytest

from training.crops import Crop
from training.looks import covered
from training.pictures import Corners
from training.strewn import SHAPES, TOUCHES, strewn

SIDE = 160
NOBODY = np.empty((0, 4), np.float32)
ONE = np.array([[70, 60, 90, 100]], np.float32)


def crop_with(people: Corners) -> Crop:
    return Crop(np.full((SIDE, SIDE, 3), 120, np.uint8), people, NOBODY)


def changed(before: Crop, after: Crop) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray((before.picture != after.picture).any(axis=2))


@pytest.mark.parametrize("people", [ONE, NOBODY])
def test_something_lies_about_and_people_stay_who_they_are(people: Corners) -> None:
    before = crop_with(people)
    many = [changed(before, strewn(before, np.random.default_rng(seed))).sum() for seed in range(20)]
    assert sum(count > 0 for count in many) > 15
    assert (before.picture == 120).all()


def test_nobody_is_hidden_by_a_thing() -> None:
    before = crop_with(ONE)
    left, top, right, bottom = ONE[0].astype(int)
    for seed in range(60):
        after = strewn(before, np.random.default_rng(seed))
        assert np.array_equal(after.people, ONE)
        hidden = np.abs(after.picture[top:bottom, left:right].astype(int) - 120).max(axis=2) > 100
        assert hidden.mean() <= TOUCHES


def test_the_seed_alone_decides() -> None:
    one, same, other = (strewn(crop_with(ONE), np.random.default_rng(seed)).picture for seed in (3, 3, 4))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_each_shape_covers_some_of_its_place_and_not_all(shape: object) -> None:
    assert callable(shape)
    cover = shape(40, np.random.default_rng(1))
    assert cover.shape == (40, 40)
    assert 0 <= cover.min() < 0.1
    assert 0.9 < cover.max() <= 1
    assert 0.02 < cover.mean() < 0.8


def test_people_in_a_crowd_leave_no_room() -> None:
    everywhere = np.array([[0, 0, SIDE, SIDE]], np.float32)
    assert (covered(everywhere, (10, 10, 60, 60)) > TOUCHES).all()
    after = strewn(crop_with(everywhere), np.random.default_rng(2))
    assert (after.picture == 120).mean() > 0.5
