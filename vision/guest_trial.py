"""May a network be a guest? It must name people, find nobody in nothing, and answer in a known shape. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import cv2
import numpy as np

from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.engine import DetectorError, Picture
from vision.evaluation import PeopleMeasure
from vision.guests import covered_share
from vision.truth import TruthPicture
from vision.yolo import GuestError, YoloDetector, people_ids

HEIGHT_PX, WIDTH_PX = 480, 640
MOST_FOUND_IN_NOTHING: Final = 20
MOST_COVERED_OF_NOTHING: Final = 0.25
MEND: Final = "export it with `yolo export format=onnx` from a network that detects, in full precision"


def pictures_of_nothing() -> dict[str, Picture]:
    """Return pictures in which nobody is: uint8 (height, width)."""
    noise = np.random.default_rng(68).integers(0, 256, (HEIGHT_PX, WIDTH_PX), np.uint8)
    ramp = np.broadcast_to(np.linspace(0, 255, WIDTH_PX), (HEIGHT_PX, WIDTH_PX)).astype(np.uint8)
    flat = {name: np.full((HEIGHT_PX, WIDTH_PX), level, np.uint8) for name, level in (("black", 0), ("grey", 128))}
    return {**flat, "noise": noise, "a ramp of grey": ramp}


def tried(model: bytes, classes: list[str], *, mask_score: float) -> tuple[YoloDetector, dict[str, Any]]:
    """Return the network, ready to find people, and what it tells of itself.

    Args:
        model: the bytes of the file.
        classes: names of those that are people; none takes the usual ones.
        mask_score: from which it would mask.

    Raises:
        GuestError: it may not be a guest, and why.
    """
    try:
        told = YoloDetector(model).told
        ids = people_ids(told.names, classes)
        detector = YoloDetector(model, class_ids=ids)
        for what, picture in pictures_of_nothing().items():
            _refuse_finding_in_nothing(detector.find(picture, threshold=mask_score), what, mask_score)
    except DetectorError as error:
        raise GuestError(f"{error}; {MEND}") from error
    return detector, {
        "classes": [told.names[number] for number in ids],
        "class_ids": list(ids),
        "classes_in_file": len(told.names),
        "licence": told.licence,
        "input_px": list(told.input_px),
    }


def _refuse_finding_in_nothing(found: Boxes, what: str, mask_score: float) -> None:
    share = covered_share(found, WIDTH_PX, HEIGHT_PX)
    if len(found) > MOST_FOUND_IN_NOTHING or share > MOST_COVERED_OF_NOTHING:
        raise GuestError(
            f"in a picture of {what} it finds {len(found)} people over {share:.0%} of it at the score {mask_score:g}, "
            "so it would mask everything; give a higher --score, or train it longer"
        )


def measured(
    detector: YoloDetector, pictures: Iterable[tuple[TruthPicture, CappedFrame]], *, mask_score: float
) -> dict[str, Any]:
    """Return how well people are found in pictures with truth, as a look for masks sees them: without colour."""
    measure = PeopleMeasure()
    for truth, frame in pictures:
        try:
            found = detector.find(_grey(frame.pixels), threshold=mask_score)
        except DetectorError as error:
            raise GuestError(f"in {truth.picture}: {error}; {MEND}") from error
        measure.add(truth, found.scaled(truth.width_px / frame.width_px, truth.height_px / frame.height_px))
    return measure.figures()


def _grey(pixels: Picture) -> Picture:
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
