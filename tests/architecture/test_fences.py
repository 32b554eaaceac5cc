"""Climbs each fence once: a copy of the tree with one violation must be caught by the contract named beside it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

Run = subprocess.CompletedProcess[str]

# file, what is written at its end, contract that must break
VIOLATIONS = [
    ("groundstation/web/__init__.py", "from vision import gate", "sealed"),
    ("groundstation/web/__init__.py", "from vision.frames import RedactedFrame", "web"),
    ("groundstation/web/__init__.py", "import numpy", "web"),
    ("groundstation/web/__init__.py", "def f():\n    import vision.models", "web"),
    ("groundstation/web/__init__.py", "def f():\n    import vision.raw", "raw"),
    ("groundstation/web/__init__.py", "import groundstation.pipeline", "station"),
    ("groundstation/pipeline.py", "import groundstation.web", "app"),
    ("groundstation/outbox.py", "import numpy", "web"),
    ("groundstation/outbox.py", "from maps import georeference", "web"),
    ("groundstation/pipeline.py", "from vision.capped import CappedFrame", "sealed"),
    ("groundstation/recording.py", "import vision.detectors", "sealed"),
    ("sitl/__init__.py", "import vision.frames", "sealed"),
    ("groundstation/pipeline.py", "import vision.worker", "worker"),
    ("groundstation/unplaced.py", "", "station"),
    ("groundstation/settings/__init__.py", "import sitl", "rooms"),
    ("sitl/__init__.py", "from vision.raw.frames import RawFrame", "raw"),
    ("vision/scale.py", "import vision.raw", "raw"),
    ("maps/georeference.py", "import vision.frames", "rooms"),
    ("flightlink/track.py", "import maps.cells", "rooms"),
    ("vision/raw/frames.py", "import logging", "hot"),
    ("vision/gate.py", "import pickle", "hot"),
    ("vision/gate.py", "import sqlite3", "hot"),
    ("flightlink/pose.py", "import logging", "hot"),
    ("maps/cells.py", "import numpy", "plain"),
    ("vision/wire.py", "import cv2", "plain"),
    ("flightlink/errors.py", "import flightlink.pose", "cycles"),
    ("groundstation/web/streams.py", "from vision.wire import CellCounts", "web"),
    ("groundstation/web/documents.py", "from maps.cells import FusedCell", "web"),
    ("groundstation/worker_process.py", "from vision.outlet import Outlet", "sealed"),
    ("vision/worker.py", "import proofs.row", "rooms"),
    ("vision/delay.py", "from vision.raw.frames import RawFrame", "raw"),
]


@contextmanager
def violated(tree: Path) -> Iterator[None]:
    """Write every violation at the end of its file, and mend all again."""
    files = {file: tree / file for file, _, _ in VIOLATIONS}
    before = {file: path.read_text(encoding="utf-8") if path.exists() else None for file, path in files.items()}
    for file, code, _ in VIOLATIONS:
        text = files[file].read_text(encoding="utf-8") if files[file].exists() else ""
        files[file].write_text(f"{text}\n{code}\n", encoding="utf-8")
    try:
        yield
    finally:
        for file, whole in before.items():
            files[file].unlink() if whole is None else files[file].write_text(whole, encoding="utf-8")


@pytest.fixture(scope="module")
def broken(tree_copy: Path, lint_imports: Callable[..., Run]) -> dict[str, str]:
    """What each contract says of the tree with all violations in it, in one line."""
    with violated(tree_copy):
        runs = {
            contract: lint_imports(contract) for contract in dict.fromkeys(contract for _, _, contract in VIOLATIONS)
        }
    assert {contract for contract, run in runs.items() if run.returncode != 1} == set()
    return {contract: " ".join(run.stdout.split()) for contract, run in runs.items()}


def test_every_contract_holds(lint_imports: Callable[..., Run]) -> None:
    run = lint_imports()
    assert run.returncode == 0, run.stdout
    assert " 0 broken" in run.stdout


@pytest.mark.parametrize(("file", "code", "contract"), VIOLATIONS)
def test_a_violation_is_caught(broken: dict[str, str], file: str, code: str, contract: str) -> None:
    assert any(sign in broken[contract] for sign in signs(file, code, contract)), broken[contract]


def signs(file: str, code: str, contract: str) -> list[str]:
    """Return what a contract may call a violation: who imports what, or who has no place."""
    importer = ".".join(Path(file).with_suffix("").parts).removesuffix(".__init__")
    if contract == "cycles":
        return [f"No cycles are allowed in {importer.split('.')[0]}."]
    found: list[str] = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found += [f" {importer} -> {alias.name} (l." for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [f" {importer} -> {node.module} (l."]
            found += [f" {importer} -> {node.module}.{alias.name} (l." for alias in node.names]
    return found or [f"- {importer} "]


# what the contracts cannot see, and the rule of ruff that does
CLIMBS = [
    ("import importlib\n\nraw = importlib.import_module('vision.raw')\n", "TID251"),
    ("import pickle\n\nprint(pickle)\n", "TID251"),
    ("import multiprocessing\n\nprint(multiprocessing)\n", "TID251"),
    ("def f(frame: object) -> object:\n    return frame._RawFrame__pixels\n", "SLF001"),
    ("try:\n    x = 1\nexcept Exception:\n    x = 2\n", "BLE001"),
]


@pytest.mark.parametrize(("code", "rule"), CLIMBS)
def test_a_climb_is_caught_by_the_linter(root: Path, code: str, rule: str) -> None:
    program = Path(sys.executable).with_name("ruff")
    command = [str(program), "check", "--output-format", "concise", "--stdin-filename", "groundstation/x.py", "-"]
    run = subprocess.run(command, cwd=root, input=code, capture_output=True, text=True, check=False)
    assert rule in run.stdout, run.stdout


# smuggling a type through another module, and handing on the wrong side of a gate: statements after these imports
ABOVE = """
from dataclasses import replace
from typing import Any
from groundstation.outbox import Outbox
from groundstation.worker_process import WorkerProcess
from maps import cells, disclosure
from vision import boxes, capped, encode, eyes, frames, gate, masks, outlet, wire
from vision.raw import cap, frames as raw_frames
"""
LIES = [
    ("from vision.gate import RawFrame", "vision.gate"),
    ("def f(x: capped.CappedFrame) -> frames.RedactedFrame:\n    return x", "return-value"),
    ("def f(x: gate.Released) -> frames.RedactedFrame:\n    return x", "return-value"),
    ("def f(o: outlet.Outlet, x: capped.CappedFrame) -> None:\n    o.send(x)", "arg-type"),
    ("def f(o: outlet.Outlet, x: raw_frames.RawFrame) -> None:\n    o.send(x)", "arg-type"),
    ("def f(o: outlet.Outlet, x: gate.Released) -> None:\n    o.send(x)", "arg-type"),
    ("def f(o: outlet.Outlet, x: boxes.Boxes) -> None:\n    o.send(x)", "arg-type"),
    ("def f(o: outlet.Outlet, x: masks.Look) -> None:\n    o.send(x)", "arg-type"),
    ("def f(o: outlet.Outlet, x: boxes.Boxes) -> None:\n    o.send({'boxes': x.xyxy.tolist()})", "arg-type"),
    ("def f(o: outlet.Outlet, x: bytes) -> None:\n    o.send(x)", "arg-type"),
    ("def f(x: capped.CappedFrame) -> bytes:\n    return wire.packed(x)", "arg-type"),
    ("def f(s: gate.RedactedStream, x: capped.CappedFrame) -> Any:\n    return s.taken(x)", "arg-type"),
    ("def f(s: gate.RedactedStream, x: capped.CappedFrame) -> Any:\n    return s.snapshot(x)", "arg-type"),
    (
        "def f(e: encode.FragmentEncoder, x: capped.CappedFrame) -> Any:\n    return e.fragments(x, utc_ns=0)",
        "arg-type",
    ),
    ("def f(x: raw_frames.RawFrame) -> bytes:\n    return encode.jpeg(x)", "arg-type"),
    ("def f(e: eyes.Eyes, x: raw_frames.RawFrame) -> Any:\n    return e.look(x)", "arg-type"),
    ("def f(g: gate.Gate, x: raw_frames.RawFrame) -> Any:\n    return g.released(x, [])", "arg-type"),
    ("def f(x: cells.CellCount) -> Any:\n    return replace(x, points=[(1.0, 2.0)])", "call-arg"),
    ("def f(x: cells.CellId) -> Any:\n    return cells.CellId(5, 1.5, 2)", "arg-type"),
    ("def f(b: Outbox, x: gate.Released) -> None:\n    b.put_frame(x)", "arg-type"),
    ("def f(b: Outbox, x: bytes) -> None:\n    b.put_frame(x)", "arg-type"),
    ("def f(x: cells.FusedCell) -> cells.PublishedCell:\n    return x", "return-value"),
    ("def f(x: cells.CellCounts) -> cells.DensityMap:\n    return x", "return-value"),
    ("def f(x: frames.RedactedFrame) -> None:\n    x.data = b''", "misc"),
    ("def f(x: cells.PublishedCell) -> None:\n    x.people = 1.0", "misc"),
    ("def f(x: capped.CappedFrame) -> None:\n    x.cap_px_per_m = 400.0", "misc"),
]


def test_a_lie_is_caught_by_the_types(root: Path, tmp_path: Path) -> None:
    paths = [tmp_path / f"lie_{number}.py" for number in range(len(LIES))]
    for path, (code, _) in zip(paths, LIES, strict=True):
        path.write_text(f"{ABOVE}\n\n{code}\n", encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", *map(str, paths)]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    for path, (_, sign) in zip(paths, LIES, strict=True):
        assert any(path.name in line and sign in line for line in run.stdout.splitlines()), run.stdout
