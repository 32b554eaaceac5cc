import asyncio
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from flightlink.pose import CameraPose
from groundstation.errors import WorkerLostError
from groundstation.worker_process import WorkerProcess, minimal_environment
from vision.frames import RedactedFrame
from vision.wire import Done, Failed, Job, Message, Opened, Order, WireError

Fake = Callable[[str], tuple[str, ...]]


async def heard(order: Order, command: tuple[str, ...], poses: tuple[CameraPose, ...] = ()) -> list[Message]:
    async with WorkerProcess(order, recorded_poses=poses, command=command) as worker:
        return [message async for message in worker.messages(first_within_s=20, silence_s=1)]


async def test_a_recording_comes_through_whole_with_every_pose(
    order: Order, pose: CameraPose, fake_worker: Fake
) -> None:
    poses = tuple(replace(pose, utc_ns=number) for number in range(5000))
    messages = await heard(replace(order, job=Job.FILE), fake_worker("whole"), poses)
    assert isinstance(messages[0], Opened)
    assert [message.data for message in messages if isinstance(message, RedactedFrame)] == [
        b"init", b"+1", b"+2", b"+3", b"jpeg",
    ]  # fmt: skip
    assert isinstance(messages[-1], Done)
    assert messages[-1].health.frames_in == 3 + 5000


async def test_a_failure_is_the_last_message(order: Order, fake_worker: Fake) -> None:
    (message,) = await heard(order, fake_worker("bad_input"))
    assert message == Failed(cause="bad_input", detail="the first line is no video; check the file")


async def test_a_crash_is_told_with_its_status_and_its_words_are_logged(
    order: Order, fake_worker: Fake, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(WorkerLostError, match="status 7"):
        await heard(order, fake_worker("crash"))
    assert "worker_says camera=north line=something broke" in caplog.text


async def test_junk_breaks_the_wire(order: Order, fake_worker: Fake) -> None:
    with pytest.raises(WireError):
        await heard(order, fake_worker("junk"))


async def test_silence_has_a_limit(order: Order, fake_worker: Fake) -> None:
    with pytest.raises(WorkerLostError, match="silent for 1 s"):
        await heard(order, fake_worker("silent"))


async def test_what_a_worker_says_beside_the_wire_is_bounded(
    order: Order, fake_worker: Fake, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await heard(order, fake_worker("chatty"))
        await asyncio.sleep(0)
    said = [record.getMessage() for record in caplog.records if "worker_says" in record.getMessage()]
    assert len(said) <= 200
    assert max(map(len, said), default=0) < 500


async def test_the_child_is_gone_after_the_block(order: Order, fake_worker: Fake) -> None:
    async with WorkerProcess(order, command=fake_worker("silent")) as worker:
        pid = worker._running.pid
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_child_that_ignores_the_gentle_end_is_killed(order: Order, tmp_path: Path) -> None:
    stubborn = tmp_path / "stubborn.py"
    stubborn.write_text(
        "import signal, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "sys.stdout.write('x'); sys.stdout.flush()\ntime.sleep(60)\n"
    )
    async with WorkerProcess(order, command=(sys.executable, str(stubborn))) as worker:
        stdout = worker._running.stdout
        assert stdout is not None
        await stdout.readexactly(1)
    assert worker._running.returncode == -9


async def test_late_poses_are_dropped_when_the_worker_does_not_read(
    order: Order, pose: CameraPose, fake_worker: Fake
) -> None:
    async with WorkerProcess(order, command=fake_worker("silent")) as worker:
        for _ in range(3000):
            worker.send_pose(pose)
        assert worker.poses_dropped > 0


def test_a_worker_knows_little_of_the_environment() -> None:
    kept = minimal_environment({"PATH": "/bin", "HOME": "/home/x", "API_TOKEN": "secret", "PYTHONPATH": "/x"})
    assert kept == {"PATH": "/bin", "LANG": "C.UTF-8", "TZ": "UTC"}
