"""Canaries are in the raw picture where the truth says, sharp enough to be found; a hole in their table is one line."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sitl.crowd.crowd import Crowd
from sitl.picture.canary_texture import PLATE_PX, pattern, plate_texture
from sitl.picture.drawn_faces import drawn_face
from sitl.picture.render import Renderer
from sitl.picture.sprite_set import SpriteSet
from sitl.training.exact import finer_shot, seen_people
from sitl.world.errors import WorldError
from sitl.world.file import load_world
from sitl.world.route import instant_at
from sitl.world.shot import shot_from
from sitl.world.world import World

WORLD = Path(__file__).parents[2] / "sitl" / "worlds" / "canary.toml"


@pytest.fixture(scope="module")
def planted() -> World:
    return load_world(WORLD)


def spread_inside(picture: NDArray[np.uint8], outline: NDArray[np.float64]) -> float:
    left, top = np.ceil(outline.min(axis=0)).astype(int)
    right, bottom = np.floor(outline.max(axis=0)).astype(int)
    return float(picture[top:bottom, left:right].std())


def test_everything_planted_is_painted_where_the_truth_says(planted: World, sprites: SpriteSet) -> None:
    renderer = Renderer(planted, sprites)
    bare = Renderer(replace(planted, canaries=()), sprites)
    shot = shot_from(instant_at(planted.vehicles[0].route, 3.0), planted.camera.intrinsics)
    nobody = Crowd(planted).people_at(0.0)
    picture, without = (each.frame(shot, nobody, 1) for each in (renderer, bare))
    seen = renderer.canaries.seen(shot)
    assert {one.canary.name for one in seen} == {one.name for one in planted.canaries}
    depths = [one.depth_m for one in seen]
    assert depths == sorted(depths, reverse=True)
    changed = np.abs(picture.astype(int) - without).max(axis=2) > 30
    for one in seen:
        assert set(one.parts_px) == ({"plate"} if one.canary.kind == "plate" else {"face", "top"})
        for outline in one.parts_px.values():
            middle = outline.mean(axis=0).astype(int)
            around = np.s_[middle[1] - 6 : middle[1] + 7, middle[0] - 6 : middle[0] + 7]
            assert changed[around].mean() > 0.3
            assert spread_inside(picture, outline) > 25


def test_a_canary_before_somebody_hides_them_from_the_truth(planted: World, sprites: SpriteSet) -> None:
    shot = finer_shot(shot_from(instant_at(planted.vehicles[0].route, 3.0), planted.camera.intrinsics))
    behind = replace(planted, canaries=tuple(one for one in planted.canaries if one.name == "C3"))
    people = Crowd(planted).people_at(0.0)
    east, north = behind.canaries[0].at_m
    people.east_m[0], people.north_m[0] = east, north + 0.25
    shares = []
    for world in (replace(planted, canaries=()), behind):
        renderer = Renderer(world, sprites)
        placed = renderer.placed(shot, people)
        row = [one.person for one in placed].index(0)
        shares.append(seen_people(renderer, shot, placed, sprites)[row].visible_share)
    assert shares[1] < shares[0] - 0.3


def test_a_plate_from_behind_and_a_canary_out_of_view_are_not_seen(planted: World, sprites: SpriteSet) -> None:
    turned = tuple(replace(one, facing_deg=0.0, at_m=(one.at_m[0], one.at_m[1])) for one in planted.canaries)
    far = tuple(replace(one, at_m=(400.0, 0.0)) for one in planted.canaries if one.kind == "person")
    shot = shot_from(instant_at(planted.vehicles[0].route, 3.0), planted.camera.intrinsics)
    names = {one.canary.kind for one in Renderer(replace(planted, canaries=turned), sprites).canaries.seen(shot)}
    assert names == {"person"}
    assert Renderer(replace(planted, canaries=far), sprites).canaries.seen(shot) == []


def test_faces_patterns_and_plates_differ_by_seed_and_text() -> None:
    faces = [drawn_face(seed) for seed in range(8)]
    assert len({face.tobytes() for face in faces}) == 8
    assert all(face[..., 3].max() == 255 and face[0, 0, 3] == 0 for face in faces)
    assert not np.array_equal(pattern("code", 3, (90, 90), 10.0), pattern("code", 6, (90, 90), 10.0))
    checks, stripes = pattern("checks", 1, (40, 40), 10.0), pattern("stripes", 2, (40, 40), 10.0)
    assert checks[0, 0] != checks[0, 10] != checks[10, 10]
    assert stripes[0, 0] == stripes[0, 10] != stripes[10, 0]
    plates = [plate_texture(text) for text in ("KX-482-RT", "BD-917-ZG", "A1B2C3D4E5")]
    assert all(plate.shape == (PLATE_PX[1], PLATE_PX[0], 4) for plate in plates)
    assert len({plate.tobytes() for plate in plates}) == 3


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('kind = "person"\nat_m = [-3.0', 'kind = "bird"\nat_m = [-3.0', "kind.*'bird'.*expected one of person, plate"),
        ('cloth = "checks"', 'cloth = "dots"', "cloth.*'dots'.*checks, stripes, code"),
        ("seed = 1\ncloth", "seed = 0\ncloth", "seed"),
        ('text = "KX-482-RT"', 'text = "kx 482"', "text.*'kx 482'.*capital letters"),
        ("facing_deg = 180", "facing_deg = 999", "facing_deg.*999"),
    ],
)
def test_a_wrong_canary_is_one_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = WORLD.read_text(encoding="utf-8").replace("../grounds", str(WORLD.parents[1] / "grounds"))
    assert old in text
    path = tmp_path / "world.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(WorldError, match=says) as told:
        load_world(path)
    assert "\n" not in str(told.value)
