"""Shows pictures to a network and returns figures; nothing of it is part of the running station."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from groundstation.errors import BadInputError
from proofs.measure.fairness import fairness
from proofs.measure.found import NOBODY, outcome_of
from proofs.measure.pictures import MeasuredPicture
from proofs.measure.tables import (
    Seen,
    by_density,
    by_depression,
    by_light,
    by_size,
    by_threshold,
    chosen_threshold,
    recall_alone,
    sums_at,
)
from vision.boxes import Boxes
from vision.detectors import Detector, PersonDetector
from vision.engine import MAX_SIDE_PX, Picture
from vision.models.card import model_cards
from vision.models.store import models_dir, verified_bytes

LEAST_SCORE: Final = 0.05
BUDGET_PX: Final = 4_000_000
"""Most pixels of the network's input: a picture is enlarged no further."""
SCALES: Final = (0.1, 4.0)
WORST: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is measured, and how large the network sees it."""

    model: str
    """A file, or the name of a detector of the manifest."""
    images: Path
    scale: float
    person_px: float | None
    """Wanted length of a standing body in the network's input; None keeps to `scale`."""
    threshold: float | None
    """None chooses it on every second picture, and measures on the others."""


def model_bytes(name: str) -> bytes:
    """Return a network's bytes.

    Raises:
        BadInputError: there is no such file and no such detector.
        ModelError: a detector of the manifest is not in place.
    """
    path = Path(name)
    if path.is_file():
        return path.read_bytes()
    listed = ", ".join(sorted(model_cards()))
    if name not in model_cards():
        raise BadInputError(f"--model {name}: no such file, and no detector of the manifest ({listed})")
    return verified_bytes(name, models_dir())


def seen_pictures(asked: Asked, detector: Detector, pictures: Sequence[MeasuredPicture]) -> Iterator[Seen]:
    """Yield each picture with what the network finds in it.

    Raises:
        BadInputError: a picture cannot be read, or is not as its truth says.
        DetectorError: the network fails.
    """
    for picture in pictures:
        pixels = read(asked.images, picture)
        scale = scale_of(picture, asked)
        yield Seen(picture=picture, outcome=outcome_of(picture, found_in(detector, pixels, scale), scale=scale))


def found_in(detector: Detector, pixels: Picture, scale: float) -> Boxes:
    """Return what a network finds in a picture, of any score."""
    return detector.find(pixels, threshold=LEAST_SCORE, scale=scale)


def read(images: Path, picture: MeasuredPicture) -> Picture:
    """Return a picture, uint8 (height, width, 3) BGR.

    Raises:
        BadInputError: it cannot be read, or has another size than its truth.
    """
    truth, path = picture.truth, images / str(picture.truth.picture)
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise BadInputError(f"{path}: cannot be read as a picture; is it there, and whole?")
    if pixels.shape[:2] != (truth.height_px, truth.width_px):
        height_px, width_px = pixels.shape[:2]
        raise BadInputError(f"{path}: is {width_px} x {height_px} px, its truth {truth.width_px} x {truth.height_px}")
    return np.asarray(pixels, np.uint8)


def scale_of(picture: MeasuredPicture, asked: Asked) -> float:
    """Return how much larger the network sees a picture, within bounds of time and memory."""
    truth = picture.truth
    wanted = asked.scale
    if asked.person_px is not None and picture.person_px is not None:
        wanted = asked.person_px / max(picture.person_px, 1e-3)
    width_px, height_px = truth.width_px, truth.height_px
    most = min(math.sqrt(BUDGET_PX / (width_px * height_px)), MAX_SIDE_PX / max(width_px, height_px))
    return min(max(wanted, SCALES[0]), SCALES[1], most)


def measured(
    asked: Asked, pictures: Sequence[MeasuredPicture], tell: Callable[[int], None] = lambda _: None
) -> tuple[dict[str, Any], list[Seen]]:
    """Return the figures of a network, and the pictures that it does worst in, worst first.

    Raises:
        BadInputError: no network, no pictures, or one is not as its truth says.
        ModelError: a detector of the manifest is not in place.
        DetectorError: the file is no person detector, or fails.
    """
    data = model_bytes(asked.model)
    seen = []
    for number, one in enumerate(seen_pictures(asked, PersonDetector(data, threads=1), pictures), start=1):
        seen.append(one)
        tell(number)
    if not seen:
        raise BadInputError("the truth names no picture with boxes, so nothing is measured")
    chosen_on, told_of = (seen[::2], seen[1::2]) if asked.threshold is None and len(seen) > 1 else ([], seen)
    threshold = chosen_threshold(chosen_on or seen) if asked.threshold is None else asked.threshold
    figures = {
        "model": {"file": Path(asked.model).name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)},
        "seen_at": {"scale": asked.scale} if asked.person_px is None else {"person_px": asked.person_px},
        "threshold": threshold,
        "threshold_chosen_on_pictures": len(chosen_on),
        "all": sums_at(told_of, threshold),
        "by_threshold": by_threshold(told_of),
        "by_size_px": by_size(told_of, threshold),
        "by_depression_deg": by_depression(told_of, threshold),
        "by_light": by_light(told_of, threshold),
        "by_density_per_m2": by_density(told_of, threshold),
        "recall_alone": recall_alone(told_of, threshold),
        "fairness": fairness(told_of, threshold),
    }
    worst = sorted(told_of, key=lambda one: faults_of(one, threshold), reverse=True)[:WORST]
    return figures | {"worst": [_worst_row(one, threshold) for one in worst]}, worst


def missed_of(one: Seen, threshold: float) -> int:
    """Return how many people a threshold leaves unfound."""
    return int((one.outcome.people_score < threshold).sum())


def false_alarms_of(one: Seen, threshold: float) -> int:
    """Return how many detections of nobody a threshold leaves."""
    return int(((one.outcome.found_score >= threshold) & (one.outcome.found_whom == NOBODY)).sum())


def faults_of(one: Seen, threshold: float) -> float:
    """Return the faults in a picture over the people in it, few people weighing less: by it the worst are chosen."""
    faults = missed_of(one, threshold) + false_alarms_of(one, threshold)
    return faults / (len(one.outcome.people_px) + 5)


def _worst_row(one: Seen, threshold: float) -> dict[str, Any]:
    truth = one.picture.truth
    return {
        "image": truth.picture, "n": len(one.outcome.people_px), "missed": missed_of(one, threshold),
        "false_alarms": false_alarms_of(one, threshold), "depression_deg": truth.depression_deg,
        "light": one.picture.light, "crowd": one.picture.crowd,
        "person_px": None if not len(one.outcome.people_px) else round(float(np.median(one.outcome.people_px)), 1),
    }  # fmt: skip
