"""Every mark of a world, as its own vehicles see it, is measured in the picture where the survey puts it."""

import dataclasses

import cv2
import numpy as np
import pytest

from sitl.crowd.crowd import Crowd
from sitl.measure.marks import quadrant_pixels, seen_at
from sitl.picture.render import Renderer
from sitl.picture.sprite_set import SpriteSet
from sitl.world.route import instant_at
from sitl.world.shot import Shot, shot_from
from sitl.world.world import World

AT_S = (0.0, 13.0, 40.0)


@pytest.fixture(scope="module")
def empty(world: World) -> World:
    return dataclasses.replace(world, props=())


def errors_px(world: World, sprites: SpriteSet, shots: list[Shot]) -> list[float]:
    people, renderer = Crowd(world).people_at(0.0), Renderer(world, sprites)
    none = dataclasses.replace(people, **{f.name: getattr(people, f.name)[:0] for f in dataclasses.fields(people)})
    errors = []
    for number, shot in enumerate(shots):
        grey = np.asarray(cv2.cvtColor(renderer.frame(shot, none, number), cv2.COLOR_BGR2GRAY), np.uint8)
        for mark in world.marks:
            found, near = seen_at(grey, shot, (mark.east_m, mark.north_m)), None
            if found is not None:
                near = quadrant_pixels(shot, (mark.east_m, mark.north_m))
            if found is not None and near is not None:
                errors.append(float(np.linalg.norm(found - near[0])))
    return errors


def test_marks_seen_at_a_slant_keep_their_middle(empty: World, sprites: SpriteSet) -> None:
    """Light quadrants that were a little too large would meet in a bar, and the middle would slide along it."""
    shots = [shot_from(instant_at(one.route, t_s), empty.camera.intrinsics) for one in empty.vehicles for t_s in AT_S]
    errors = errors_px(empty, sprites, shots)
    assert len(errors) > 30
    assert np.median(errors) < 0.15
    assert max(errors) < 0.3


def test_a_mark_cut_by_the_edge_of_the_picture_is_painted_as_far_as_it_goes(empty: World, sprites: SpriteSet) -> None:
    """Beside the edge nothing fails, and what is left of the mark has its two greys."""
    mark, lens = empty.marks[0], empty.camera.intrinsics
    flight = dataclasses.replace(
        instant_at(empty.vehicles[0].route, 0.0),
        east_m=mark.east_m, north_m=mark.north_m, up_m=20.0, camera_pitch_deg=-90.0, camera_yaw_deg=0.0,
        camera_roll_deg=0.0,
    )  # fmt: skip
    edge = dataclasses.replace(lens, cx_px=3.0, cy_px=3.0)
    people = Crowd(empty).people_at(0.0)
    none = dataclasses.replace(people, **{f.name: getattr(people, f.name)[:0] for f in dataclasses.fields(people)})
    picture = Renderer(empty, sprites).frame(shot_from(flight, edge), none, 0)
    assert picture[:2, 6:10].mean() < 60
    assert picture[6:10, 6:10].mean() > 200
