"""Every float of a shared value says its unit in its name, or stands below with the reason why it has none."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

SHARED = (
    "flightlink/pose.py",
    "flightlink/mission.py",
    "maps/cells.py",
    "vision/frames.py",
    "vision/order.py",
    "vision/wire.py",
)
UNIT = re.compile(r".*(_m|_px|_px_per_m|_per_m2|_m_s|_deg|_s|_ms|_ns|_hz|_share|_bytes)|[a-z]+_(s|ms)")

WITHOUT_UNIT = {
    "people": "a count of people",
    "people_sigma": "a count of people",
    "people_mean": "a count of people",
    "variance": "of people, squared",
    "distortion": "OpenCV's pure numbers k1, k2, p1, p2, k3",
    "fps": "the unit itself: frames per second",
    "seconds": "the unit itself",
    "area": "pairs (lon_deg, lat_deg), said by its docstring",
}


def float_names(tree: ast.Module) -> Iterator[str]:
    """Yield the name of every field, parameter and function that holds or returns floats."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and holds_float(node.annotation):
            yield node.target.id
        elif isinstance(node, ast.arg) and holds_float(node.annotation):
            yield node.arg
        elif isinstance(node, ast.FunctionDef) and holds_float(node.returns):
            yield node.name


def holds_float(annotation: ast.expr | None) -> bool:
    return annotation is not None and any(
        isinstance(node, ast.Name) and node.id == "float" for node in ast.walk(annotation)
    )


def unitless(tree: ast.Module) -> set[str]:
    return {name for name in float_names(tree) if not UNIT.fullmatch(name) and name not in WITHOUT_UNIT}


@pytest.mark.parametrize("path", SHARED)
def test_every_float_carries_its_unit(modules: dict[str, ast.Module], path: str) -> None:
    assert unitless(modules[path]) == set()


def test_every_exception_is_still_needed(modules: dict[str, ast.Module]) -> None:
    names = {name for path in SHARED for name in float_names(modules[path])}
    assert set(WITHOUT_UNIT) <= names


def test_a_bare_float_is_seen() -> None:
    assert unitless(ast.parse("class Pose:\n    altitude: float | None\n    yaw_deg: float")) == {"altitude"}
