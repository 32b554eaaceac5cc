"""Does a person detector find people at all, and not everything? Tried on a picture that ships with the models.

A network whose weights are broken, or that is shown pictures in a way it was not made for, answers soundly and wrongly.
An empty square looks the same as one where it finds nobody, so the network itself is tried: at the start, every hour,
and at once when what it finds covers nearly all of a picture, which a crush may do as well. Decision 0074.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.boxes import Boxes, iou_matrix
from vision.detectors import Detector
from vision.engine import Picture
from vision.models.store import bytes_of_picture

FINDS_NOTHING: Final = "detector_finds_nothing"
FINDS_EVERYTHING: Final = "detector_finds_everything"

FOLDER: Final = Path(__file__).parent / "models" / "self_test"
SCALE: Final = 1.5
"""Its people are about 70 px tall: at 105 px both shipped networks find all of them, in colour and grey."""
SAME_IOU: Final = 0.4
LEAST_FOUND_SHARE: Final = 0.6
"""Of those known to stand there: the shipped networks find all of 8 on ONNX Runtime."""
MOST_FOUND_TIMES: Final = 8
"""So many times the known: twice as many stand in the picture as are whole in it, and 18 are found."""
EVERY_NS: Final = 3_600_000_000_000
SUSPECTED_EVERY_NS: Final = 10_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A picture, uint8 BGR (h, w, 3), and the boxes float32 (n, 4) of people who are whole in it."""

    picture: Picture
    xyxy: NDArray[np.float32]


@cache
def known_people(folder: Path = FOLDER) -> Known:
    """Return the picture of the self-test; read at the start, before the seal.

    Raises:
        ModelError: it is not there, or another than the pinned one.
    """
    told = tomllib.loads((folder / "people.toml").read_text(encoding="utf-8"))
    data = np.frombuffer(bytes_of_picture(folder / "people.jpg", told["sha256"]), np.uint8)
    return Known(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8), np.array(told["boxes"], np.float32))


@dataclass(frozen=True, slots=True)
class Tried:
    """A detector and the least score at which its finds count."""

    detector: Detector
    threshold: float


def fault_of(tried: Tried, known: Known) -> str:
    """Return why a detector cannot be believed, empty for no reason.

    Raises:
        DetectorError: the network failed.
    """
    found = tried.detector.find(known.picture, threshold=tried.threshold, scale=SCALE)
    if len(found) > MOST_FOUND_TIMES * len(known.xyxy):
        return FINDS_EVERYTHING
    return FINDS_NOTHING if _share_found(found, known) < LEAST_FOUND_SHARE else ""


def _share_found(found: Boxes, known: Known) -> float:
    if not len(found):
        return 0.0
    return float((iou_matrix(known.xyxy, found.xyxy).max(axis=1) >= SAME_IOU).mean())


class SelfTest:
    """Tries the person detectors of a worker; `fault` is read by the thread that publishes."""

    def __init__(self, tried: Sequence[Tried]) -> None:
        """Try them once.

        Raises:
            DetectorError: a network failed.
        """
        self._tried = tuple(tried)
        self._tried_utc_ns = 0
        """Of the pictures; 0 at the start and in the rehearsal, which know no instant."""
        self.fault = self._now()

    def turn(self, utc_ns: int, *, suspected: bool = False) -> None:
        """Try them again if that is due at an instant of the pictures' time, sooner where there is a suspicion.

        Raises:
            DetectorError: a network failed.
        """
        if not self._tried_utc_ns:
            self._tried_utc_ns = utc_ns
        elif abs(utc_ns - self._tried_utc_ns) >= (SUSPECTED_EVERY_NS if suspected else EVERY_NS):
            self._tried_utc_ns = utc_ns
            self.fault = self._now()

    def _now(self) -> str:
        return next((fault for each in self._tried if (fault := fault_of(each, known_people()))), "")
