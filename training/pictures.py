"""Folders of pictures with exact boxes, as `groundstation models render` writes them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from training.errors import TrainingError

Corners = NDArray[np.float32]
Part = Literal["all", "train", "held"]

PEOPLE: Final = frozenset({"person", "pedestrian"})
UNSURE: Final = frozenset({"bicycle", "dontcare", "ignore", "rider"})
"""What may hold a person or not: nothing is learned there, and nothing found there is wrong."""
HELD_ONE_IN: Final = 8
FEWEST_FLIGHTS: Final = 16
"""A folder with fewer is learned whole; rendered pictures are held out by folders with other seeds."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labelled:
    """One picture on the disk and who is in it, in pixels of that picture."""

    path: Path
    people: Corners
    """float32 (n, 4): left, top, right, bottom of what can be seen of each person."""
    unsure: Corners
    """float32 (m, 4): where nothing is learned: people almost hidden, riders, groups."""
    depression_deg: float | None
    """How steeply the camera looks down, 90 straight down; None where nobody wrote it down."""
    light: str

    @property
    def is_thermal(self) -> bool:
        """Whether brightness is warmth."""
        return self.light == "thermal"

    @property
    def flight(self) -> str:
        """The name without its last number: pictures of one flight resemble each other."""
        return self.path.stem.rpartition("_")[0]

    def longest_px(self) -> NDArray[np.float32]:
        """Return float32 (n,): the longer side of each person's box."""
        sides: NDArray[np.float32] = (self.people[:, 2:] - self.people[:, :2]).max(1, initial=0)
        return sides


def pictures_of(folder: Path, part: Part = "all") -> list[Labelled]:
    """Return a folder's pictures in the order of its truth, all or one part of the flights.

    One flight in 8 is held out where a folder holds at least 16, by a hash of its name.

    Raises:
        TrainingError: the truth cannot be read, or a picture that it names is not there.
    """
    path = folder / "truth.jsonl"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path}: cannot read the truth ({error})") from error
    everything = list(_labelled(folder, lines))
    if not everything:
        raise TrainingError(f"{path}: holds no picture; expected one JSON line a picture")
    return everything if part == "all" else _part_of(everything, part)


def _part_of(everything: list[Labelled], part: Part) -> list[Labelled]:
    if len({one.flight for one in everything}) < FEWEST_FLIGHTS:
        return everything if part == "train" else []
    return [one for one in everything if (zlib.crc32(one.flight.encode()) % HELD_ONE_IN == 0) is (part == "held")]


def _labelled(folder: Path, lines: Iterable[str]) -> Iterator[Labelled]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            one = labelled_from(json.loads(line), folder)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise TrainingError(f"{folder / 'truth.jsonl'} line {number}: is no picture's truth ({error!r})") from error
        if not one.path.is_file():
            raise TrainingError(f"{folder / 'truth.jsonl'} line {number}: there is no picture {one.path}")
        yield one


def labelled_from(part: dict[str, Any], folder: Path) -> Labelled:
    """Return the picture of one line of truth."""
    boxes = [(box[:4], str(box[4]).lower()) for box in part["boxes"]]
    hidden = [one["full_box"] for one in part.get("hidden", ()) if one.get("full_box")]
    pitch = part.get("pitch_deg")
    return Labelled(
        path=folder / "images" / str(part["image"]),
        people=_corners([box for box, label in boxes if label in PEOPLE]),
        unsure=_corners([*(box for box, label in boxes if label in UNSURE), *hidden]),
        depression_deg=None if pitch is None else abs(float(pitch)),
        light=str(part.get("light", "thermal" if "night" in part else "day")),
    )


def _corners(boxes: list[list[float]]) -> Corners:
    """Return float32 (n, 4) corners of [x, y, w, h]."""
    corners = np.array(boxes, np.float32).reshape(-1, 4)
    if not np.isfinite(corners).all():
        raise ValueError("a box holds a number that is not finite")
    corners[:, 2:] += corners[:, :2]
    return corners
