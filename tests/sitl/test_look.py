import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from sitl.crowd.crowd import Crowd
from sitl.measure.marks import seen_at
from sitl.picture.body_paint import BodyPaint
from sitl.picture.ground_picture import MARK_M, surroundings
from sitl.picture.render import Renderer
from sitl.picture.scene import is_mirrored, placements_of
from sitl.picture.sensor import haze_share
from sitl.picture.sprite_set import SpriteSet
from sitl.world.errors import WorldError
from sitl.world.file import load_world
from sitl.world.look import LIGHTS, PALETTES, Light, Look
from sitl.world.route import FlightInstant, instant_at
from sitl.world.shot import Shot, shot_from
from sitl.world.world import Mark, Sun, World

DEMO = Path(__file__).parents[2] / "sitl" / "worlds" / "demo.toml"
Bytes = NDArray[np.uint8]


def looking_at(
    world: World,
    east_m: float,
    north_m: float,
    *,
    depression_deg: float,
    range_m: float,
    focal_px: float = 1400.0,
    yaw_deg: float = 0.0,
    roll_deg: float = 0.0,
) -> Shot:
    down, yaw = np.radians(depression_deg), np.radians(yaw_deg)
    flight = FlightInstant(
        east_m=float(east_m - range_m * np.cos(down) * np.sin(yaw)),
        north_m=float(north_m - range_m * np.cos(down) * np.cos(yaw)),
        up_m=float(range_m * np.sin(down)), velocity_east_m_s=0.0, velocity_north_m_s=0.0, velocity_up_m_s=0.0,
        roll_deg=0.0, pitch_deg=0.0, yaw_deg=0.0, yaw_rate_deg_s=0.0, camera_yaw_deg=yaw_deg,
        camera_pitch_deg=-depression_deg, camera_roll_deg=roll_deg,
    )  # fmt: skip
    return shot_from(flight, dataclasses.replace(world.camera.intrinsics, fx_px=focal_px, fy_px=focal_px))


def in_light(world: World, light: Light) -> World:
    return dataclasses.replace(world, look=Look(light=light))


@pytest.fixture(scope="module")
def pictures(world: World, sprites: SpriteSet) -> dict[str, Bytes]:
    shot = shot_from(instant_at(world.vehicles[0].route, 2.0), world.camera.intrinsics)
    people = Crowd(world).people_at(2.0)
    return {light: Renderer(in_light(world, light), sprites).frame(shot, people, 3) for light in LIGHTS}


@pytest.mark.parametrize(
    ("depression_deg", "range_m", "yaw_deg", "roll_deg"),
    [
        (90.0, 35.0, 0.0, 0.0),
        (60.0, 30.0, 35.0, 3.0),
        (40.0, 30.0, 200.0, 0.0),
        (30.0, 25.0, 100.0, -5.0),
        (90.0, 12.0, 10.0, 0.0),
    ],
)
def test_a_marks_middle_is_painted_where_it_was_surveyed(
    world: World, sprites: SpriteSet, depression_deg: float, range_m: float, yaw_deg: float, roll_deg: float
) -> None:
    """Between texels, at any level of detail: measured in the picture by the crossing of the edges alone."""
    places = [(-3.21, 2.017), (0.4, -1.333), (2.113, 3.4)]
    marks = tuple(Mark(name=f"M{number}", east_m=e, north_m=n) for number, (e, n) in enumerate(places))
    empty = dataclasses.replace(world, props=(), marks=marks)
    people = Crowd(world).people_at(0.0)
    none = dataclasses.replace(people, **{f.name: getattr(people, f.name)[:0] for f in dataclasses.fields(people)})
    for place in places:
        shot = looking_at(
            world, *place, depression_deg=depression_deg, range_m=range_m, yaw_deg=yaw_deg, roll_deg=roll_deg
        )
        picture = Renderer(empty, sprites).frame(shot, none, 1)
        found = seen_at(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8), shot, place)
        assert found is not None
        true, _ = shot.projected(np.array([[*place, 0.0]]))
        assert float(np.hypot(*(found - true[0]))) < 0.3
    assert MARK_M == 0.6


