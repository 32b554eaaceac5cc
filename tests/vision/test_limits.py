"""What the process gives up by itself, tried in children: limits, privileges, swap, and what Landlock lets it read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vision import landlock, limits


def told_by(code: str, *arguments: str) -> Any:
    """Return what a child prints as JSON."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


LIMITED = """
import json, os, resource
from vision import limits
limits.memory_may_be_locked()
parts = [limits.unreadable(), limits.without_new_rights(), limits.without_privileges()]
limits.limited()
end = limits.open_files_end()
limits.limited_to_files(end)
try:
    os.dup(0)
    another = "opened"
except OSError as error:
    another = error.errno
print(json.dumps({
    "parts": parts, "another": another, "end": end,
    "zero": [resource.getrlimit(limit) for limit in limits.NONE_OF.values()],
    "memory": resource.getrlimit(resource.RLIMIT_DATA),
}))
"""


def test_limits_are_lowered_for_good() -> None:
    told = told_by(LIMITED)
    assert told["parts"] == [True, True, True]
    assert told["another"] == 24, "no number is left for a further file"
    assert told["zero"] == [[0, 0]] * 3
    assert 0 < told["memory"][1] <= limits.MOST_MEMORY_BYTES


PRIVILEGES = """
import json
from vision import limits
limits.without_privileges()
lines = open("/proc/self/status").read().splitlines()
print(json.dumps({line[:6]: int(line.split()[1], 16) for line in lines if line[:6] in ("CapInh", "CapPrm", "CapEff")}))
"""


def test_of_an_administrators_privileges_three_stay_at_most() -> None:
    told = told_by(PRIVILEGES)
    assert told["CapInh"] == 0
    assert told["CapPrm"] & ~limits.KEPT_CAPABILITIES == 0
    assert told["CapEff"] & ~limits.KEPT_CAPABILITIES == 0


LOCKED = """
import json, mmap
from vision import limits
limits.memory_may_be_locked()
limits.without_privileges()
may, why = limits._may_lock_all(), limits.kept_out_of_swap()
later = mmap.mmap(-1, 1 << 20)
later[:4096] = bytes(4096)
lines = open("/proc/self/status").read().splitlines()
print(json.dumps({"may": may, "why": why, "kb": next(int(line.split()[1]) for line in lines if line[:6] == "VmLck:")}))
"""


def test_memory_is_locked_where_it_may_be_also_what_is_taken_later() -> None:
    told = told_by(LOCKED)
    if told["may"]:
        assert (told["why"], told["kb"] > 0) == ("", True)
    else:
        assert told["kb"] == 0


@pytest.mark.parametrize(
    ("swaps", "why"),
    [("Filename Type\n", ""), ("Filename Type\n/dev/sda2 partition\n", "memory may be written to swap")],
)
def test_where_memory_may_not_be_locked_swap_is_told(
    swaps: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "swaps").write_text(swaps)
    monkeypatch.setattr(limits, "_may_lock_all", lambda: False)
    monkeypatch.setattr(limits, "SWAPS", tmp_path / "swaps")
    assert limits.kept_out_of_swap().startswith(why)
    assert bool(limits.kept_out_of_swap()) is bool(why)
    monkeypatch.setattr(limits, "SWAPS", tmp_path / "missing")
    assert limits.kept_out_of_swap(), "not known is not off"


def test_files_that_cannot_be_counted_cannot_be_limited() -> None:
    with pytest.raises(ValueError, match="counted"):
        limits.limited_to_files(0)


@pytest.mark.parametrize(("known", "bits"), [(0, 0), (1, 13), (2, 14), (3, 15), (4, 15), (5, 16), (7, 16), (99, 16)])
def test_landlock_is_asked_for_all_rights_that_the_kernel_knows_and_no_other(known: int, bits: int) -> None:
    assert landlock.file_rights(known) == (1 << bits) - 1


READS = """
import json, os, socket, sys
from pathlib import Path
from vision import landlock
allowed, other = map(Path, sys.argv[1:])
def tried(attempt):
    try:
        attempt()
    except OSError as error:
        return error.errno
    return 0
landlock.writing_refused()
found = {"write": tried(lambda: (other.parent / "new").write_text("x"))}
landlock.reading_limited([allowed, Path("/no/such/folder")], tcp=False)
found |= {
    "allowed": tried(allowed.read_bytes),
    "other": tried(other.read_bytes),
    "list": tried(lambda: os.listdir(other.parent)),
    "tcp": tried(lambda: socket.create_connection(("127.0.0.1", 9))),
}
landlock.everything_refused()
found["closed"] = tried(allowed.read_bytes)
print(json.dumps(found))
"""


@pytest.mark.skipif(landlock.version() == 0, reason="this kernel has no Landlock")
def test_landlock_narrows_what_is_read_step_by_step(tmp_path: Path) -> None:
    for name in ("allowed", "other"):
        (tmp_path / name).write_text(name)
    told = told_by(READS, str(tmp_path / "allowed"), str(tmp_path / "other"))
    refused_tcp = 13 if landlock.version() >= landlock.TCP_SINCE else 111
    assert told == {"write": 13, "allowed": 0, "other": 13, "list": 13, "tcp": refused_tcp, "closed": 13}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["allowed", "other"]
