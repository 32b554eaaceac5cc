"""Whole processes and pieces of work against the clock; the machine on which that happened."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from groundstation.errors import StationError
from groundstation.instants import text_from_utc_ns

_CPUINFO: Final = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One child process from its start to its end."""

    seconds: float
    cpu_seconds: float
    """Of the child and of all its own children, user and system."""
    out: str
    """What it wrote on standard output."""


def module_command(module: str, *arguments: str | Path) -> tuple[str, ...]:
    """Return the command that runs a module of ours, isolated from the working folder."""
    return (sys.executable, "-I", "-m", module, *(str(argument) for argument in arguments))


def timed(command: Sequence[str]) -> Run:
    """Run a command to its end.

    Raises:
        StationError: it ended with another status than 0; the message holds its last line.
    """
    cpu_before_s, started_s = _children_cpu_s(), time.perf_counter()
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
    )
    seconds = time.perf_counter() - started_s
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise StationError(f"bench: {' '.join(command[:4])} ... ended with status {done.returncode}: {last}")
    return Run(seconds=seconds, cpu_seconds=_children_cpu_s() - cpu_before_s, out=done.stdout)


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cpu_seconds_of(work: Callable[[], object]) -> float:
    """Return the CPU seconds that this process, all its threads together, spends on a piece of work."""
    started_s = time.process_time()
    work()
    return time.process_time() - started_s


def circumstances(utc_ns: int) -> dict[str, Any]:
    """Return machine, instant and load average: what a figure needs to be compared with another."""
    return {
        "machine": {
            "cpu": cpu_model(_CPUINFO.read_text(encoding="utf-8") if _CPUINFO.is_file() else ""),
            "cores": len(os.sched_getaffinity(0)),
            "python": platform.python_version(),
        },
        "started_utc": text_from_utc_ns(utc_ns),
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


def cpu_model(cpuinfo: str) -> str:
    """Return the processor's name out of the kernel's list, or the architecture where it gives none."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
