"""A small sheet of the rendered pictures that a network does worst in: whom it misses, and what it takes for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from groundstation.errors import BadInputError
from proofs.measure.run import Asked, false_alarms_of, found_in, missed_of, read, scale_of
from proofs.measure.tables import Seen
from vision.detectors import Detector
from vision.engine import Picture

MAX_BYTES: Final = 300_000
COLUMNS: Final = 3
TILE_PX: Final = (400, 250)
LABEL_PX: Final = 22
MISSED_BGR: Final = (60, 60, 255)
FALSE_BGR: Final = (255, 160, 0)
LETTERS: Final = 0.42
MADE_BY: Final = "models render"


def refuse_real(images: Path) -> None:
    """Let only pictures pass that `models render` made: no sheet may show anybody who exists.

    Raises:
        BadInputError: no manifest beside the folder says so.
    """
    manifest = images.resolve().parent / "manifest.json"
    try:
        made_by = str(json.loads(manifest.read_text(encoding="utf-8"))["made_by"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInputError(f"--sheet: {manifest} does not say that these pictures are rendered") from error
    if MADE_BY not in made_by:
        raise BadInputError(f"--sheet: these pictures are made by {made_by}, not by {MADE_BY}; none is shown")


def write_sheet(path: Path, asked: Asked, detector: Detector, worst: Sequence[Seen], threshold: float) -> None:
    """Write the sheet as a JPEG of at most `MAX_BYTES`; red: missed, blue: nobody.

    Raises:
        BadInputError: it cannot be written there.
    """
    tiles = [_tile(asked, detector, one, threshold) for one in worst]
    blank = np.full_like(tiles[0], 255)
    tiles += [blank] * (-len(tiles) % COLUMNS)
    rows = [np.concatenate(tiles[first : first + COLUMNS], axis=1) for first in range(0, len(tiles), COLUMNS)]
    sheet = np.concatenate(rows)
    for quality in (85, 75, 65, 55, 45, 35, 25):
        _, coded = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if coded.size <= MAX_BYTES:
            break
    try:
        path.write_bytes(coded.tobytes())
    except OSError as error:
        raise BadInputError(f"--sheet {path}: cannot be written ({error.strerror}); name another file") from error


def _tile(asked: Asked, detector: Detector, one: Seen, threshold: float) -> Picture:
    picture = read(asked.images, one.picture).copy()
    found = found_in(detector, picture, scale_of(one.picture, asked))
    false = (one.outcome.found_score >= threshold) & (one.outcome.found_whom < 0)
    shrink = min(TILE_PX[0] / picture.shape[1], TILE_PX[1] / picture.shape[0])
    size = (round(picture.shape[1] * shrink), round(picture.shape[0] * shrink))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    for colour, boxes in (
        (MISSED_BGR, one.picture.truth.xyxy[one.outcome.people_score < threshold]), (FALSE_BGR, found.xyxy[false]),
    ):  # fmt: skip
        for left, top, right, bottom in (boxes * shrink).round().astype(int).tolist():
            cv2.rectangle(small, (left - 1, top - 1), (right + 1, bottom + 1), colour, 1)
    tile = np.full((TILE_PX[1] + LABEL_PX, TILE_PX[0], 3), 255, np.uint8)
    tile[: size[1], : size[0]] = small
    place, letters = (4, TILE_PX[1] + 15), cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(tile, _label(one, threshold), place, letters, LETTERS, (0, 0, 0), 1, cv2.LINE_AA)
    return tile


def _label(one: Seen, threshold: float) -> str:
    depression = one.picture.truth.depression_deg
    angle = "" if depression is None else f", {depression:.0f} deg"
    return (
        f"{one.picture.light}{angle}: {missed_of(one, threshold)} of {len(one.outcome.people_px)} missed, "
        f"{false_alarms_of(one, threshold)} false"
    )
