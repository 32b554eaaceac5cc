"""One live camera of the station: what its worker is sent, whatever the clocks do."""

from dataclasses import replace
from typing import Any

import pytest

from flightlink.pose import CameraPose
from groundstation.live_camera import LiveCamera
from groundstation.outbox import Outbox
from vision.wire import Order

NOW_NS = 1_700_000_000_000_000_000


class Flying:
    """A vehicle whose pose is known up to now, whatever now is."""

    picture_px = (640, 480)

    def __init__(self, pose: CameraPose) -> None:
        self.pose, self.now_ns = pose, NOW_NS

    def covered_until_utc_ns(self) -> int:
        return self.now_ns

    def pose_at(self, utc_ns: int) -> CameraPose:
        return replace(self.pose, utc_ns=utc_ns)


@pytest.mark.parametrize("set_by_s", [-0.4, -3600, 3600])
def test_poses_go_on_when_the_station_s_clock_is_set(
    order: Order, pose: CameraPose, set_by_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    flying: Any = Flying(pose)
    camera = LiveCamera(
        order, system_id=7, outbox=Outbox(("north",)), count=lambda _: None, trackers={7: flying}, clock=lambda: NOW_NS
    )
    sent: list[int] = []
    monkeypatch.setattr(camera.watch, "send_pose", lambda pose: sent.append(pose.utc_ns))
    camera.pump_poses(NOW_NS)
    assert sent[-1] == NOW_NS
    flying.now_ns = NOW_NS + round(set_by_s * 1e9)
    camera.pump_poses(flying.now_ns)
    assert flying.now_ns - sent[-1] < 50_000_000
