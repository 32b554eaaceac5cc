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
    assert named == [
        "help",
        "setup",
        "demo",
        "test",
        "check",
        "bench",
        "golden",
        "soak",
        "train",
        "ultralytics",
        "lock",
        "clean",
    ]


def test_a_second_run_does_not_set_up_again(set_up: Path) -> None:
    assert "tools/setup.sh" not in make(set_up, "--dry-run", "demo").stdout


@pytest.mark.parametrize("name", ["requirements/lock.txt", "pyproject.toml", "vision/models/manifest.toml"])
def test_a_change_sets_up_again(set_up: Path, name: str) -> None:
    os.utime(set_up / name)
    os.utime(set_up / ".venv/.set-up", (2_000_000, 2_000_000))
    assert "tools/setup.sh" in make(set_up, "--dry-run", "test").stdout


def set_up_fault(folder: Path, root: Path, **environment: str) -> str:
    """Run set-up where it must fail and return its one line."""
    shutil.copy(root / "tools/setup.sh", folder / "tools/setup.sh")
    run = subprocess.run(
        [folder / "tools/setup.sh"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1, run.stderr
    return run.stderr


def test_set_up_without_a_python_says_what_to_install(set_up: Path, root: Path) -> None:
    assert "apt install python3 " in set_up_fault(set_up, root, PYTHON=str(set_up / "no-python"))


def test_set_up_without_venv_says_what_to_install(set_up: Path, root: Path) -> None:
    programs = {"python3": 'case "$2" in *venv*) exit 1;; esac', "id": "echo 1000"}
    for name, line in programs.items():
        (set_up / "bin").mkdir(exist_ok=True)
        (set_up / "bin" / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (set_up / "bin" / name).chmod(0o755)
    path = f"{set_up / 'bin'}:{os.environ['PATH']}"
    assert "apt install python3-venv" in set_up_fault(set_up, root, PATH=path, PYTHON="python3")


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
