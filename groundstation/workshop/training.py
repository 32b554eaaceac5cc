"""Fine-tunes a YOLO on the user's pictures, or on rendered ones, in a locked-in process of its own."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from groundstation.errors import BadInputError, RefusedError
from groundstation.files import closed_local_file, whole_file
from groundstation.running import station_runs
from groundstation.workshop.process import (
    MOST_PT_BYTES,
    done_by_child,
    made_by_child,
    python_with_ultralytics,
    workshop,
)
from groundstation.workshop.training_data import training_data


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What the user asks for."""

    data: Path
    base: Path
    out: Path
    epochs: int
    imgsz: int
    batch: int
    device: str
    seed: int
    python: Path | None
    trusted: bool


def trained(lesson: Lesson) -> None:
    """Train and write the weights.

    Raises:
        BadInputError: data, base or an argument is wrong, or ultralytics is not installed.
        RefusedError: a station runs from this environment: training takes every core, and the gate would close.
    """
    if station_runs():
        raise RefusedError(
            "a station runs from this environment, and training would take its cores; stop it, or train elsewhere"
        )
    if lesson.out.suffix != ".pt" or not lesson.out.resolve().parent.is_dir():
        raise BadInputError(f"--out {lesson.out}: expected the name of a .pt in a folder that is there")
    base = _base(lesson.base)
    python = python_with_ultralytics(lesson.python)
    with workshop() as folder:
        data = training_data(lesson.data, folder / "pictures")
        readable = [str(data.readable), *([base] if Path(base).is_absolute() else [])]
        sys.stderr.write(f"training in {folder}, locked in: no network, nothing written elsewhere\n")
        task = {
            "task": "train", "folder": str(folder), "readable": readable, "trusted": lesson.trusted, "base": base,
            "data": str(data.yaml), "epochs": lesson.epochs, "imgsz": lesson.imgsz, "batch": lesson.batch,
            "device": lesson.device, "seed": lesson.seed,
        }  # fmt: skip
        done_by_child(python, task, environment=os.environ, shows=True, within_s=None)
        weights = made_by_child(folder / "trained.pt", most_bytes=MOST_PT_BYTES)
        if weights is None:
            raise BadInputError("ultralytics left no weights; see what it said above")
        with whole_file(lesson.out) as sink:
            sink.write(weights)


def _base(base: Path) -> str:
    """Return what to start from: a .pt that is there, or the name of an architecture that ultralytics ships."""
    if base.suffix == ".yaml" and base.name == str(base):
        return base.name
    if base.suffix != ".pt":
        raise BadInputError(f"--base {base}: expected a .pt, or an architecture's name such as yolov8n.yaml")
    return str(closed_local_file(base, what="the base"))
