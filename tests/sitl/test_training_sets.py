"""Grounds, things, weathers and casts of training pictures."""

import dataclasses
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundstation.__main__ import main
from sitl.picture.scene import heads_of
from sitl.training.catalogue import MAKERS, bicycle, umbrella
from sitl.training.crowds import crowd_of
from sitl.training.exact import exact_scene
from sitl.training.foliage import crown, seen_crown
from sitl.training.grounds import GroundPlan, free_ground, ground_plan, laid, photographs_in
from sitl.training.layout import Laid
from sitl.training.lens import Lens, coded, developed
from sitl.training.noise import fractal
from sitl.training.plan import picture_plan
from sitl.training.sets import stage_of
from sitl.training.staging import Cast, cast_of
from sitl.training.studio import Stage, Studio
from sitl.training.surfaces import SURFACES
from sitl.training.things import Thing, seen_things, shadows_of
from sitl.training.wardrobe import OUTFITS, SKIN_NAMES, DressedSprites
from sitl.training.weather import MIXED, air_from, weather_from
from sitl.training.write import exact_picture, truth_line
from sitl.world.errors import WorldError
from sitl.world.world import World
from tests.sitl.test_training import camera, standing

SIDE = 160


@pytest.fixture(scope="module")
def dressed() -> DressedSprites:
    return DressedSprites()


def plain_cast(count: int, **other: object) -> Cast:
    usual = Cast(
        postures=tuple("upright" for _ in range(count)),
        sizes=np.ones(count),
        outfits=np.zeros(count, np.int64),
        umbrellas=np.zeros(count, bool),
    )
    return dataclasses.replace(usual, **other)  # type: ignore[arg-type]  # fields of the test's choice


def bare_stage(cast: Cast, *places: tuple[float, float], things: tuple[Thing, ...] = ()) -> Stage:
    grey = np.full((200, 200, 3), 128, np.uint8)
    floor = Laid(picture=grey, metres_per_px=0.1, name="grey", free=np.full((8, 8), 255, np.uint8), shaded=None)
    return Stage(laid=floor, people=standing(*places), cast=cast, things=things, crowns=(), ghosts=standing())


def studio(stage: Stage, sprites: DressedSprites, depression_deg: float) -> Studio:
    return Studio(stage, air_from(np.random.default_rng(1), "day", 20.0), sprites, depression_deg)


@pytest.mark.parametrize("kind", SURFACES)
def test_a_surface_has_light_and_texture_and_comes_back_from_its_seed(kind: str) -> None:
    one, same, other = (SURFACES[kind](np.random.default_rng(seed), SIDE, 0.04) for seed in (1, 1, 2))
    assert one.shape == (SIDE, SIDE, 3)
    assert (one == same).all()
    assert (one != other).any()
    assert 5 < one.mean() < 260
    assert one.std(axis=(0, 1)).max() > 0.5


@given(seed=st.integers(0, 1000), size_px=st.floats(8, 60))
def test_fractals_are_about_nought_and_of_deviation_one(seed: int, size_px: float) -> None:
    field = fractal(np.random.default_rng(seed), SIDE, size_px)
    assert field.shape == (SIDE, SIDE)
    assert abs(float(field.mean())) < 1.5
    assert 0.3 < float(field.std()) < 2.0


def test_drawn_grounds_are_of_many_kinds_and_nobody_may_stand_on_water() -> None:
    plan = GroundPlan(name="drawn", file=None, metres_per_px=0.0, seed=0)
    grounds = [laid(dataclasses.replace(plan, seed=seed), 0.08, SIDE, shadows=1.0) for seed in range(60)]
    assert len({ground.name.split()[1] for ground in grounds}) >= 6
    wet = [ground for ground in grounds if "water" in ground.name]
    assert wet
    assert all((ground.free == 0).any() for ground in wet)
    assert all((ground.free > 0).all() for ground in grounds if ground not in wet)
    shaded = [ground for ground in grounds if ground.shaded is not None]
    assert 5 < len(shaded) < 45


