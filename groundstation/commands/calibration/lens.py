"""Starts the sealed calibration of a video and writes the camera file of what it says."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flightlink.camera_file import load_camera
from groundstation.errors import BadInputError, SourceFailedError
from groundstation.files import closed_local_file, whole_file
from groundstation.instants import text_from_utc_ns
from groundstation.sealed_figures import EVALUATION_COMMAND, line_of, sealed_figures


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardAsked:
    """What the user says of the board; None leaves it to the pictures."""

    board: tuple[int, int] | None = None
    """Inner corners of a chessboard along both sides."""
    charuco: tuple[int, int] | None = None
    """Squares of a ChArUco board in a row and in a column."""


def calibrate(
    video: Path, out: Path, asked: BoardAsked, *, utc_ns: int, command: Sequence[str] = EVALUATION_COMMAND
) -> dict[str, Any]:
    """Calibrate a camera from a closed local video of a board, write its camera file, and return the figures.

    Args:
        video: of the board, moved about; with the camera's picture size, zoom and focus of later flights.
        out: the camera file; one that is there is left alone.
        asked: the board.
        utc_ns: now, for the file's date.
        command: the program of the sealed process.

    Raises:
        BadInputError: the video is no closed local file, or `out` is there already or cannot be written.
        SourceFailedError: the sealed process said why the video does not tell the lens.
        WorkerLostError: it ended without figures.
    """
    path = closed_local_file(video, what="the video")
    if out.exists():
        raise BadInputError(f"{out}: is there already, perhaps with a pose or an alignment; give another name")
    if not os.access(out.parent, os.W_OK):
        raise BadInputError(f"{out}: nothing can be written into {out.parent}; give another --out")
    told = {"kind": "lens", "video": str(path), "board": asked.board, "charuco": asked.charuco}
    line = line_of(told)
    try:
        figures = asyncio.run(sealed_figures(line, name="calibrate", what="calibration", command=command))
    except SourceFailedError as error:
        detail = str(error).removeprefix(f"{video.name}: ")  # some name the file themselves
        raise SourceFailedError(cause=error.cause, detail=f"{video}: {detail}") from None
    with whole_file(out) as sink:
        sink.write(camera_text(figures, utc_ns=utc_ns).encode())
    load_camera(out)
    return figures


def camera_text(figures: dict[str, Any], *, utc_ns: int) -> str:
    """Return the camera file: intrinsics, and in its comments how they came about; nothing of the video."""
    bend = ", ".join(f"{part:.7g}" for part in figures["distortion"])
    sigmas = ", ".join(f"{name} {figures[f'{name}_sigma_px']:.2f}" for name in ("fx", "fy", "cx", "cy"))
    return (
        f"# Calibrated {text_from_utc_ns(utc_ns)[:10]} by `groundstation calibrate`: {figures['views']} views of a "
        f"{figures['board']}.\n"
        f"# Reprojection error {figures['error_px']:.3f} px. One standard deviation, px: {sigmas}.\n"
        f"# Horizontal field of view {figures['hfov_deg']:.2f} degrees. Holds for this zoom, focus and stabilisation.\n"
        f"width_px = {figures['width_px']}\nheight_px = {figures['height_px']}\n"
        f"fx_px = {figures['fx_px']:.3f}\nfy_px = {figures['fy_px']:.3f}\n"
        f"cx_px = {figures['cx_px']:.3f}\ncy_px = {figures['cy_px']:.3f}\n"
        f"distortion = [{bend}]\n"
    )
