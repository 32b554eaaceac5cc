"""The sealed worker on a recording that is played by a replay's clock: poses as they come, both gates as live."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest

from flightlink.replay_time import ReplayTime
from maps.cells import CellCounts
from tests.vision.clips import FPS, pictures, written
from tests.vision.scene import UTC_NS, mission
from tests.vision.test_worker import CAMERA, order, started, worked
from tests.vision.test_worker_live import Inbox, is_fragment
from vision.frames import Media, RedactedFrame
from vision.raw.playing import piece_ns
from vision.wire import Done, Failed, Job, Opened, order_line, pose_line

pytestmark = [pytest.mark.model, pytest.mark.usefixtures("weights")]
S = 1_000_000_000
SECONDS = 24


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    frames = list(pictures(40))
    return written(
        tmp_path_factory.mktemp("replay") / "clip.mp4", (frames[index % 40] for index in range(SECONDS * FPS))
    )


class Postman(threading.Thread):
    """Sends the pose of the replay's now, twenty times a second, until told to stop."""

    def __init__(self, pipe: IO[bytes], clock: ReplayTime) -> None:
        super().__init__(daemon=True)
        self.pipe, self.clock, self.sent_utc_ns = pipe, clock, 0
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.05):
            now_ns = self.clock.utc_ns(time.monotonic_ns())
            grid = range(max(self.sent_utc_ns, now_ns - 2 * S), now_ns, S // 20)
            self.sent_utc_ns = now_ns
            try:
                self.pipe.write(b"".join(pose_line(replace(CAMERA, utc_ns=utc_ns)) for utc_ns in grid))
                self.pipe.flush()
            except (OSError, ValueError):
                return


@pytest.mark.parametrize("speed", [4.0])
def test_a_recording_plays_by_the_clock_and_ends(clip: Path, speed: float) -> None:
    clock = ReplayTime(starts_utc_ns=UTC_NS, starts_steady_ns=time.monotonic_ns() + 3 * S, speed=speed)
    then = mission(starts_utc_ns=UTC_NS - S, ends_utc_ns=UTC_NS + 100 * S)
    told = order(clip, job=Job.REPLAY, mission=then, replay=clock)
    with started(order_line(told)) as child:
        assert child.stdin
        assert child.stdout
        postman, inbox = Postman(child.stdin, clock), Inbox(child.stdout)
        postman.start()
        opened, _ = inbox.until(lambda message: isinstance(message, Opened | Failed), within_s=30)
        assert isinstance(opened, Opened), opened
        assert opened.sealed
        for _ in range(3):
            shown, _ = inbox.until(is_fragment(""), within_s=20)
            now_utc_ns = clock.utc_ns(time.monotonic_ns())
            assert isinstance(shown, RedactedFrame)
            most_behind_s = (speed - 1) * piece_ns(speed) / S + clock.video_delay_ns / S + 2 * speed
            assert 0 < (now_utc_ns - shown.utc_ns) / S < most_behind_s, "the frame's own time is the clock's"
        inbox.until(lambda message: isinstance(message, CellCounts), within_s=10)
        done, _ = inbox.until(lambda message: isinstance(message, Done | Failed), within_s=30)
        assert isinstance(done, Done), done
        postman.ended.set()
        assert child.wait(5) == 0
    fragments = [one for one in inbox.past if isinstance(one, RedactedFrame) and one.media is Media.FMP4_FRAGMENT]
    assert all(UTC_NS <= one.utc_ns <= UTC_NS + (SECONDS + 1) * S for one in fragments)
    postman.join(5)


@pytest.mark.parametrize("video", ["udp://127.0.0.1:9", "/dev/zero", "missing.mp4"])
def test_nothing_but_a_closed_file_is_replayed(video: str) -> None:
    clock = ReplayTime(starts_utc_ns=UTC_NS, starts_steady_ns=0, speed=1.0)
    found = worked(order(video, job=Job.REPLAY, mission=mission(), replay=clock))
    assert (found.failed.cause, "not a regular file" in found.failed.detail) == ("bad_input", True)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"job": Job.REPLAY}, "needs its clock"),
        ({"job": Job.REPLAY, "replay": True, "video_starts_utc_ns": None}, "time of its first frame"),
        ({"job": Job.REPLAY, "replay": True}, "needs a mission"),
        ({"job": Job.WATCH, "replay": True}, "nothing else may have one"),
    ],
)
def test_a_replay_without_what_makes_it_one_is_refused(clip: Path, changes: dict[str, object], why: str) -> None:
    clock = ReplayTime(starts_utc_ns=UTC_NS, starts_steady_ns=0, speed=1.0)
    told = order(clip, **{**changes, "replay": clock if "replay" in changes else None})
    assert why in worked(told).failed.detail
