"""A guest's network: what a YOLO says of a picture, read as boxes of people. Only the classes asked for are read.

Two heads are known. Raw (YOLOv5u, v8, v9, 11, 12): (4 + classes, places), a column a place: centre x and y, width and
height in input pixels, then a score each class. End to end (v10, 26): (rows, 6): left, top, right, bottom, score,
class. Heads that say more of a place (key points, outlines, embeddings) are refused: they could tell who is there.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.boxes import Boxes, nms
from vision.engine import DetectorError, GuestEngine, Maps, Picture, checked_scale
from vision.errors import VisionError

PADDED: Final = 114
"""Grey level beside a picture of another shape, as these networks were trained with."""
SIDES_PX: Final = (64, 2048)
MULTIPLE_PX: Final = 32
SIDE_WITHOUT_WORD_PX: Final = 640
SAME_IOU: Final = 0.6
MOST_BOXES: Final = 1000
"""Surest boxes of a run that are kept."""
FARTHEST_PX: Final = 1e5
END_TO_END_NUMBERS: Final = 6
LONGEST_TEXT: Final = 200_000
PEOPLE: Final = frozenset({
    "adult", "baby", "body", "boy", "child", "crowd", "cyclist", "face", "girl", "head", "heads", "human", "humans",
    "man", "pedestrian", "pedestrians", "people", "person", "persons", "rider", "swimmer", "woman", "worker",
})  # fmt: skip
"""Names of classes that are taken for people without being told."""


class GuestError(VisionError, ValueError):
    """A file that the user brought cannot be a guest detector; one line, with how to mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a guest's file tells of itself."""

    names: dict[int, str]
    licence: str
    """Empty where it tells none."""
    input_px: tuple[int, int]
    """Height and width."""


def told_of(engine: GuestEngine) -> Told:
    """Return what the file tells.

    Raises:
        GuestError: it tells no names of classes, another task than to detect, or an input that no YOLO has.
    """
    task = engine.told.get("task", "detect")
    if task != "detect":
        raise GuestError(f"it is a network to {task}; only `detect` is taken: boxes, nothing else about a person")
    height, width = engine.input_px or _square(engine.told)
    low, high = SIDES_PX
    if any(not low <= side <= high or side % MULTIPLE_PX for side in (height, width)):
        raise GuestError(
            f"its input is {height} x {width} px, expected multiples of {MULTIPLE_PX} from {low} to {high}; "
            "export it with another imgsz"
        )
    return Told(names=names_from(engine.told), licence=engine.told.get("license", ""), input_px=(height, width))


def _square(told: Mapping[str, str]) -> tuple[int, int]:
    """Return the size that the file names for an input of any size."""
    sides = _literal(told.get("imgsz", ""))
    if isinstance(sides, list) and len(sides) == 2 and all(isinstance(side, int) for side in sides):
        return sides[0], sides[1]
    return SIDE_WITHOUT_WORD_PX, SIDE_WITHOUT_WORD_PX


def names_from(told: Mapping[str, str]) -> dict[int, str]:
    """Return the names of the classes by number, from the `names` that ultralytics writes: a dictionary, or a list.

    Raises:
        GuestError: there are none, or they are no such thing.
    """
    value = _literal(told.get("names", ""))
    pairs = dict(enumerate(value)) if isinstance(value, list) else value
    if not isinstance(pairs, dict) or not pairs or set(pairs) != set(range(len(pairs))):
        raise GuestError(
            "it does not name its classes; export it with ultralytics, which writes `names` into the file's metadata"
        )
    return {number: str(pairs[number]) for number in sorted(pairs)}


def _literal(text: str) -> object:
    if len(text) > LONGEST_TEXT:
        return None
    try:
        value: object = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None
    return value


def people_ids(names: Mapping[int, str], wanted: list[str]) -> tuple[int, ...]:
    """Return the numbers of the classes that are people: those wanted, or without a wish those of `PEOPLE`.

    Raises:
        GuestError: a wanted class is not there, or none is people.
    """
    known = {name.strip().lower(): number for number, name in names.items()}
    listed = ", ".join(list(names.values())[:40]) + (", ..." if len(names) > 40 else "")
    if missing := [name for name in wanted if name.strip().lower() not in known]:
        raise GuestError(f"--class {missing[0]}: it has no such class; it has {listed}")
    chosen = [known[name.strip().lower()] for name in wanted] or [known[name] for name in known if name in PEOPLE]
    if not chosen:
        raise GuestError(f"none of its classes is known as people; name those that are with --class; it has {listed}")
    return tuple(sorted(set(chosen)))


