"""What several tests of this folder share."""

import os
from pathlib import Path

import pytest

from flightlink.camera_file import CameraFile
from flightlink.pose import Intrinsics

LENS = Intrinsics(width_px=1920, height_px=1080, fx_px=1500, fy_px=1500, cx_px=959.5, cy_px=539.5)


@pytest.fixture
def camera() -> CameraFile:
    return CameraFile(intrinsics=LENS, video_latency_s=None, fixed_pose=None, sigma=None)


@pytest.fixture(scope="module", params=[1, 2])
def sitl_log(request: pytest.FixtureRequest) -> Path:
    beside = Path(__file__).resolve().parents[2].parent / "shared"
    path = Path(os.environ.get("GROUNDSTATION_SHARED", beside)) / "data" / "sitl_tlog" / f"sitl_v{request.param}.tlog"
    if not path.is_file():
        pytest.skip(
            "the recorded flights are not here; set GROUNDSTATION_SHARED to the folder that holds data/sitl_tlog"
        )
    return path


@pytest.fixture(scope="session")
def shared_data() -> Path:
    beside = Path(__file__).resolve().parents[2].parent / "shared"
    path = Path(os.environ.get("GROUNDSTATION_SHARED", beside)) / "data"
    if not path.is_dir():
        pytest.skip("the recordings are not here; set GROUNDSTATION_SHARED to the folder that holds data/")
    return path
