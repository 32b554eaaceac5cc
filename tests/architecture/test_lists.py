"""`proofs/absent/allowed.toml` names nothing that is not used; that it names all that is, `guard_words` asks."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from proofs.absent.allowed import allowed, fits
from proofs.absent.sources import uses_of

LISTS = allowed()


def dotted(path: str) -> str:
    return ".".join(Path(path).with_suffix("").parts).removesuffix(".__init__")


@pytest.fixture(scope="module")
def used(modules: dict[str, ast.Module]) -> dict[str, set[str]]:
    """Room -> every dotted name that it uses or imports."""
    names: dict[str, set[str]] = {}
    for path, tree in modules.items():
        names.setdefault(path.split("/")[0], set()).update(use.name for use in uses_of(list(ast.walk(tree))))
    return names


@pytest.mark.parametrize(("room", "engine"), [(room, engine) for room in LISTS.calls for engine in LISTS.calls[room]])
def test_no_call_is_allowed_that_nobody_makes(used: dict[str, set[str]], room: str, engine: str) -> None:
    unused = {name for name in LISTS.calls[room][engine] if f"{engine}.{name}" not in used[room]}
    assert unused == set()


@pytest.mark.parametrize("room", LISTS.imports)
def test_no_import_is_allowed_that_nobody_makes(modules: dict[str, ast.Module], room: str) -> None:
    trees = [tree for path, tree in modules.items() if path.startswith(f"{room}/")]
    imported = {node.module or "" for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {
        alias.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    assert LISTS.imports[room] - {name.split(".")[0] for name in imported} == set()


def test_every_exception_is_for_a_module_that_is_there(modules: dict[str, ast.Module]) -> None:
    there = {dotted(path) for path in modules}
    patterns = {pattern for part in LISTS.sealed_room for pattern in part.only} | set(LISTS.imports_of_modules)
    assert {pattern for pattern in patterns if not any(fits(name, (pattern,)) for name in there)} == set()
