"""What a real worker and a real station have in memory: modules and mapped libraries, told from inside after work."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Final

from groundstation.worker_process import minimal_environment
from proofs.absent.allowed import Allowed, fits
from vision.wire import END_OF_POSES, Order, order_line

ENDS_WITHIN_S: Final = 60.0
MARK: Final = "loaded: "
"""Begins the line on standard error that tells what is in memory."""

_TELL: Final = f"""
import json, os, sys
maps = open("/proc/self/maps")  # before the seal: afterwards no file can be opened
def tell():
    files = sorted({{line.split(None, 5)[5].strip() for line in maps if ".so" in line}})
    sys.stderr.write({MARK!r} + json.dumps({{"modules": sorted(sys.modules), "libraries": files}}) + "\\n")
    sys.stderr.flush()
"""
WORKER_TOLD: Final = (
    _TELL
    + """
import runpy
leave = os._exit
def told_and_left(status):
    tell()
    leave(status)
os._exit = told_and_left  # the worker's own last step, once its work is done
runpy.run_module("vision.worker", run_name="__main__", alter_sys=True)
"""
)
STATION_TOLD: Final = (
    _TELL
    + """
import groundstation.app, groundstation.commands.run, groundstation.__main__
tell()
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What one process has in memory."""

    modules: frozenset[str]
    libraries: frozenset[str]
    """Paths of mapped shared objects."""
    output: bytes
    """Its standard output."""


class NothingToldError(Exception):
    """A process ended without saying what it has loaded."""


def worker_loaded(order: Order) -> Loaded:
    """Run the sealed worker on an order to its end.

    Raises:
        NothingToldError: it does not come to its end.
    """
    return _run(WORKER_TOLD, order_line(order) + END_OF_POSES)


def station_loaded() -> Loaded:
    """Load all that the live station loads.

    Raises:
        NothingToldError: it does not load.
    """
    return _run(STATION_TOLD, b"")


def _run(code: str, told: bytes) -> Loaded:
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], input=told, capture_output=True, check=False, timeout=ENDS_WITHIN_S,
        env=minimal_environment({}),
    )  # fmt: skip
    lines = [line for line in done.stderr.decode(errors="replace").splitlines() if line.startswith(MARK)]
    if done.returncode != 0 or not lines:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise NothingToldError(f"status {done.returncode}: {' '.join(last)}")
    part: dict[str, Any] = json.loads(lines[-1].removeprefix(MARK))
    return Loaded(modules=frozenset(part["modules"]), libraries=frozenset(part["libraries"]), output=done.stdout)


def loaded_faults(who: str, loaded: Loaded, lists: Allowed) -> Iterator[str]:
    """Yield each package, room and library in a process's memory that is on no list.

    Args:
        who: `worker` or `station`.
        loaded: what it told.
        lists: what it may have loaded.
    """
    packages = {module.partition(".")[0] for module in loaded.modules}
    for name in sorted(packages - set(sys.stdlib_module_names) - set(lists.loaded[who])):
        if not fits(name, lists.loaded["brought_along"]):
            yield f"the {who} has loaded {name}"
    sealed = {module for module in loaded.modules if module.partition(".")[0] == "vision"}
    if who == "station" and (strangers := sealed - set(lists.loaded["vision_in_station"])):
        yield f"the station has loaded of the sealed room: {', '.join(sorted(strangers))}"
    yield from _library_faults(who, loaded.libraries, lists)


def _library_faults(who: str, libraries: Iterable[str], lists: Allowed) -> Iterator[str]:
    for path in sorted(libraries):
        owner = package_of(path)
        if fits(Path(path).name, lists.loaded["libraries_never"]):
            yield f"the {who} has mapped {Path(path).name}"
        elif owner and owner not in lists.loaded[who] and not fits(owner, lists.loaded["library_folders"]):
            yield f"the {who} has mapped {Path(path).name} of {owner}"


def package_of(path: str) -> str:
    """Return which installed package a library belongs to; empty for the interpreter's and the system's own."""
    parts = PurePath(path).parts
    for folder in ("site-packages", "dist-packages"):
        if folder in parts[:-1]:
            inside = parts[len(parts) - 1 - parts[::-1].index(folder) + 1]
            return inside.partition(".")[0]
    return ""
