import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from groundstation.__main__ import main
from sitl.crowd.crowd import People
from sitl.picture.render import Renderer
from sitl.picture.sprite_set import SpriteSet
from sitl.training.crowds import BODY_M, KINDS, crowd_of
from sitl.training.exact import exact_scene
from sitl.training.lens import Lens, motion_kernel, through
from sitl.training.plan import picture_plan, sized
from sitl.training.write import Asked, manifest_of, prepared, rendered
from sitl.world.errors import WorldError
from sitl.world.route import FlightInstant
from sitl.world.shot import Shot, shot_from
from sitl.world.world import World
from vision.truth import truth_from_file


def standing(*places: tuple[float, float]) -> People:
    count = len(places)
    east_m, north_m = np.array(places, float).reshape(-1, 2).T
    return People(
        ids=np.arange(count),
        east_m=east_m,
        north_m=north_m,
        heading_deg=np.zeros(count),
        walked_m=np.zeros(count),
        speed_m_s=np.zeros(count),
        walks=np.zeros(count, bool),
        looks=np.zeros(count, np.int64),
    )


def camera(world: World, *, depression_deg: float, up_m: float = 20.0, roll_deg: float = 0.0) -> Shot:
    """A camera south of home that looks north at home."""
    south_m = up_m / np.tan(np.radians(depression_deg))
    flight = FlightInstant(
        east_m=0.0, north_m=-float(south_m), up_m=up_m, velocity_east_m_s=0.0, velocity_north_m_s=0.0,
        velocity_up_m_s=0.0, roll_deg=0.0, pitch_deg=0.0, yaw_deg=0.0, yaw_rate_deg_s=0.0, camera_yaw_deg=0.0,
        camera_pitch_deg=-depression_deg, camera_roll_deg=roll_deg,
    )  # fmt: skip
    return shot_from(flight, dataclasses.replace(world.camera.intrinsics, fx_px=900.0, fy_px=900.0))


@pytest.fixture(scope="module")
def renderer(world: World, sprites: SpriteSet) -> Renderer:
    return Renderer(dataclasses.replace(world, props=()), sprites)


def test_who_stands_behind_another_is_hidden(world: World, renderer: Renderer, sprites: SpriteSet) -> None:
    shot = camera(world, depression_deg=20)
    _, seen = exact_scene(renderer, sprites, shot, standing((0, 0.45), (0, 0), (3, 0)))
    behind, before, beside = sorted(seen, key=lambda one: (one.visible_share, one.head_px[0]))
    assert behind.visible_share < 0.75
    assert before.visible_share == beside.visible_share == 1.0
    assert behind.full_box[1] < before.full_box[1]
    assert behind.box is not None
    assert behind.box[3] < behind.full_box[3]
    assert before.box == before.full_box


def test_shares_of_visibility_add_up_to_what_is_painted(world: World, renderer: Renderer, sprites: SpriteSet) -> None:
    """Alone everybody is whole; together each loses exactly what the others paint over."""
    shot, places = camera(world, depression_deg=25), [(0.0, 0.0), (0.1, 0.5), (-0.1, 1.0)]
    alone = [exact_scene(renderer, sprites, shot, standing(place))[1][0] for place in places]
    _, together = exact_scene(renderer, sprites, shot, standing(*places))
    assert [one.visible_share for one in alone] == [1.0, 1.0, 1.0]
    shares = sorted(one.visible_share for one in together)
    assert shares[2] == 1.0
    assert shares[0] < shares[1] < 0.95


def test_a_prop_before_a_person_hides_the_legs(world: World, sprites: SpriteSet) -> None:
    planter = dataclasses.replace(world.props[0], middle_m=(0.0, -0.8), size_m=(3.0, 0.3, 0.8), roof_m=0.0)
    shot = camera(world, depression_deg=20)
    _, (one,) = exact_scene(
        Renderer(dataclasses.replace(world, props=(planter,)), sprites), sprites, shot, standing((0, 0))
    )
    assert one.box is not None
    assert 0.3 < one.visible_share < 0.85
    assert one.box[1] == one.full_box[1]
    assert one.box[1] + one.box[3] < one.full_box[1] + one.full_box[3] - 5