def test_a_mark_looks_alike_from_near_and_from_far(world: World, sprites: SpriteSet) -> None:
    """Near it is drawn, far it is part of the texture: the same quadrants are dark."""
    mark = Mark(name="M1", east_m=1.0, north_m=2.0)
    renderer = Renderer(dataclasses.replace(world, props=(), marks=(mark,)), sprites)
    people = Crowd(world).people_at(0.0)
    for range_m in (12.0, 60.0, 118.0):
        shot = looking_at(world, 1.0, 2.0, depression_deg=90, range_m=range_m)
        grey = cv2.cvtColor(renderer.scene(shot, people, [], (960, 540)), cv2.COLOR_BGR2GRAY)
        pixels, _ = shot.projected(
            np.array([[1 + e, 2 + n, 0] for e, n in ((0.15, 0.15), (-0.15, -0.15), (0.15, -0.15), (-0.15, 0.15))])
        )
        one, two, three, four = (int(grey[round(v), round(u)]) for u, v in pixels)
        assert max(one, two) + 60 < min(three, four)


def test_day_dusk_and_thermal_are_what_they_say(pictures: dict[str, Bytes]) -> None:
    day, dusk, thermal = (pictures[light].astype(float) for light in ("day", "dusk", "thermal"))
    assert dusk.mean() < 0.65 * day.mean()
    assert dusk[..., 2].mean() > 1.25 * dusk[..., 0].mean(), "warm: more red than blue"
    assert abs(day[..., 2].mean() - day[..., 0].mean()) < 0.15 * day.mean()
    smooth = cv2.GaussianBlur(thermal, (0, 0), 3)
    assert np.ptp(smooth, axis=2).max() < 8, "grey but for the noise"
    assert np.percentile(thermal, 50) < 95
    assert np.percentile(thermal, 99.5) > 190


def test_in_thermal_light_heads_are_warmest(sprites: SpriteSet) -> None:
    paint = BodyPaint(sprites, PALETTES["thermal"])
    for figure in range(len(sprites.figures)):
        sprite = sprites.sprite_of(figure=figure, phase=0, azimuth_deg=0, depression_deg=30)
        pixels = paint._averaged(sprite, 0, False, 0, 0)
        x, y = (round(part) for part in sprites.head_px(sprite))
        solid = pixels[..., 3] > 250
        assert pixels[y, x, 0] > 215
        assert pixels[y, x, 0] >= np.median(pixels[..., 0][solid])
        assert (pixels[..., 0] == pixels[..., 2]).all()


def test_dusk_is_noisier_than_day(world: World, sprites: SpriteSet) -> None:
    shot = looking_at(world, 0, 0, depression_deg=50, range_m=40)
    people = Crowd(world).people_at(0.0)
    spread = {}
    for light in LIGHTS:
        renderer = Renderer(in_light(world, light), sprites)
        first, second = (renderer.frame(shot, people, number).astype(int) for number in (1, 2))
        spread[light] = float((first - second).std())
    assert spread["dusk"] > 1.5 * spread["day"]
    assert spread["day"] > 1


def test_haze_grows_with_distance_to_the_horizon(world: World) -> None:
    shot = looking_at(world, 0, 0, depression_deg=12, range_m=80, focal_px=700)
    shares = [haze_share(shot, row, 2000.0) for row in range(539, 0, -60)]
    assert shares == sorted(shares)
    assert shares[0] == pytest.approx(
        1 - np.exp(-3.912 * shot.place_m[2] / np.sin(np.radians(12 + 21.0)) / 2000), abs=0.02
    )
    assert shares[-1] > 0.95


def test_above_the_horizon_there_is_sky_and_below_it_ground(world: World, sprites: SpriteSet) -> None:
    people = Crowd(world).people_at(0.0)
    for roll_deg in (0.0, 10.0):
        shot = looking_at(world, 0, 0, depression_deg=8, range_m=80, focal_px=700, roll_deg=roll_deg)
        scene = Renderer(world, sprites).scene(shot, people, [], (960, 540))
        sky = np.array(PALETTES["day"].haze_bgr)
        assert (scene[0] == sky).all(axis=-1).mean() > 0.5
        assert (scene[400:] == sky).all(axis=-1).mean() < 0.02


def test_far_slabs_do_not_flicker(world: World, sprites: SpriteSet) -> None:
    """From 110 m up the ground hardly changes when the camera moves by a third of a pixel."""
    empty = dataclasses.replace(world, props=())
    terrain = Renderer(empty, sprites)._terrain
    shots = [looking_at(world, 0.01 * k, 0, depression_deg=45, range_m=155, focal_px=700) for k in range(2)]
    first, second = (terrain.seen(shot, (960, 540)).astype(int) for shot in shots)
    inner = np.s_[200:340, 380:580]
    assert np.abs(first[inner] - second[inner]).mean() < 1.0


