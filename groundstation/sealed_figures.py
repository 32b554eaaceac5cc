"""Asks a sealed process one question and returns its figures: of detectors, of a lens, of a video's clock."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from flightlink.pose import CameraPose
from groundstation.errors import SourceFailedError, WorkerLostError
from groundstation.progress import Progress
from groundstation.worker_process import SealedProcess
from vision.wire import Failed

EVALUATION_COMMAND: Final = (sys.executable, "-I", "-m", "vision.evaluate")
FIRST_WITHIN_S: Final = 120.0
SILENCE_S: Final = 120.0


def line_of(told: Mapping[str, Any]) -> bytes:
    """Return the question as the process reads it."""
    return json.dumps(told).encode() + b"\n"


async def sealed_figures(
    line: bytes,
    *,
    name: str,
    what: str,
    command: Sequence[str] = EVALUATION_COMMAND,
    poses: Sequence[CameraPose] | None = None,
) -> dict[str, Any]:
    """Ask once, show how far it is, and return the figures.

    Args:
        line: the question.
        name: of the process and of its progress.
        what: the work, for an error's line.
        command: the program of the sealed process.
        poses: told after the question, where it needs them.

    Raises:
        SourceFailedError: the process said why it cannot.
        WorkerLostError: it ended without figures.
    """
    figures: dict[str, Any] | None = None
    progress = Progress(name)
    async with SealedProcess(name=name, first_line=line, recorded_poses=poses, command=command) as sealed:
        async for message in sealed.messages(first_within_s=FIRST_WITHIN_S, silence_s=SILENCE_S):
            progress.take(message)
            if isinstance(message, Failed):
                raise SourceFailedError(cause=message.cause, detail=message.detail)
            if isinstance(message, dict):
                figures = message
    if figures is None:
        raise WorkerLostError(f"the {what} was done without any figure; this is a fault of the station")
    return figures
