"""What the tests of the architecture share: the tree, its product modules and a copy to climb fences on."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOMS = ("flightlink", "maps", "vision", "groundstation", "static", "sitl", "proofs")

Run = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def modules(root: Path) -> dict[str, ast.Module]:
    """Every module of the product, by its path from the root."""
    paths = (path for room in ROOMS for path in sorted((root / room).rglob("*.py")))
    return {path.relative_to(root).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


@pytest.fixture(scope="session")
def tree_copy(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the rooms and their contracts, in which a test may break and mend one file at a time."""
    copy = tmp_path_factory.mktemp("tree")
    for room in (*ROOMS, "training"):
        shutil.copytree(root / room, copy / room, ignore=lambda _, names: [n for n in names if is_unwanted(n)])
    shutil.copy(root / "pyproject.toml", copy)
    return copy


def is_unwanted(name: str) -> bool:
    """Say whether the fences have no use for a file."""
    return name == "__pycache__" or ("." in name and not name.endswith(".py"))


@pytest.fixture(scope="session")
def lint_imports(tree_copy: Path) -> Callable[..., Run]:
    """Run import-linter on the copy."""
    program = Path(sys.executable).with_name("lint-imports")

    def run(*contracts: str) -> Run:
        chosen = [word for contract in contracts for word in ("--contract", contract)]
        command = [str(program), "--no-logo", "--cache-dir", ".cache", *chosen]
        return subprocess.run(command, cwd=tree_copy, capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="session")
def guard(root: Path) -> Callable[..., Run]:
    """Run one of the guards of tools/ in a folder."""

    def run(name: str, folder: Path, *arguments: str) -> Run:
        command = [sys.executable, str(root / "tools" / f"guard_{name}.py"), *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    return run
