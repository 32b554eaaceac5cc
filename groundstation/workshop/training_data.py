"""Pictures to train on: a folder of `groundstation models render` laid out for YOLO, or one that is so already."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from groundstation.errors import BadInputError

TRUTH: Final = "truth.jsonl"
IMAGES: Final = "images"
PEOPLE: Final = frozenset({"person", "pedestrian"})
HELD_ONE_IN: Final = 8
YAMLS: Final = ("data.yaml", "dataset.yaml")
SPLITS: Final = ("train", "val")
WANTED: Final = f"a data.yaml of YOLO, a folder with one, or a folder with {TRUTH} and {IMAGES}/ (`models render`)"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """What is trained on."""

    yaml: Path
    readable: Path
    """The folder that holds its pictures."""


def training_data(given: Path, folder: Path) -> TrainingData:
    """Return the data that the user named; rendered pictures are laid out anew in a folder of ours, as links.

    Raises:
        BadInputError: it is none of the three.
    """
    given = given.resolve()
    if given.is_file() and given.suffix.lower() in {".yaml", ".yml"}:
        return TrainingData(yaml=given, readable=given.parent)
    if (given / TRUTH).is_file() and (given / IMAGES).is_dir():
        return TrainingData(yaml=_laid_out(given, folder), readable=given)
    for name in YAMLS:
        if (given / name).is_file():
            return TrainingData(yaml=given / name, readable=given)
    raise BadInputError(f"{given}: holds no data to train on; expected {WANTED}")


def _laid_out(given: Path, folder: Path) -> Path:
    for split in SPLITS:
        for part in (IMAGES, "labels"):
            (folder / part / split).mkdir(parents=True)
    people = pictures = 0
    for number, (name, lines) in enumerate(_pictures(given / TRUTH)):
        picture = given / IMAGES / name
        if not picture.is_file():
            raise BadInputError(f"{given / TRUTH} line {number + 1}: there is no picture {picture}; render it again")
        split = SPLITS[number % HELD_ONE_IN == HELD_ONE_IN - 1]
        (folder / IMAGES / split / f"{number:06d}{picture.suffix}").symlink_to(picture)
        (folder / "labels" / split / f"{number:06d}.txt").write_text("".join(lines), encoding="utf-8")
        people, pictures = people + len(lines), pictures + 1
    if pictures < HELD_ONE_IN or not people:
        raise BadInputError(
            f"{given / TRUTH}: {people} people in {pictures} pictures; at least {HELD_ONE_IN} pictures with people are "
            "needed, render more"
        )
    yaml = folder / "data.yaml"  # YAML reads JSON
    table = {"path": str(folder), **{split: f"{IMAGES}/{split}" for split in SPLITS}, "names": {"0": "person"}}
    yaml.write_text(json.dumps(table).replace('"0"', "0"), encoding="utf-8")
    return yaml


def _pictures(truth: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield name and label lines of each picture.

    Raises:
        BadInputError: a line is no picture's truth.
    """
    for number, line in enumerate(truth.read_text(encoding="utf-8").splitlines(), 1):
        try:
            part = json.loads(line)
            yield str(part["image"]), list(_labels(part))
        except (ValueError, LookupError, TypeError, ArithmeticError) as error:
            raise BadInputError(f"{truth} line {number}: is no picture's truth ({error!r}); render it again") from error


def _labels(part: dict[str, Any]) -> Iterator[str]:
    """Yield `class x y width height` of each person, centre and size as shares of the picture, cut at its edge."""
    width, height = float(part["width"]), float(part["height"])
    for x, y, w, h, label in part["boxes"]:
        left, right = (min(max(value / width, 0.0), 1.0) for value in (x, x + w))
        top, bottom = (min(max(value / height, 0.0), 1.0) for value in (y, y + h))
        if str(label).lower() in PEOPLE and right > left and bottom > top:
            middle = (left + right) / 2, (top + bottom) / 2
            yield f"0 {middle[0]:.6f} {middle[1]:.6f} {right - left:.6f} {bottom - top:.6f}\n"
