"""Luggage, dogs and prams beside people of training pictures."""

import numpy as np

from sitl.training.brought import ELBOW_M, brought
from sitl.training.crowds import crowd_of


def test_what_people_bring_stands_beside_them_and_in_nobody() -> None:
    rng = np.random.default_rng(6)
    people = crowd_of("strollers", (0.0, 0.0), 40.0, rng)
    sits = np.arange(len(people)) % 2 == 0
    found = [thing for seed in range(40) for thing in brought(people, ~sits, np.random.default_rng(seed))]
    assert {thing.kind for thing in found} == {"luggage", "dog", "pram"}
    for thing in found:
        away = np.hypot(people.east_m - thing.middle_m[0], people.north_m - thing.middle_m[1])
        assert thing.person is None
        assert thing.reach_m == ELBOW_M <= away.min()
        assert away[~sits].min() <= 1.2
    assert not brought(people, np.zeros(len(people), bool), rng)
