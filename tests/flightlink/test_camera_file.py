"""Camera files: what is read, and one clear line for what cannot be."""

from pathlib import Path

import pytest

from flightlink.camera_file import load_camera
from flightlink.errors import CameraFileError
from flightlink.pose import NO_DISTORTION, SURVEYED

LENS = "width_px = 1920\nheight_px = 1080\nfx_px = 1500.5\nfy_px = 1501\ncx_px = 960\ncy_px = 540\n"
PLACE = (
    "lat_deg = 48.85\nlon_deg = 2.35\nalt_m = 60\nground_alt_m = 35.0\nyaw_deg = 10\npitch_deg = -30\nroll_deg = 0\n"
)


def written(folder: Path, text: str) -> Path:
    path = folder / "camera.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_flying_camera_has_intrinsics_alone(tmp_path: Path) -> None:
    camera = load_camera(written(tmp_path, LENS + "[nonsense]\nx = 1\n"))
    assert (camera.intrinsics.width_px, camera.intrinsics.fx_px) == (1920, 1500.5)
    assert camera.intrinsics.distortion == NO_DISTORTION
    optional = [camera.fixed_pose, camera.sigma, camera.mount, camera.video_latency_s]
    assert optional == [None] * 4


def test_a_fixed_camera_without_sigma_counts_as_surveyed(tmp_path: Path) -> None:
    text = LENS + PLACE + "distortion = [-0.1, 0, 0.001, 0, 0]\nvideo_latency_s = 0.2\n"
    camera = load_camera(written(tmp_path, text))
    assert camera.fixed_pose is not None
    assert camera.fixed_pose.sigma == SURVEYED
    assert camera.fixed_pose.alt_agl_m == 25
    assert camera.fixed_pose.utc_ns == 0
    assert camera.intrinsics.distortion == (-0.1, 0.0, 0.001, 0.0, 0.0)
    assert camera.video_latency_s == 0.2


def test_stated_errors_and_a_mount_are_read(tmp_path: Path) -> None:
    sigma = "[sigma]\nhorizontal_m = 1\nvertical_m = 2\nyaw_deg = 3\npitch_deg = 4\nroll_deg = 5\n"
    camera = load_camera(
        written(tmp_path, LENS + PLACE + sigma + "[mount]\nyaw_deg = 0\npitch_deg = -60\nroll_deg = 0\n")
    )
    assert camera.fixed_pose is not None
    assert camera.sigma is not None
    assert camera.fixed_pose.sigma == camera.sigma
    assert camera.sigma.roll_deg == 5
    assert camera.mount is not None
    assert camera.mount.pitch_deg == -60


WRONG = {
    "fx_px is missing": LENS.replace("fx_px = 1500.5\n", ""),
    "width_px is missing": LENS.replace("width_px = 1920\n", ""),
    "fx_px is 'wide'": LENS.replace("1500.5", "'wide'"),
    "cx_px is nan": LENS.replace("cx_px = 960", "cx_px = nan"),
    "fy_px is True": LENS.replace("1501", "true"),
    "height_px is 0": LENS.replace("1080", "0"),
    "width_px is 19.5": LENS.replace("1920", "19.5"),
    "focal length -1.0": LENS.replace("1500.5", "-1.0"),
    r"distortion is \[1, 2\]": LENS + "distortion = [1, 2]\n",
    r"distortion\[1\] is 'a'": LENS + "distortion = [1, 'a', 0, 0, 0]\n",
    "ground_alt_m is missing": LENS + PLACE.replace("ground_alt_m = 35.0\n", ""),
    "lon_deg is missing": LENS + "lat_deg = 48.0\n",
    "alt_m is 30": LENS + PLACE.replace("alt_m = 60", "alt_m = 30"),
    "position 99": LENS + PLACE.replace("48.85", "99"),
    "pitch -91": LENS + PLACE.replace("-30", "-91"),
    "video_latency_s is -1": LENS + "video_latency_s = -1\n",
    r"\[sigma\]: yaw_deg is missing": LENS + "[sigma]\nhorizontal_m = 1\nvertical_m = 2\n",
    "sigma horizontal_m is -1": LENS
    + "[sigma]\nhorizontal_m = -1\nvertical_m = 2\nyaw_deg = 1\npitch_deg = 1\nroll_deg = 1\n",
    "sigma is 3, not a table": "sigma = 3\n" + LENS,
    r"\[mount\]: pitch_deg is -100": LENS + "[mount]\nyaw_deg = 0\npitch_deg = -100\nroll_deg = 0\n",
    "distortions is not known; distortion seems to be meant": LENS + "distortions = [0, 0, 0, 0, 0]\n",
    "Mount is not known; mount seems to be meant": LENS + "[Mount]\nyaw_deg = 0\npitch_deg = 0\nroll_deg = 0\n",
    "not valid TOML": "width_px = = 3",
}


@pytest.mark.parametrize(("message", "text"), WRONG.items(), ids=WRONG.keys())
def test_what_is_wrong_gets_one_line_with_file_and_field(tmp_path: Path, message: str, text: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(CameraFileError, match=message) as caught:
        load_camera(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_picture_are_no_camera_files(tmp_path: Path) -> None:
    with pytest.raises(CameraFileError, match="cannot be read"):
        load_camera(tmp_path / "nowhere.toml")
    with pytest.raises(CameraFileError, match="cannot be read"):
        load_camera(tmp_path)
    binary = tmp_path / "picture.toml"
    binary.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF")
    with pytest.raises(CameraFileError, match="not a text file"):
        load_camera(binary)
