"""What reaches an encoder was released by the gate: the picture of a `Released`, at most made another size."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

ENCODING = {"jpeg", "fragments"}
RELEASED = "Released"


def unreleased(path: str, tree: ast.Module) -> Iterator[str]:
    """Yield each call of an encoder whose picture is not the one that the gate released."""
    if path == "vision/encode.py":
        return
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for function in functions:
        released = {arg.arg for arg in function.args.args if names(arg.annotation) == {RELEASED}}
        for call in encodings(function):
            if not is_released(call.args[0], function, released):
                yield f"{path}:{call.lineno}: encodes {ast.unparse(call.args[0])}: the gate did not release it"


def encodings(node: ast.AST) -> list[ast.Call]:
    """Return every call of an encoder."""
    calls = [part for part in ast.walk(node) if isinstance(part, ast.Call) and part.args]
    return [call for call in calls if last_name(call.func) in ENCODING]


def is_released(picture: ast.expr, function: ast.AST, released: set[str]) -> bool:
    """Say whether an expression is `released.picture`, `self._sized(released.picture)`, or a name for one of these."""
    match picture:
        case ast.Attribute(value=ast.Name(id=owner), attr="picture"):
            return owner in released and not assigned(owner, function)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr="_sized"), args=[part], keywords=[]):
            return is_released(part, function, released)
        case ast.Name(id=name):
            values = assigned(name, function)
            return bool(values) and all(is_released(value, function, released) for value in values)
    return False


def assigned(name: str, function: ast.AST) -> list[ast.expr]:
    """Return all that a name is set to in a function."""
    settings = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.NamedExpr)
    ]
    return [node.value for node in settings if node.value is not None and name in stored(node)]


def stored(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


def names(annotation: ast.expr | None) -> set[str]:
    return set() if annotation is None else {part.id for part in ast.walk(annotation) if isinstance(part, ast.Name)}


def last_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def test_only_released_pictures_are_encoded(modules: dict[str, ast.Module]) -> None:
    sealed = {path: tree for path, tree in modules.items() if path.startswith("vision/")}
    assert [fault for path, tree in sealed.items() for fault in unreleased(path, tree)] == []


def test_the_gate_really_encodes(modules: dict[str, ast.Module]) -> None:
    sealed = [tree for path, tree in modules.items() if path.startswith("vision/") and path != "vision/encode.py"]
    assert sum(len(encodings(tree)) for tree in sealed) >= 2


@pytest.mark.parametrize(
    "code",
    [
        "def f(self, frame: CappedFrame): return jpeg(frame.pixels)",
        "def f(self, released: Released, frame): return jpeg(self._sized(frame.pixels))",
        "def f(self, released: Released, frame): return self._encoder.fragments(frame.pixels, utc_ns=0)",
        "def f(self, released: Released):\n    a = self._sized(released.picture)\n    a = raw\n    jpeg(a)",
        "def f(self, released: Released, raw):\n    picture = released.picture\n    picture += raw\n    jpeg(picture)",
        "def f(self, released: Released):\n    released = other\n    return jpeg(released.picture)",
        "def f(self, released): return jpeg(released.picture)",
        "def f(self, released: Released): return jpeg(self._sized(blend(released.picture, raw)))",
    ],
)
def test_anything_else_is_seen(code: str) -> None:
    assert list(unreleased("vision/gate.py", ast.parse(code)))