class YoloDetector:
    """A guest's network, ready to run; a `vision.detectors.Detector`."""

    def __init__(self, model: bytes, *, class_ids: tuple[int, ...] | None = None, threads: int = 1) -> None:
        """Load the network and run it once.

        Args:
            model: an ONNX file whose hash was checked.
            class_ids: which classes are people; None reads them all, to try the network.
            threads: how many cores one run may take.

        Raises:
            DetectorError: the bytes are no such network, or its answer is no detector's.
            GuestError: it tells too little of itself.
        """
        self._engine = GuestEngine(model, threads=threads)
        self.told = told_of(self._engine)
        self._ids = tuple(self.told.names) if class_ids is None else class_ids
        if max(self._ids) >= len(self.told.names):
            raise DetectorError(f"it has {len(self.told.names)} classes and is asked for number {max(self._ids)}")
        self.find(np.zeros((64, 64), np.uint8), threshold=0.5)

    def find(self, picture: Picture, *, threshold: float, scale: float = 1.0) -> Boxes:
        """Return people by falling score, inside the picture.

        Args:
            picture: uint8 (h, w, 3) BGR or (h, w) grey; it is seen whole, as large as the network's input allows.
            threshold: least score.
            scale: must be 1: the network's own input decides.

        Raises:
            DetectorError: the picture is unfit, or the network's answer is not sound.
        """
        height, width = picture.shape[:2]
        checked_scale(picture, min(scale, 4096 / max(height, width, 1)))
        rows, columns = self.told.input_px
        seen = min(rows / height, columns / width)
        block = self._engine.run(letterboxed(picture, rows, columns))
        found = people_from_block(block, self._ids, len(self.told.names), threshold)
        return nms(found.scaled(1 / seen, 1 / seen).clipped(width, height), SAME_IOU)


def letterboxed(picture: Picture, rows: int, columns: int) -> Maps:
    """Return float32 (1, 3, rows, columns), RGB 0..1: the picture from the top left, grey where it does not reach."""
    height, width = picture.shape[:2]
    scale = min(rows / height, columns / width)
    size = max(1, min(columns, round(width * scale))), max(1, min(rows, round(height * scale)))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR))
    blob = np.full((1, 3, rows, columns), PADDED / 255, np.float32)
    planes = [small] * 3 if small.ndim == 2 else [small[..., channel] for channel in (2, 1, 0)]
    for plane, place in zip(planes, blob[0], strict=True):
        place[: size[1], : size[0]] = plane.astype(np.float32) / 255
    return blob


def people_from_block(block: Maps, ids: tuple[int, ...], classes: int, threshold: float) -> Boxes:
    """Return people in input pixels, at most `MOST_BOXES`, the surest.

    Args:
        block: float32 (4 + classes, places), or (rows, 6).
        ids: classes that are people.
        classes: how many there are.
        threshold: least score.

    Raises:
        DetectorError: the block is neither, or holds what is no score or no place.
    """
    if block.shape[0] == 4 + classes:
        corners, scores = _of_raw(block, ids)
    elif block.shape[1] == END_TO_END_NUMBERS:
        corners, scores = _of_end_to_end(block, ids)
    else:
        raise DetectorError(
            f"its output is (1, {block.shape[0]}, {block.shape[1]}), expected (1, {4 + classes}, places) or "
            f"(1, rows, {END_TO_END_NUMBERS}) of a detector of {classes} classes"
        )
    if scores.size and not (scores.min() >= 0 and scores.max() <= 1):
        raise DetectorError(f"its scores run from {scores.min():g} to {scores.max():g}, expected 0 to 1")
    best = np.argsort(-scores, kind="stable")[:MOST_BOXES]
    best = best[scores[best] > threshold]
    if best.size and np.abs(corners[best]).max() > FARTHEST_PX:
        raise DetectorError("it finds people farther away than any picture reaches")
    return Boxes(xyxy=corners[best], scores=scores[best])


def _of_raw(block: Maps, ids: tuple[int, ...]) -> tuple[Maps, NDArray[np.float32]]:
    x, y, width, height = block[:4]
    corners = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], axis=1)
    return corners.astype(np.float32), block[[4 + number for number in ids]].max(axis=0)


def _of_end_to_end(block: Maps, ids: tuple[int, ...]) -> tuple[Maps, NDArray[np.float32]]:
    people = block[np.isin(np.rint(block[:, 5]), ids)]
    return people[:, :4], people[:, 4]