def test_a_place_off_the_ground_is_that_of_its_mirror() -> None:
    free = np.zeros((4, 4), np.uint8)
    free[0, 3] = 255  # north-east
    floor = Laid(picture=np.zeros((4, 4, 3), np.uint8), metres_per_px=1.0, name="", free=free, shaded=free)
    east, north = np.array([1.5, 2.5, 1.5, -1.5]), np.array([1.5, 1.5, 2.5, 1.5])
    assert floor.is_free(east, north).tolist() == [True, True, True, False]
    assert floor.shade_at(east, north).tolist() == [1, 1, 1, 0]


def test_crowns_and_water_in_a_photograph_are_no_place_to_stand() -> None:
    rng = np.random.default_rng(3)
    picture = np.full((300, 300, 3), (90, 150, 120), np.uint8)
    picture[:, :100] = np.clip(rng.normal(90, 55, (300, 100, 1)), 0, 255)
    picture[:, :100] = cv2.GaussianBlur(picture[:, :100], (0, 0), 1.5) * 1.0
    picture[:100, 100:] = (80, 78, 60)
    free = free_ground(picture, 0.06)
    side = free.shape[0]
    assert free[side // 2 :, side * 2 // 3 :].mean() > 230
    assert free[: side // 5, side // 2 :].max() == 0


def test_photographs_come_with_their_licence_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "set" / "images"
    folder.mkdir(parents=True)
    with pytest.raises(WorldError, match="holds no"):
        photographs_in(folder, 0.02)
    cv2.imwrite(str(folder / "one.png"), np.full((300, 400, 3), 140, np.uint8))
    with pytest.raises(WorldError, match="nothing tells the licence"):
        photographs_in(folder, 0.02)
    (tmp_path / "set" / "PROVENANCE.md").write_text("ours, CC0")
    found = photographs_in(folder, 0.02)
    assert found.licence == "ours, CC0"
    rng = np.random.default_rng(1)
    names = [ground_plan(rng, found, 10.0).name for _ in range(80)]
    assert {"one.png", "drawn", "square.webp"} <= set(names)
    assert {ground_plan(rng, found, 80.0).name for _ in range(30)} == {"drawn"}


def test_the_command_takes_photographs_and_names_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    cv2.imwrite(str(folder / "one.png"), np.full((900, 900, 3), 140, np.uint8))
    words = ["models", "render", "--pictures", "4", "--width", "96", "--height", "96", "--grounds", str(folder)]
    assert main([*words, "--out", str(tmp_path / "out")]) == 2
    assert "nothing tells the licence" in capsys.readouterr().err
    (folder / "LICENSE").write_text("CC0 1.0")
    assert main([*words, "--out", str(tmp_path / "out"), "--light", "mixed"]) == 0
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["photographs"] == ["one.png"]
    assert manifest["licences"]["photographs"] == "CC0 1.0"
    assert main([*words, "--out", str(tmp_path / "o"), "--grounds-m-per-px", "7"]) == 2
    assert main([*words[:4], "--out", str(tmp_path / "o"), "--world", "w.toml", "--light", "haze"]) == 2
    assert "worlds know day, dusk and thermal" in capsys.readouterr().err


@pytest.mark.parametrize("kind", [*MAKERS, "bicycle"])
def test_a_thing_is_seen_from_above_and_from_beside_and_casts_a_shadow(kind: str, world: World) -> None:
    rng = np.random.default_rng(5)
    if kind == "bicycle":
        one = bicycle(rng, (1.0, 0.5))
    else:
        pieces, reach_m = MAKERS[kind][0](rng)
        one = Thing(kind=kind, middle_m=(1.0, 0.5), reach_m=reach_m, pieces=pieces)
    air = air_from(rng, "day", 20.0)
    for depression_deg in (35.0, 89.0):
        shot = camera(world, depression_deg=depression_deg)
        (seen,) = seen_things((one,), shot, air.sun, air.palette)
        numbers = np.full((shot.intrinsics.height_px, shot.intrinsics.width_px), 7, np.uint16)
        picture = np.zeros((*numbers.shape, 3), np.uint8)
        seen.hide(numbers)
        seen.paint(picture)
        assert (numbers == 0).sum() > 20
        assert ((picture.max(axis=2) > 0) <= (numbers == 0)).all()
        foot, _ = shot.projected(np.array([[1.0, 0.5, 0.0]]))
        rows, columns = np.nonzero(numbers == 0)
        assert np.hypot(columns - foot[0, 0], rows - foot[0, 1]).min() < 40
    assert shadows_of((one,), air.sun)


def test_a_crown_hides_who_stands_behind_and_is_brighter_on_the_suns_side(world: World) -> None:
    rng, shot = np.random.default_rng(8), camera(world, depression_deg=88)
    air = dataclasses.replace(air_from(rng, "day", 20.0))
    sun = dataclasses.replace(air.sun, bearing_deg=90.0, elevation_deg=25.0)
    one = dataclasses.replace(crown(rng, (0.0, 0.0)), radius_m=2.0, base_m=2.0, high_m=4.5)
    seen = seen_crown(one, shot, sun, air.palette)
    assert seen is not None
    picture = np.zeros((shot.intrinsics.height_px, shot.intrinsics.width_px, 3), np.uint8)
    seen.paint(picture)
    rows, columns = np.nonzero(picture.max(axis=2))
    middle = int(np.median(columns))
    painted = picture.max(axis=2)
    assert (
        painted[:, middle:][painted[:, middle:] > 0].mean() > 1.1 * painted[:, :middle][painted[:, :middle] > 0].mean()
    )
    assert len(rows) > 2000


def test_an_umbrella_counts_as_who_is_under_it_and_a_parasol_as_nobody(world: World, dressed: DressedSprites) -> None:
    shot, rng = camera(world, depression_deg=89), np.random.default_rng(2)
    alone = bare_stage(plain_cast(1), (0.0, 0.0))
    _, (bare,) = exact_scene(studio(alone, dressed, 89), dressed, shot, alone.people)
    held = dataclasses.replace(alone, things=(umbrella(rng, (0.0, 0.0), 0),))
    _, (under,) = exact_scene(studio(held, dressed, 89), dressed, shot, held.people)
    assert under.box is not None
    assert bare.box is not None
    assert under.visible_share > 0.95
    assert under.box[2] * under.box[3] > 1.5 * bare.box[2] * bare.box[3]
    pieces, reach_m = MAKERS["parasol"][0](np.random.default_rng(2))
    parasol = Thing(kind="parasol", middle_m=(0.0, 0.0), reach_m=reach_m, pieces=pieces)
    below = dataclasses.replace(alone, things=(parasol,))
    _, (hidden,) = exact_scene(studio(below, dressed, 89), dressed, shot, below.people)
    assert hidden.visible_share < 0.05


def test_who_lies_is_long_from_above_and_children_are_small(world: World, dressed: DressedSprites) -> None:
    shot = camera(world, depression_deg=89)
    longest = {}
    for name, cast in {
        "upright": plain_cast(1),
        "sits": plain_cast(1, postures=("sits",)),
        "lies": plain_cast(1, postures=("lies",)),
        "child": plain_cast(1, sizes=np.array([0.6])),
    }.items():
        stage = bare_stage(cast, (0.0, 0.0))
        paints = studio(stage, dressed, 89)
        _, (one,) = exact_scene(paints, dressed, shot, stage.people)
        longest[name] = max(one.full_box[2:])
        head = heads_of([one.placed], dressed)[0]
        assert np.hypot(*(head - (one.placed.foot_x_px, one.placed.foot_y_px))) < 2.2 * 2 * 900 / 20
    metre_px = 900 / 20
    assert longest["child"] < 0.75 * longest["upright"]
    assert longest["upright"] < longest["sits"] < longest["lies"]
    assert 1.4 * metre_px < longest["lies"] < 2.1 * metre_px


@given(seed=st.integers(0, 200))
def test_casts_fit_their_crowds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    people = crowd_of("strollers", (0.0, 0.0), 10.0, rng)
    cast = cast_of(people, "strollers", rng)
    assert len(cast.postures) == len(cast.sizes) == len(cast.outfits) == len(people)
    assert ((cast.sizes > 0.5) & (cast.sizes < 1.2)).all()
    assert cast.outfits.max(initial=0) < OUTFITS
    kept = np.arange(0, len(people), 2)
    assert cast.chosen(kept).postures == cast.postures[::2]


def test_nobody_stands_in_a_thing_or_on_ground_that_is_not_free(world: World) -> None:
    rng = np.random.default_rng(4)
    people = crowd_of("audience", (0.0, 0.0), 12.0, rng)
    plan = GroundPlan(name="drawn", file=None, metres_per_px=0.0, seed=3)
    stage = stage_of(plan, people, cast_of(people, "audience", rng), 12.0, 0.05, rng, shadows=1.0)
    for thing in stage.things:
        if thing.person is None and len(stage.people):
            away = np.hypot(stage.people.east_m - thing.middle_m[0], stage.people.north_m - thing.middle_m[1])
            assert away.min() >= thing.reach_m
    assert stage.laid.is_free(stage.people.east_m, stage.people.north_m).all()
    assert len(stage.cast.postures) == len(stage.people)


def test_half_of_the_pictures_look_down_steeply_and_all_weathers_come(world: World) -> None:
    plans = [picture_plan(world, number, 3, "mixed") for number in range(200)]
    depressions = np.array([-plan.flight.camera_pitch_deg for plan in plans])
    assert 0.45 < (depressions >= 60).mean() < 0.65
    assert (depressions >= 80).mean() > 0.25
    assert (depressions < 60).mean() > 0.35
    assert {plan.weather for plan in plans} == set(MIXED)


@pytest.mark.parametrize("weather", MIXED)
def test_each_weather_gives_a_picture_and_groups_of_everybody(
    weather: str, world: World, dressed: DressedSprites
) -> None:
    chosen = next(known for known in MIXED if known == weather)
    assert weather_from(np.random.default_rng(0), chosen) == weather
    lens = dataclasses.replace(
        world.camera.intrinsics, width_px=160, height_px=128, cx_px=79.5, cy_px=63.5, fx_px=200.0, fy_px=200.0
    )
    small = dataclasses.replace(world.camera, intrinsics=lens)
    groups: list[dict[str, str]] = []
    for number in range(4):
        plan = picture_plan(dataclasses.replace(world, camera=small), number, 2, chosen)
        taken = exact_picture(plan, dressed, number)
        assert taken.pixels.shape == (128, 160, 3)
        if weather == "thermal":
            assert (taken.pixels[..., 0] == taken.pixels[..., 2]).all()
        line = truth_line("x.jpg", plan, taken)
        assert line["light"] == weather
        assert len(line["groups"]) == len(line["boxes"])
        groups += line["groups"]
    assert {group["skin"] for group in groups} <= set(SKIN_NAMES)
    assert {group["age"] for group in groups} <= {"child", "adult", "old"}
    assert {group["sex"] for group in groups} == {"female", "male"}
    assert {"bare"} < {group["head"] for group in groups} <= {"bare", "cap", "hat"}


def test_video_and_sharpening_change_a_picture_but_little() -> None:
    rng = np.random.default_rng(1)
    picture = cv2.GaussianBlur(rng.integers(0, 255, (96, 128, 3), np.uint8), (0, 0), 3)
    shown = coded(np.asarray(picture, np.uint8), 24)
    assert shown.shape == picture.shape
    assert 0.1 < np.abs(shown.astype(int) - picture).mean() < 12
    assert (coded(np.asarray(picture[:95], np.uint8), 24) == picture[:95]).all()
    plain = Lens(softness_px=0, motion_px=0, motion_deg=0, jpeg_quality=90)
    assert (developed(plain, np.asarray(picture, np.uint8)) == picture).all()
    firm = developed(dataclasses.replace(plain, sharpened=1.0), np.asarray(picture, np.uint8))
    assert firm.std() > picture.std()
