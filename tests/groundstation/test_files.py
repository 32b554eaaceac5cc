"""Files that the station reads and writes, where the disk or its rights say no. What root may do is taken away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from groundstation.errors import BadInputError
from groundstation.files import closed_local_file, whole_file, write_durably

_REFUSE = PermissionError(13, "Permission denied")


def refuse(*_: object, **__: object) -> None:
    raise _REFUSE


def test_a_file_in_a_folder_out_of_reach_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(BadInputError, match=r"x.mp4: the video cannot be reached \(Permission denied\); check name"):
        closed_local_file(Path("folder/x.mp4"), what="the video")


def test_a_folder_that_takes_no_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    with (
        pytest.raises(BadInputError, match=r"b.svg: cannot be written \(Permission denied\)"),
        whole_file(tmp_path / "b.svg"),
    ):
        pass


def test_a_disk_that_fills_leaves_no_half_file(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk: both end a write with an error of the machine."""
    code = (
        "import resource, signal, sys; from pathlib import Path; from groundstation.files import whole_file\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "with whole_file(Path(sys.argv[1])) as sink: sink.write(bytes(100_000))"
    )
    command = (sys.executable, "-c", code, str(tmp_path / "x.bin"))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "BadInputError" in done.stderr
    assert "cannot be written (File too large); choose another place" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_brought_to_the_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new" / "zones.json"
    write_durably(path, "old")
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(BadInputError, match=r"zones.json: cannot be written \(Permission denied\)"):
        write_durably(path, "new")
    assert (path.read_text(), [one.name for one in path.parent.iterdir()]) == ("old", ["zones.json"])


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(BadInputError, match=r"zones.json: cannot be written \(.*\); choose another place"):
        write_durably(tmp_path / "state" / "zones.json", "new")
