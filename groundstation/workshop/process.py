"""Starts the one process in which ultralytics runs: a child, locked in, with a temporary folder as its home."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from groundstation.errors import BadInputError, StationError
from groundstation.worker_process import minimal_environment

CHILD: Final = Path(__file__).with_name("child.py")
ROOT: Final = Path(__file__).parents[2]
ENVIRONMENT: Final = ".venv-ultralytics"
MISSING: Final = (
    "ultralytics is not installed: in a checkout `make ultralytics` brings it into an environment of its own; "
    "elsewhere `pip install 'groundstation[ultralytics]'` in one and name its --python; an .onnx needs none of it"
)
ASK: Final = "from importlib.metadata import version; print(version('ultralytics'))"
LONGEST_LINE: Final = 300
MOST_PT_BYTES: Final = 1_000_000_000


@contextmanager
def workshop() -> Iterator[Path]:
    """Give a temporary folder that is gone afterwards, also when the work fails."""
    with tempfile.TemporaryDirectory(prefix="groundstation-workshop-") as folder:
        yield Path(folder).resolve()


def made_by_child(path: Path, *, most_bytes: int) -> bytes | None:
    """Return the bytes of a file in the child's folder; None where it is missing, a link, no file, empty or too large.

    Opened once and never followed: who still runs of the child could change the name meanwhile.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(file, "rb") as source:
        about = os.fstat(source.fileno())
        if not stat.S_ISREG(about.st_mode) or not 0 < about.st_size <= most_bytes:
            return None
        data = source.read(most_bytes + 1)
    return data if 0 < len(data) <= most_bytes else None


def python_with_ultralytics(given: Path | None) -> Path:
    """Return a Python that has ultralytics: the one given, that of `make ultralytics`, or this one.

    Raises:
        BadInputError: none has it; says how to install it.
    """
    beside = Path(sys.prefix).parent / ENVIRONMENT / "bin" / "python"
    for python in [given] if given is not None else [beside, Path(sys.executable)]:
        if _has_ultralytics(python):
            return python
    raise BadInputError(f"--python {given}: {MISSING}" if given is not None else MISSING)


def _has_ultralytics(python: Path) -> bool:
    try:
        asked = subprocess.run([str(python), "-I", "-c", ASK], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def done_by_child(
    python: Path, task: Mapping[str, Any], *, environment: Mapping[str, str], shows: bool, within_s: float | None
) -> None:
    """Run one task; what it makes lies in its folder then.

    Args:
        python: that has ultralytics.
        task: as `groundstation.workshop.child` reads it.
        environment: of which the child gets what a sealed worker gets.
        shows: whether what it says is shown as it comes, on standard error; else only its last line, when it fails.
        within_s: longest time; None waits as long as it takes.

    Raises:
        BadInputError: the child refused the file, or cannot be locked in.
        StationError: it failed or took too long.
    """
    command = [str(python), "-I", str(CHILD)]
    line = json.dumps({**task, "root": str(ROOT)}) + "\n"
    said = None if shows else subprocess.PIPE
    try:
        # a session of its own: no terminal into which a program that is not ours could type
        run = subprocess.run(
            command, input=line, stdout=subprocess.PIPE, stderr=said, text=True, timeout=within_s, check=False,
            env=minimal_environment(environment), start_new_session=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise StationError(f"ultralytics did not end within {within_s} s; give it a smaller task") from error
    if run.returncode != 0:
        raise BadInputError(f"ultralytics failed: {_last_line(run.stderr or '')}")
    answer = _answer(run.stdout)
    if "unlocked" in answer:
        raise BadInputError(
            f"this machine cannot lock the process in ({answer['unlocked']}), and a .pt can run any code: add --trust "
            "if you know who made it, or export it elsewhere and give the .onnx"
        )
    if "refused" in answer:
        raise BadInputError(_last_line(str(answer["refused"])))


def _answer(text: str) -> dict[str, Any]:
    """Return the child's answer; whatever a .pt made of it, it is a table or a fault."""
    try:
        answer = json.loads(text)
    except ValueError as error:
        raise BadInputError("ultralytics ended without an answer; export it elsewhere and give the .onnx") from error
    return answer if isinstance(answer, dict) else {}


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines or ["see what it said above"])[-1][:LONGEST_LINE]
