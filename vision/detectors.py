"""The two detectors: a picture goes in, boxes leave. Everything that goes wrong is a `DetectorError`."""

from __future__ import annotations

from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.boxes import Boxes, nms
from vision.engine import STRIDE_PX, DetectorError, Maps, Picture, checked_scale, input_from_picture, resized
from vision.engine_names import EngineName
from vision.engines import engine_of

__all__ = ["Detector", "DetectorError", "FaceDetector", "PersonDetector"]

PERSON_IOU: Final = 0.45
"""Two persons' boxes that overlap more are one person."""
FACE_IOU: Final = 0.3

_PERSON_OUTPUTS: Final = {"tower_0/keypoints": 1, "tower_0/wh": 4}
_FACE_OUTPUTS: Final = {"537": 1, "538": 2, "539": 2}


class Detector(Protocol):
    """Anything that finds boxes in a picture."""

    def find(self, picture: Picture, *, threshold: float, scale: float = 1.0) -> Boxes:
        """Return the boxes above the threshold, in the picture's pixels."""
        ...


class PersonDetector:
    """MobileNetV3-CenterNet: whole persons, best at 45 to 80 px of height in the network's input."""

    def __init__(self, model: bytes, threads: int = 2, engine: EngineName = EngineName.ONNXRUNTIME) -> None:
        """Load the network from bytes whose hash was checked (`vision.models.store.verified_bytes`).

        Raises:
            DetectorError: the bytes are no such network, or the engine is not there.
        """
        self._engine = engine_of(engine, model, channels=_PERSON_OUTPUTS, threads=threads)

    def find(self, picture: Picture, *, threshold: float, scale: float = 1.0) -> Boxes:
        """Return persons by falling score, in the picture's pixels; a box may run over the edge.

        Args:
            picture: uint8 (h, w, 3) BGR or (h, w) grey.
            threshold: least score; 0.1 to 0.2 to mask, about 0.3 to count.
            scale: how much larger the network sees the picture.

        Raises:
            DetectorError: the picture is unfit or too large, or the network's answer is not sound.
        """
        seen = resized(picture, checked_scale(picture, scale))
        heat, sides = self._engine.run(input_from_picture(seen))
        rows, columns = _cells(seen)
        found = persons_from_maps(heat[0, :rows, :columns], sides[:, :rows, :columns], threshold)
        return nms(_in_picture(found, seen, picture), PERSON_IOU)


class FaceDetector:
    """CenterFace: faces from about 13 px."""

    def __init__(self, model: bytes, threads: int = 2, engine: EngineName = EngineName.ONNXRUNTIME) -> None:
        """Load the network from bytes whose hash was checked (`vision.models.store.verified_bytes`).

        Raises:
            DetectorError: the bytes are no such network, or the engine is not there.
        """
        self._engine = engine_of(engine, model, channels=_FACE_OUTPUTS, threads=threads)

    def find(self, picture: Picture, *, threshold: float, scale: float = 1.0) -> Boxes:
        """Return faces by falling score, in the picture's pixels; a box may run over the edge.

        Args:
            picture: uint8 (h, w, 3) BGR or (h, w) grey.
            threshold: least score.
            scale: how much larger the network sees the picture.

        Raises:
            DetectorError: the picture is unfit or too large, or the network's answer is not sound.
        """
        seen = resized(picture, checked_scale(picture, scale))
        heat, sizes, offsets = self._engine.run(input_from_picture(seen))
        rows, columns = _cells(seen)
        inside = np.s_[:, :rows, :columns]
        found = faces_from_maps(heat[0, :rows, :columns], sizes[inside], offsets[inside], threshold)
        return nms(_in_picture(found, seen, picture), FACE_IOU)


def _cells(seen: Picture) -> tuple[int, int]:
    """Return rows and columns of the output maps that lie on the picture, not on what was added to it."""
    height, width = seen.shape[:2]
    return -(-height // STRIDE_PX), -(-width // STRIDE_PX)


def _in_picture(found: Boxes, seen: Picture, picture: Picture) -> Boxes:
    return found.scaled(picture.shape[1] / seen.shape[1], picture.shape[0] / seen.shape[0])


def persons_from_maps(heat: Maps, sides: Maps, threshold: float) -> Boxes:
    """Return persons in input pixels.

    A peak is a cell above the threshold that no neighbour exceeds. Its centre lies at 4 times its column and row.

    Args:
        heat: float32 (rows, columns), 0..1.
        sides: float32 (4, rows, columns), distance to left, top, right and bottom in input pixels.
        threshold: least heat.

    Raises:
        DetectorError: the heat is no probability.
    """
    _check_probability(heat)
    highest_near: NDArray[np.float32] = np.asarray(cv2.dilate(heat, np.ones((3, 3), np.uint8)), np.float32)
    rows, columns = np.nonzero((heat > threshold) & (heat == highest_near))
    left, top, right, bottom = sides[:, rows, columns]
    x, y = np.float32(STRIDE_PX) * columns, np.float32(STRIDE_PX) * rows
    corners = np.stack([x - left, y - top, x + right, y + bottom], axis=1)
    return Boxes(xyxy=corners.astype(np.float32), scores=heat[rows, columns])


def faces_from_maps(heat: Maps, sizes: Maps, offsets: Maps, threshold: float) -> Boxes:
    """Return faces in input pixels, one for each cell above the threshold, still overlapping.

    height = 4 exp(sizes[0]), width = 4 exp(sizes[1]), centre = 4 (cell + offset + 1/2), down first.

    Args:
        heat: float32 (rows, columns), 0..1.
        sizes: float32 (2, rows, columns).
        offsets: float32 (2, rows, columns).
        threshold: least heat.

    Raises:
        DetectorError: the heat is no probability, or a face is larger than any picture.
    """
    _check_probability(heat)
    rows, columns = np.nonzero(heat > threshold)
    logarithms = sizes[:, rows, columns]
    if logarithms.size and logarithms.max() > np.log(1e6):
        raise DetectorError("the face detector answered with a face larger than any picture")
    half_height, half_width = np.float32(STRIDE_PX / 2) * np.exp(logarithms)
    down, right = offsets[:, rows, columns] + np.float32(0.5)
    y, x = np.float32(STRIDE_PX) * (rows + down), np.float32(STRIDE_PX) * (columns + right)
    corners = np.stack([x - half_width, y - half_height, x + half_width, y + half_height], axis=1)
    return Boxes(xyxy=corners.astype(np.float32), scores=heat[rows, columns])


def _check_probability(heat: Maps) -> None:
    if heat.size and not (heat.min() >= 0 and heat.max() <= 1):
        raise DetectorError(f"the detector's scores run from {heat.min()} to {heat.max()}, expected 0 to 1")
