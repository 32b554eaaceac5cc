"""The peer of `redact`: the program `deface`, as its user gets it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

from groundstation.benchmarks.clips import PROJECT
from groundstation.errors import BadInputError

BESIDE_PROJECT: Final = PROJECT / ".venv-bench" / "bin" / "deface"
SLOW_ENGINE: Final = "OpenCV, its slower one, because onnx or onnxruntime is missing beside it: compare with care"


def deface_program(beside: Path = BESIDE_PROJECT) -> Path:
    """Return the program on the PATH, else the one that `make bench` installs beside the project.

    Raises:
        BadInputError: there is none.
    """
    found = shutil.which("deface") or shutil.which(beside)
    if found is None:
        raise BadInputError("bench: deface, the peer of `redact`, is not installed; `make bench` installs it")
    return Path(found)


def deface_command(program: Path, video: Path, out: Path) -> tuple[str, ...]:
    """Return how a user calls it."""
    return (str(program), str(video), "--output", str(out))


def engine_of(out: str) -> str:
    """Return the engine of one run from its own words: it names ONNX Runtime's provider, and nothing of OpenCV."""
    named = re.search(r"^Running on (\w+)\.$", out, re.MULTILINE)
    return f"ONNX Runtime, {named[1]}" if named else SLOW_ENGINE
