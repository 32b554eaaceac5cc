"""Starts the sealed evaluation of the shipped detectors and the gate, and hands on its figures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from groundstation.errors import BadInputError
from groundstation.files import closed_local_file
from groundstation.sealed_figures import EVALUATION_COMMAND, line_of, sealed_figures
from vision.models.store import models_dir


class Kind(StrEnum):
    """What is measured."""

    PEOPLE = "people"
    """How well people are found and counted."""
    REDACTION = "redaction"
    """How well heads are covered, and what that costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What is measured against which truth."""

    kind: Kind
    truth: Path
    images: Path | None
    video: Path | None
    camera: Path | None
    live: bool


def first_line(evaluation: Evaluation) -> bytes:
    """Return what the evaluation is told: absolute paths of files that are there.

    Raises:
        BadInputError: a file is missing or no regular file, or the folder of images is none.
    """
    images = evaluation.images
    if images is not None and not images.is_dir():
        raise BadInputError(f"{images}: --images is no folder; give the folder that the truth's names are relative to")
    files = {
        "truth": closed_local_file(evaluation.truth, what="the truth"),
        "video": evaluation.video and closed_local_file(evaluation.video, what="the video"),
        "camera": evaluation.camera and closed_local_file(evaluation.camera, what="the camera file"),
        "images": images and images.resolve(),
    }
    paths = {name: None if path is None else str(path) for name, path in files.items()}
    told = {"kind": evaluation.kind.value, "live": evaluation.live, "models_dir": str(models_dir()), **paths}
    return line_of(told)


def evaluate(evaluation: Evaluation, *, command: Sequence[str] = EVALUATION_COMMAND) -> dict[str, Any]:
    """Run the evaluation and return its figures.

    Raises:
        BadInputError: a file is missing, or the truth is about other pictures.
        SourceFailedError: the evaluation said why it cannot.
        WorkerLostError: it ended without figures.
    """
    line = first_line(evaluation)
    figures = asyncio.run(sealed_figures(line, name="evaluate", what="evaluation", command=command))
    if figures.get("pictures") == 0:
        raise BadInputError(
            f"{evaluation.truth}: names no picture of {evaluation.video or evaluation.images}, so nothing is measured; "
            "check both names"
        )
    return figures
