"""The two commands for a newcomer: what they promise before anything is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def set_up(root: Path, tmp_path: Path) -> Path:
    """A tree whose set-up is done: the stamp is newer than all that it stands for."""
    for name in (
        "Makefile",
        "pyproject.toml",
        "requirements/lock.txt",
        "vision/models/manifest.toml",
        "tools/setup.sh",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, tmp_path / name)
        os.utime(tmp_path / name, (1_000_000, 1_000_000))
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/.set-up").touch()
    return tmp_path


def test_the_task_list_names_every_task(root: Path) -> None:
    run = make(root)
    named = re.findall(r"^make (\w+) ", run.stdout, re.MULTILINE)
    assert named == ["help", "setup", "demo", "test", "check", "bench", "lock", "clean"]


def test_a_second_run_does_not_set_up_again(set_up: Path) -> None:
    assert "tools/setup.sh" not in make(set_up, "--dry-run", "demo").stdout


@pytest.mark.parametrize("name", ["requirements/lock.txt", "pyproject.toml", "vision/models/manifest.toml"])
def test_a_change_sets_up_again(set_up: Path, name: str) -> None:
    os.utime(set_up / name)
    os.utime(set_up / ".venv/.set-up", (2_000_000, 2_000_000))
    assert "tools/setup.sh" in make(set_up, "--dry-run", "test").stdout


def test_set_up_without_a_python_says_what_to_install(set_up: Path, root: Path) -> None:
    shutil.copy(root / "tools/setup.sh", set_up / "tools/setup.sh")
    environment = {**os.environ, "PYTHON": str(set_up / "no-python")}
    run = subprocess.run(
        [set_up / "tools/setup.sh"], env=environment, capture_output=True, text=True, check=False, timeout=20
    )
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "apt install python3" in run.stderr


def test_ci_uses_the_same_word(root: Path) -> None:
    script = (root / ".ci/run").read_text(encoding="utf-8")
    assert "set -euo pipefail" in script
    assert script.rstrip().endswith("make test")


def test_every_locked_package_is_pinned_by_hash(root: Path) -> None:
    for name in ("lock.txt", "bench.txt"):
        text = (root / "requirements" / name).read_text(encoding="utf-8")
        packages = re.split(r"\n(?=\S)", text.strip())
        assert packages
        assert [package for package in packages if "==" not in package or "--hash=sha256:" not in package] == []
