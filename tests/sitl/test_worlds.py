"""The shipped worlds are what they say: a crush crushes, an evacuation empties, a quiet afternoon stays quiet."""

import dataclasses
import itertools

import numpy as np
import pytest
import shapely

from sitl.crowd.crowd import Crowd
from sitl.crowd.truth import density_per_m2, first_crowding, grid_over
from sitl.crowd.walkers import Walkers
from sitl.world.crowd_plan import CrowdPlan, Gathering, Strollers
from sitl.world.errors import WorldError
from sitl.world.file import load_world
from sitl.world.world import World
from tests.sitl.conftest import DEMO


def shipped(name: str) -> World:
    return load_world(DEMO.parent / f"{name}.toml")


def test_more_come_to_the_gate_than_go_through_until_there_are_six_on_a_square_metre() -> None:
    world = shipped("crush")
    crowd, before_gate = Crowd(world), grid_over([(-4, -6), (4, -6), (4, 0), (-4, 0)], 0.5)
    instants = ((float(t_s), crowd.people_at(float(t_s))) for t_s in range(0, 100, 2))
    found = first_crowding(instants, before_gate, at_least_per_m2=6.0, for_s=2.0)
    assert found is not None
    assert 30 < found.since_s < found.t_s < world.lasts_s
    assert abs(found.east_m) < 3
    assert 250 < len(crowd.people_at(found.t_s)) < 900


def test_an_evacuated_square_empties_and_nobody_is_lost_or_changed_on_the_way() -> None:
    world = shipped("evacuation")
    starts_s = world.crowd.evacuated_from_s
    assert starts_s is not None
    crowd = Crowd(world)
    seen = [crowd.people_at(starts_s + after_s) for after_s in range(1, 90, 4)]
    counts = [len(people) for people in seen]
    assert counts[0] >= world.crowd.people_at_start
    assert all(later <= earlier for earlier, later in itertools.pairwise(counts))
    assert counts[-1] == 0
    assert starts_s + 90 < world.lasts_s
    assert seen[0].walks.all()
    for people in seen[1:]:
        _, old, new = np.intersect1d(seen[0].ids, people.ids, return_indices=True)
        assert len(new) == len(people)
        assert (seen[0].looks[old] == people.looks[new]).all()
    assert (seen[4].speed_m_s > 0.5).mean() > 0.6


def test_nothing_happens_on_a_quiet_afternoon() -> None:
    world = shipped("quiet")
    assert world.lasts_s >= 1800
    crowd, everywhere = Crowd(world), grid_over(world.crowd.walkable_m, 1.0)
    instants = [(float(t_s), crowd.people_at(float(t_s))) for t_s in range(0, 90, 5)]
    assert first_crowding(instants, everywhere, at_least_per_m2=2.0, for_s=0.0) is None
    assert all(40 <= len(people) <= 120 for _, people in instants)


def test_a_dense_audience_stays_below_the_threshold() -> None:
    world = shipped("dense")
    crowd, everywhere = Crowd(world), grid_over(world.crowd.walkable_m, 0.5)
    seen = [density_per_m2(crowd.people_at(float(t_s)), everywhere, 2.0).max() for t_s in range(0, 20, 5)]
    assert all(2.2 <= most_per_m2 <= 3.1 for most_per_m2 in seen)
    assert len(crowd.people_at(20.0)) == 400


def test_three_views_have_a_crowd_to_look_at() -> None:
    world = shipped("three_drones")
    people = Crowd(world).people_at(5.0)
    assert len(world.vehicles) == 3
    assert 250 <= len(people) <= 400
    assert density_per_m2(people, grid_over(world.crowd.walkable_m, 1.0), 2.0).max() > 1.0


def plain(world: World, plan: CrowdPlan) -> World:
    return dataclasses.replace(world, crowd=plan, props=())


def test_five_thousand_people_are_carried(world: World) -> None:
    square = ((-80.0, -80.0), (80.0, -80.0), (80.0, 80.0), (-80.0, 80.0))
    everybody = Strollers(name="all", people=2500, east_m=(-78, 78), north_m=(-78, 78))
    audience = Gathering(name="audience", people=2500, east_m=(-30, 30), north_m=(-30, 30), apart_m=0.6)
    people = Crowd(
        plain(world, CrowdPlan(walkable_m=square, strollers=(everybody,), gatherings=(audience,)))
    ).people_at(0.6)
    assert len(people) == 5000
    assert (people.speed_m_s[people.walks] > 0.5).mean() > 0.8


def test_a_crowd_without_room_is_one_clear_line(world: World) -> None:
    square = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
    packed = Gathering(name="packed", people=200, east_m=(1, 8), north_m=(1, 8), apart_m=0.6)
    with pytest.raises(WorldError, match=r"^\[\[gathering\]\] 'packed': no room for \d+ of 200; ask for fewer"):
        Crowd(plain(world, CrowdPlan(walkable_m=square, gatherings=(packed,))))
    rush = Strollers(name="rush", people=400, east_m=(1, 8), north_m=(1, 8))
    with pytest.raises(WorldError, match=r"^\[\[strollers\]\] 'rush': no room for \d+ of 400; ask for fewer"):
        Crowd(plain(world, CrowdPlan(walkable_m=square, strollers=(rush,))))


def test_what_jupedsim_refuses_is_one_clear_line(world: World) -> None:
    walkers = Walkers(shapely.box(0, 0, 9, 9), 0.2)
    with pytest.raises(WorldError, match=r"^JuPedSim refuses a person at \[90\.00, 0\.00\]: .+; correct walkable_m"):
        walkers.add(np.array([90.0, 0.0]), 1.2)
    walkers.steer(walkers.add(np.array([1.0, 1.0]), 1.2), np.array([70.0, 0.0]))
    with pytest.raises(WorldError, match=r"^JuPedSim refuses the crowd: .+; correct walkable_m") as caught:
        walkers.advance(1)
    assert "\n" not in str(caught.value)
    with pytest.raises(WorldError, match=r"^JuPedSim refuses the ground: .+; correct"):
        Walkers(shapely.union(shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)), 0.2)
