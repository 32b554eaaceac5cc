"""A real worker on a kernel that cannot seal it: it says so, and sends counts, never a picture.

The kernel is made unable by a filter around the worker, set by a program that then becomes the worker.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.vision.clips import pictures, written
from tests.vision.scene import mission
from tests.vision.test_worker import CAMERA, Worked, message_from, order
from vision.frames import RedactedFrame
from vision.seal import HOLDS
from vision.syscalls import this_machine
from vision.wire import END_OF_POSES, Done, Message, Opened, order_line

pytestmark = [
    pytest.mark.model,
    pytest.mark.usefixtures("weights"),
    pytest.mark.skipif(this_machine() is None, reason="no table of system calls for this processor"),
]

AROUND = """
import ctypes, errno, os, sys
from vision.seccomp import Step, set_in_all_threads
from vision.syscalls import this_machine
machine = this_machine()
steps = [Step(0x20, 0, 0, 0)]
for name in sys.argv[1].split(","):
    steps += [Step(0x15, 0, 1, machine.numbers[name]), Step(0x06, 0, 0, 0x00050000 | errno.ENOSYS)]
ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
assert set_in_all_threads(machine, [*steps, Step(0x06, 0, 0, 0x7FFF0000)]) == ""
os.execv(sys.executable, [sys.executable, "-I", "-m", "vision.worker"])
"""


def worked_without(calls: str, line: bytes) -> Worked:
    command = [sys.executable, "-I", "-c", AROUND, calls]
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment) as child:
        assert child.stdin
        assert child.stdout
        assert child.stderr
        child.stdin.write(line)
        child.stdin.flush()
        messages: list[Message] = []
        while (message := message_from(child.stdout)) is not None:
            messages.append(message)
        return Worked(messages, child.wait(20), child.stderr.read().decode())


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    clip = written(tmp_path_factory.mktemp("clips") / "clip.mp4", pictures(12))
    return order_line(order(clip, fixed_pose=CAMERA, mission=mission())) + END_OF_POSES


@pytest.mark.parametrize(
    ("calls", "parts"),
    [
        ("seccomp", {"seccomp_loading", "seccomp"}),
        ("landlock_create_ruleset,landlock_restrict_self", {"landlock", "landlock_reading", "landlock_closed"}),
        ("prlimit64", {"limits", "no_more_files"}),
    ],
)
def test_a_worker_that_cannot_seal_itself_says_why_and_sends_counts_only(
    calls: str, parts: set[str], line: bytes
) -> None:
    found = worked_without(calls, line)
    opened = found.messages[0]
    assert isinstance(opened, Opened), (found.messages, found.stderr)
    assert not opened.sealed
    assert opened.codec == ""
    failed = {part: reason for part, reason in opened.seal.items() if reason != HOLDS}
    assert set(failed) == parts
    assert all("not" in reason or "refused" in reason or "stay" in reason for reason in failed.values()), failed
    assert not any(isinstance(message, RedactedFrame) for message in found.messages)
    assert found.counts
    assert isinstance(found.messages[-1], Done)


def test_the_same_worker_around_which_nothing_is_refused_sends_pictures(line: bytes) -> None:
    found = worked_without("mount", line)
    opened = found.messages[0]
    assert isinstance(opened, Opened)
    assert opened.sealed
    assert any(isinstance(message, RedactedFrame) for message in found.messages)
