import dataclasses
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry import Polygon

from sitl.crowd.crowd import Crowd, People
from sitl.crowd.script import STEP_S
from sitl.crowd.stance import SWAY_DEG, SWAY_M, TURN_DEG_S
from sitl.world.crowd_room import WALL_M, ground_of
from sitl.world.file import load_world
from sitl.world.world import World
from tests.sitl.conftest import DEMO

WORLDS = sorted(DEMO.parent.glob("*.toml"))
TELLS = (
    "import sys; from pathlib import Path; from tests.sitl.test_crowd import told; print(told(Path(sys.argv[1]), 4.56))"
)


def arrays(people: People) -> list[bytes]:
    return [getattr(people, field.name).tobytes() for field in dataclasses.fields(people)]


def told(path: Path, t_s: float) -> str:
    return sha256(b"|".join(arrays(Crowd(load_world(path)).people_at(t_s)))).hexdigest()


def places(people: People) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.column_stack([people.east_m, people.north_m])


def nearest_m(people: People) -> float:
    place = places(people)
    return float((np.sqrt(((place[:, None] - place[None]) ** 2).sum(axis=2)) + 9 * np.eye(len(place))).min())


def test_the_same_seed_gives_the_same_truth_however_it_is_asked(world: World) -> None:
    often, once, late = Crowd(world), Crowd(world), Crowd(world)
    for step in range(60):
        seen = often.people_at(step * 0.08)
        if step % 20 == 0:
            late.people_at(step * 0.13)
    assert arrays(seen) == arrays(once.people_at(59 * 0.08))
    assert arrays(late.people_at(8.0)) == arrays(once.people_at(8.0))


def test_another_process_sees_the_same_truth() -> None:
    command = (sys.executable, "-c", TELLS, str(DEMO))
    answer = subprocess.run(command, cwd=DEMO.parents[2], check=True, timeout=60, capture_output=True, text=True)
    assert answer.stdout.strip() == told(DEMO, 4.56)


def test_asking_for_the_past_gives_the_same_truth_again(world: World) -> None:
    crowd = Crowd(world)
    first = arrays(crowd.people_at(1.23))
    crowd.people_at(6.0)
    assert arrays(crowd.people_at(1.23)) == first


def test_another_seed_gives_another_crowd(world: World) -> None:
    one, other = Crowd(world).people_at(2), Crowd(dataclasses.replace(world, seed=world.seed + 1)).people_at(2)
    assert not np.isin(one.east_m, other.east_m).any()


def test_people_walk_at_walking_pace_turn_slowly_and_never_jump(world: World) -> None:
    crowd = Crowd(world)
    before, paces = crowd.people_at(5.0), []
    for step in range(1, 100):
        after = crowd.people_at(5.0 + step * STEP_S)
        both, old, new = np.intersect1d(before.ids, after.ids, return_indices=True)
        way_m = np.hypot(*(places(after)[new] - places(before)[old]).T)
        assert way_m.max() / STEP_S < 2.3
        turn = (after.heading_deg[new] - before.heading_deg[old] + 180) % 360 - 180
        assert np.abs(turn).max() <= (TURN_DEG_S + 2 * SWAY_DEG) * STEP_S + 2 * SWAY_DEG * 3 * STEP_S
        assert (after.looks[new] == before.looks[old]).all()
        assert (after.walked_m[new] >= before.walked_m[old]).all()
        paces.append(after.speed_m_s[after.walks].mean())
        before = after
    assert len(both) > 100
    assert 0.6 < np.mean(paces) < 1.4


def test_those_who_stand_sway_but_stay(world: World) -> None:
    crowd = Crowd(world)
    seen = [crowd.people_at(t_s) for t_s in (0.0, 3.0, 7.0, 20.0)]
    standing = sum(gathering.people for gathering in world.crowd.gatherings)
    place = np.array([places(people)[~people.walks] for people in seen])
    assert place.shape[1] == standing
    assert np.ptp(place, axis=0).max() <= 2 * SWAY_M
    assert np.ptp(place, axis=0).max(axis=1).min() > 0.001
    assert all((people.speed_m_s[~people.walks] < 1e-9).all() for people in seen)


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_in_every_world_nobody_is_inside_a_prop_off_the_ground_or_in_another_body(path: Path) -> None:
    world = load_world(path)
    crowd, outline = Crowd(world), Polygon(world.crowd.walkable_m).buffer(SWAY_M)
    boxes = shapely.union_all([ground_of(prop, wider_m=WALL_M - 2 * SWAY_M) for prop in world.props])
    for t_s in np.arange(0.0, 6.0, 1.0):
        people = crowd.people_at(float(t_s))
        points = shapely.points(places(people))
        assert not shapely.contains(boxes, points).any()
        assert shapely.contains(outline, points).all()
        assert nearest_m(people) >= 2 * world.crowd.body_radius_m - 2 * SWAY_M


def test_people_come_and_go_but_nobody_comes_back(world: World) -> None:
    crowd = Crowd(world)
    before, gone = crowd.people_at(0.0), set[int]()
    assert len(before) == world.crowd.people_at_start
    for t_s in range(1, 80):
        people = crowd.people_at(float(t_s))
        assert (np.diff(people.ids) > 0).all()
        gone |= set(before.ids.tolist()) - set(people.ids.tolist())
        assert gone.isdisjoint(people.ids.tolist())
        assert people.ids.max() + 1 == len(people) + len(gone)
        before = people
    assert 5 < len(gone) < 80


def test_people_leave_only_inside_an_exit(world: World) -> None:
    crowd = Crowd(world)
    exits = shapely.union_all(
        [
            shapely.box(one.east_m[0], one.north_m[0], one.east_m[1], one.north_m[1]).buffer(0.3)
            for one in world.crowd.exits
        ]
    )
    before, left = crowd.people_at(19.9), 0
    for step in range(200, 700):
        people = crowd.people_at(step * STEP_S + 0.01)
        lost = ~np.isin(before.ids, people.ids)
        assert shapely.contains_xy(exits, before.east_m[lost], before.north_m[lost]).all()
        before, left = people, left + int(lost.sum())
    assert left > 3


@pytest.mark.parametrize("t_s", [0.0, 0.05, 0.1, 12.34])
def test_everything_is_known_of_everybody_at_every_instant(world: World, t_s: float) -> None:
    people = Crowd(world).people_at(t_s)
    assert all(len(getattr(people, field.name)) == len(people) for field in dataclasses.fields(people))
    assert np.isfinite(places(people)).all()
    assert ((people.heading_deg >= 0) & (people.heading_deg < 360)).all()
