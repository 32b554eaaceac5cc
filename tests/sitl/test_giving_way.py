"""A simulated drone goes second on the machine that it shares with the station."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sitl.giving_way import AUTOGROUP, NICENESS

SCRIPT = """
import os, sys
from pathlib import Path
from sitl.giving_way import give_way
before = os.nice(0)
give_way(*(Path(word) for word in sys.argv[1:]))
print(os.nice(0) - before)
print(Path("/proc/self/autogroup").read_text() if Path("/proc/self/autogroup").exists() else "none")
"""


def after_giving_way(*autogroup: str) -> list[str]:
    """Run it in a process and a session of its own: what is given up is not had back."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *autogroup], capture_output=True, text=True, check=True, start_new_session=True
    )
    return done.stdout.split("\n")


def test_process_and_session_go_second() -> None:
    niceness, group, *_ = after_giving_way()
    assert niceness == str(NICENESS)
    if not AUTOGROUP.exists():
        pytest.skip("this system shares no time between sessions")
    assert group.endswith(f"nice {NICENESS}")


def test_where_sessions_share_no_time_the_process_alone_goes_second(tmp_path: Path) -> None:
    assert after_giving_way(str(tmp_path / "none" / "autogroup"))[0] == str(NICENESS)
