"""Locked in: a program that is not ours reaches no network, no other process and no file but those it was given."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vision import landlock
from vision.syscalls import this_machine

TRIES = """
import json, os, socket, subprocess, sys
from pathlib import Path
sys.path.append(sys.argv[1])
given, own, secret = map(Path, sys.argv[2:])
locked = "lock" not in os.environ
from vision.seal import locked_in
why_not = locked_in([given], own) if locked else ""

def tried(step):
    try:
        step()
    except OSError as error:
        return type(error).__name__
    return "open"

asks = [sys.executable, "-I", "-c", "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"]
print(json.dumps({
    "why_not": why_not,
    "network": tried(socket.socket), "unix": tried(lambda: socket.socket(socket.AF_UNIX)),
    "network of a program it starts": "open" if subprocess.run(asks, capture_output=True).returncode == 0 else "closed",
    "secret": tried(secret.read_bytes), "write secret": tried(lambda: secret.write_text("x")),
    "parent": tried(lambda: os.kill(os.getppid(), 0)),
    "given": tried(given.read_bytes), "write given": tried(lambda: given.write_text("x")),
    "own": tried(lambda: (own / "new").write_text("x")),
}))
"""


def tried(folder: Path, **environment: str) -> dict[str, Any]:
    for name in ("given", "secret"):
        (folder / name).write_text("x")
    (folder / "own").mkdir()
    paths = [str(folder / name) for name in ("given", "own", "secret")]
    command = [sys.executable, "-I", "-c", TRIES, str(Path(__file__).parents[2]), *paths]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=environment)
    return dict(json.loads(ended.stdout))


@pytest.mark.skipif(
    landlock.version() < landlock.PROCESSES_SINCE or this_machine() is None, reason="needs a kernel with Landlock 6"
)
def test_nothing_but_what_was_given_can_be_reached(tmp_path: Path) -> None:
    assert tried(tmp_path) == {
        "why_not": "", "network": "PermissionError", "unix": "PermissionError",
        "network of a program it starts": "closed", "secret": "PermissionError", "write secret": "PermissionError",
        "parent": "PermissionError", "given": "open", "write given": "PermissionError", "own": "open",
    }  # fmt: skip


def test_without_the_lock_all_of_it_can(tmp_path: Path) -> None:
    """The control: what the lock refuses is there to be had."""
    assert set(tried(tmp_path, lock="none").values()) == {"", "open"}
