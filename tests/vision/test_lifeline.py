"""No worker outlives its station, whatever either of them was doing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

CHILD = "from vision.lifeline import end_with_the_station as live; live(); print('alive', flush=True); input()"
PARENT = (
    "import subprocess, sys\n"
    "child = subprocess.Popen([sys.executable, '-I', '-c', sys.argv[1]], stdin=subprocess.PIPE)\n"
    "print(child.pid, flush=True)\n"
    "child.wait()\n"
)


def state_of(pid: int) -> str:
    """Return the letter of a process's state; `-` when it is gone, `Z` when only nobody has buried it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "-"


def test_a_child_that_is_stopped_ends_when_its_parent_is_killed() -> None:
    command = (sys.executable, "-I", "-c", PARENT, CHILD)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        said = {parent.stdout.readline().strip(), parent.stdout.readline().strip()}
        (child,) = (int(line) for line in said if line != "alive")
        os.kill(child, signal.SIGSTOP)
        parent.kill()
        parent.wait(10)
        until_s = time.monotonic() + 10
        while state_of(child) not in "-Z" and time.monotonic() < until_s:
            time.sleep(0.02)
        assert state_of(child) in "-Z"
