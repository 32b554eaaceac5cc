"""Ground truth of an evaluation: JSON lines with the people that somebody marked by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vision.errors import VisionError

MAX_SIDE_PX: Final = 100_000

Corners: TypeAlias = NDArray[np.float64]


class TruthError(VisionError, ValueError):
    """A truth file cannot be read as one; the message names the line."""


class Label(StrEnum):
    """What a box of the truth holds. Other labels are ignored."""

    FACE = "face"
    HEAD = "head"
    PERSON = "person"
    PEDESTRIAN = "pedestrian"

    @property
    def is_whole(self) -> bool:
        """Whether the box holds a whole person, whose head is the top fifth."""
        return self in {Label.PERSON, Label.PEDESTRIAN}


_LABELS: Final = {label.value: label for label in Label}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TruthPicture:
    """The people marked in one picture or frame."""

    picture: str | int
    """Name of the image, or number of the frame, counted from 0."""
    width_px: int
    height_px: int
    xyxy: Corners
    """float64 (n, 4): left, top, right, bottom as marked; may be fractional and run over the edge."""
    labels: tuple[Label, ...]
    pitch_deg: float | None = None
    """Stands for the telemetry, when the line carries it."""
    agl_m: float | None = None
    roll_deg: float = 0.0
    fx_px: float | None = None
    """Focal length, when the line carries it: together with `pitch_deg` and `agl_m` it is a pose."""
    flight: str = ""
    """Pictures of one flight look alike: their figures are told apart. By the line, or by the picture's name."""
    counted: int | None = None
    """How many people somebody counted, where they were not boxed: such a picture says nothing but a number."""

    def __post_init__(self) -> None:
        """Check the shapes.

        Raises:
            TruthError: corners and labels do not belong together.
        """
        if self.xyxy.shape != (len(self.labels), 4):
            raise TruthError(f"truth corners have the shape {self.xyxy.shape}, expected {(len(self.labels), 4)}")

    @property
    def people(self) -> int:
        """How many people there are by the truth, boxed or counted."""
        return len(self.labels) if self.counted is None else self.counted

    @property
    def depression_deg(self) -> float | None:
        """How steeply the camera looks down; sets that tell it as a positive angle mean the same."""
        return None if self.pitch_deg is None else abs(self.pitch_deg)

    def clipped(self) -> Corners:
        """Return float64 (n, 4): the corners inside the picture."""
        return np.clip(self.xyxy, 0.0, [self.width_px, self.height_px] * 2)

    def heights_px(self) -> NDArray[np.float64]:
        """Return float64 (n,): heights as marked."""
        heights: NDArray[np.float64] = self.xyxy[:, 3] - self.xyxy[:, 1]
        return heights

    def heads(self) -> Corners:
        """Return float64 (n, 4): what must be covered, inside the picture.

        A person's head is the top fifth of the box; a face or head is the box itself.
        """
        heads = self.xyxy.copy()
        whole = np.array([label.is_whole for label in self.labels], bool)
        heads[whole, 3] = heads[whole, 1] + self.heights_px()[whole] / 5
        return np.clip(heads, 0.0, [self.width_px, self.height_px] * 2)


def truth_from_file(path: Path) -> list[TruthPicture]:
    """Return the pictures of a truth file, in its order.

    Raises:
        TruthError: the file cannot be read, holds no picture, or a line of it is none.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            pictures = list(truth_from_lines(lines, name=path.name))
    except (OSError, UnicodeDecodeError) as error:
        raise TruthError(f"{path}: cannot read the truth ({error})") from error
    if not pictures:
        raise TruthError(f"{path}: holds no picture; expected one JSON line a picture")
    return pictures


def truth_from_lines(lines: Iterable[str], *, name: str) -> Iterator[TruthPicture]:
    """Yield the pictures of JSON lines; empty lines are skipped.

    Raises:
        TruthError: a line is no picture; the message holds `name` and the line's number.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _picture(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            what = f"misses {error}" if isinstance(error, KeyError) else str(error)
            raise TruthError(f"{name} line {number}: {what}; see `evaluate` in the documentation") from error


def _picture(part: dict[str, Any]) -> TruthPicture:
    counted = _counted(part)
    boxes = [] if counted is not None else [_box(box) for box in part["boxes"]]
    people = [(corners, label) for corners, label in boxes if label is not None]
    picture = _identity(part)
    return TruthPicture(
        picture=picture,
        width_px=_side(part, "width"),
        height_px=_side(part, "height"),
        xyxy=np.array([corners for corners, _ in people], float).reshape(-1, 4),
        labels=tuple(label for _, label in people),
        pitch_deg=_number(part, "pitch_deg"),
        agl_m=_number(part, "agl_m"),
        roll_deg=_number(part, "roll_deg") or 0.0,
        fx_px=_focal(part),
        flight=str(part.get("flight") or flight_of(picture)),
        counted=counted,
    )


def _focal(part: dict[str, Any]) -> float | None:
    fx_px = _number(part, "fx_px")
    if fx_px is not None and fx_px <= 0:
        raise ValueError(f"the fx_px is {fx_px}, expected a focal length in pixels above 0")
    return fx_px


def flight_of(picture: str | int) -> str:
    """Return what the names of one flight's pictures share: the name without its number; empty for frames."""
    return Path(picture).stem.rstrip("0123456789").rstrip("-_. ") if isinstance(picture, str) else ""


def _counted(part: dict[str, Any]) -> int | None:
    """Return the people of a picture that has `points` or a `count` in place of boxes."""
    if "boxes" in part or not ({"points", "count"} & part.keys()):
        return None
    counted = part.get("count", len(part.get("points", ())))
    if not isinstance(counted, int) or isinstance(counted, bool) or counted < 0:
        raise ValueError(f"the count is {counted!r}, expected a whole number from 0")
    return counted


def _identity(part: dict[str, Any]) -> str | int:
    if "image" in part:
        return str(part["image"])
    frame = part["frame"]
    if not isinstance(frame, int) or isinstance(frame, bool) or frame < 0:
        raise ValueError(f"the frame is {frame!r}, expected a whole number from 0")
    return frame


def _side(part: dict[str, Any], name: str) -> int:
    side_px = part[name]
    if not isinstance(side_px, int) or not 0 < side_px <= MAX_SIDE_PX:
        raise ValueError(f"the {name} is {side_px!r}, expected a whole number of pixels")
    return side_px


def _number(part: dict[str, Any], name: str) -> float | None:
    if part.get(name) is None:
        return None
    number = float(part[name])
    if not math.isfinite(number):
        raise ValueError(f"the {name} is {part[name]!r}, expected a finite number")
    return number


def _box(box: list[Any]) -> tuple[tuple[float, float, float, float], Label | None]:
    if len(box) != 5:
        raise ValueError(f"a box has {len(box)} parts, expected [x, y, w, h, label]")
    if not isinstance(box[4], str) or any(isinstance(part, bool | str) for part in box[:4]):
        raise ValueError(f"a box is {box}, expected four numbers and a label")
    x, y, width, height = (float(part) for part in box[:4])
    if not (all(map(math.isfinite, (x, y, width, height))) and width > 0 and height > 0):
        raise ValueError(f"a box is {box[:4]}, expected finite numbers with width and height above 0")
    return (x, y, x + width, y + height), _LABELS.get(str(box[4]).lower())