@pytest.mark.parametrize("roll_deg", [0.0, 14.0])
@pytest.mark.parametrize("depression_deg", [25.0, 60.0, 89.0])
@pytest.mark.parametrize("place", [(0.0, 0.0), (5.0, 2.0), (-6.0, -1.5)])
def test_feet_are_where_the_ground_projects_and_heads_where_a_body_ends(
    world: World,
    renderer: Renderer,
    sprites: SpriteSet,
    place: tuple[float, float],
    depression_deg: float,
    roll_deg: float,
) -> None:
    shot = camera(world, depression_deg=depression_deg, roll_deg=roll_deg)
    _, (one,) = exact_scene(renderer, sprites, shot, standing(place))
    foot, _ = shot.projected(np.array([[*place, 0.0]]))
    assert one.foot_px == pytest.approx(tuple(foot[0]), abs=1e-6)
    left_m, behind_m, up_m = sprites.head_m(0, 0)
    # heading north: left is west, behind is south; the sun decides whether the mirror image is shown
    heads = [
        shot.projected(np.array([[place[0] + side, place[1] - behind_m, up_m]]))[0][0] for side in (left_m, -left_m)
    ]
    metre_px = 900.0 / np.linalg.norm(np.array([*place, 0.9]) - shot.place_m)
    # sprites are rendered every 15 degrees of depression and 45 of azimuth: the head may be off by that
    assert min(np.hypot(*(head - one.head_px)) for head in heads) < 0.27 * metre_px
    box = one.full_box
    assert box[0] - 1 <= one.head_px[0] <= box[0] + box[2]
    assert box[1] - 1 <= one.head_px[1] <= box[1] + box[3]


def test_a_body_at_the_edge_of_a_picture_straight_down_lies_outwards(
    world: World, renderer: Renderer, sprites: SpriteSet
) -> None:
    shot = camera(world, depression_deg=90, up_m=14.0)
    middle = np.array([shot.intrinsics.cx_px, shot.intrinsics.cy_px])
    for place in ((6.0, 0.0), (-6.0, 0.0), (0.0, 3.0), (0.0, -3.0), (4.0, -2.5)):
        _, (one,) = exact_scene(renderer, sprites, shot, standing(place))
        outwards = np.array(one.foot_px) - middle
        lean = np.array(one.head_px) - one.foot_px
        assert lean @ outwards / np.linalg.norm(lean) / np.linalg.norm(outwards) > 0.9


@pytest.mark.parametrize("kind", KINDS)
def test_crowds_never_stand_in_one_another(kind: str) -> None:
    for seed in range(3):
        people = crowd_of(
            next(known for known in KINDS if known == kind), (3.0, -2.0), 12.0, np.random.default_rng(seed)
        )
        places = np.stack([people.east_m, people.north_m], axis=1)
        away = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) + 9 * np.eye(len(people))
        assert not len(people) or away.min() >= BODY_M
        assert len(people) <= 1000


def test_plans_go_through_all_the_room_that_was_asked_for(world: World) -> None:
    plans = [picture_plan(world, number, 1, "mixed") for number in range(120)]
    heights = [plan.flight.up_m for plan in plans]
    assert min(heights) < 16
    assert max(heights) > 80
    depressions = [-plan.flight.camera_pitch_deg for plan in plans]
    assert min(depressions) < 28
    assert max(depressions) > 82
    assert {plan.world.look.light for plan in plans} == {"day", "dusk", "thermal"}
    assert {plan.crowd_kind for plan in plans} == set(KINDS)
    assert max(len(plan.people) for plan in plans) > 200


