"""What a source may make the worker open before it is sealed for good: itself, and nothing beside it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.vision.clips import pictures, written
from tests.vision.scene import mission
from tests.vision.test_worker import CAMERA, message_from, order, started
from vision.landlock import version
from vision.raw.source import opened_stream
from vision.wire import Failed, Job, Opened, order_line

pytestmark = [
    pytest.mark.model,
    pytest.mark.usefixtures("weights"),
    pytest.mark.skipif(version() == 0, reason="this kernel has no Landlock"),
]


def said_of(path: Path) -> Opened | Failed:
    now_ns = time.time_ns()
    today = mission(starts_utc_ns=now_ns - 10**12, ends_utc_ns=now_ns + 10**12)
    live = order(path, job=Job.WATCH, mission=today, video_starts_utc_ns=None, fixed_pose=CAMERA)
    with started(order_line(live)) as child:
        assert child.stdout
        message = message_from(child.stdout)
        assert isinstance(message, Opened | Failed)
        return message


def test_a_playlist_cannot_have_the_worker_read_another_file(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    clip = written(tmp_path / "elsewhere" / "clip.ts", pictures(20, width_px=320, height_px=240))
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{clip}\n#EXT-X-ENDLIST\n")
    with opened_stream(str(playlist)) as source:
        assert source.shape.width_px == 320, "without the seal FFmpeg follows it"
    said = said_of(playlist)
    assert isinstance(said, Failed)
    assert said.cause == "source_lost"
    assert isinstance(said_of(clip), Opened), "given itself the same clip is opened"
