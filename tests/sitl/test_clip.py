import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from flightlink.camera_file import load_camera
from maps.camera import image_from_enu
from sitl import clip
from sitl.crowd.crowd import Crowd
from sitl.picture.scene import placements_of
from sitl.picture.sprite_set import SpriteSet
from sitl.world.route import instant_at
from sitl.world.shot import shot_from
from sitl.world.world import World

SMALL = ("--width", "320", "--height", "180", "--frames", "5")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the program wrote, run as the benchmarks run it."""
    folder = tmp_path_factory.mktemp("clip") / "new"
    command = (sys.executable, "-I", "-m", "sitl.clip", "--out", str(folder), *SMALL)
    subprocess.run(command, check=True, timeout=60)
    return folder


def grey_frames(folder: Path) -> list[NDArray[np.int16]]:
    with av.open(str(folder / clip.VIDEO)) as video:
        return [frame.to_ndarray(format="gray").astype(np.int16) for frame in video.decode(video=0)]


def test_the_clip_holds_what_was_asked_for(made: Path) -> None:
    with av.open(str(made / clip.VIDEO)) as video:
        stream = video.streams.video[0]
        assert (stream.frames, stream.codec_context.name) == (5, "h264")
        assert (stream.codec_context.width, stream.codec_context.height) == (320, 180)


def test_people_walk_before_a_camera_that_stands(made: Path) -> None:
    first, *_, last = grey_frames(made)
    changed = np.abs(last - first) > 40
    assert 20 < changed.sum() < 0.1 * changed.size


def test_the_camera_file_is_true_to_the_picture(made: Path, world: World, sprites: SpriteSet) -> None:
    """Feet on the ground, seen once by the station's camera model and once by the renderer."""
    camera = load_camera(made / clip.CAMERA)
    assert camera.fixed_pose is not None
    small = clip.world_of_size(world, width_px=320, height_px=180)
    instant = instant_at(world.vehicles[0].route, clip.AT_S)
    people = Crowd(world).people_at(clip.AT_S)
    placed = placements_of(people, shot_from(instant, small.camera.intrinsics), sprites)
    indices = [one.person for one in placed]
    east, north = people.east_m[indices] - instant.east_m, people.north_m[indices] - instant.north_m
    u_px, v_px, seen = image_from_enu(
        camera.fixed_pose, np.column_stack([east, north, np.full_like(east, -camera.fixed_pose.alt_agl_m)])
    )
    assert seen.all()
    assert len(placed) > 40
    np.testing.assert_allclose(u_px, [one.foot_x_px for one in placed], atol=0.01)
    np.testing.assert_allclose(v_px, [one.foot_y_px for one in placed], atol=0.01)


def test_the_pose_lies_where_the_vehicle_flies(made: Path, world: World) -> None:
    camera = load_camera(made / clip.CAMERA)
    assert camera.fixed_pose is not None
    instant = instant_at(world.vehicles[0].route, clip.AT_S)
    assert camera.fixed_pose.alt_agl_m == pytest.approx(instant.up_m)
    metres_per_deg = 111_194.0
    north_m = (camera.fixed_pose.lat_deg - world.home.lat_deg) * metres_per_deg
    east_m = (camera.fixed_pose.lon_deg - world.home.lon_deg) * metres_per_deg * np.cos(np.radians(world.home.lat_deg))
    assert east_m == pytest.approx(instant.east_m, rel=0.01, abs=0.1)
    assert north_m == pytest.approx(instant.north_m, rel=0.01)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--width", "321"], "321"),
        (["--frames", "0"], "'0'"),
        (["--world", "missing.toml"], "missing.toml"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["clip", "--out", str(tmp_path / "out"), *words])
    assert status_of(clip.main) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(sys, "argv", ["clip", "--out", str(tmp_path / "file"), *SMALL])
    assert status_of(clip.main) == 2
    assert str(tmp_path / "file") in capsys.readouterr().err


def status_of(main: Callable[[], int]) -> int:
    try:
        return main()
    except SystemExit as ended:  # argparse's own way out
        return int(ended.code or 0)
