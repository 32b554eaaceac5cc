"""Figures and levels that no change may weaken in passing: they are read out of the modules that hold them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

NO_LESS_STRICT_THAN: dict[str, dict[str, object]] = {
    "flightlink/mission.py": {"HARD_CEILING_PX_PER_M": 40.0, "DEFAULT_PUBLISHED_PX_PER_M": 20.0},
    "maps/cells.py": {"MIN_CELL_COUNT": 5, "LEAF_SIZE_M": 5, "CELL_SIZES_M": (20, 10, 5)},
}
LEVELS = {"strict", "floor"}


@contextmanager
def module_from(path: str, text: str) -> Iterator[ModuleType]:
    """Run a module's text, changed or not, as a module of its own."""
    module = ModuleType(f"mutant_{Path(path).stem}")
    sys.modules[module.__name__] = module
    try:
        exec(compile(text, path, "exec"), module.__dict__)  # noqa: S102 - the product's own text, with a mutation
        yield module
    finally:
        del sys.modules[module.__name__]


def figures_changed(path: str, text: str) -> Iterator[str]:
    """Yield each figure of a module that is not the agreed one."""
    with module_from(path, text) as module:
        for name, agreed in NO_LESS_STRICT_THAN.get(path, {}).items():
            if (found := getattr(module, name, None)) != agreed:
                yield f"{path}: {name} is {found}, agreed was {agreed}"
        if path == "flightlink/mission.py":
            yield from levels_changed(module)


def levels_changed(mission: ModuleType) -> Iterator[str]:
    """Yield each way in which a mission may ask for less privacy than is agreed."""
    levels = {level.value for level in mission.RedactionLevel}
    if levels != LEVELS:
        yield f"the levels are {sorted(levels)}"
    for px_per_m in (40.001, 1000.0, float("nan"), float("inf"), 0.0, -1.0):
        try:
            mission.Mission(
                area=((0, 0), (1, 0), (1, 1)), starts_utc_ns=0, ends_utc_ns=1, min_agl_m=0, max_agl_m=1, purpose="",
                published_px_per_m=px_per_m,
            )  # fmt: skip
        except mission.MissionError:
            continue
        yield f"a mission may ask for {px_per_m} px/m"


@pytest.mark.parametrize("path", NO_LESS_STRICT_THAN)
def test_the_agreed_figures_hold(root: Path, path: str) -> None:
    assert list(figures_changed(path, (root / path).read_text(encoding="utf-8"))) == []
