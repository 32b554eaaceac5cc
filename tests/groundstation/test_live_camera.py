"""One live camera of the station: what its worker is sent, whatever the clocks do."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flightlink.alignment import Alignment, Bias, aligned
from flightlink.alignment_file import alignment_toml
from flightlink.camera_file import CameraFile
from flightlink.errors import CameraFileError
from flightlink.pose import CameraPose
from groundstation.live_camera import LiveCamera
from groundstation.outbox import Outbox
from vision.frames import FrameMaker, Media, RedactedFrame
from vision.wire import Order

NOW_NS = 1_700_000_000_000_000_000


class Flying:
    """A vehicle whose pose is known up to now, whatever now is."""

    picture_px = (640, 480)

    def __init__(self, pose: CameraPose) -> None:
        self.pose, self.now_ns = pose, NOW_NS

    def covered_until_utc_ns(self) -> int:
        return self.now_ns

    alignment: Alignment | None = None

    def reported_pose_at(self, utc_ns: int) -> CameraPose:
        return replace(self.pose, utc_ns=utc_ns)

    def pose_at(self, utc_ns: int) -> CameraPose:
        return aligned(self.reported_pose_at(utc_ns), self.alignment)


@pytest.mark.parametrize("set_by_s", [-0.4, -3600, 3600])
def test_poses_go_on_when_the_station_s_clock_is_set(
    order: Order, pose: CameraPose, set_by_s: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flying: Any = Flying(pose)
    camera = LiveCamera(
        order, system_id=7, outbox=Outbox(("north",)), count=lambda _: None, trackers={7: flying}, clock=lambda: NOW_NS,
        file=None, alignments=tmp_path,
    )  # fmt: skip
    sent: list[int] = []
    monkeypatch.setattr(camera.watch, "send_pose", lambda pose: sent.append(pose.utc_ns))
    camera.pump_poses(NOW_NS)
    assert sent[-1] == NOW_NS
    flying.now_ns = NOW_NS + round(set_by_s * 1e9)
    camera.pump_poses(flying.now_ns)
    assert flying.now_ns - sent[-1] < 50_000_000


FOUND = Alignment(
    bias=Bias(3.0, -1.0, 0.0), sigma_deg=(0.2, 0.1, None), utc_ns=1_784_000_000_000_000_000, points=5, residual_m=0.4
)


def live_camera(order: Order, folder: Path, file: CameraFile | None, flying: Any = None) -> LiveCamera:
    return LiveCamera(
        order, system_id=None if flying is None else 7, outbox=Outbox(("north",)), count=lambda _: None,
        trackers={} if flying is None else {7: flying}, clock=lambda: NOW_NS, file=file, alignments=folder,
    )  # fmt: skip


def picture(closed_because: str = "") -> RedactedFrame:
    return RedactedFrame(
        source="north", sequence=1, utc_ns=NOW_NS, media=Media.JPEG, keyframe=True, width_px=320, height_px=240,
        closed_because=closed_because, data=b"", made_by=FrameMaker.GATE,
    )  # fmt: skip


def test_what_the_station_keeps_is_taken_off_a_vehicles_poses(order: Order, pose: CameraPose, tmp_path: Path) -> None:
    (tmp_path / "north.alignment.toml").write_text(alignment_toml(FOUND))
    flying: Any = Flying(pose)
    camera = live_camera(order, tmp_path, None, flying)
    seen = camera.view_at(NOW_NS).pose
    assert isinstance(seen, CameraPose)
    assert seen == aligned(replace(pose, utc_ns=NOW_NS), FOUND)
    assert seen.aligned_deg == FOUND.bias


def test_a_damaged_alignment_ends_the_start(order: Order, tmp_path: Path) -> None:
    (tmp_path / "north.alignment.toml").write_text("[alignment]\nyaw_deg = 3.0\n")
    with pytest.raises(CameraFileError, match=r"north\.alignment\.toml \[alignment\]: sigma is missing"):
        live_camera(order, tmp_path, None)


def test_a_camera_that_stands_still_gets_its_pose_put_right_for_every_worker(
    order: Order, pose: CameraPose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = CameraFile(intrinsics=pose.intrinsics, video_latency_s=None, fixed_pose=pose, sigma=None)
    camera = live_camera(replace(order, fixed_pose=pose), tmp_path, file)
    orders: list[Order] = []
    monkeypatch.setattr(camera.watch, "renew", orders.append)
    camera._align(FOUND)
    camera._align(FOUND)
    camera._align(None)
    assert [told.fixed_pose for told in orders] == [aligned(pose, FOUND), pose]
    assert camera.view_at(NOW_NS).pose == replace(pose, utc_ns=NOW_NS)


def test_the_reported_pose_of_each_open_picture_is_remembered(order: Order, pose: CameraPose, tmp_path: Path) -> None:
    (tmp_path / "north.alignment.toml").write_text(alignment_toml(FOUND))
    camera = live_camera(order, tmp_path, None, Flying(pose))
    camera._take(picture("stale_pose"))
    assert camera._shown.pose_at(NOW_NS) is None
    camera._take(picture())
    shown = camera._shown.pose_at(NOW_NS)
    assert shown is not None
    assert (shown.yaw_deg, shown.pitch_deg) == (pose.yaw_deg, pose.pitch_deg)
    assert shown.intrinsics.width_px == 320
