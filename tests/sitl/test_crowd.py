import dataclasses

import numpy as np
import pytest

from sitl.crowd import STEP_S, Crowd, People
from sitl.world import World


def arrays(people: People) -> list[bytes]:
    return [getattr(people, field.name).tobytes() for field in dataclasses.fields(people)]


def test_the_same_seed_gives_the_same_truth_however_it_is_asked(world: World) -> None:
    often, once = Crowd(world), Crowd(world)
    for step in range(60):
        seen = often.people_at(step * 0.08)
    assert arrays(seen) == arrays(once.people_at(59 * 0.08))


def test_asking_for_the_past_gives_the_same_truth_again(world: World) -> None:
    crowd = Crowd(world)
    first = arrays(crowd.people_at(1.23))
    crowd.people_at(6.0)
    assert arrays(crowd.people_at(1.23)) == first


def test_another_seed_gives_another_crowd(world: World) -> None:
    other = Crowd(dataclasses.replace(world, seed=world.seed + 1))
    assert not np.array_equal(other.people_at(2).east_m, Crowd(world).people_at(2).east_m)


def test_people_walk_at_walking_pace_and_without_jumps(world: World) -> None:
    crowd = Crowd(world)
    before = crowd.people_at(5.0)
    paces = []
    for step in range(1, 100):
        after = crowd.people_at(5.0 + step * STEP_S)
        pace = np.hypot(after.east_m - before.east_m, after.north_m - before.north_m) / STEP_S
        assert pace.max() < 2.6
        assert np.all(pace[~after.walks] == 0)
        paces.append(pace[after.walks].mean())
        before = after
    assert 0.7 < np.mean(paces) < 1.4


def test_nobody_walks_through_boxes_or_one_another(world: World) -> None:
    crowd = Crowd(world)
    inside, touching, seen = 0, 0, 0
    for t_s in np.arange(5.0, 40.0, 1.0):
        people = crowd.people_at(float(t_s))
        place = np.column_stack([people.east_m, people.north_m])[people.walks]
        for prop in world.props:
            inside += int((np.abs(place - prop.middle_m) < np.array(prop.size_m[:2]) / 2).all(axis=1).sum())
        apart = np.sqrt(((place[:, None] - place[None]) ** 2).sum(axis=2)) + 9 * np.eye(len(place))
        touching += int((apart.min(axis=1) < 0.3).sum())
        seen += len(place)
    assert inside <= 0.002 * seen
    assert touching <= 0.02 * seen


def test_the_audience_stands_apart_and_denser_before_the_stage(world: World) -> None:
    people = Crowd(world).people_at(0)
    place = np.column_stack([people.east_m, people.north_m])[~people.walks]
    assert len(place) == world.audience.people
    apart = np.sqrt(((place[:, None] - place[None]) ** 2).sum(axis=2)) + 9 * np.eye(len(place))
    assert apart.min() >= world.audience.apart_m
    middle = np.mean(world.audience.north_m)
    assert (place[:, 1] > middle).sum() > 1.5 * (place[:, 1] < middle).sum()


@pytest.mark.parametrize("t_s", [0.0, 0.05, 0.1, 12.34])
def test_everybody_is_there_at_every_instant(world: World, t_s: float) -> None:
    people = Crowd(world).people_at(t_s)
    assert len(people) == world.audience.people + world.strollers.people
    assert np.isfinite(people.east_m).all()
    assert ((people.heading_deg >= 0) & (people.heading_deg <= 360)).all()