def test_motion_smears_along_its_direction_and_keeps_the_light() -> None:
    kernel = motion_kernel(4.0, 0.0)
    assert kernel.sum() == pytest.approx(1.0, abs=1e-5)
    assert kernel[kernel.shape[0] // 2].sum() == pytest.approx(1.0, abs=1e-5)
    line = np.zeros((21, 21, 3), np.uint8)
    line[:, 10] = 255
    across = through(Lens(softness_px=0.0, motion_px=4.0, motion_deg=0.0, jpeg_quality=90), line)
    along = through(Lens(softness_px=0.0, motion_px=4.0, motion_deg=90.0, jpeg_quality=90), line)
    assert across[10, 10, 0] < 100
    assert along[10, 10, 0] > 240


def asked_for(world: World, folder: Path, **other: object) -> Asked:
    usual = Asked(
        pictures=2, folder=folder, seed=4, width_px=320, height_px=240, world=world, keeps_world=False, light="day"
    )
    return dataclasses.replace(usual, **other)  # type: ignore[arg-type]  # fields of the test's choice


def test_the_same_seed_gives_the_same_pictures(world: World, tmp_path: Path) -> None:
    for name in ("a", "b"):
        asked = asked_for(world, tmp_path / name)
        prepared(asked)
        assert len(list(rendered(asked))) == 2
    for file in ("truth.jsonl", "manifest.json", "images/000000.jpg", "images/000001.jpg"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert manifest["seed"] == 4
    assert "CC0" in manifest["licences"]["sprites"]
    assert "BSD-2-Clause" in manifest["licences"]["grounds"]


def test_a_world_gives_its_own_ground_and_crowd(world: World, tmp_path: Path) -> None:
    asked = asked_for(world, tmp_path / "set", keeps_world=True, light=None, pictures=1)
    prepared(asked)
    (line,) = rendered(asked)
    assert line["ground"] == world.ground.file.name
    assert line["crowd"] == "world"
    assert line["boxes"]
    assert manifest_of(asked)["world"] == "demo"


def test_the_command_writes_what_evaluate_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    told = main([
        "models", "render", "--pictures", "3", "--out", str(out), "--seed", "11",
        "--width", "320", "--height", "256", "--light", "thermal", "--json",
    ])  # fmt: skip
    assert told == 0
    document = json.loads(capsys.readouterr().out)
    truth = truth_from_file(out / "truth.jsonl")
    assert document["pictures"] == len(truth) == 3
    assert document["people"] == sum(len(picture.labels) for picture in truth)
    for picture in truth:
        shown = cv2.imread(str(out / "images" / str(picture.picture)))
        assert shown is not None
        assert shown.shape == (256, 320, 3)
        assert np.abs(shown.astype(int).std(axis=2)).max() < 12, "thermal pictures are grey"
        assert picture.pitch_deg is not None
        assert picture.pitch_deg < 0
        assert (picture.clipped() == picture.xyxy).all()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--pictures", "0"], "--pictures 0: expected 1 to"),
        (["--width", "9"], "--width 9: expected 64 to 4096"),
        (["--seed", "-1"], "--seed -1: expected a whole number from 0"),
        (["--world", "nowhere.toml"], "nowhere.toml"),
    ],
)
def test_bad_arguments_are_one_line(
    words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["models", "render", "--pictures", "1", "--out", str(out), *words]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
    assert not out.exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["models", "render", "--pictures", "1", "--out", str(tmp_path)]) == 2
    assert "is not empty; name a new folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert main(["models", "render", "--pictures", "1", "--out", str(tmp_path / "mine.txt")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_an_interrupt_leaves_only_whole_pictures(tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["models", "render", "--pictures", "500", "--out", str(out), "--width", "128", "--height", "96"]
    with subprocess.Popen([sys.executable, "-m", "groundstation", *words], stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not (out / "images" / "000001.jpg").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(20) == 130
    lines = [json.loads(line) for line in (out / "truth.jsonl").read_text().splitlines()]
    assert lines
    for line in lines:
        assert cv2.imread(str(out / "images" / line["image"])) is not None
    assert len(list((out / "images").iterdir())) - len(lines) in {0, 1}


def test_a_world_without_room_for_a_picture_is_one_line(world: World, tmp_path: Path) -> None:
    broken = dataclasses.replace(world.ground, file=tmp_path / "gone.webp")
    asked = asked_for(dataclasses.replace(world, ground=broken), tmp_path / "o", keeps_world=True, light=None)
    prepared(asked)
    with pytest.raises(WorldError, match=r"gone\.webp: cannot be read as a picture"):
        list(rendered(asked))


def test_another_size_of_picture_keeps_its_middle(world: World) -> None:
    camera = sized(world.camera, 321, 200)
    assert (camera.intrinsics.cx_px, camera.intrinsics.cy_px) == (160.0, 99.5)
