"""Pre-flight of a camera: gimbal, lens, ground, pose, video and seal, each with its faults."""

import math
from dataclasses import replace
from typing import Any

import pytest

from flightlink.camera_file import CameraFile
from flightlink.pose import NO_DISTORTION, CameraPose, PoseRefusal
from groundstation.preflight.cameras import CameraSeen
from groundstation.supervision import WorkerState
from tests.flightlink.packets import EARTH_FRAME, VEHICLE_FRAME
from tests.groundstation.looked import HEALTH, OPENED, STATE, Looked

ENDED: dict[str, Any] = {"opened": None, "health": None}


@pytest.mark.parametrize(
    ("gimbal", "word"),
    [
        ({"flags": VEHICLE_FRAME}, "gimbal_vehicle"),
        ({"flags": EARTH_FRAME}, "gimbal_earth"),
        ({"flags": VEHICLE_FRAME | EARTH_FRAME}, "gimbal_both"),
        ({"flags": VEHICLE_FRAME, "failure_flags": 8}, "gimbal_failure"),
        ({"flags": VEHICLE_FRAME, "delta_yaw": math.radians(200)}, "gimbal_heading"),
        ({"flags": VEHICLE_FRAME, "delta_yaw": math.radians(92)}, "gimbal_vehicle"),
        ({"turning_deg_per_s": 20, "rate_deg_per_s": 20}, "gimbal_vehicle_tried"),
        ({"turning_deg_per_s": 20, "rate_deg_per_s": -20}, "gimbal_against"),
    ],
)
def test_what_a_gimbal_says_of_its_frame(looked: Looked, gimbal: dict[str, Any], word: str) -> None:
    looked.gimbal = gimbal
    assert [point.word for point in looked.points() if point.point == "gimbal"] == [word]


def test_a_gimbal_that_is_silent(looked: Looked) -> None:
    assert looked.red(mute=("gimbal",)) == ["rates_low", "gimbal_none"]


def test_a_lens_that_does_not_fit(looked: Looked, seen: CameraSeen, file: CameraFile) -> None:
    for size, word in (((1280, 720), "lens_shape"), ((1280, 960), "lens_scaled")):
        looked.seen = replace(seen, opened=replace(OPENED, width_px=size[0], height_px=size[1]))
        assert [point.word for point in looked.points() if point.point == "intrinsics"] == [word]
    narrow = replace(file, intrinsics=replace(file.intrinsics, fx_px=1500.0, distortion=NO_DISTORTION))
    looked.seen = replace(seen, file=narrow)
    assert looked.red() == ["lens_disagrees"]


def test_a_lens_that_nobody_tells(looked: Looked, seen: CameraSeen) -> None:
    refusal = PoseRefusal(cause="no_intrinsics", detail="the link tells no intrinsics; give a camera file")
    looked.seen = replace(seen, file=None, pose=refusal)
    assert looked.red(mute=("fov",)) == ["rates_low", "lens_none", "pose_refused"]
    looked.seen = replace(seen, file=None)
    assert looked.red() == []
    looked.vehicles = {1: replace(STATE, alarms=("fields_of_view_disagree",))}
    assert looked.red() == ["lens_many"]


def test_without_a_home_the_ground_has_no_height(looked: Looked) -> None:
    assert looked.red(mute=("home",)) == ["ground_none"]


def test_a_pose_that_finds_no_ground_says_so_under_ground(looked: Looked, seen: CameraSeen) -> None:
    refusal = PoseRefusal(cause="no_geoid_separation", detail="heights are amsl, those of dem.tif ellipsoid")
    looked.seen = replace(seen, pose=refusal)
    assert looked.red() == ["ground_refused", "pose_refused"]


def test_a_pose_that_is_refused_names_cause_and_mend(looked: Looked, seen: CameraSeen) -> None:
    looked.seen = replace(seen, pose=PoseRefusal(cause="stale_pose", detail="pose 0.80 s old, the limit is 0.25 s"))
    (point,) = [point for point in looked.points() if not point.ok]
    assert point.says == "none, stale_pose: pose 0.80 s old, the limit is 0.25 s"
    assert point.mend.startswith("The camera's last position is too old")


@pytest.mark.parametrize(
    ("offset_s", "latency_s", "words"),
    [
        (0.01, 0.2, ["time_together", "time_arrival"]),
        (0.01, None, ["time_together"]),
        (-0.35, 0.2, ["time_apart", "time_arrival"]),
        (0.35, None, ["time_apart", "time_guessed"]),
    ],
)
def test_how_far_picture_and_pose_turn_apart(
    looked: Looked, seen: CameraSeen, offset_s: float, latency_s: float | None, words: list[str]
) -> None:
    measured = replace(HEALTH, time_offset_s=offset_s, time_offset_sigma_s=0.01)
    looked.seen = replace(seen, latency_s=latency_s, health=measured)
    assert [point.word for point in looked.points() if point.point == "time"] == words


def test_a_pose_that_the_picture_contradicts(looked: Looked, seen: CameraSeen) -> None:
    looked.seen = replace(seen, health=replace(HEALTH, gate="yaw_looks_reversed"))
    assert looked.red() == ["pose_contradicted"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({**ENDED, "worker": WorkerState.STARTING}, ["video_starting", "seal_unknown"]),
        ({**ENDED, "worker": WorkerState.WAITING, "why": "lost"}, ["video_waiting", "seal_unknown"]),
        ({**ENDED, "worker": WorkerState.STOPPED, "why": "x"}, ["video_stopped", "seal_unknown"]),
        ({"health": None}, ["video_dark"]),
        ({"health": replace(HEALTH, fps=3.0)}, ["video_slow"]),
        ({"health": replace(HEALTH, frames_in=3)}, ["video_starting"]),
        ({"opened": replace(OPENED, sealed=False, seal={"landlock": "not available"})}, ["seal_fails"]),
    ],
)  # fmt: skip
def test_a_video_with_a_fault(looked: Looked, seen: CameraSeen, change: dict[str, Any], words: list[str]) -> None:
    looked.seen = replace(seen, **change)
    assert [word for word in looked.red() if word.startswith(("video", "seal"))] == words


def test_a_camera_that_stands_still_needs_no_vehicle(looked: Looked, seen: CameraSeen, file: CameraFile) -> None:
    assert isinstance(seen.pose, CameraPose)
    looked.seen = replace(seen, system_id=None, file=replace(file, fixed_pose=seen.pose))
    looked.vehicles = {}
    assert looked.red() == []
    assert {"time_fixed", "gimbal_place", "ground_fixed"} <= {point.word for point in looked.points()}


def test_a_video_that_tells_its_own_pose_needs_no_vehicle_either(looked: Looked, seen: CameraSeen) -> None:
    told = replace(HEALTH, pose_from="klv", time_from="klv")
    looked.seen, looked.vehicles = replace(seen, system_id=None, file=None, health=told), {}
    assert looked.red() == []
    assert {"time_in_video", "gimbal_video", "ground_told"} <= {point.word for point in looked.points()}
    refusal = PoseRefusal(cause="no_pose", detail="no pose has arrived yet")
    looked.seen = replace(looked.seen, pose=refusal, health=replace(HEALTH, pose_from="", time_from=""))
    assert looked.red() == ["time_untold", "ground_untold", "lens_none", "pose_refused"]
