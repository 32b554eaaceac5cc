import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flightlink.camera_file import CameraFile
from flightlink.mission import Mission, RedactionLevel
from flightlink.pose import CONSUMER_GIMBAL, CameraPose, Intrinsics
from groundstation.instants import NS_PER_S
from groundstation.preflight.cameras import CameraSeen
from groundstation.supervision import WorkerState
from tests.groundstation.looked import HEALTH, NOW, OPENED, Looked
from tests.groundstation.zones_here import START_NS, Here
from vision.wire import Job, Order

FAKE_WORKER = Path(__file__).with_name("fake_worker.py")

CAMERA_TOML = """
width_px = 640
height_px = 480
fx_px = 500.0
fy_px = 500.0
cx_px = 319.5
cy_px = 239.5
"""
FIXED_POSE_TOML = (
    CAMERA_TOML
    + """
lat_deg = 48.857
lon_deg = 2.352
alt_m = 60.0
ground_alt_m = 0.0
yaw_deg = 0.0
pitch_deg = -90.0
roll_deg = 0.0
"""
)
MISSION_TOML = """
area = [[2.351, 48.8565], [2.353, 48.8565], [2.353, 48.8575], [2.351, 48.8575]]
starts_utc = 2026-07-14T18:00:00Z
ends_utc = 2026-07-14T21:00:00Z
min_agl_m = 10
max_agl_m = 120
purpose = "market day"
"""


@pytest.fixture
def fake_worker() -> Callable[[str], tuple[str, ...]]:
    return lambda way: (sys.executable, str(FAKE_WORKER), way)


@pytest.fixture
def order() -> Order:
    return Order(
        source="north", video="clip.mp4", job=Job.WATCH, models_dir="models", epsg=2154, intrinsics=None,
        fixed_pose=None, mission=None, video_starts_utc_ns=None, video_latency_s=0.0, level=RedactionLevel.STRICT,
        published_px_per_m=20.0,
    )  # fmt: skip


@pytest.fixture
def pose() -> CameraPose:
    camera = Intrinsics(width_px=640, height_px=480, fx_px=500.0, fy_px=500.0, cx_px=319.5, cy_px=239.5)
    return CameraPose(
        utc_ns=1, lat_deg=48.857, lon_deg=2.352, alt_m=60.0, ground_alt_m=0.0, yaw_deg=0.0, pitch_deg=-90.0,
        roll_deg=0.0, intrinsics=camera, sigma=CONSUMER_GIMBAL,
    )  # fmt: skip


@pytest.fixture
def mission() -> Mission:
    return Mission(
        area=((2.351, 48.8565), (2.353, 48.8565), (2.353, 48.8575), (2.351, 48.8575)),
        starts_utc_ns=1_000_000_000, ends_utc_ns=9_000_000_000, min_agl_m=10.0, max_agl_m=120.0, purpose="market day",
    )  # fmt: skip


@pytest.fixture
def shared() -> Path:
    """Return the folder of the optional recordings, or skip."""
    folder = Path(os.environ.get("GROUNDSTATION_SHARED", Path(__file__).parents[3] / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip("the recordings are not here; set GROUNDSTATION_SHARED to their folder")
    return folder


@pytest.fixture(autouse=True)
def _root_log_as_before() -> Iterator[None]:
    """Take off what the console script puts on the root logger; its stream ends with the test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def running(mission: Mission) -> Mission:
    now_ns = time.time_ns()
    hour_ns = 3_600_000_000_000
    return replace(mission, starts_utc_ns=now_ns - hour_ns, ends_utc_ns=now_ns + hour_ns)


@pytest.fixture
def here(mission: Mission) -> Mission:
    return replace(mission, starts_utc_ns=NOW - 60 * NS_PER_S, ends_utc_ns=NOW + 3600 * NS_PER_S)


@pytest.fixture
def file(pose: CameraPose) -> CameraFile:
    return CameraFile(intrinsics=pose.intrinsics, video_latency_s=0.2, fixed_pose=None, sigma=None)


@pytest.fixture
def seen(pose: CameraPose, file: CameraFile) -> CameraSeen:
    return CameraSeen(
        name="north", system_id=1, file=file, latency_s=0.2, pose=pose, worker=WorkerState.RUNNING, why="",
        opened=OPENED, health=HEALTH,
    )  # fmt: skip


@pytest.fixture
def looked(here: Mission, seen: CameraSeen, tmp_path: Path) -> Looked:
    return Looked(here, seen, tmp_path)


@pytest.fixture
def at_the_station(mission: Mission, tmp_path: Path) -> Here:
    lasting = replace(mission, starts_utc_ns=START_NS - NS_PER_S, ends_utc_ns=START_NS + 3600 * NS_PER_S)
    return Here(lasting, tmp_path / "state")
