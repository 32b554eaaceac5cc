"""The sealed worker on a live stream that tells its own pose: it opens without a single pose from the station."""

from __future__ import annotations

import math
import time
from fractions import Fraction
from typing import Any

import av
import pytest

from tests.flightlink.klv_bytes import items, packet
from tests.vision.clips import FPS, HEIGHT_PX, WIDTH_PX, pictures, video_stream
from tests.vision.scene import mission
from tests.vision.test_worker import CAMERA, order, started
from tests.vision.test_worker_live import Inbox, Sender, free_udp_port, is_fragment
from vision.wire import Failed, Job, Opened, PoseTold, WorkerHealth, order_line

pytestmark = [pytest.mark.model, pytest.mark.usefixtures("weights")]

LENS = CAMERA.intrinsics
LOOKS = {
    "heading": CAMERA.yaw_deg % 360, "pitch": 0.0, "roll": 0.0, "azimuth": 0.0, "elevation": CAMERA.pitch_deg,
    "turn": CAMERA.roll_deg % 360, "lat": CAMERA.lat_deg, "lon": CAMERA.lon_deg, "alt": CAMERA.alt_m,
    "ground": CAMERA.ground_alt_m, "hfov": 2 * math.degrees(math.atan(LENS.width_px / 2 / LENS.fx_px)),
    "vfov": 2 * math.degrees(math.atan(LENS.height_px / 2 / LENS.fy_px)),
}  # fmt: skip


class TellingSender(Sender):
    """Sends a packet of the camera's pose before each frame."""

    def run(self) -> None:
        frames = list(pictures(40))
        begun_s = time.monotonic()
        with av.open(f"udp://127.0.0.1:{self.port}?pkt_size=1316", "w", format="mpegts") as container:
            stream = video_stream(container, "libx264", FPS, WIDTH_PX, HEIGHT_PX)
            data: Any = container.add_data_stream("klv")
            for index in range(100 * FPS):
                if self.ended.wait(max(0.0, begun_s + index / FPS - time.monotonic())):
                    return
                told: av.Packet[Any] = av.Packet(packet(items(time.time_ns() // 1000, **LOOKS)))
                told.stream, told.time_base = data, Fraction(1, 90_000)
                told.pts = told.dts = index * 90_000 // FPS
                container.mux(told)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frames[index % len(frames)], format="bgr24")))


def test_a_live_stream_with_klv_opens_by_itself_and_tells_where_it_is() -> None:
    port, now_ns = free_udp_port(), time.time_ns()
    today = mission(starts_utc_ns=now_ns - 10**12, ends_utc_ns=now_ns + 10**12)
    live = order(
        f"udp://127.0.0.1:{port}", job=Job.WATCH, mission=today, video_starts_utc_ns=None, stated_sigma=CAMERA.sigma
    )
    sender = TellingSender(port)
    sender.start()
    with started(order_line(live)) as child:
        assert child.stdout
        inbox = Inbox(child.stdout)
        opened, _ = inbox.until(lambda message: isinstance(message, Opened | Failed), within_s=40)
        assert isinstance(opened, Opened), opened
        assert opened.sealed
        inbox.until(is_fragment(""), within_s=25)
        told, _ = inbox.until(lambda message: isinstance(message, PoseTold), within_s=5)
        assert isinstance(told, PoseTold)
        assert (told.pose.lat_deg, told.pose.lon_deg) == pytest.approx((CAMERA.lat_deg, CAMERA.lon_deg), abs=1e-6)
        assert told.pose.pitch_deg == pytest.approx(CAMERA.pitch_deg, abs=0.01)
        assert abs(time.time_ns() - told.pose.utc_ns) < 3e9
        health, _ = inbox.until(
            lambda message: isinstance(message, WorkerHealth) and message.gate == "open", within_s=10
        )
        assert isinstance(health, WorkerHealth)
        assert (health.pose_from, health.time_from) == ("klv", "klv")
        sender.ended.set()
        child.kill()
    sender.join(5)
