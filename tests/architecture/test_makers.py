"""A boundary is a type made in one place: whoever else makes one, renames one or copies one is caught here."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

# type -> where it may be made; a folder ends with a slash
MAKERS = {
    "RawFrame": ("vision/raw/",),
    "CappedFrame": ("vision/raw/cap.py",),
    "RedactedFrame": ("vision/gate.py", "vision/wire.py"),  # the latter is the far end of the worker's pipe
    "Released": ("vision/gate.py",),
    "Outlet": ("vision/outlet.py",),
    "PublishedCell": ("maps/disclosure.py",),
    "DensityMap": ("maps/disclosure.py",),
    "PublishedFlow": ("maps/flow_disclosure.py",),
    "PublicCell": ("maps/public.py",),
    "PublicMap": ("maps/public.py",),
}

# What `dataclasses.replace` must leave alone; a name or an instant may change. The frames before the gate are no
# dataclasses, and the linter keeps everybody from their private parts.
CONTENTS = {
    "data",
    "media",
    "closed_because",
    "cells",
    "state",
    "people",
    "density_per_m2",
    "observed_share",
    "level",
    "speed_m_s",
    "bearing_deg",
    None,
}
COPYABLE = {"RedactedFrame", "PublishedCell", "PublishedFlow", "DensityMap", "PublicCell", "PublicMap"}

AROUND_THE_CONSTRUCTOR = {"__new__", "cast", "partial"}
SETS_PAST_THE_FREEZE = {"__setattr__", "__setstate__"}

# method -> the only module that may call it
CALLERS = {"opened_by_the_cap": ("vision/raw/cap.py",)}


def is_allowed(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or (place.endswith("/") and path.startswith(place)) for place in places)


# name of a maker -> the modules that may say it
NAMES = {
    "FrameMaker": ("vision/frames.py", "vision/gate.py", "vision/wire.py"),
    "MapMaker": ("maps/cells.py", "maps/disclosure.py", "maps/flow_disclosure.py"),
}


def faults(path: str, tree: ast.Module) -> Iterator[str]:
    """Yield each way in which a module makes a type that is not its own to make."""
    fenced = {name for name, places in MAKERS.items() if not is_allowed(path, places)}
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & fenced & COPYABLE
    for node in ast.walk(tree):
        if found := made_by(node, fenced):
            yield f"{path}:{getattr(node, 'lineno', 0)}: makes {found}"
        if isinstance(node, ast.Name | ast.Attribute | ast.alias) and not is_allowed(
            path, NAMES.get(said := said_by(node), (path,))
        ):
            yield f"{path}: says {said}"
        if isinstance(node, ast.alias) and node.name in fenced and node.asname:
            yield f"{path}: renames {node.name}"
        if named and isinstance(node, ast.Call) and is_copy_with_other_contents(node):
            yield f"{path}:{node.lineno}: could copy a {min(named)} with other contents"
        if named and isinstance(node, ast.Attribute) and node.attr in SETS_PAST_THE_FREEZE:
            yield f"{path}:{node.lineno}: could change a {min(named)}"
        if isinstance(node, ast.Attribute) and not is_allowed(path, CALLERS.get(node.attr, (path,))):
            yield f"{path}:{node.lineno}: calls {node.attr}"


def said_by(node: ast.Name | ast.Attribute | ast.alias) -> str:
    return node.name.split(".")[-1] if isinstance(node, ast.alias) else last_name(node)


def made_by(node: ast.AST, fenced: set[str]) -> str | None:
    """Return the fenced type that a node calls, inherits, renames, claims or builds around its constructor."""
    parts: list[ast.expr] = []
    if isinstance(node, ast.Call):
        parts = [node.func]
        if last_name(node.func) in AROUND_THE_CONSTRUCTOR:
            parts = list(node.args)
    elif isinstance(node, ast.ClassDef):
        parts = node.bases
    elif isinstance(node, ast.Assign):
        parts = [node.value]
    return next((name for part in parts if (name := last_name(part)) in fenced), None)


def is_copy_with_other_contents(node: ast.Call) -> bool:
    return last_name(node.func) == "replace" and any(keyword.arg in CONTENTS for keyword in node.keywords)


def last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value  # cast("RedactedFrame", ...)
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def test_each_type_is_made_in_its_own_place_only(modules: dict[str, ast.Module]) -> None:
    # the proofs play the camera and the attacker; nobody imports them
    product = {path: tree for path, tree in modules.items() if not path.startswith("proofs/")}
    assert [fault for path, tree in product.items() for fault in faults(path, tree)] == []


def test_each_type_is_really_made_there(modules: dict[str, ast.Module]) -> None:
    for name, places in MAKERS.items():
        own = [tree for path, tree in modules.items() if is_allowed(path, places)]
        assert any(made_by(node, {name}) for tree in own for node in ast.walk(tree)), f"nobody makes {name}"


@pytest.mark.parametrize(
    "code",
    [
        "frame = RedactedFrame(data=b'')",
        "import vision.frames\nframe = vision.frames.RedactedFrame(data=b'')",
        "from vision.frames import RedactedFrame as Fragment",
        "Fragment = RedactedFrame",
        "class Fragment(RedactedFrame): ...",
        "frame = object.__new__(RedactedFrame)",
        "from dataclasses import replace\ndef f(frame: RedactedFrame): return replace(frame, data=b'')",
        "def f(frame: RedactedFrame): return dataclasses.replace(frame, **others)",
        "pixels = frame.opened_by_the_cap()",
        "frame = cast(RedactedFrame, anything)",
        "from vision.frames import FrameMaker",
        "from maps.cells import MapMaker as M",
        "import vision.frames\nmaker = vision.frames.FrameMaker.GATE",
        "frame = typing.cast('RedactedFrame', anything)",
        "make = functools.partial(RedactedFrame, data=b'')",
        "def f(frame: RedactedFrame): object.__setattr__(frame, 'data', b'')",
    ],
)
def test_each_way_to_make_one_elsewhere_is_seen(code: str) -> None:
    assert list(faults("groundstation/outbox.py", ast.parse(code)))


@pytest.mark.parametrize("what", ["frame.data", "replace(frame, source='north')", "text.replace('a', 'b')"])
def test_reading_or_relabelling_one_is_no_fault(what: str) -> None:
    code = f"from vision.frames import RedactedFrame\ndef f(frame: RedactedFrame): return {what}"
    assert list(faults("groundstation/outbox.py", ast.parse(code))) == []
