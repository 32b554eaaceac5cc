"""The sealed worker on a live stream: MPEG-TS over UDP on this machine, poses as they come."""

from __future__ import annotations

import queue
import socket
import threading
import time
from dataclasses import replace
from typing import IO, Any

import av
import pytest

from maps.cells import CellCounts
from tests.vision.clips import FPS, HEIGHT_PX, WIDTH_PX, pictures, video_stream
from tests.vision.scene import mission
from tests.vision.test_worker import CAMERA, message_from, order, started, worked
from vision.frames import Media, RedactedFrame
from vision.wire import (
    Failed,
    Job,
    Message,
    Opened,
    WorkerHealth,
    order_line,
    pose_line,
)

pytestmark = [pytest.mark.model, pytest.mark.usefixtures("weights")]


class Sender(threading.Thread):
    """Sends a clip as MPEG-TS over UDP, in real time, until told to stop."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.ended = threading.Event()

    def run(self) -> None:
        frames = list(pictures(40))
        begun_s = time.monotonic()
        with av.open(f"udp://127.0.0.1:{self.port}?pkt_size=1316", "w", format="mpegts") as container:
            stream = video_stream(container, "libx264", FPS, WIDTH_PX, HEIGHT_PX)
            for index in range(100 * FPS):
                if self.ended.wait(max(0.0, begun_s + index / FPS - time.monotonic())):
                    return
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frames[index % len(frames)], format="bgr24")))


class Postman(threading.Thread):
    """Sends the live pose of now, twenty times a second, until told to stop."""

    def __init__(self, pipe: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self.pipe = pipe
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.05):
            try:
                self.pipe.write(pose_line(replace(CAMERA, utc_ns=time.time_ns())))
                self.pipe.flush()
            except (OSError, ValueError):
                return


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Inbox:
    """The worker's messages as they come."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self.waiting: queue.Queue[Message | None] = queue.Queue()
        self.past: list[Message] = []
        threading.Thread(target=self._read, args=(pipe,), daemon=True).start()

    def _read(self, pipe: IO[bytes]) -> None:
        try:
            while (message := message_from(pipe)) is not None:
                self.waiting.put(message)
        except ValueError:
            if not pipe.closed:  # closed: the test is at its end
                raise
        self.waiting.put(None)

    def until(self, wanted: Any, *, within_s: float) -> tuple[Message, float]:
        """Return the first message that is wanted, and after how many seconds it came."""
        begun_s = time.monotonic()
        while (rest_s := begun_s + within_s - time.monotonic()) > 0:
            try:
                message = self.waiting.get(timeout=rest_s)
            except queue.Empty:
                break
            assert message is not None, f"the worker ended: {self.past[-1:]}"
            self.past.append(message)
            if wanted(message):
                return message, time.monotonic() - begun_s
        raise AssertionError(f"nothing within {within_s} s; last: {self.past[-3:]}")


def is_fragment(cause: str) -> Any:
    return lambda message: (
        isinstance(message, RedactedFrame) and message.media is Media.FMP4_FRAGMENT and message.closed_because == cause
    )


def test_a_live_stream_opens_closes_without_poses_and_fails_without_pictures() -> None:
    port, now_ns = free_udp_port(), time.time_ns()
    today = mission(starts_utc_ns=now_ns - 10**12, ends_utc_ns=now_ns + 10**12)
    live = order(f"udp://127.0.0.1:{port}", job=Job.WATCH, mission=today, video_starts_utc_ns=None)
    sender = Sender(port)
    sender.start()
    with started(order_line(live)) as child:
        assert child.stdin
        assert child.stdout
        postman, inbox = Postman(child.stdin), Inbox(child.stdout)
        postman.start()
        opened, _ = inbox.until(lambda message: isinstance(message, Opened | Failed), within_s=30)
        assert isinstance(opened, Opened), opened
        assert (opened.width_px, opened.height_px, opened.sealed) == (WIDTH_PX, HEIGHT_PX, True)
        for _ in range(5):
            shown, _ = inbox.until(is_fragment(""), within_s=20)
        assert isinstance(shown, RedactedFrame)
        assert abs(time.time_ns() - shown.utc_ns) < 3e9
        inbox.until(lambda message: isinstance(message, WorkerHealth) and message.gate == "open", within_s=5)
        inbox.until(lambda message: isinstance(message, CellCounts), within_s=10)
        postman.ended.set()
        _, seconds = inbox.until(is_fragment("stale_pose"), within_s=5)
        assert seconds < 3
        stopped = len(inbox.past)
        sender.ended.set()
        failed, seconds = inbox.until(lambda message: isinstance(message, Failed), within_s=12)
        assert isinstance(failed, Failed)
        assert failed.cause == "source_lost"
        assert seconds < 9
        assert not any(is_fragment("")(message) for message in inbox.past[stopped:]), "once closed it stays closed"
        assert child.wait(5) == 1
    sender.join(5)
    postman.join(5)


def test_a_live_source_without_a_mission_is_refused() -> None:
    found = worked(order("udp://127.0.0.1:9", job=Job.WATCH))
    assert found.failed.cause == "internal"
    assert "needs a mission" in found.failed.detail