def test_the_ground_goes_on_beyond_its_picture_without_a_mirror(world: World) -> None:
    picture = cv2.imread(str(world.ground.file))
    assert picture is not None
    wide = surroundings(np.asarray(picture, np.uint8), world.ground.metres_per_px, np.random.default_rng(1))
    ratio = world.ground.metres_per_px / 0.28
    height, width = round(picture.shape[0] * ratio), round(picture.shape[1] * ratio)
    top, left = (wide.shape[0] - height) // 2, (wide.shape[1] - width) // 2
    inside, above = wide[top : top + 60, left : left + width].astype(int), wide[top - 60 : top, left : left + width]
    assert np.abs(inside - above[::-1]).mean() > 8, "what lies beyond the edge is no mirror image"
    rim = picture[:100].reshape(-1, 3).mean(axis=0)
    assert wide[:100].reshape(-1, 3).mean(axis=0) == pytest.approx(rim, abs=14)


def test_sunlit_sides_face_the_sun(world: World, sprites: SpriteSet) -> None:
    """Sprites were rendered with the sun on one side of the viewer; on the other their mirror image serves."""
    people = Crowd(world).people_at(0.0)
    shot = looking_at(world, 0, 0, depression_deg=35, range_m=40)
    east, west = Sun(bearing_deg=90, elevation_deg=40), Sun(bearing_deg=270, elevation_deg=40)
    assert is_mirrored(shot, east, sprites) != is_mirrored(shot, west, sprites)
    for sun, side in ((east, 1), (west, -1)):
        placed = placements_of(people, shot, sprites, sun)
        paint, brighter = BodyPaint(sprites, PALETTES["day"]), 0.0
        for one in placed:
            pixels = paint._averaged(one.sprite, one.tint, one.mirrored, 0, 0).astype(float)
            columns = np.arange(pixels.shape[1]) - one.sprite.mirrored_x_px(
                one.sprite.anchor_x_px, mirrored=one.mirrored
            )
            weight = pixels[..., 3].sum(axis=0)
            grey = pixels[..., :3].sum(axis=(0, 2)) / np.maximum(weight, 1)
            solid = weight > 0.15 * weight.max()
            brighter += float(np.corrcoef(columns[solid], grey[solid])[0, 1])
        assert brighter * side > 0


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('light = "night"', "[look]: light is 'night'; expected one of day, dusk, thermal"),
        ("light = 3", "light is 3"),
        ("visibility_m = 20", "visibility_m is 20"),
    ],
)
def test_a_wrong_look_is_one_line(tmp_path: Path, table: str, says: str) -> None:
    text = DEMO.read_text().replace("../grounds", str(DEMO.parents[1] / "grounds"))
    file = tmp_path / "world.toml"
    file.write_text(text.replace("[sun]", f"[look]\n{table}\n\n[sun]"))
    with pytest.raises(WorldError) as caught:
        load_world(file)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_world_says_its_light(tmp_path: Path) -> None:
    text = DEMO.read_text().replace("../grounds", str(DEMO.parents[1] / "grounds"))
    file = tmp_path / "world.toml"
    file.write_text(text.replace("[sun]", '[look]\nlight = "dusk"\nvisibility_m = 900\n\n[sun]'))
    assert load_world(file).look == Look(light="dusk", visibility_m=900.0)
    assert load_world(DEMO).look == Look()


def test_the_benchmark_tells_the_renderers_speed_beside_its_floor() -> None:
    words = [sys.executable, "-m", "sitl.bench_render", "--width", "320", "--height", "180", "--frames", "3"]
    told = subprocess.run(words, capture_output=True, check=True, timeout=60)
    figures = json.loads(told.stdout)
    assert figures["render_fps"] > 0
    assert 0 < figures["floor_ms"] < figures["render_ms"]
    assert figures["people"] > 100
    wrong = subprocess.run([*words[:3], "--world", "gone.toml"], capture_output=True, check=False, timeout=60)
    assert wrong.returncode == 2
    assert wrong.stderr.count(b"\n") == 1
