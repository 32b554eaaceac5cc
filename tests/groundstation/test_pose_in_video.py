"""A camera whose video tells its pose: what its worker is ordered, and what the settings refuse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flightlink.alignment import Alignment, Bias, aligned
from flightlink.camera_file import CameraFile
from flightlink.pose import CONSUMER_GIMBAL, NOT_ALIGNED, SURVEYED, CameraPose, PoseRefusal
from groundstation.errors import BadInputError
from groundstation.live_camera import LiveCamera, live_order
from groundstation.outbox import Outbox
from groundstation.settings import settings_from_table
from groundstation.settings.tables import CameraTable
from tests.architecture.documents import MISSION, POSE
from vision.wire import Order, PoseTold

VIDEO = "udp://127.0.0.1:5600"
ALIGNED = Alignment(bias=Bias(3.0, 0.0, 0.0), sigma_deg=(0.3, None, None), utc_ns=0, points=5, residual_m=0.4)
FILE = CameraFile(
    intrinsics=POSE.intrinsics, video_latency_s=0.2, fixed_pose=replace(POSE, sigma=SURVEYED), sigma=CONSUMER_GIMBAL,
    alignment=ALIGNED,
)  # fmt: skip


def ordered(told: CameraFile | None = None, **table: Any) -> Order:
    return live_order(CameraTable(name="north", video=VIDEO, **table), told, MISSION, core_share=1.0)


def test_a_worker_is_told_what_may_tell_the_pose_and_what_the_camera_file_adds() -> None:
    order = ordered(FILE, pose="klv", system_id=1)
    assert (order.pose_wanted, order.is_latency_measured, order.video_latency_s) == ("klv", True, 0.2)
    assert (order.stated_sigma, order.alignment, order.intrinsics) == (CONSUMER_GIMBAL, ALIGNED, POSE.intrinsics)
    bare = ordered(system_id=1)
    assert (bare.pose_wanted, bare.is_latency_measured, bare.stated_sigma, bare.alignment) == (
        "auto",
        False,
        None,
        None,
    )
    assert ordered(system_id=1, video_latency_s=0.0).is_latency_measured


@pytest.mark.parametrize("pose", ["klv", "sei"])
def test_a_video_that_tells_its_pose_needs_no_vehicle(pose: str) -> None:
    assert ordered(pose=pose).fixed_pose is None
    assert ordered(FILE, file=Path("north.toml"), pose=pose).fixed_pose is None


@pytest.mark.parametrize("pose", ["auto", "mavlink"])
def test_any_other_needs_a_vehicle_or_a_place(pose: str) -> None:
    with pytest.raises(ValueError, match="system_id of its vehicle"):
        CameraTable.model_validate({"name": "north", "video": VIDEO, "pose": pose})
    assert ordered(FILE, file=Path("north.toml"), pose=pose).fixed_pose == FILE.standing_pose
    with pytest.raises(BadInputError, match="no fixed pose"):
        ordered(replace(FILE, fixed_pose=None), file=Path("north.toml"), pose=pose)


def test_another_word_is_refused_in_one_line(tmp_path: Path) -> None:
    camera = {"name": "north", "video": VIDEO, "system_id": 1, "pose": "radar"}
    table = {"camera": [camera], "link": [{"url": "udpin://127.0.0.1:14550"}]}
    with pytest.raises(
        BadInputError, match=r"camera.1.pose: found 'radar', expected .*; write for instance pose = "
    ) as told:
        settings_from_table(table, path=tmp_path / "station.toml")
    assert "\n" not in str(told.value)


NOW_NS = 1_700_000_000 * 10**9


def told(utc_ns: int, *, yaw_deg: float) -> PoseTold:
    pose = replace(POSE, utc_ns=utc_ns, pitch_deg=-45.0, yaw_deg=yaw_deg)
    return PoseTold(pose=aligned(pose, ALIGNED), pose_from="klv")


def live(clock: list[int], folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[LiveCamera, list[bool]]:
    camera = LiveCamera(
        ordered(pose="klv"), system_id=None, outbox=Outbox(("north",)), count=lambda _: None, trackers={},
        clock=lambda: clock[0], file=None, alignments=folder,
    )  # fmt: skip
    renewed: list[bool] = []
    monkeypatch.setattr(camera.watch, "renew", lambda order, at_once: renewed.append(at_once and order is not None))
    return camera, renewed


def test_map_and_pages_are_shown_the_pose_that_the_worker_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [NOW_NS]
    camera, _ = live(clock, tmp_path, monkeypatch)
    before = camera.view_at(NOW_NS).pose
    assert isinstance(before, PoseRefusal)
    assert before.cause == "no_pose"
    camera._take(told(NOW_NS - 200_000_000, yaw_deg=13.0))
    shown = camera.view_at(NOW_NS + 10**8).pose
    assert isinstance(shown, CameraPose)
    assert shown.yaw_deg == pytest.approx(10.0)
    later = camera.view_at(NOW_NS + 2 * 10**9).pose
    assert isinstance(later, PoseRefusal)
    assert camera.document_at(NOW_NS + 2 * 10**9)["pose_refusal"] == "no_pose"


def test_an_alignment_is_solved_on_what_was_reported_and_told_to_a_new_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [NOW_NS]
    camera, renewed = live(clock, tmp_path, monkeypatch)
    camera._align(ALIGNED)
    camera._take(told(NOW_NS - 300_000_000, yaw_deg=13.0))
    camera._take(told(NOW_NS - 100_000_000, yaw_deg=15.0))
    reported = camera._reported_at(NOW_NS - 200_000_000)
    assert isinstance(reported, CameraPose)
    assert reported.yaw_deg == pytest.approx(14.0)
    assert reported.aligned_deg == NOT_ALIGNED
    camera._align(None)
    assert renewed == [False, True]
